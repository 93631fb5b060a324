"""What the principal promises the public. Made and ended in the open log, never edited."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from firsthand.channels.base import must_be_channel
from firsthand.core.byline import Level
from firsthand.core.entry import promise_entry
from firsthand.core.errors import Misuse, NotAllowed
from firsthand.core.promises import Strength, saying
from firsthand.office import ledger
from firsthand.office.models import Actor, Event, Promise


@transaction.atomic
def promise(
    *,
    by: Actor,
    floor: Level,
    channel: str,
    now: datetime,
    strength: Strength = Strength.GUARANTEE,
) -> Promise:
    """From `now` on nothing leaves on `channel` (empty: on any) below `floor`.

    What waits to leave is asked again at its release. Call `ledger.publish` after the commit.
    """
    by.must_be_principal("make a promise")
    said = saying(floor, channel)
    if channel:
        must_be_channel(channel)
    same = Promise.objects.filter(floor=floor, channel=channel, strength=strength)
    if any(each.fact.holds(channel=channel, now=now) for each in same):
        raise Misuse(f"That is promised already: “{said}”")
    made = Promise.objects.create(
        floor=floor, channel=channel, strength=strength, since=now, made_by=by
    )
    _tell(made, "made", now)
    Event.record("promise.made", actor=by, about=made, now=now, data={"sentence": said})
    return made


@transaction.atomic
def end_promise(*, promise: Promise, by: Actor, now: datetime) -> None:
    """From `now` on it binds no more; that it was made, and when it ended, stays public."""
    by.must_be_principal("end a promise")
    row = Promise.objects.select_for_update().get(pk=promise.pk)
    if row.until is not None:
        raise NotAllowed(f"That promise ended on {row.until:%d %B %Y}.")
    row.until = now
    row.save()
    _tell(row, "ended", now)
    Event.record("promise.ended", actor=by, about=row, now=now, data={"sentence": row.sentence})


def _tell(promise: Promise, act: str, now: datetime) -> None:
    entry = promise_entry(
        number=promise.pk,
        act=act,
        floor=Level(promise.floor),
        channel=promise.channel,
        strength=Strength(promise.strength),
        day=now.date(),
    )
    ledger.append(leaves=[entry], now=now)
