"""The present of an old mailbox is its own end: what was waiting there when it stopped is opened.

Without this an archive that ended years ago would be all history, and its queue empty.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from firsthand.office.intake import standing
from firsthand.office.intake.counting import HISTORY, lines_of
from firsthand.office.intake.tally import in_order, newest, waiting
from firsthand.office.models import Account, Message, Thread

BATCH = 500
ODD = 200
"""One message in so many may have an absurd date."""


def revive(*, account: Account, now: datetime) -> int:
    """Open what waited in the last months of a mailbox that ended before `now`'s; returns how many.

    Threads on which a person decided stay as they are. Repeating changes nothing.
    """
    end = _end(account)
    if end is None or now - end <= HISTORY:
        return 0
    closed = Thread.objects.filter(account=account, state="closed", state_by=None)
    numbers = list(closed.filter(last_at__gt=end - HISTORY).values_list("pk", flat=True))
    parts = [numbers[start : start + BATCH] for start in range(0, len(numbers), BATCH)]
    return sum(_open(part, account.channel) for part in parts)


def _end(account: Account) -> datetime | None:
    """When the mailbox ended; a few dates that are far off, as broken clocks make them, don't count."""
    dates = Message.objects.filter(account=account, set_aside="").order_by("-at")
    place = dates.count() // ODD
    return next(iter(dates.values_list("at", flat=True)[place : place + 1]), None)


@transaction.atomic
def _open(numbers: list[int], channel: str) -> int:
    lines = lines_of(numbers, channel)
    opened = []
    for number, thread in standing.load(numbers).items():
        in_thread = in_order(lines[number])
        last, left = newest(in_thread), waiting(in_thread)
        if last and last.incoming and left:
            thread.step("arrive")
            thread.waiting_since, thread.needs_rank = left[0].at, True
            opened.append(thread)
    standing.write(opened, ("state", "waiting_since", "needs_rank"))
    return len(opened)
