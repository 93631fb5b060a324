"""Threads as lines of a list, cut down to those that the actor may read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from firsthand.core.attention import Kind, Lane
from firsthand.core.rights import Right
from firsthand.office.attention import Beside, Item
from firsthand.office.models import Message, Thread
from firsthand.office.sight import Sight

Line = TypeVar("Line", Item, Beside)
NEEDED = ("person", "rank", "assigned_to")
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


def items_of(threads: Sequence[Thread], sight: Sight) -> list[Item]:
    """Threads, read with `NEEDED`, as the same lines; also those that wait for nothing."""
    seen = [thread for thread in threads if sight.may(Right.READ, thread.target)]
    latest = [thread.latest for thread in seen]
    previews = dict(Message.objects.filter(pk__in=latest).values_list("pk", "preview"))
    return [_item(thread, previews.get(thread.latest, ""), sight) for thread in seen]


def _item(thread: Thread, preview: str, sight: Sight) -> Item:
    rank = getattr(thread, "rank", None)
    waiting = sight.now - (thread.waiting_since or sight.now)
    return Item(
        thread=thread.pk,
        name=thread.person.name if thread.person else "",
        subject=str(thread),
        preview=preview,
        channel=thread.channel,
        lane=rank.lane if rank else "",
        score=rank.score if rank else 0.0,
        minutes=rank.minutes if rank else 0.0,
        waiting=waiting.total_seconds() / 86400,
        reasons=tuple(str(reason[0]) for reason in rank.reasons) if rank else (),
        assigned=thread.assigned_to.name if thread.assigned_to else "",
    )
