"""When what is to be published may leave by itself: slots of a queue, office hours, spreading.

All times are aware and in the office's own zone: a slot at nine stays at nine when clocks change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from firsthand.core.errors import Misuse

DAY = 1440
WEEK = 7 * DAY
_FURTHEST = 530
"""Days that a queue is looked ahead: then it is full."""


AHEAD = timedelta(days=3653)
"""The most that something is scheduled ahead: ten years. Whoever asks for more has mistyped."""


def must_be_to_come(at: datetime, *, now: datetime) -> None:
    """That something may be scheduled for `at`. Raises Misuse, with the year that is too far."""
    if at <= now:
        raise Misuse(
            f"That time is over ({at:%Y-%m-%d %H:%M}).", hint="Choose one that is still to come."
        )
    if at - now > AHEAD:
        raise Misuse(f"The year {at:%Y} is too far ahead.", hint="Choose a time within ten years.")


@dataclass(frozen=True, slots=True)
class Week:
    """`slots`: minutes of the week, Monday 0:00 being 0, at which the queue lets one text go;
    `opens`, `closes`: minutes of the day; `spread`: minutes from one account to the next.
    """

    slots: tuple[int, ...] = ()
    opens: int = 0
    closes: int = DAY
    spread: int = 0

    def is_open(self, moment: datetime) -> bool:
        minute = moment.hour * 60 + moment.minute
        if self.opens <= self.closes:
            return self.opens <= minute < self.closes
        return minute >= self.opens or minute < self.closes  # over midnight

    def first_open(self, moment: datetime) -> datetime:
        """`moment`, or when the office opens next."""
        if self.is_open(moment):
            return moment
        opening = _at(moment, self.opens)
        return opening if opening > moment else _at(moment + timedelta(days=1), self.opens)

    def next_slot(self, *, after: datetime, taken: Collection[datetime]) -> datetime | None:
        """The first slot after `after` that none of `taken` has; None where there is none."""
        gone = {moment.astimezone(UTC).replace(second=0, microsecond=0) for moment in taken}
        for slot in self._slots(after):
            if slot > after and slot.astimezone(UTC) not in gone:
                return slot
        return None

    def _slots(self, after: datetime) -> Iterator[datetime]:
        if not self.slots:
            return
        monday = after - timedelta(days=after.weekday())
        for day in range(_FURTHEST):
            date = monday + timedelta(days=day)
            for slot in sorted(set(self.slots)):
                if slot // DAY == day % 7:
                    yield _at(date, slot % DAY)


def _at(day: datetime, minute: int) -> datetime:
    """That minute of that day, on the clock on the wall."""
    hour, rest = divmod(minute, 60)
    return datetime.combine(day.date(), time(hour, rest), day.tzinfo)


def read_slots(text: str) -> tuple[int, ...]:
    """Slots as people write them: `Mon 9:00, Thu 18:30, daily 12:00`. Raises ValueError."""
    found: set[int] = set()
    for item in text.replace("\n", ",").split(","):
        words = item.split()
        if not words:
            continue
        if len(words) != 2:
            raise ValueError(f"“{item.strip()}” is no slot: write it as Mon 9:00.")
        minute = _minute(words[1])
        found |= {day * DAY + minute for day in _days(words[0])}
    return tuple(sorted(found))


_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _days(word: str) -> tuple[int, ...]:
    short = word.lower()
    if short in {"daily", "weekdays"}:
        return tuple(range(7 if short == "daily" else 5))
    for at, name in enumerate(_NAMES):
        if short[:3] == name:
            return (at,)
    raise ValueError(f"“{word}” is no day: write Mon to Sun, weekdays or daily.")


def _minute(word: str) -> int:
    hour, colon, rest = word.partition(":")
    if not (colon and hour.isdecimal() and rest.isdecimal()) or int(hour) > 23 or int(rest) > 59:
        raise ValueError(f"“{word}” is no time of day: write it as 18:30.")
    return int(hour) * 60 + int(rest)


def read_minute(text: str) -> int:
    """A time of day as minutes from midnight; `24:00` is the end of the day. Raises ValueError."""
    return DAY if text.strip() == "24:00" else _minute(text.strip())


def tell_slots(slots: Collection[int]) -> str:
    """The inverse of `read_slots`."""
    return ", ".join(f"{_NAMES[slot // DAY].title()} {clock(slot % DAY)}" for slot in sorted(slots))


def clock(minute: int) -> str:
    """Minutes from midnight as a time of day."""
    return f"{minute // 60}:{minute % 60:02}"
