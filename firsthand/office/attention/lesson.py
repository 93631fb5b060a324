"""A portion of messages and acts on its way into what the office has learned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from firsthand.core.attention import Lane, Screening
from firsthand.learning.features import Features
from firsthand.learning.model import Outcome
from firsthand.learning.tempo import Tempo
from firsthand.learning.watch import Watch
from firsthand.office.attention.describing import ATTENTION, Mind, letter_of, shown
from firsthand.office.attention.feed import Kept, Portion, came_in
from firsthand.office.attention.known import Known
from firsthand.office.attention.sifting import Sieve
from firsthand.office.models import Actor, Described, Event, Learned, Message, Thread

_MOST_OF_A_PERSON = 200
_SAYS = {
    Lane.FYI.value: Outcome.NOT_FOR_ME,
    Lane.JUNK.value: Outcome.NOT_FOR_ME,
    Lane.HELPER.value: Outcome.FOR_ASSISTANT,
    Screening.NO.value: Outcome.NOT_FOR_ME,
}
"""What moving a thread into a lane, or a decision about a person, says of their letters."""
_OUT = {Lane.JUNK.value, Screening.NO.value}
_IN = {Lane.YOU.value, Lane.FYI.value, Lane.HELPER.value, Screening.YES.value}
_HEAD = 8  # bytes that tell how long the first part is


class Lesson:
    """Takes a portion in, then keeps it. `row`: what was learned so far; None: nothing."""

    def __init__(self, row: Learned | None, found: Portion) -> None:
        self._row = row
        self._found = found
        self._watch, self._tempo = _read(bytes(row.kept)) if row else (Watch(), Tempo())
        self._kept = Kept(found.messages)
        self._known = Known()
        self._sieve = Sieve(anew=row is None)
        self._rows: list[Described] = []
        self._changed = False
        self._helpers = dict(Actor.objects.filter(is_principal=False).values_list("key", "pk"))
        sent = {m.thread_id for m in found.messages if m.direction == "out" and m.thread_id}
        acted = {act.about_id for act in found.acts if act.about == "thread"}
        self._came = came_in(sent | acted)

    def take(self) -> None:
        """Take all of it in, in the order of time."""
        for each in self._found.in_order():
            if isinstance(each, Event):
                self._acted(each)
            else:
                self._message(each)
        if self._found.acts and self._watch.model.is_due:
            self._watch.model.refit()
        self._sieve.learn()
        if self._found.after.done:
            self._sieve.look([row.pk for row in self._rows])

    def _message(self, message: Message) -> None:
        known, text = self._known, self._found.texts.get(message.pk, "")
        letter = letter_of(message, text, known.own, known.names)
        features = self._watch.take(letter, learn=self._kept.around(message.at))
        if features is None:
            self._sent(message)
        else:
            self._describe(message, features)

    def _describe(self, message: Message, features: Features) -> None:
        words = self._tempo.answer_words(message.from_address)
        row = Described(message_id=message.pk, facts=shown(features), answer_words=words)
        self._rows.append(row)

    def _sent(self, message: Message) -> None:
        """What the office wrote answers what came before it, in its thread, from whom it goes to."""
        by_helper = message.actor_id in self._helpers.values()
        took = None if by_helper else self._tempo.wrote(message.at.timestamp())
        asked = list(self._asked(message, by_helper=by_helper))
        for each in asked:
            self._watch.answered(str(each.pk), at=message.at)
            self._sieve.judge(each.pk, junk=False)
        if asked and not by_helper:
            last = asked[-1]
            read, wrote = last.words, message.words
            self._tempo.answered(last.from_address, read=read, wrote=wrote, took=took)

    def _asked(self, message: Message, *, by_helper: bool) -> Iterator[Message]:
        """What was given to a helper does not come back when the helper answers it."""
        to = {pair[0] for pair in (*message.to, *message.cc)}
        for each in self._came.get(message.thread_id or 0, ()):
            wrote = {each.from_address, *(pair[0] for pair in each.reply_to)}
            known = self._watch.model.outcome(str(each.pk))
            given = by_helper and known is Outcome.FOR_ASSISTANT
            answered = known is Outcome.ANSWERED
            if each.at < message.at and not wrote.isdisjoint(to) and not given and not answered:
                yield each

    def _acted(self, act: Event) -> None:
        """What a person did with a thread, or decided about a correspondent: the last word holds."""
        outcome, junk = self._said(act)
        for each in self._about(act):
            key = str(each.pk)
            if outcome:
                self._watch.declined(key, outcome, at=act.at)
            elif act.about == "thread" or self._watch.model.outcome(key) in _SAYS.values():
                self._watch.unsaid(key, at=act.at)
            if junk is not None:
                self._sieve.judge(each.pk, junk=junk)

    def _said(self, act: Event) -> tuple[Outcome | None, bool | None]:
        """What an act says of letters, None where it takes back what was said; and whether of junk.

        What was thrown out and put back is no junk: more cannot be known.
        """
        said = str(act.data.get("lane") or act.data.get("screening") or "")
        outcome = _SAYS.get(said)
        closed = act.act == "thread.closed" or act.data.get("state") == "closed"
        if closed and not outcome:
            outcome = Outcome.LET_GO
        elif not outcome and act.data.get("to") in self._helpers:
            outcome = Outcome.FOR_ASSISTANT
        if said in _OUT:
            return outcome, True
        kept = said in _IN or act.data.get("undone") in _OUT
        return outcome, False if kept else None

    def _about(self, act: Event) -> list[Message]:
        if act.about == "person":
            rows = Message.objects.filter(person_id=act.about_id, direction="in", at__lte=act.at)
            return list(rows.order_by("-at").only("id")[:_MOST_OF_A_PERSON])
        return [each for each in self._came.get(act.about_id, ()) if each.at <= act.at]

    def keep(self, now: datetime) -> bool:
        """Write it down, unless somebody else has learned meanwhile."""
        kept = _written(self._watch, self._tempo)
        with transaction.atomic():
            if not self._claim(kept, now):
                return False
            Described.objects.bulk_create(
                self._rows, update_conflicts=True, unique_fields=["message"],
                update_fields=["facts", "answer_words"],
            )  # fmt: skip
            self._sieve.keep(now)
            if self._found.after.done:
                self._mark()
        return True

    def _claim(self, kept: bytes, now: datetime) -> bool:
        """While all is learned anew, ranks go by what was learned before."""
        row = Learned.objects.filter(kind=ATTENTION).defer("kept").first()
        if (row.version if row else 0) != self._found.version:
            return False
        mind = Mind.of(self._watch.model, self._tempo)
        before = row.brief if row else {}
        brief = mind.to_json() if self._found.after.done else before
        self._changed = brief.get("weights") != before.get("weights")
        values = {
            "version": self._found.version + 1,
            "state": self._found.after.to_json(),
            "brief": brief,
            "kept": kept,
            "changed_at": now,
        }
        if row is None:
            Learned.objects.create(kind=ATTENTION, **values)
            return True
        rows = Learned.objects.filter(kind=ATTENTION, version=self._found.version)
        return bool(rows.update(**values))

    def _mark(self) -> None:
        """Let ranks follow: of what came in, and of all that waits where weights have changed."""
        waiting = Thread.objects.filter(state="open")
        if not self._changed:
            looked = [row.pk for row in self._rows] + self._sieve.looked_at
            waiting = waiting.filter(messages__in=looked)
        Thread.objects.filter(pk__in=waiting.values("pk")).update(needs_rank=True)


def _written(watch: Watch, tempo: Tempo) -> bytes:
    head = json.dumps(tempo.to_json()).encode()
    return len(head).to_bytes(_HEAD, "big") + head + watch.to_bytes()


def _read(kept: bytes) -> tuple[Watch, Tempo]:
    size = _HEAD + int.from_bytes(kept[:_HEAD], "big")
    return Watch.from_bytes(kept[size:]), Tempo.from_json(json.loads(kept[_HEAD:size]))
