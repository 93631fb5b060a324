"""A month of a person who works the queue from the top until the day's minutes are over.

More comes in than the minutes suffice for, and letters take longer or shorter than was predicted.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand.core import attention
from firsthand.core.attention import HARD_MINUTES, OLD_DAYS, Waiting, fit

DAYS = 60


@dataclass
class Month:
    """`takes`: the true minutes that are left of a letter; `done`: letter to the day it was answered."""

    chance: random.Random
    minutes: float
    hard_every: int = 3
    queue: dict[int, Waiting] = field(default_factory=dict)
    takes: dict[int, float] = field(default_factory=dict)
    came: dict[int, int] = field(default_factory=dict)
    done: dict[int, int] = field(default_factory=dict)
    reached: dict[int, int] = field(default_factory=dict)
    offered: list[bool] = field(default_factory=list)

    @property
    def quick(self) -> int:
        """As many of two minutes as fill the day and a half."""
        return round(0.75 * self.minutes)

    def run(self) -> Month:
        for day in range(DAYS):
            for letter in self._mail(day):
                self.queue[letter.id] = letter
                self.came[letter.id] = day
                self.takes[letter.id] = letter.minutes * self.chance.lognormvariate(0.1, 0.5)
            self._work(day)
        return self

    def _mail(self, day: int) -> Iterator[Waiting]:
        pick = self.chance.uniform
        first = len(self.came)
        for number in range(first, first + self.quick):
            yield Waiting(number, score=pick(0.3, 0.95), minutes=pick(1, 3))
        for number in range(first + self.quick, first + self.quick + 2):
            yield Waiting(number, score=pick(0.02, 0.2), minutes=pick(1, 3), newcomer=True)
        if day % self.hard_every == 0:
            number = first + self.quick + 2
            yield Waiting(number, score=pick(0.05, 0.4), minutes=pick(HARD_MINUTES, 40))

    def _work(self, day: int) -> None:
        left = self.minutes
        waiting = [replace(w, days=float(day - self.came[w.id])) for w in self.queue.values()]
        chosen = fit(waiting, budget=self.minutes)
        assert sum(w.minutes for w in chosen) <= self.minutes + 1e-6
        self.offered.append(any(w.newcomer for w in chosen))
        for letter in chosen:
            if left <= 0:
                break
            if letter.newcomer:
                self.reached[day] = self.reached.get(day, 0) + 1
            # Of what is too long for a day a piece is done; everything else is gone on with.
            piece = letter.minutes if letter.minutes < self.queue[letter.id].minutes else left
            spent = min(self.takes[letter.id], piece, left)
            left -= spent
            self.takes[letter.id] -= spent
            if self.takes[letter.id] <= 1e-9:
                self.done[letter.id] = day
                del self.queue[letter.id]

    def waited(self, *, hard: bool) -> list[int]:
        """Days that each letter waited, or waits by now."""
        kind = [n for n in self.came if (self._is_hard(n)) is hard]
        return [self.done.get(number, DAYS) - self.came[number] for number in kind]

    def _is_hard(self, number: int) -> bool:
        day = self.came[number]
        return number == max(n for n, came in self.came.items() if came == day) and (
            day % self.hard_every == 0
        )


seeds = st.integers(0, 10**6)


@settings(max_examples=12)
@given(seeds, st.sampled_from([15.0, 25.0, 45.0]))
def test_no_old_hard_letter_is_buried_by_quick_ones(seed: int, minutes: float) -> None:
    month = Month(random.Random(seed), minutes, hard_every=6).run()
    assert max(month.waited(hard=True)) <= OLD_DAYS + 28
    left = sum(not month._is_hard(number) for number in month.queue)
    assert left > 0, "the month was meant to be too full"


@settings(max_examples=12)
@given(seeds, st.sampled_from([15.0, 25.0, 45.0]))
def test_newcomers_are_offered_and_reached(seed: int, minutes: float) -> None:
    month = Month(random.Random(seed), minutes, hard_every=6).run()
    assert sum(month.offered) == DAYS
    assert len(month.reached) >= 0.75 * DAYS


def test_without_the_shares_the_hard_letters_would_starve(monkeypatch: pytest.MonkeyPatch) -> None:
    """The month above is one in which they matter."""
    month = Month(random.Random(1), 25.0, hard_every=6).run()
    monkeypatch.setattr(attention, "OLD_DAYS", 1e9)
    buried = Month(random.Random(1), 25.0, hard_every=6).run()
    assert max(month.waited(hard=True)) < OLD_DAYS + 28 < max(buried.waited(hard=True))
