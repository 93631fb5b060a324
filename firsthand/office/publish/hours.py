"""When posts may leave: the queue's slots, the office's hours, and blackouts that hold all back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from firsthand.core.errors import Misuse, NotAllowed
from firsthand.core.hours import Week
from firsthand.core.rights import Right, Target
from firsthand.office.models import Actor, Blackout, Event, Hours, Office, Submission
from firsthand.office.typed import clean_line


def week() -> Week:
    """The office's hours and slots as they are."""
    row = Hours.objects.filter(pk=1).first()
    return Week(tuple(row.slots), row.opens, row.closes, row.spread) if row else Week()


def due_at(
    *, actor: Actor, now: datetime, at: datetime | None = None, queued: bool = False
) -> datetime:
    """When a post handed out now would leave.

    `at`: when it shall; `queued`: at the next free slot of the queue. A hand's post waits for the
    office's hours; the principal decides their own. Raises Misuse.
    """
    zone = ZoneInfo(Office.objects.get(pk=1).time_zone)
    hours = week()
    if queued:
        taken = Submission.objects.filter(state="pending", draft__post__isnull=False, follows=None)
        slot = hours.next_slot(
            after=now.astimezone(zone), taken=list(taken.values_list("due_at", flat=True))
        )
        if slot is None:
            raise Misuse(
                "The queue has no free slot.", hint="Give it slots under Publish, or choose a time."
            )
        return slot if actor.is_principal else hours.first_open(slot)
    moment = (at or now).astimezone(zone)
    return moment if actor.is_principal else hours.first_open(moment)


def spread_out(due: datetime, count: int) -> list[datetime]:
    """The times for as many accounts, the first one at `due`."""
    return [due + timedelta(minutes=week().spread * step) for step in range(count)]


@transaction.atomic
def set_hours(
    *,
    actor: Actor,
    now: datetime,
    slots: Collection[int] | None = None,
    opens: int | None = None,
    closes: int | None = None,
    spread: int | None = None,
) -> Hours:
    """Set when posts leave by themselves; what is None stays. The principal's alone."""
    actor.must_be_principal("set the hours of publishing")
    row, _ = Hours.objects.select_for_update().get_or_create(pk=1)
    row.slots = row.slots if slots is None else sorted(set(slots))
    row.opens = row.opens if opens is None else opens
    row.closes = row.closes if closes is None else closes
    row.spread = row.spread if spread is None else spread
    whole = all(0 <= slot < 7 * 1440 for slot in row.slots)
    if not whole or not (0 <= row.opens < 1440 and 0 < row.closes <= 1440):
        raise Misuse("A time of day is from 0:00 to 24:00.")
    if not 0 <= row.spread <= 1440:
        raise Misuse("From one account to the next it may take a day at most.")
    row.save()
    Event.record("hours.set", actor=actor, about=row, now=now)
    return row


@transaction.atomic
def black_out(
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    starts: datetime | None = None,
    ends: datetime | None = None,
) -> Blackout:
    """Publish nothing from `starts` (now) to `ends` (None: until it is lifted): what is due waits.

    Whoever may publish anywhere at all may do so: holding back harms least.
    """
    actor.must(Right.PUBLISH, target=Target("site"), now=now)
    begin = starts or now
    if ends is not None and ends <= max(begin, now):
        raise Misuse("It would be over before it begins.", hint="Choose a later end.")
    if not reason.strip():
        raise Misuse("Say why, for those whose posts wait.")
    made = Blackout.objects.create(
        starts=begin, ends=ends, reason=clean_line(reason)[:200], made_by=actor
    )
    Event.record("blackout.made", actor=actor, about=made, now=now)
    return made


@transaction.atomic
def lift(*, blackout: Blackout, actor: Actor, now: datetime) -> None:
    """End a blackout now: whoever made it, or the principal."""
    row = Blackout.objects.select_for_update().get(pk=blackout.pk)
    if row.made_by_id != actor.pk:
        actor.must_be_principal("lift somebody else's blackout")
    actor.must(Right.PUBLISH, target=Target("site"), now=now)
    if row.ends is not None and row.ends <= now:
        raise NotAllowed("It is over already.")
    row.starts, row.ends = min(row.starts, now), now
    row.save()
    Event.record("blackout.lifted", actor=actor, about=row, now=now)
