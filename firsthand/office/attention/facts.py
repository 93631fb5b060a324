"""What is known of open threads, gathered in a few queries for many threads at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.db.models.functions import Substr

from firsthand.core import junk
from firsthand.core.attention import JUNK_FROM, Facts, Lane, Screening
from firsthand.core.envelope import Automation
from firsthand.core.errands import errand
from firsthand.core.text import split
from firsthand.learning.features import Features
from firsthand.learning.features import waiting as of_waiting
from firsthand.office.attention.describing import LIGHT, described, letter_of, undescribed
from firsthand.office.attention.known import Known, Sender
from firsthand.office.attention.vouching import refuted
from firsthand.office.models import Body, Message, Person, Thread

_READ = 4000  # characters of a letter that errands and junk are looked for in
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open thread with the messages that wait for an answer, oldest first."""

    thread: Thread
    pending: tuple[Message, ...]
    in_conversation: bool

    @property
    def newest(self) -> Message:
        return self.pending[-1]


def waiting(threads: Sequence[Thread]) -> list[Waiting]:
    """Those of `threads` in which something waits.

    What a person has reopened waits, even where it had been answered.
    """
    rows = Message.objects.filter(thread__in=threads).only(*LIGHT).order_by("at", "pk")
    messages: dict[int, list[Message]] = defaultdict(list)
    for message in rows:
        messages[message.thread_id or 0].append(message)
    found: list[Waiting] = []
    for thread in threads:
        each = _waiting(thread, messages[thread.pk])
        if each:
            found.append(each)
    return found


def _waiting(thread: Thread, messages: Sequence[Message]) -> Waiting | None:
    pending: list[Message] = []
    conversation = False
    for message in messages:
        if message.direction == "in":
            pending.append(message)
        elif message.automation != Automation.AUTO_REPLY:
            conversation, pending = True, []
    since = thread.waiting_since
    left = [each for each in messages if since and each.direction == "in" and each.at >= since]
    if not pending:  # open although we wrote last: reopened, or the answer crossed a message
        pending = left or (list(messages[-1:]) if thread.state_by_id else [])
    elif thread.state_by_id and left:  # what a person closed before is settled
        pending = [each for each in pending if each in left] or pending
    return Waiting(thread, tuple(pending), conversation) if pending else None


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a thread is ranked by: the facts that decide, and those that are learned from."""

    facts: Facts
    features: Features
    read: int
    """Words to read, of all that waits."""
    answer_words: float | None
    """How long an answer to them is, where it was learned."""


class Gathering:
    """The facts of many threads. `known` may be shared between rounds."""

    def __init__(self, found: Sequence[Waiting], known: Known) -> None:
        self._known = known
        self._ignored = _ignored(found)
        self._refuted = refuted([each.newest.pk for each in found if _is_known(each.thread.person)])
        newest = [each.newest.pk for each in found]
        self._described = described(newest)
        self._texts = dict(
            Body.objects.filter(pk__in=newest)
            .annotate(start=Substr("text", 1, _READ))
            .values_list("pk", "start")
        )

    def gather(self, each: Waiting) -> Gathered:
        """All that is known of one thread."""
        message, person = each.newest, each.thread.person
        text = self._texts.get(message.pk, "")
        seen = _seen(person, each.pending)
        learned = self._described.get(message.pk)
        if learned:
            features = learned.features
        else:
            letter = letter_of(message, text, self._known.own, self._known.names)
            features = undescribed(letter, person, seen=seen, ours=each.in_conversation)
        return Gathered(
            facts=self._facts(each, seen, features, split(text).new),
            features=of_waiting(features),
            read=sum(one.words for one in each.pending),
            answer_words=learned.answer_words if learned else None,
        )

    def _facts(self, each: Waiting, seen: int, features: Features, new: str) -> Facts:
        thread, message, person = each.thread, each.newest, each.thread.person
        sender = self._sender(person, message, seen)
        doubt, signs = self._junk(message, new)
        return Facts(
            name=_name(person, message),
            received=seen,
            ignored=self._ignored.get(person.pk, 0) if person else 0,
            answered=min(seen, person.answered) if person else 0,
            written=person.written if person else 0,
            recipients=1 + round(2**features.recipients - 1),
            questions=message.questions,
            asks=_asks(features),
            direct=bool(_addresses(message.to) & self._known.own),
            automation=Automation(message.automation),
            words=message.words,
            in_conversation=each.in_conversation,
            errand=errand(message.subject, new),
            screening=Screening(person.screening) if person else Screening.UNDECIDED,
            junk=doubt,
            junk_signs=signs,
            lookalike=self._known.lookalike(sender),
            namesake=self._known.namesake(sender) or self._refuted.get(message.pk, ""),
            wanted=Lane(thread.wanted_lane) if thread.wanted_lane else None,
        )

    def _junk(self, message: Message, new: str) -> tuple[float, str]:
        """What the plain signs say, and what was learned.

        Learning may excuse what only looks bad; to condemn, it has to be above its own line.
        """
        to, cc = _addresses(message.to), _addresses(message.cc)
        doubt, signs = junk.junk(self._signs(message, new, bool((to | cc) & self._known.own)))
        learned = self._described.get(message.pk)
        if learned is None or learned.junk is None:
            return doubt, signs
        if learned.junk_above:
            return max(learned.junk, JUNK_FROM), learned.junk_signs or signs
        return (doubt, signs) if learned.junk >= _HALF else (min(doubt, learned.junk), signs)

    def _sender(self, person: Person | None, message: Message, seen: int) -> Sender:
        pk = person.pk if person else 0
        return Sender(pk, message.from_name, message.from_address, _is_known(person), seen)

    def _signs(self, message: Message, new: str, addressed: bool) -> junk.Signs:
        domain = message.from_address.rpartition("@")[2]
        elsewhere = {a.rpartition("@")[2] for a in _addresses(message.reply_to)} - {domain}
        return junk.Signs(
            subject=message.subject,
            text=new,
            addressed=addressed,
            replies_elsewhere=bool(elsewhere),
            listed=bool(message.list_id),
            files=tuple(str(file["name"]) for file in message.attachments),
            problems=tuple(message.problems),
        )


def _is_known(person: Person | None) -> bool:
    """Whether the office has had to do with them, or let them in."""
    if person is None:
        return False
    return bool(person.answered or person.written) or person.screening == Screening.YES


def _ignored(found: Sequence[Waiting]) -> dict[int, int]:
    """{person: their closed threads}, for those who never got an answer."""
    people = {each.thread.person for each in found if each.thread.person}
    unknown = [person.pk for person in people if person.received > 1 and not person.answered]
    closed = Thread.objects.filter(person__in=unknown, state="closed").order_by()
    rows = closed.values_list("person_id").annotate(Count("pk"))
    return {person: count for person, count in rows if person}


def days(since: datetime, now: datetime) -> float:
    """How many days lie between."""
    return (now - since).total_seconds() / 86_400


def _asks(features: Features) -> bool:
    """The subject of an answer still holds the question that was answered."""
    anew = features.asks_first and not features.answers
    return bool(features.questions or features.asks or anew)


def _addresses(pairs: Sequence[Sequence[str]]) -> set[str]:
    return {pair[0] for pair in pairs if pair[0]}


def _seen(person: Person | None, pending: Sequence[Message]) -> int:
    """Messages of this person but for those that wait here."""
    if person is None:
        return 0
    return max(0, person.received - sum(1 for one in pending if one.person_id == person.pk))


def _name(person: Person | None, message: Message) -> str:
    return (person.name if person else "") or message.from_name or message.from_address
