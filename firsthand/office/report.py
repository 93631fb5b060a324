"""What the log is told once a day: how much came in; and once a month: what it all amounts to.

So that "unanswered" has a denominator that cannot be changed afterwards. See docs/decisions/0014.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate

from firsthand.core.entry import received_entry, report_entry
from firsthand.core.envelope import Automation
from firsthand.core.record import digest
from firsthand.core.report import Tally
from firsthand.office import ledger
from firsthand.office.models import Event, LogEntry, LogHead, Message, Office, Received

__all__ = ["log_received", "log_report"]

LATE = timedelta(days=14)
"""How long after its day a message is still counted, as one that came late."""
_CHUNK = 5000


def log_received(*, now: datetime) -> int:
    """Log how many messages by people came in on each day that is over; the entries written.

    Automatic mail and mailing lists are not counted, nor what was there before the office.
    """
    written = sum(_log_day(day, channel, now) for day, channel, _ in _uncounted(now))
    if written:
        ledger.publish()
    return written


def _uncounted(now: datetime) -> list[tuple[date, str, int]]:
    """(day, channel, count) wherever more came in than the log was told."""
    office = Office.objects.get(pk=1)
    today = now.astimezone(UTC).date()
    start = max(today - LATE, office.made_at.astimezone(UTC).date())
    told = {
        (row.day, row.channel): row.count
        for row in Received.objects.filter(day__gte=start).order_by("pk")
    }
    rows = _by_people(start, today).annotate(day=TruncDate("at", tzinfo=UTC))
    counts = rows.values_list("day", "channel").annotate(count=Count("pk")).order_by("day")
    return [(d, c, n) for d, c, n in counts if n > told.get((d, c), 0)]


def _by_people(start: date, end: date) -> QuerySet[Message]:
    return Message.objects.filter(
        direction="in",
        automation=Automation.NO,
        list_id="",
        at__gte=datetime.combine(start, time.min, UTC),
        at__lt=datetime.combine(end, time.min, UTC),
    )


@transaction.atomic
def _log_day(day: date, channel: str, now: datetime) -> int:
    LogHead.objects.select_for_update().get(pk=1)  # one writer at a time
    prints = sorted(
        _by_people(day, day + timedelta(days=1))
        .filter(channel=channel)
        .values_list("fingerprint", flat=True)
    )
    told = Received.objects.filter(day=day, channel=channel).order_by("-pk").first()
    if told and told.count >= len(prints):
        return 0
    salt = secrets.token_bytes(32)
    commitment = digest(salt, "\n".join(prints).encode())
    leaf = received_entry(channel=channel, count=len(prints), commitment=commitment, day=day)
    [entry] = ledger.append(leaves=[leaf], now=now)
    Received.objects.create(day=day, channel=channel, count=len(prints), salt=salt, entry=entry)
    return 1


def log_report(*, now: datetime) -> int:
    """Log the report of the month that is over, from its second day on; 1 if it was due."""
    today = now.astimezone(UTC).date()
    last = today.replace(day=1) - timedelta(days=1)
    first = last.replace(day=1)
    office = Office.objects.get(pk=1)
    if today.day < 2 or office.made_at.astimezone(UTC).date() > last or _reported(office, first):
        return 0
    tally = Tally()
    for leaves in _leaves():
        tally.extend(leaves)
    _log_month(office, tally, first, last, now)
    ledger.publish()
    return 1


def _reported(office: Office, first: date) -> bool:
    events = Event.objects.filter(about="office", about_id=office.pk, act="report.logged")
    return any(event.data["first"] == first.isoformat() for event in events)


@transaction.atomic
def _log_month(office: Office, tally: Tally, first: date, last: date, now: datetime) -> None:
    LogHead.objects.select_for_update().get(pk=1)
    if _reported(Office.objects.select_for_update().get(pk=office.pk), first):
        return
    for leaves in _leaves(tally.size):  # what was logged while we counted
        tally.extend(leaves)
    report = tally.report(first=first.isoformat(), last=last.isoformat())
    day = now.astimezone(UTC).date()
    ledger.append(
        leaves=[report_entry(first=first, last=last, report=report.digest(), day=day)], now=now
    )
    told = {"first": report.first, "last": report.last, "report": report.value()}
    Event.record("report.logged", actor=None, about=office, now=now, data=told)


def _leaves(start: int = 0) -> Iterator[list[bytes]]:
    while True:
        rows = LogEntry.objects.filter(index__gte=start, index__lt=start + _CHUNK)
        leaves = [bytes(leaf) for leaf in rows.order_by("index").values_list("leaf", flat=True)]
        if not leaves:
            return
        yield leaves
        start += len(leaves)
