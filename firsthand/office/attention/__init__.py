"""Attention: which open thread needs the person, why, and what fits into the day's minutes.

Intake marks threads; `learn` learns from their letters; `rank_waiting` gives them ranks; `today`
reads ranks only. The acts put a
thread where a person wants it. It must never hide a letter without a lane that shows it.
"""

from firsthand.office.attention.acts import (
    assign,
    before,
    carry_on,
    close,
    move,
    reopen,
    screen,
    snooze,
    wake_due,
)
from firsthand.office.attention.day import (
    Beside,
    Item,
    Today,
    beside,
    lane,
    newest,
    of_kind,
    today,
)
from firsthand.office.attention.learning import AT_ONCE, catch_up, learn, relearn
from firsthand.office.attention.ranking import rank_waiting
from firsthand.office.attention.sorting import MOST, WAYS, PutBack, Sorted, put_back, sort
from firsthand.office.lanes import kinds

__all__ = [
    "AT_ONCE",
    "MOST",
    "WAYS",
    "Beside",
    "Item",
    "PutBack",
    "Sorted",
    "Today",
    "assign",
    "before",
    "beside",
    "carry_on",
    "catch_up",
    "close",
    "kinds",
    "lane",
    "learn",
    "move",
    "newest",
    "of_kind",
    "put_back",
    "rank_waiting",
    "relearn",
    "reopen",
    "screen",
    "snooze",
    "sort",
    "today",
    "wake_due",
]
