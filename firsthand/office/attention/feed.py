"""What learning is fed with: messages and acts in the order of time, a portion after the other."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet
from django.db.models.functions import Substr

from firsthand.core.byline import ActorKind
from firsthand.core.envelope import Automation
from firsthand.office.attention.describing import LIGHT, READ
from firsthand.office.models import Body, Event, Message

LETTERS = 20_000
"""The newest messages that are learned from. What is older counts for little: half in 180 days."""
LATE = 100
"""So many messages from before what was learned last, and all is learned anew in its order."""
_SLACK = timedelta(days=1)
_KEPT_WITHIN = timedelta(days=14)
TAUGHT = (
    "thread.closed", "thread.reopened", "thread.moved", "thread.put_back", "thread.assigned",
    "person.screened",
)  # fmt: skip
"""The acts of people that say what a letter is to them, or take it back."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far learning has come: all messages up to the number `before` and, of those up to `goal`,
    the ones until `at` and `last`. Of messages before `since` nothing is learned.

    `acts_before` and `acts_goal` are the same of events; `newest` is the latest time learned from.
    """

    goal: int = 0
    acts_goal: int = 0
    before: int = 0
    acts_before: int = 0
    at: datetime | None = None
    last: int = 0
    since: datetime | None = None
    newest: datetime | None = None
    done: bool = False

    @property
    def is_new(self) -> bool:
        """Whether nothing was learned yet."""
        return not self.before and self.at is None

    def to_json(self) -> dict[str, Any]:
        """As the row keeps it."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Progress:
        """What `to_json` kept."""
        times = {
            name: datetime.fromisoformat(kept[name])
            for name in ("at", "since", "newest")
            if kept[name]
        }
        return cls(**{**kept, **times})


@dataclass(frozen=True, slots=True)
class Portion:
    """Messages and acts by time, with the texts, and where learning stands after them."""

    messages: Sequence[Message]
    acts: Sequence[Event]
    texts: Mapping[int, str]
    after: Progress
    version: int
    """Of what was learned, when the portion was read."""

    def in_order(self) -> Iterator[Message | Event]:
        """Oldest first; an act after the message of the same moment."""
        both: list[tuple[datetime, int, Message | Event]] = [(m.at, 0, m) for m in self.messages]
        both += [(act.at, 1, act) for act in self.acts]
        yield from (each[2] for each in sorted(both, key=lambda each: each[:2]))


def further(progress: Progress | None) -> Progress | None:
    """Where to go on, or None where all is learned."""
    if progress is None:
        return _beginning()
    if not progress.done:
        return progress
    goal, acts_goal = _goals()
    if (goal, acts_goal) == (progress.goal, progress.acts_goal):
        return None
    if _is_late(progress):
        return _beginning()
    return Progress(
        goal, acts_goal, progress.goal, progress.acts_goal,
        since=progress.since, newest=progress.newest,
    )  # fmt: skip


def portion(progress: Progress, limit: int, version: int) -> Portion:
    """The next `limit` messages, and the acts that lie between them."""
    rows = _of(progress).only(*LIGHT)
    if progress.at:
        rows = rows.filter(at__gte=progress.at).exclude(at=progress.at, pk__lte=progress.last)
    messages = list(rows.order_by("at", "pk")[:limit])
    done = len(messages) < limit
    acts = _acts(progress, None if done else messages[-1].at)
    bodies = Body.objects.filter(pk__in=[message.pk for message in messages])
    texts = bodies.annotate(start=Substr("text", 1, READ)).values_list("pk", "start")
    after = replace(progress, done=done)
    if messages:
        last = messages[-1]
        newest = max(last.at, progress.newest or last.at)
        after = replace(after, at=last.at, last=last.pk, newest=newest)
    return Portion(messages, acts, dict(texts), after, version)


def _beginning() -> Progress | None:
    goal, acts_goal = _goals()
    whole = Progress(goal, acts_goal)
    oldest = list(_of(whole).order_by("-at").values_list("at", flat=True)[LETTERS - 1 : LETTERS])
    return replace(whole, since=oldest[0] if oldest else None) if goal else None


def _of(progress: Progress) -> QuerySet[Message]:
    """The messages between its numbers. What a vacation program sent nobody wrote."""
    rows = Message.objects.filter(pk__gt=progress.before, pk__lte=progress.goal, set_aside="")
    rows = rows.exclude(direction="out", automation=Automation.AUTO_REPLY.value)
    return rows.filter(at__gte=progress.since) if progress.since else rows


def _goals() -> tuple[int, int]:
    newest = Message.objects.aggregate(newest=Max("pk"))["newest"]
    acts = Event.objects.filter(act__in=TAUGHT).aggregate(newest=Max("pk"))["newest"]
    return newest or 0, acts or 0


def _is_late(progress: Progress) -> bool:
    """Whether much came in that is older than what was learned, as when an archive is imported."""
    if progress.newest is None:
        return True
    fresh = _of(replace(progress, before=progress.goal, goal=2**62))
    return fresh.filter(at__lt=progress.newest - _SLACK)[LATE:].exists()


def _acts(progress: Progress, until: datetime | None) -> list[Event]:
    """What people did: a program's sorting says nothing of what the principal wants."""
    rows = Event.objects.filter(
        pk__gt=progress.acts_before, pk__lte=progress.acts_goal, act__in=TAUGHT,
        actor__kind=ActorKind.HUMAN,
    )  # fmt: skip
    if progress.at:
        rows = rows.filter(at__gt=progress.at)
    if until:
        rows = rows.filter(at__lte=until)
    return list(rows.order_by("pk"))


class Kept:
    """Around which letters the office's own mail is there: elsewhere nobody knows what became of them."""

    def __init__(self, messages: Sequence[Message]) -> None:
        times = [message.at for message in messages]
        around = (min(times) - _KEPT_WITHIN, max(times) + _KEPT_WITHIN) if times else None
        rows = Message.objects.filter(direction="out", at__range=around) if around else None
        self._sent = list(rows.order_by("at").values_list("at", flat=True)) if rows else []

    def around(self, at: datetime) -> bool:
        """Whether something was sent within two weeks of that time."""
        place = bisect_left(self._sent, at - _KEPT_WITHIN)
        return place < len(self._sent) and self._sent[place] <= at + _KEPT_WITHIN


def came_in(threads: set[int]) -> dict[int, list[Message]]:
    """{thread: its messages from outside}, newest last."""
    rows = Message.objects.filter(thread_id__in=threads, direction="in")
    found: dict[int, list[Message]] = defaultdict(list)
    for message in rows.only(*LIGHT).order_by("at", "pk"):
        found[message.thread_id or 0].append(message)
    return found
