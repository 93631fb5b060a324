"""Many threads sorted at once, all or none; and put back as they were, for a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from firsthand.core.attention import Lane
from firsthand.core.errors import Denied, Misuse, NotAllowed
from firsthand.core.rights import Right, Target
from firsthand.office.attention.acts import must_come
from firsthand.office.attention.ranking import rank_these
from firsthand.office.models import Actor, Event, Office, Thread

WAYS = ("close", "snooze", *(lane.value for lane in Lane))
"""What can be done with many threads at once: close, snooze, or move into a lane."""
MOST = 500
_NO_NUMBER = 1 << 63  # no row has it, and no database can be asked for it
KEPT = timedelta(days=1)
"""So long a sorting can be put back."""
_FIELDS = ("state", "state_at", "state_by", "snoozed_until", "waiting_since", "wanted_lane")
_CHANGES = ("thread.closed", "thread.reopened", "thread.snoozed", "thread.woken", "thread.moved")
_BACK = {
    ("closed", "open"): ("reopen",),
    ("closed", "snoozed"): ("reopen", "snooze"),
    ("snoozed", "open"): ("wake",),
}


@dataclass(frozen=True, slots=True)
class Sorted:
    """A sorting that was done. `number` is what puts it back."""

    number: int
    threads: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PutBack:
    """`threads` are as they were; `changed` had changed since, and were left as they are."""

    threads: tuple[int, ...]
    changed: tuple[int, ...]


def sort(
    *,
    actor: Actor,
    threads: Collection[int],
    way: str,
    now: datetime,
    until: datetime | None = None,
) -> Sorted:
    """Do one of `WAYS` with all these threads, or, where one is refused, with none.

    `until` is for snooze alone. Raises Misuse, Denied, NotAllowed (one is closed already).
    """
    _must_be_clear(threads, way, until, now)
    with transaction.atomic():
        found = _locked(threads)
        for target in {thread.target for thread in found}:
            actor.must(Right.TRIAGE, target=target, now=now)
        earlier = [_told(thread) for thread in found]
        for thread in found:
            _change(thread, way, until, actor, now)
        Thread.objects.bulk_update(found, _FIELDS)
        rank_these(found, now=now)
        act = {"close": "thread.closed", "snooze": "thread.snoozed"}.get(way, "thread.moved")
        for thread in found:
            Event.record(act, actor=actor, about=thread, now=now, data=_data(way, until))
        data = {"way": way, "earlier": earlier}
        office = Office.objects.get()
        made = Event.record("threads.sorted", actor=actor, about=office, now=now, data=data)
        return Sorted(made.pk, tuple(thread.pk for thread in found))


def put_back(*, actor: Actor, sorting: int, now: datetime) -> PutBack:
    """Undo a sorting within a day: whoever did it, or the principal.

    Each thread is again as it was, unless somebody or a new letter changed it since; of several
    sortings the last one is put back first. Where nothing can be, it may be tried again.
    Raises Misuse, Denied, NotAllowed (too late, or put back already).
    """
    with transaction.atomic():
        made = Event.objects.filter(pk=sorting, act="threads.sorted").first()
        if made is None:
            raise Misuse(f"There is no sorting {sorting}.")
        earlier = {int(each["thread"]): each for each in made.data["earlier"]}
        found = _locked(earlier)
        _must_put_back(actor, made, [(thread, earlier[thread.pk]) for thread in found], now)
        later = _changed_since(made, earlier)
        same = [t for t in found if t.pk not in later and _is_as_left(t, earlier[t.pk], made)]
        for thread in same:
            _restore(thread, earlier[thread.pk], made.data["way"])
        Thread.objects.bulk_update(same, _FIELDS)
        rank_these(same, now=now)
        for thread in same:
            data = _again(thread, made.data["way"])
            Event.record("thread.put_back", actor=actor, about=thread, now=now, data=data)
        back = tuple(thread.pk for thread in same)
        done = PutBack(back, tuple(thread.pk for thread in found if thread.pk not in back))
        numbers = {"threads": list(done.threads), "changed": list(done.changed)}
        if back:
            Event.record("threads.put_back", actor=actor, about=made, now=now, data=numbers)
        return done


def _must_be_clear(
    threads: Collection[int], way: str, until: datetime | None, now: datetime
) -> None:
    if way not in WAYS:
        raise Misuse("That is no way to sort letters.", hint=f"There are: {', '.join(WAYS)}.")
    if not threads:
        raise Misuse("Select letters first.")
    if len(threads) > MOST:
        raise Misuse(f"At most {MOST} letters are sorted at once.")
    if (way == "snooze") is not (until is not None):
        raise Misuse("Snoozing needs a time, and nothing else has one.")
    if until is not None:
        must_come(until, now)


def _locked(numbers: Collection[int]) -> list[Thread]:
    """Always in one order, so that two sortings never wait for each other. Raises Misuse."""
    rows = Thread.objects.select_for_update(of=("self",)).select_related(
        "person", "rank", "assigned_to"
    )
    found = list(rows.filter(pk__in=[pk for pk in set(numbers) if pk < _NO_NUMBER]).order_by("pk"))
    missing = set(numbers) - {thread.pk for thread in found}
    if missing:
        raise Misuse(f"There is no thread {min(missing)}.")
    return found


def _data(way: str, until: datetime | None) -> dict[str, str]:
    if until is not None:
        return {"until": until.isoformat()}
    return {"lane": way} if way in set(Lane) else {}


def _told(thread: Thread) -> dict[str, Any]:
    """A thread as it is, for the event. `rank`: the lane that rights are decided by."""
    return {
        "thread": thread.pk,
        "latest": thread.latest,
        "rank": thread.target.lane,
        "lane": thread.wanted_lane,
        "state": thread.state,
        "state_by": thread.state_by_id,
        "state_at": _text(thread.state_at),
        "snoozed_until": _text(thread.snoozed_until),
        "waiting_since": _text(thread.waiting_since),
    }


def _again(thread: Thread, undone: str) -> dict[str, str]:
    """What holds of a thread again: learning unlearns the sorting by it."""
    return {
        "undone": undone,
        "lane": thread.wanted_lane,
        "state": thread.state,
        "to": thread.assigned_to.key if thread.assigned_to else "",
        "screening": thread.person.screening if thread.person else "",
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _change(thread: Thread, way: str, until: datetime | None, actor: Actor, now: datetime) -> None:
    if way in set(Lane):
        thread.wanted_lane = way
        return
    try:
        thread.step(way)
    except NotAllowed as problem:
        hint = f"It is “{thread}”, thread {thread.pk}. Nothing was done with the others."
        raise NotAllowed(problem.message, hint=hint) from None
    thread.snoozed_until = until
    if way == "close":
        thread.waiting_since = None
    thread.state_by, thread.state_at = actor, now


def _must_put_back(
    actor: Actor, made: Event, pairs: list[tuple[Thread, Mapping[str, Any]]], now: datetime
) -> None:
    """The locks are held: nobody else can be putting the same back."""
    principal = Actor.objects.filter(pk=actor.pk, is_principal=True).exists()
    if made.actor_id != actor.pk and not principal:
        raise Denied("Only who sorted these letters, or the principal, can put them back.")
    # By the lane it comes from: whoever sorts one lane may take back what left it.
    for target in {Target(t.channel, t.account_id, earlier["rank"]) for t, earlier in pairs}:
        actor.must(Right.TRIAGE, target=target, now=now)
    if Event.objects.filter(about="event", about_id=made.pk, act="threads.put_back").exists():
        raise NotAllowed("These letters were put back already.")
    if now - made.at > KEPT:
        hint = "Open or move them one by one."
        raise NotAllowed("After a day nothing is put back.", hint=hint)


def _changed_since(made: Event, threads: Collection[int]) -> set[int]:
    """Of the threads those that somebody changed, but for what was put back itself."""
    rows = Event.objects.filter(about="thread", about_id__in=list(threads), pk__gt=made.pk)
    changes = rows.filter(act__in=_CHANGES).values_list("about_id", "at")
    undone = _undone_since(made)
    return {thread for thread, at in changes if (thread, at) not in undone}


def _undone_since(made: Event) -> set[tuple[int, datetime]]:
    """The changes by later sortings that were put back: which thread, and when it was sorted."""
    backs = Event.objects.filter(act="threads.put_back", pk__gt=made.pk)
    threads = dict(backs.filter(about_id__gt=made.pk).values_list("about_id", "data__threads"))
    times = Event.objects.filter(pk__in=threads).values_list("pk", "at")
    return {(thread, at) for sorting, at in times for thread in threads[sorting]}


def _is_as_left(thread: Thread, earlier: Mapping[str, Any], made: Event) -> bool:
    """A letter that came, or an answer that left, changes a state without an event."""
    way = made.data["way"]
    if way in set(Lane):
        return bool(thread.wanted_lane == way)
    left = {"close": "closed", "snooze": "snoozed"}[way]
    same = thread.state == left and thread.state_at == made.at
    return same and bool(thread.latest == earlier["latest"])


def _restore(thread: Thread, earlier: Mapping[str, Any], way: str) -> None:
    """Only what the sorting had changed."""
    if way in set(Lane):
        thread.wanted_lane = earlier["lane"]
        return
    for step in _BACK[thread.state, earlier["state"]]:
        thread.step(step)
    thread.state_at, thread.state_by_id = _moment(earlier["state_at"]), earlier["state_by"]
    thread.snoozed_until = _moment(earlier["snoozed_until"])
    thread.waiting_since = _moment(earlier["waiting_since"])
