"""Looking at the pages that are said to link to ours, and filing what they say.

A page is fetched outside any transaction, under a lease; looking twice has no effect: what was taken in
is known by its number, its version and what it said.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from firsthand.channels.mentions import asking, thing
from firsthand.channels.mentions.asking import Seen
from firsthand.core.envelope import Inbound
from firsthand.core.errors import FirsthandError, Temporary
from firsthand.office.models import Account, Body, Event, Mention

LEASE = timedelta(minutes=2)
"""Longer than the longest look (channels.mentions.asking)."""
WAITS = (timedelta(minutes=2), timedelta(minutes=20), timedelta(hours=3))
"""Between the tries of a page that could not be read; then it is given up."""
_CANDIDATES = 20

Clock = Callable[[], datetime]


class Take(Protocol):
    """`office.intake.take`, handed in by the worker: acts meet in rows and never call each other."""

    def __call__(self, *, account: Account, inbounds: Iterable[Inbound], now: datetime) -> object:
        """Take in what came."""


def look_due(*, clock: Clock, take: Take) -> int:
    """Look at one page that is due; how many were looked at."""
    row = _claim(clock())
    if row is None:
        return 0
    try:
        seen = asking.look(row.source, row.target, loopback=settings.MENTIONS_FROM_LOOPBACK)
    except Temporary as problem:
        _later(row, problem, clock())
    except FirsthandError as problem:
        _settle(row, "find" if row.versions else "refuse", problem.message, clock())
    else:
        _found(row, seen, take, clock()) if seen.said else _missing(row, seen, take, clock())
    return 1


def _claim(now: datetime) -> Mention | None:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    due = Mention.objects.filter(free, state="heard", due_at__lte=now).order_by("due_at", "pk")
    for pk, fence in due.values_list("pk", "fence")[:_CANDIDATES]:
        mine = Mention.objects.filter(pk=pk, fence=fence, state="heard")
        if mine.update(fence=fence + 1, lease_until=now + LEASE):
            return Mention.objects.get(pk=pk)
    return None


def _found(row: Mention, seen: Seen, take: Take, now: datetime) -> None:
    """File it, or a new version of it; one that says the same is nothing new."""
    assert seen.said is not None
    digest = hashlib.sha256(thing.pack("mf2", seen.said)).hexdigest()
    if row.versions and digest == row.digest:
        _settle(row, "find", "", now)
        return
    changed = row.heard_at.isoformat() if row.versions else ""
    raw = thing.pack("mf2", seen.said, source=row.source, changed=changed)
    _file(row, raw, digest, take, now)
    _settle(row, "find", "", now, digest=digest)


def _missing(row: Mention, seen: Seen, take: Take, now: datetime) -> None:
    """It does not link to us. If it did, that is told where it was filed."""
    if not row.versions:
        _settle(row, "refuse", seen.why, now)
        return
    if row.digest:
        before = json.loads(_raw(row))
        stamp = row.heard_at.isoformat()
        raw = thing.pack(before["form"], before["value"], source=row.source, gone=stamp)
        _file(row, raw, "gone", take, now)
    _settle(row, "withdraw", seen.why, now, digest="")


def _raw(row: Mention) -> bytes:
    held = Body.objects.filter(message__remote_id=row.remote_id, message__channel="web")
    return zlib.decompress(bytes(held.get().raw))


def _file(row: Mention, raw: bytes, digest: str, take: Take, now: datetime) -> None:
    number = _number(row, digest)
    inbound = Inbound("web", number, raw, received_at=row.heard_at, mine=False, folder="mention")
    take(account=Account.of_mentions(now), inbounds=[inbound], now=now)


def _number(row: Mention, digest: str) -> str:
    """What a version is known by. A look that was cut off files the same again under the same."""
    return f"{row.way}:{row.key[:32]}/{row.versions + 1}/{digest[:16]}"


def _later(row: Mention, problem: Temporary, now: datetime) -> None:
    """Tried again a few times; a page that was taken in once stays as it was."""
    if row.attempts >= len(WAITS):
        _settle(row, "find" if row.versions else "refuse", problem.message, now)
        return
    due = max(now + WAITS[row.attempts], min(problem.retry_at or now, now + timedelta(days=1)))
    mine = Mention.objects.filter(pk=row.pk, fence=row.fence, state="heard")
    mine.update(attempts=row.attempts + 1, due_at=due, lease_until=None, problem=problem.message)


@transaction.atomic
def _settle(
    row: Mention, event: str, problem: str, now: datetime, *, digest: str | None = None
) -> None:
    """What came of it, if the claim still stands. `digest`: of a version that was filed."""
    held = Mention.objects.select_for_update().filter(pk=row.pk, fence=row.fence, state="heard")
    if (now_row := held.first()) is None:
        return
    now_row.step(event)
    now_row.checked_at, now_row.lease_until, now_row.problem = now, None, problem
    filed = digest is not None and digest != row.digest
    if filed:
        now_row.remote_id = _number(row, digest or "gone")
        now_row.versions, now_row.digest = row.versions + 1, digest or ""
    now_row.save()
    if filed:
        Event.record(f"mention.{now_row.state}", actor=None, about=now_row, now=now)
