"""A day is told with its year wherever it could be taken for one of this year."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from firsthand.core.days import spoken

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2026, 11, 22), "22 November"),
        (date(2026, 3, 3), "3 March"),
        (date(2027, 3, 3), "3 March 2027"),
        (date(2028, 11, 22), "22 November 2028"),
        (date(2025, 12, 31), "31 December 2025"),
        (datetime(2027, 1, 1, 9, tzinfo=UTC), "1 January 2027"),
    ],
)
def test_the_year_is_told_where_it_is_another_one(day: date, told: str) -> None:
    assert spoken(day, today=TODAY) == told
