"""Three ways to learn from one letter at a time; each errs on other letters, so their sum errs less.

A letter is an array of places. Positive means junk. Nothing here knows what a place stands for.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from firsthand.learning.junk_words import SIZE, Places

Table = npt.NDArray[np.float32]
Counts = npt.NDArray[np.uint16]


class Steps:
    """Logistic regression whose steps shrink at each place with what was learned there (AdaGrad)."""

    RATE = 0.015
    LEARNED = 1e-4

    def __init__(self, weights: Table | None = None, seen: Table | None = None) -> None:
        self.weights = np.zeros(SIZE, np.float32) if weights is None else weights
        self.seen = np.ones(SIZE, np.float32) if seen is None else seen

    def score(self, places: Places) -> float:
        return float(self.weights[places].sum())

    def learn(self, places: Places, junk: bool) -> None:
        error = float(junk) - logistic(self.score(places))
        if abs(error) < self.LEARNED:
            return
        seen = self.seen[places] + np.float32(error * error)
        self.seen[places] = seen
        self.weights[places] += np.float32(self.RATE * error) / np.sqrt(seen)


class Margins:
    """Keeps a margin between the kinds, and moves most where it is least sure (AROW)."""

    SOFTNESS = 0.1

    def __init__(self, weights: Table | None = None, doubt: Table | None = None) -> None:
        self.weights = np.zeros(SIZE, np.float32) if weights is None else weights
        self.doubt = np.ones(SIZE, np.float32) if doubt is None else doubt

    def score(self, places: Places) -> float:
        return float(self.weights[places].sum()) / math.sqrt(len(places) or 1)

    def learn(self, places: Places, junk: bool) -> None:
        side = 1.0 if junk else -1.0
        missing = 1.0 - side * self.score(places)
        if missing <= 0 or not len(places):
            return
        share = 1 / math.sqrt(len(places))
        doubt = self.doubt[places]
        sure = 1 / (float(doubt.sum()) * share * share + self.SOFTNESS)
        self.weights[places] += np.float32(missing * sure * side * share) * doubt
        self.doubt[places] = doubt - np.float32(sure * share * share) * doubt * doubt


class Odds:
    """How often each place came in either kind (Robinson's smoothed odds, the clearest ones only)."""

    STRENGTH, UNKNOWN, NEUTRAL, CLEAREST = 0.0178, 0.52, 0.4, 150

    def __init__(self, good: Counts | None = None, junk: Counts | None = None) -> None:
        self.good = np.zeros(SIZE, np.uint16) if good is None else good
        self.junk = np.zeros(SIZE, np.uint16) if junk is None else junk
        self.letters = [0, 0]

    def score(self, places: Places) -> float:
        clear = self.each(places)
        clear = clear[np.abs(clear) > self.NEUTRAL]
        if len(clear) > self.CLEAREST:
            order = np.argpartition(-np.abs(clear), self.CLEAREST)
            clear = clear[order[: self.CLEAREST]]
        return float(clear.sum()) / math.sqrt(len(clear) + 1)

    def each(self, places: Places) -> Table:
        """The log odds of each place."""
        good, junk = self.good[places], self.junk[places]
        of_good = good / np.float32(max(1, self.letters[0]))
        of_junk = junk / np.float32(max(1, self.letters[1]))
        total = good.astype(np.float32) + junk
        share = of_junk / np.maximum(of_good + of_junk, np.float32(1e-9))
        smooth = (self.STRENGTH * self.UNKNOWN + total * share) / (self.STRENGTH + total)
        smooth = np.clip(smooth, 1e-6, 1 - 1e-6)  # what always came in one kind is not certain
        odds: Table = np.log(smooth / (1 - smooth), dtype=np.float32)
        return odds

    def learn(self, places: Places, junk: bool) -> None:
        counts = self.junk if junk else self.good
        counts[places] += 1
        self.letters[junk] += 1
        if self.letters[junk] >= 60_000:  # the counts are 16 bits: the older half is forgotten
            counts //= 2
            self.letters[junk] //= 2


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-min(30.0, max(-30.0, x))))
