"""Today and the lanes, read from ranks and counts alone: fast, however much mail there is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from firsthand.core.attention import HARD_MINUTES, OLD_DAYS, Kind, Lane, fit, worth
from firsthand.core.attention import Waiting as Letter
from firsthand.office import lanes
from firsthand.office.attention.candidates import BY_SCORE, HARD, candidates, first, order
from firsthand.office.attention.describing import Mind
from firsthand.office.attention.facts import days
from firsthand.office.models import Draft, Message, Office, RankRow

BELOW = 100
_DRAFTS = ("writing", "waiting", "approved", "rejected", "leaving")


@dataclass(frozen=True, slots=True)
class Item:
    """One ranked thread, as lists show it. `waiting`: days; `thread`: its number."""

    thread: int
    name: str
    subject: str
    preview: str
    channel: str
    lane: str
    score: float
    minutes: float
    waiting: float
    reasons: tuple[str, ...]
    newcomer: bool = False
    draft: str = ""
    """The state of its newest living draft, or ""."""
    assigned: str = ""
    """The name of the hand who has it, or ""."""
    given: float = 0.0
    """The minutes of the day that it gets: fewer than its own where it is too long for one day."""


class Beside(NamedTuple):
    """A letter of the day as the narrow list beside a conversation shows it. `thread`: its number."""

    thread: int
    name: str
    subject: str


@dataclass(frozen=True, slots=True)
class Today:
    """The day: `items` fit into its `minutes`, `below` the line is what comes next.

    `you`: how many threads wait for the person in all; `left`: those of them that are below the
    line; `folded`: how many are in the other lanes; `kinds`: how many of each kind have nothing to
    answer; `folds`: the first of each of the other lanes.
    """

    minutes: float
    used: float
    items: tuple[Item, ...]
    below: tuple[Item, ...]
    folded: Mapping[str, int]
    you: int = 0
    left: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    folds: Mapping[str, tuple[Item, ...]] = field(default_factory=dict)


def today(
    *, now: datetime, minutes: float | None = None, below: int = BELOW, in_fold: int = 0
) -> Today:
    """What the day's minutes are best spent on; `minutes` None: the usual number of the office.

    `below`: how many of the next ones are wanted; `in_fold`: how many of each other lane.
    """
    budget = float(_usual() if minutes is None else minutes)
    put_off = _hard()
    letters = candidates(now=now, hard=put_off)
    above = fit(letters, budget=budget, hard=put_off)
    rest = _rest(letters, above)
    counts = lanes.counts()
    folded = {each.value: counts[each.value] for each in Lane if each is not Lane.YOU}
    folds = {name: first(name, in_fold) for name, count in folded.items() if count and in_fold}
    shown = [*(each.id for each in above), *rest[: below + HARD]]
    read = _items([*shown, *(pk for pks in folds.values() for pk in pks)], now)
    items = [replace(read[each.id], given=each.minutes) for each in above if each.id in read]
    items[:1] = [
        _put_off(item, letter, put_off) for item, letter in zip(items[:1], above, strict=False)
    ]
    later = [read[pk] for pk in rest[: below + HARD] if pk in read and read[pk].lane == Lane.YOU]
    return Today(
        minutes=budget,
        used=round(sum(letter.minutes for letter in above), 1),
        items=tuple(items),
        below=tuple(later[:below]),
        folded=folded,
        you=counts[Lane.YOU.value],
        kinds=lanes.kinds() if counts[Lane.FYI.value] else {},
        left=counts[Lane.YOU.value] - sum(item.lane == Lane.YOU for item in items),
        folds={name: tuple(read[pk] for pk in pks if pk in read) for name, pks in folds.items()},
    )


def beside(*, now: datetime, minutes: float | None = None) -> list[Beside]:
    """The letters that fit into the usual day, or into `minutes`, in the order of `today`, and little
    of each."""
    budget = float(_usual() if minutes is None else minutes)
    put_off = _hard()
    above = fit(candidates(now=now, hard=put_off), budget=budget, hard=put_off)
    rows = RankRow.objects.filter(pk__in=[letter.id for letter in above])
    shown = rows.values_list("pk", "thread__person__name", "thread__subject")
    read = {pk: Beside(pk, _named(name), _titled(subject)) for pk, name, subject in shown}
    return [read[letter.id] for letter in above if letter.id in read]


def _rest(letters: Iterable[Letter], above: Iterable[Letter]) -> list[int]:
    """What comes next, in the order in which days are filled."""
    chosen = {letter.id for letter in above}
    left = (each for each in letters if each.id not in chosen and not each.newcomer)
    return [each.id for each in sorted(left, key=worth)]


def _put_off(item: Item, letter: Letter, hard: float) -> Item:
    """The first letter of the day, with the reason where it is not its score."""
    if item.minutes < hard or letter.days < OLD_DAYS:
        return item
    told = f"waits {letter.days:.0f} days and takes long: before the quick ones"
    if item.given < item.minutes:
        told = f"waits {letter.days:.0f} days and takes more than a day: begin it"
    return replace(item, reasons=(told, *item.reasons))


def lane(
    *,
    lane: Lane | str,
    now: datetime,
    kind: Kind | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[Item]:
    """The threads of a lane: the best first where somebody must act, the newest first elsewhere.

    `kind`: only these; `after`: the number of the last thread of the page before.
    """
    rows = _open().filter(lane=str(lane), **({"kind": kind.value} if kind else {}))
    last = RankRow.objects.filter(pk=after).first() if after else None
    if last and Lane(lane) in BY_SCORE:
        rows = rows.filter(Q(score__lt=last.score) | Q(score=last.score, pk__gt=last.pk))
    elif last:
        since = last.waiting_since
        rows = rows.filter(Q(waiting_since__lt=since) | Q(waiting_since=since, pk__lt=last.pk))
    pks = list(rows.order_by(*order(lane)).values_list("pk", flat=True)[:limit])
    read = _items(pks, now)
    return [read[pk] for pk in pks if pk in read]


def newest() -> int:
    """The number of the newest message."""
    return Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def of_kind(kind: Kind, *, seen: int, limit: int) -> list[int]:
    """The newest `limit` threads of a kind that has nothing to answer, as they were when `seen` was
    the newest message: nobody sorts what came in meanwhile."""
    rows = _open().filter(lane=Lane.FYI.value, kind=kind.value, thread__latest__lte=seen)
    return list(rows.order_by(*order(Lane.FYI)).values_list("pk", flat=True)[:limit])


def _hard() -> float:
    """From how many minutes on a letter is a hard one, at this person's pace."""
    return round(Mind.now().pace.own(HARD_MINUTES), 1)


def _usual() -> int:
    return Office.objects.values_list("minutes", flat=True).first() or Office().minutes


def _open() -> QuerySet[RankRow]:
    return RankRow.objects.filter(thread__state="open")


class _Row(NamedTuple):
    """What a line of a list is made of, and nothing else of its rows."""

    thread: int
    score: float
    lane: str
    minutes: float
    reasons: list[tuple[str, float]]
    newcomer: bool
    since: datetime
    subject: str
    channel: str
    latest: int
    name: str | None
    assigned: str | None


_COLUMNS = (
    "pk", "score", "lane", "minutes", "reasons", "newcomer", "waiting_since", "thread__subject",
    "thread__channel", "thread__latest", "thread__person__name", "thread__assigned_to__name",
)  # fmt: skip


def _items(threads: Collection[int], now: datetime) -> dict[int, Item]:
    """The lines of these threads, as far as they are ranked: three queries, however many they are."""
    found = [_Row(*row) for row in RankRow.objects.filter(pk__in=threads).values_list(*_COLUMNS)]
    latest = [row.latest for row in found]
    previews = dict(Message.objects.filter(pk__in=latest).values_list("pk", "preview"))
    living = Draft.objects.filter(thread_id__in=[row.thread for row in found], state__in=_DRAFTS)
    pairs = living.order_by("changed_at").values_list("thread_id", "state")
    drafts = {thread or 0: state for thread, state in pairs}
    return {row.thread: _item(row, now, previews, drafts) for row in found}


def _item(row: _Row, now: datetime, previews: Mapping[int, str], drafts: Mapping[int, str]) -> Item:
    return Item(
        thread=row.thread,
        name=_named(row.name),
        subject=_titled(row.subject),
        preview=previews.get(row.latest, ""),
        channel=row.channel,
        lane=row.lane,
        score=row.score,
        minutes=row.minutes,
        waiting=round(max(0.0, days(row.since, now)), 1),
        reasons=tuple(str(reason[0]) for reason in row.reasons),
        newcomer=row.newcomer,
        draft=drafts.get(row.thread, ""),
        assigned=row.assigned or "",
    )


def _named(name: str | None) -> str:
    return name if name is not None else "Nobody named"


def _titled(subject: str) -> str:
    return subject or "(no subject)"
