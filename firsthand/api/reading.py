"""Reading: the queue, a lane, a conversation, the search. Everybody sees what their grants cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router

from firsthand.api import answers, shapes
from firsthand.api.asking import clock, readable_thread, sight_of
from firsthand.core.attention import Kind, Lane
from firsthand.core.rights import Right
from firsthand.office import attention, search
from firsthand.office.sight import Sight

router = Router(by_alias=True, tags=["reading"])
MOST = 1000


@router.get("/today", response=shapes.Today)
def today(
    request: HttpRequest,
    minutes: Annotated[float | None, Query(ge=0, le=1440)] = None,
) -> shapes.Today:
    """The queue for the minutes there are: above the line, below it, and the folded lanes.

    A hand whose grant holds in some lanes or channels gets what is there.
    """
    sight = sight_of(request)
    sight.must_somewhere(Right.READ)
    queue = attention.today(now=clock(), minutes=minutes)
    items, below = _seen(sight, queue.items), _seen(sight, queue.below)
    folded = sight.lanes(queue.folded)
    return shapes.Today(
        minutes=queue.minutes,
        used=round(sum(item.given for item in items), 1),
        items=items,
        below=below,
        left=queue.left if sight.may(Right.READ) else len(below),
        folded=folded,
        kinds=dict(queue.kinds) if Lane.FYI in folded else {},
    )


@router.get("/lanes/{lane}", response=shapes.LaneItems)
def lane(
    request: HttpRequest,
    lane: Lane,
    kind: Kind | None = None,
    after: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> shapes.LaneItems:
    """One lane: the best first where somebody must act, the newest first elsewhere.

    `kind`: of this kind alone, which parts the lane `fyi`.
    """
    sight = sight_of(request)
    sight.must_somewhere(Right.READ)
    found = attention.lane(lane=lane, kind=kind, now=clock(), after=after, limit=limit)
    more = found[-1].thread if len(found) == limit else None
    return shapes.LaneItems(lane=lane, items=_seen(sight, found), after=more)


@router.get("/threads/{int:thread}", response=shapes.Conversation)
def thread(request: HttpRequest, thread: int) -> shapes.Conversation:
    """A conversation with its messages, oldest first, and the notes about it."""
    return answers.conversation(readable_thread(request, thread))


@router.get("/search", response=shapes.Hits)
def find(
    request: HttpRequest,
    q: Annotated[str, Query(min_length=1, max_length=500)],
    limit: Annotated[int, Query(ge=1, le=500)] = 30,
) -> shapes.Hits:
    """Full text, newest first; `from:` `to:` `subject:` `channel:` `after:` `before:` `has:` `in:`."""
    sight = sight_of(request)
    sight.must_somewhere(Right.READ)
    # Who sees a part is given the first of their part, so more is looked through for them.
    found = search.find(query=q, limit=limit if sight.may(Right.READ) else MOST)
    seen = sight.threads([hit.thread for hit in found])
    return shapes.Hits(
        threads=[
            shapes.Hit(
                thread=hit.thread,
                subject=hit.subject,
                from_=hit.name,
                at=hit.at,
                snippet=hit.snippet,
            )
            for hit in found
            if hit.thread in seen
        ][:limit],
        hints=list(search.hints(q)),
    )


def _seen(sight: Sight, items: Sequence[attention.Item]) -> list[shapes.Item]:
    seen = sight.threads([item.thread for item in items])
    return [answers.item(item) for item in items if item.thread in seen]
