"""Sorting a thread: close, snooze, pass on, move, note. A change of state is a thing of its own."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Status

from firsthand.api import answers, shapes
from firsthand.api.asking import actor_of, clock, thread_of
from firsthand.core.errors import Misuse
from firsthand.office import attention, desk
from firsthand.office.models import Actor

router = Router(by_alias=True, tags=["sorting"])


@router.post("/threads/{int:thread}/closure", response={201: shapes.Thread})
def close(request: HttpRequest, thread: int) -> Status[shapes.Thread]:
    """Close a thread: nothing more to do."""
    found = thread_of(thread)
    attention.close(thread=found, actor=actor_of(request), now=clock())
    return _now(thread, 201)


@router.delete("/threads/{int:thread}/closure", response=shapes.Thread)
def reopen(request: HttpRequest, thread: int) -> Status[shapes.Thread]:
    """Open a closed thread again."""
    found = thread_of(thread)
    attention.reopen(thread=found, actor=actor_of(request), now=clock())
    return _now(thread, 200)


@router.post("/threads/{int:thread}/snooze", response={201: shapes.Thread})
def snooze(request: HttpRequest, thread: int, wanted: shapes.Snooze) -> Status[shapes.Thread]:
    """Put a thread away until a moment; an answer wakes it earlier."""
    found = thread_of(thread)
    attention.snooze(thread=found, actor=actor_of(request), now=clock(), until=wanted.until)
    return _now(thread, 201)


@router.post("/threads/{int:thread}/assignment", response={201: shapes.Thread})
def assign(request: HttpRequest, thread: int, wanted: shapes.Assignment) -> Status[shapes.Thread]:
    """Pass a thread on to a hand, or give it back."""
    found = thread_of(thread)
    to = _hand(wanted.to) if wanted.to else None
    attention.assign(thread=found, to=to, actor=actor_of(request), now=clock())
    return _now(thread, 201)


@router.post("/threads/{int:thread}/lane", response={201: shapes.Thread})
def move(request: HttpRequest, thread: int, wanted: shapes.LaneChoice) -> Status[shapes.Thread]:
    """Move a thread to another lane; the ranking keeps to it."""
    found = thread_of(thread)
    attention.move(thread=found, lane=wanted.lane, actor=actor_of(request), now=clock())
    return _now(thread, 201)


@router.post("/sortings", response={201: shapes.Sorted})
def sort(request: HttpRequest, wanted: shapes.Sorting) -> Status[shapes.Sorted]:
    """Close, snooze or move many threads at once: all of them, or none."""
    done = attention.sort(
        actor=actor_of(request),
        threads=wanted.threads,
        way=wanted.way,
        until=wanted.until,
        now=clock(),
    )
    return Status(201, shapes.Sorted(id=done.number, threads=list(done.threads)))


@router.delete("/sortings/{int:sorting}", response=shapes.PutBack)
def put_back(request: HttpRequest, sorting: int) -> shapes.PutBack:
    """Undo a sorting within a day. What changed meanwhile is left as it is."""
    done = attention.put_back(actor=actor_of(request), sorting=sorting, now=clock())
    return shapes.PutBack(threads=list(done.threads), changed=list(done.changed))


@router.post("/threads/{int:thread}/notes", response={201: shapes.Note})
def note(request: HttpRequest, thread: int, wanted: shapes.NewNote) -> Status[shapes.Note]:
    """Write a note for the others of the office. It cannot be sent."""
    found = thread_of(thread)
    made = desk.note(thread=found, actor=actor_of(request), text=wanted.text, now=clock())
    return Status(201, shapes.Note(id=made.pk, by=made.actor.key, at=made.at, text=made.text))


def _hand(key: str) -> Actor:
    found: Actor | None = Actor.objects.filter(key=key).first()
    if not found:
        raise Misuse(f"Nobody here is called {key!r}.", hint="GET /hands lists them.")
    return found


def _now(thread: int, status: int) -> Status[shapes.Thread]:
    return Status(status, answers.thread(thread_of(thread)))
