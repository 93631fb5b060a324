"""Threads as lines of a list, cut down to those that the actor may read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from django.db.models import QuerySet

from firsthand.core.attention import Kind, Lane
from firsthand.core.rights import Right, Target
from firsthand.office.attention import Beside, Item
from firsthand.office.models import Message, Thread
from firsthand.office.sight import Sight

Line = TypeVar("Line", Item, Beside)
LANE_WORDS = {
    Lane.YOU: "For you",
    Lane.HELPER: "Helpers can take these",
    Lane.FYI: "Nothing to answer",
    Lane.SCREENED: "First-time senders",
    Lane.JUNK: "Junk",
}

KIND_WORDS = {
    Kind.PEOPLE: "From people",
    Kind.NEWSLETTERS: "Newsletters",
    Kind.LISTS: "Mailing lists",
    Kind.RECEIPTS: "Receipts",
    Kind.CALENDAR: "Calendar",
    Kind.NOTICES: "Notices",
    Kind.AUTO_REPLIES: "Automatic replies",
    Kind.BOUNCES: "Undelivered",
}


def readable(items: Sequence[Line], sight: Sight) -> list[Line]:
    """Those of a list that the actor may read."""
    seen = sight.threads([item.thread for item in items])
    return [item for item in items if item.thread in seen]


def items_of(threads: QuerySet[Thread], sight: Sight) -> list[Item]:
    """Threads as the same lines, as far as the actor may read them; also those that wait for nothing."""
    rows = [_Row(*values) for values in threads.values_list(*_COLUMNS)]
    seen = [
        row
        for row in rows
        if sight.may(Right.READ, Target(row.channel, row.account, row.lane or ""))
    ]
    latest = [row.latest for row in seen]
    previews = dict(Message.objects.filter(pk__in=latest).values_list("pk", "preview"))
    return [_item(row, previews.get(row.latest, ""), sight) for row in seen]


class _Row(NamedTuple):
    """What a line is made of, and nothing else of its rows. Of the rank: None where there is none."""

    thread: int
    account: int
    channel: str
    subject: str
    latest: int
    since: datetime | None
    person: str | None
    assigned: str | None
    lane: str | None
    score: float | None
    minutes: float | None
    reasons: list[tuple[str, float]] | None


_COLUMNS = (
    "pk", "account", "channel", "subject", "latest", "waiting_since", "person__name",
    "assigned_to__name", "rank__lane", "rank__score", "rank__minutes", "rank__reasons",
)  # fmt: skip


def _item(row: _Row, preview: str, sight: Sight) -> Item:
    waiting = sight.now - (row.since or sight.now)
    return Item(
        thread=row.thread,
        name=row.person or "",
        subject=row.subject or "(no subject)",
        preview=preview,
        channel=row.channel,
        lane=row.lane or "",
        score=row.score or 0.0,
        minutes=row.minutes or 0.0,
        waiting=waiting.total_seconds() / 86400,
        reasons=tuple(str(reason[0]) for reason in row.reasons or ()),
        assigned=row.assigned or "",
    )
