"""Slots and hours, on the clock on the wall."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.errors import Misuse
from firsthand.core.hours import (
    AHEAD,
    Week,
    must_be_to_come,
    read_minute,
    read_slots,
    tell_slots,
)

BERLIN = ZoneInfo("Europe/Berlin")
MOMENTS = st.integers(0, 365 * 1440).map(
    lambda minute: datetime.combine(date(2026, 1, 1), time(), BERLIN) + timedelta(minutes=minute)
)
SLOTS = st.lists(st.integers(0, 7 * 1440 - 1), min_size=1, max_size=5)


def test_slots_are_read_as_people_write_them() -> None:
    assert read_slots("Mon 9:00, thursday 18:30") == (540, 3 * 1440 + 1110)
    assert len(read_slots("daily 12:00")) == 7
    assert read_slots("weekdays 8:00\nSun 8:00") == tuple(
        d * 1440 + 480 for d in (0, 1, 2, 3, 4, 6)
    )
    assert read_slots("") == ()
    assert read_minute("24:00") == 1440


@pytest.mark.parametrize("wrong", ["9:00", "Mon", "Mon 25:00", "Moon 9:00", "Mon 9:60", "Mon nine"])
def test_what_is_no_slot_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(ValueError, match="write"):
        read_slots(wrong)


@given(st.lists(st.integers(0, 7 * 1440 - 1)))
def test_slots_are_told_as_they_are_read(slots: list[int]) -> None:
    assert read_slots(tell_slots(set(slots))) == tuple(sorted(set(slots)))


@given(MOMENTS, SLOTS, st.integers(1, 12))
def test_a_queue_gives_each_slot_once_and_in_order(
    moment: datetime, slots: list[int], count: int
) -> None:
    taken: list[datetime] = []
    for _ in range(count):
        slot = Week(tuple(slots)).next_slot(after=moment, taken=taken)
        assert slot is not None
        assert slot > moment
        assert slot.weekday() * 1440 + slot.hour * 60 + slot.minute in slots
        taken.append(slot)
    assert taken == sorted(set(taken))


def test_nine_stays_nine_when_clocks_change() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=BERLIN)  # clocks go forward on the 29th
    slot = Week((6 * 1440 + 540,)).next_slot(after=before, taken=())
    assert slot == datetime(2026, 3, 29, 9, tzinfo=BERLIN)
    assert slot is not None and slot.utcoffset() == timedelta(hours=2)


def test_without_slots_there_is_no_queue() -> None:
    assert Week().next_slot(after=datetime(2026, 1, 1, tzinfo=BERLIN), taken=()) is None


@given(MOMENTS, st.integers(0, 1439), st.integers(0, 1440))
def test_what_waits_for_the_opening_leaves_within_a_day(
    moment: datetime, opens: int, closes: int
) -> None:
    week = Week(opens=opens, closes=closes)
    first = week.first_open(moment)
    assert first >= moment
    assert first == moment or (first.hour * 60 + first.minute == opens)
    if opens != closes:
        assert week.is_open(first)


def test_hours_may_go_over_midnight() -> None:
    week = Week(opens=22 * 60, closes=2 * 60)
    assert week.is_open(datetime(2026, 1, 1, 23, tzinfo=BERLIN))
    assert week.is_open(datetime(2026, 1, 1, 1, tzinfo=BERLIN))
    assert not week.is_open(datetime(2026, 1, 1, 12, tzinfo=BERLIN))


def test_what_is_over_or_too_far_ahead_is_not_scheduled() -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=BERLIN)
    must_be_to_come(now + timedelta(seconds=1), now=now)
    must_be_to_come(now + AHEAD, now=now)
    with pytest.raises(Misuse, match=r"over \(2026-11-25 12:00\)"):
        must_be_to_come(now, now=now)
    for at in (now + AHEAD + timedelta(seconds=1), now.replace(year=9999)):
        with pytest.raises(Misuse, match=f"The year {at.year} is too far ahead"):
            must_be_to_come(at, now=now)
