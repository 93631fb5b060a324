"""Today and the lanes, read from ranks and counts alone: fast, however much mail there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from firsthand.core.attention import HARD_MINUTES, OLD_DAYS, Lane, fit
from firsthand.core.attention import Waiting as Letter
from firsthand.office import lanes
from firsthand.office.attention.describing import Mind
from firsthand.office.attention.facts import days
from firsthand.office.models import Draft, Message, Office, RankRow

CANDIDATES = 200
HARD = 5
NEWCOMERS = 12
BELOW = 100
_BY_SCORE = {Lane.YOU, Lane.HELPER}
_HEARD = (Lane.YOU.value, Lane.SCREENED.value)
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


@dataclass(frozen=True, slots=True)
class Today:
    """The day: `items` fit into its `minutes`, `below` the line is what comes next.

    `you`: how many threads wait for the person in all; `folded`: those in the other lanes.
    """

    minutes: float
    used: float
    items: tuple[Item, ...]
    below: tuple[Item, ...]
    folded: Mapping[str, int]
    you: int = 0


def today(*, now: datetime, minutes: float | None = None, below: int = BELOW) -> Today:
    """What the day's minutes are best spent on; `minutes` None: the usual number of the office.

    `below`: how many of the next ones are wanted.
    """
    budget = float(_usual() if minutes is None else minutes)
    put_off = round(Mind.now().pace.own(HARD_MINUTES), 1)
    letters = _candidates(now, put_off)
    above = fit(letters, budget=budget, hard=put_off)
    chosen = {letter.id for letter in above}
    rest = [each for each in letters if each.id not in chosen and not each.newcomer]
    shown = [letter.id for letter in (*above, *rest[:below])]
    rows = _open().in_bulk(shown)
    items = _items([rows[each] for each in shown if each in rows], now)
    counts = lanes.counts()
    return Today(
        minutes=budget,
        used=round(sum(letter.minutes for letter in above), 1),
        items=tuple(items[: len(above)]),
        below=tuple(items[len(above) :]),
        folded={each.value: counts[each.value] for each in Lane if each is not Lane.YOU},
        you=counts[Lane.YOU.value],
    )


def lane(
    *, lane: Lane | str, now: datetime, after: int | None = None, limit: int = 50
) -> list[Item]:
    """The threads of a lane: the best first where somebody must act, the newest first elsewhere.

    `after`: the number of the last thread of the page before.
    """
    rows = _open().filter(lane=str(lane))
    last = RankRow.objects.filter(pk=after).first() if after else None
    if Lane(lane) in _BY_SCORE:
        if last:
            rows = rows.filter(Q(score__lt=last.score) | Q(score=last.score, pk__gt=last.pk))
        return _items(rows.order_by("-score", "pk")[:limit], now)
    if last:
        since = last.waiting_since
        rows = rows.filter(Q(waiting_since__lt=since) | Q(waiting_since=since, pk__lt=last.pk))
    return _items(rows.order_by("-waiting_since", "-pk")[:limit], now)


def _usual() -> int:
    return Office.objects.values_list("minutes", flat=True).first() or Office().minutes


def _open() -> QuerySet[RankRow]:
    rows = RankRow.objects.filter(thread__state="open")
    return rows.select_related("thread", "thread__person", "thread__assigned_to")


def _candidates(now: datetime, put_off: float) -> list[Letter]:
    """The best by score, the oldest of the hard ones, and some who write for the first time."""
    rows = RankRow.objects.filter(thread__state="open")
    you = rows.filter(lane=Lane.YOU.value).order_by("-score")[:CANDIDATES]
    # One query for each lane: each follows its index, and stops where it has enough.
    hard = [
        row
        for lane in _HEARD
        for row in _letters(
            rows.filter(lane=lane, minutes__gte=put_off).order_by("waiting_since")[:HARD], now
        )
    ]
    put_aside = sorted((row for row in hard if row.days >= OLD_DAYS), key=lambda row: -row.days)
    screened = rows.filter(lane=Lane.SCREENED.value, newcomer=True).order_by("-score")[:NEWCOMERS]
    found = [*_letters(you, now), *put_aside[:HARD], *_letters(screened, now)]
    return list({letter.id: letter for letter in found}.values())


def _letters(rows: QuerySet[RankRow], now: datetime) -> list[Letter]:
    """Ranks as `fit` sees them; no more is read of those that may not be shown."""
    values = rows.values_list("pk", "score", "minutes", "waiting_since", "newcomer")
    return [
        Letter(pk, score, minutes, max(0.0, days(since, now)), newcomer)
        for pk, score, minutes, since, newcomer in values
    ]


def _items(rows: Sequence[RankRow] | QuerySet[RankRow], now: datetime) -> list[Item]:
    found = list(rows)
    latest = [row.thread.latest for row in found]
    previews = dict(Message.objects.filter(pk__in=latest).values_list("pk", "preview"))
    living = Draft.objects.filter(thread_id__in=[row.pk for row in found], state__in=_DRAFTS)
    pairs = living.order_by("changed_at").values_list("thread_id", "state")
    drafts = {thread or 0: state for thread, state in pairs}
    return [_item(row, now, previews, drafts) for row in found]


def _item(
    row: RankRow,
    now: datetime,
    previews: Mapping[int, str],
    drafts: Mapping[int, str],
) -> Item:
    thread = row.thread
    return Item(
        thread=thread.pk,
        name=thread.person.name if thread.person else "Nobody named",
        subject=str(thread),
        preview=previews.get(thread.latest, ""),
        channel=thread.channel,
        lane=row.lane,
        score=row.score,
        minutes=row.minutes,
        waiting=round(max(0.0, days(row.waiting_since, now)), 1),
        reasons=tuple(str(reason[0]) for reason in row.reasons),
        newcomer=row.newcomer,
        draft=drafts.get(thread.pk, ""),
        assigned=thread.assigned_to.name if thread.assigned_to else "",
    )
