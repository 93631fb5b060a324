"""What people do with a thread: close, reopen, snooze, move, assign; and who is let in.

Each act: may, change, rank, record, in one transaction (Right.TRIAGE).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from firsthand.core.attention import Lane, Screening
from firsthand.core.errors import Misuse
from firsthand.core.rights import Right, Target
from firsthand.office.attention.ranking import rank_these
from firsthand.office.models import Actor, Event, Handle, Message, Person, Thread

_LONGEST_SNOOZE = timedelta(days=5 * 366)
_MOST_WOKEN = 500
_MOST_RERANKED = 500


def close(*, actor: Actor, thread: Thread, now: datetime) -> None:
    """Done, for everyone; a new message opens it again."""
    with transaction.atomic():
        thread = _locked(thread, actor, now)
        thread.step("close")
        thread.waiting_since = thread.snoozed_until = None
        _decided(thread, actor, now, "thread.closed")


def reopen(*, actor: Actor, thread: Thread, now: datetime) -> None:
    """Put a closed thread back into the queue; it waits since its last message from outside."""
    with transaction.atomic():
        thread = _locked(thread, actor, now)
        thread.step("reopen")
        came = Message.objects.filter(thread=thread, direction="in").order_by("-at").first()
        thread.waiting_since = came.at if came else now
        _decided(thread, actor, now, "thread.reopened")


def snooze(*, actor: Actor, thread: Thread, until: datetime, now: datetime) -> None:
    """Out of sight until then, or until somebody writes."""
    must_come(until, now)
    with transaction.atomic():
        thread = _locked(thread, actor, now)
        thread.step("snooze")
        thread.snoozed_until = until
        _decided(thread, actor, now, "thread.snoozed", {"until": until.isoformat()})


def must_come(until: datetime, now: datetime) -> None:
    """What is snoozed comes back within five years. Raises Misuse."""
    if until <= now:
        raise Misuse("That time is over.", hint="Snooze until a time that is still to come.")
    if until - now > _LONGEST_SNOOZE:
        hint = "Choose a time within five years, or close the thread."
        raise Misuse("Nobody remembers a letter for that long.", hint=hint)


def wake_due(*, now: datetime) -> int:
    """Bring back what was snoozed until now; how many threads it were."""
    with transaction.atomic():
        rows = Thread.objects.select_for_update(of=("self",)).select_related("person")
        due = list(
            rows.filter(state="snoozed", snoozed_until__lte=now).order_by("snoozed_until")[
                :_MOST_WOKEN
            ]
        )
        for thread in due:
            thread.step("wake")
            thread.snoozed_until = None
            thread.save(update_fields=["state", "snoozed_until"])
            Event.record("thread.woken", actor=None, about=thread, now=now)
        if due:
            rank_these(due, now=now)
        return len(due)


def move(*, actor: Actor, thread: Thread, lane: Lane | None, now: datetime) -> None:
    """Put a thread into a lane, where it stays; None: where its rank puts it."""
    with transaction.atomic():
        thread = _locked(thread, actor, now)
        thread.wanted_lane = lane.value if lane else ""
        thread.save(update_fields=["wanted_lane"])
        rank_these([thread], now=now)
        data = {"lane": thread.wanted_lane}
        Event.record("thread.moved", actor=actor, about=thread, now=now, data=data)


def assign(*, actor: Actor, thread: Thread, to: Actor | None, now: datetime) -> None:
    """Give a thread to somebody who may read it, or to nobody."""
    with transaction.atomic():
        thread = _locked(thread, actor, now)
        if to:
            to.must(Right.READ, target=thread.target, now=now)
        thread.assigned_to = to
        thread.save(update_fields=["assigned_to"])
        data = {"to": to.key if to else ""}
        Event.record("thread.assigned", actor=actor, about=thread, now=now, data=data)


def carry_on(*, actor: Actor, thread: Thread, earlier: Thread | None, now: datetime) -> None:
    """This conversation goes on from `earlier`, on another channel; None: it does not after all.

    `earlier` closes: what is left to do is here. Both are with one person.
    """
    with transaction.atomic():
        thread = _locked(thread, actor, now)
        if earlier is not None:
            earlier = _locked(earlier, actor, now)
            if earlier.person_id is None or earlier.person_id != thread.person_id:
                raise Misuse("Both must be with the same person.", hint="Join the persons first.")
            if thread in [earlier, *before(earlier)]:
                raise Misuse("A conversation cannot go on from itself.")
            if earlier.state != "closed":
                earlier.step("close")
                earlier.waiting_since = earlier.snoozed_until = None
                _decided(earlier, actor, now, "thread.closed")
        thread.continues = earlier
        thread.save(update_fields=["continues"])
        data = {"from": earlier.pk if earlier else None}
        Event.record("thread.carried_on", actor=actor, about=thread, now=now, data=data)


def before(thread: Thread) -> list[Thread]:
    """The conversations that this one goes on from, the nearest first."""
    found: list[Thread] = []
    while thread.continues is not None and thread.continues not in found:
        thread = thread.continues
        found.append(thread)
    return found


def screen(*, actor: Actor, person: Person, screening: Screening, now: datetime) -> None:
    """Decide about a person once: their open threads go where the decision puts them.

    It holds on all their channels, so the right must, too. Raises Denied.
    """
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person.pk)
        rows = Thread.objects.select_related("person", "rank").filter(person=person, state="open")
        threads = list(rows.order_by("-last_at"))
        for target in _moved(person, threads):
            actor.must(Right.TRIAGE, target=target, now=now)
        person.screening, person.screened_by, person.screened_at = screening.value, actor, now
        person.save(update_fields=["screening", "screened_by", "screened_at"])
        for thread in threads:
            thread.person = person
        rank_these(threads[:_MOST_RERANKED], now=now)
        later = [thread.pk for thread in threads[_MOST_RERANKED:]]
        Thread.objects.filter(pk__in=later).update(needs_rank=True)
        data = {"screening": screening.value}
        Event.record("person.screened", actor=actor, about=person, now=now, data=data)


def _moved(person: Person, threads: Iterable[Thread]) -> list[Target]:
    """What a decision about a person moves: their open threads, and what comes on other channels."""
    there = {thread.target for thread in threads}
    channels = set(Handle.objects.filter(person=person).values_list("channel", flat=True))
    later = {Target(channel) for channel in channels - {each.channel for each in there}}
    found = there | later or {Target()}
    return sorted(found, key=lambda each: (each.channel, each.account or 0, each.lane))


def _locked(thread: Thread, actor: Actor, now: datetime) -> Thread:
    """The thread as it is now, locked, if the actor may sort it."""
    rows = Thread.objects.select_for_update(of=("self",)).select_related("person")
    found = rows.get(pk=thread.pk)
    actor.must(Right.TRIAGE, target=found.target, now=now)
    return found


def _decided(
    thread: Thread, actor: Actor, now: datetime, act: str, data: Mapping[str, Any] | None = None
) -> None:
    """Write down a new state with who and when, and let the rank follow."""
    thread.state_by, thread.state_at = actor, now
    thread.save(update_fields=["state", "state_by", "state_at", "snoozed_until", "waiting_since"])
    rank_these([thread], now=now)
    Event.record(act, actor=actor, about=thread, now=now, data=data)
