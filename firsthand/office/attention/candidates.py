"""Which letters a day is filled from, and the first of each lane.

In SQL: these are asked for each Today and each conversation, and are always the same; to have Django
write them anew took longer than the database needs to answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import connection

from firsthand.core.attention import OLD_DAYS, Lane, worth
from firsthand.core.attention import Waiting as Letter
from firsthand.office.attention.facts import days

BEST = 200
OLDEST = 50
HARD = 5
NEWCOMERS = 12
BY_SCORE = {Lane.YOU, Lane.HELPER}

_FROM = (
    " FROM office_rankrow AS ranked JOIN office_thread AS thread ON thread.id = ranked.thread_id"
    " WHERE thread.state = 'open' AND ranked.lane = %s"
)
_LETTERS = (
    "SELECT ranked.thread_id, ranked.score, ranked.minutes, ranked.waiting_since, ranked.newcomer,"
    f" thread.person_id{_FROM}"
)
_BEST = f"{_LETTERS} ORDER BY ranked.score DESC LIMIT %s"
_OLDEST = f"{_LETTERS} ORDER BY ranked.waiting_since LIMIT %s"
_HARD = f"{_LETTERS} AND ranked.minutes >= %s ORDER BY ranked.waiting_since LIMIT %s"
_NEW_BEST = f"{_LETTERS} AND ranked.newcomer ORDER BY ranked.score DESC LIMIT %s"
_NEW_OLDEST = f"{_LETTERS} AND ranked.newcomer ORDER BY ranked.waiting_since LIMIT %s"
_FIRST = f"SELECT ranked.thread_id{_FROM} ORDER BY {{}} LIMIT %s"


class _Row(NamedTuple):
    thread: int
    score: float
    minutes: float
    since: datetime
    newcomer: bool
    person: int | None


def candidates(*, now: datetime, hard: float) -> list[Letter]:
    """The best by score, the oldest, the oldest `hard` ones (from so many minutes on), and some who
    write for the first time."""
    you, screened = Lane.YOU.value, Lane.SCREENED.value
    best = _letters(_asked(_BEST, you, BEST), now)
    # One question for each lane: each follows its index, and stops where it has enough.
    heavy = [*_asked(_HARD, you, hard, HARD), *_asked(_HARD, screened, hard, HARD)]
    put_aside = [letter for letter in _letters(heavy, now) if letter.days >= OLD_DAYS]
    put_aside.sort(key=lambda letter: -letter.days)
    oldest = _letters(_asked(_OLDEST, you, OLDEST), now)
    new = [*_asked(_NEW_BEST, screened, BEST), *_asked(_NEW_OLDEST, screened, OLDEST)]
    found = [*best, *put_aside[:HARD], *oldest, *_newcomers(new, now)]
    return list({letter.id: letter for letter in found}.values())


def order(lane: str) -> tuple[str, str]:
    """What a lane is sorted by, as Django names it: what asks for the principal has the best first,
    any other the newest."""
    by_score = Lane(lane) in BY_SCORE
    return ("-score", "thread_id") if by_score else ("-waiting_since", "-thread_id")


def first(lane: str, limit: int) -> list[int]:
    """The threads at the top of a lane."""
    columns = (
        f"ranked.{name[1:]} DESC" if name.startswith("-") else f"ranked.{name}"
        for name in order(lane)
    )
    with connection.cursor() as cursor:
        cursor.execute(_FIRST.format(", ".join(columns)), [lane, limit])
        return [row[0] for row in cursor.fetchall()]


def _asked(sql: str, *values: str | float) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [_Row(*row) for row in cursor.fetchall()]


def _newcomers(rows: Iterable[_Row], now: datetime) -> list[Letter]:
    """One letter of each person, the best or the longest waiting: to write often is no better claim."""
    found: dict[int, _Row] = {}
    for row in rows:
        found.setdefault(row.person or -row.thread, row)
    return sorted(_letters(found.values(), now), key=worth)[:NEWCOMERS]


def _letters(rows: Iterable[_Row], now: datetime) -> list[Letter]:
    """Ranks as `fit` sees them; no more is read of those that may not be shown."""
    return [
        Letter(
            row.thread, row.score, row.minutes, max(0.0, days(_at(row.since), now)), row.newcomer
        )
        for row in rows
    ]


def _at(value: datetime) -> datetime:
    """SQLite knows no time zones: Django keeps UTC in it."""
    return value if value.tzinfo else value.replace(tzinfo=UTC)
