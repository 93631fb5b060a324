"""How good an order is: average precision, area under the curve, recall at the top of each day."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby

SHARES = (5, 10, 20)


def average_precision(scores: Sequence[float], answered: Sequence[bool]) -> float:
    """Mean precision over the answered letters, best first; equal scores are one step."""
    hits = seen = 0
    total = 0.0
    ordered = sorted(zip(scores, answered, strict=True), key=lambda pair: -pair[0])
    for _score, group in groupby(ordered, key=lambda pair: pair[0]):
        step = [hit for _, hit in group]
        seen += len(step)
        hits += sum(step)
        total += sum(step) * hits / seen
    return total / hits if hits else math.nan


def roc_auc(scores: Sequence[float], answered: Sequence[bool]) -> float:
    """How often an answered letter stands above one that was not; a tie is half."""
    below = 0
    wins = 0.0
    ordered = sorted(zip(scores, answered, strict=True), key=lambda pair: pair[0])
    for _score, group in groupby(ordered, key=lambda pair: pair[0]):
        step = [hit for _, hit in group]
        misses = len(step) - sum(step)
        wins += sum(step) * (below + misses / 2)
        below += misses
    hits = len(ordered) - below
    return wins / (hits * below) if hits and below else math.nan


def above(scores: Sequence[float], days: Sequence[int], share: int) -> list[bool]:
    """Which letters stand in the top `share` percent of their day, at least one; ties as they came."""
    found = [False] * len(scores)
    by_day: defaultdict[int, list[int]] = defaultdict(list)
    for place, day in enumerate(days):
        by_day[day].append(place)
    for places in by_day.values():
        best = sorted(places, key=lambda place: (-scores[place], place))
        for place in best[: math.ceil(len(places) * share / 100)]:
            found[place] = True
    return found


def calibration(
    chances: Sequence[float], answered: Sequence[bool]
) -> list[tuple[int, float, float]]:
    """Ten bins of probability: letters, the mean that was said, the share that came true."""
    bins: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for chance, hit in zip(chances, answered, strict=True):
        bins[min(9, int(chance * 10))].append((chance, hit))
    return [
        (
            len(found),
            sum(chance for chance, _ in found) / len(found),
            sum(hit for _, hit in found) / len(found),
        )
        for _, found in sorted(bins.items())
    ]


def calibration_error(chances: Sequence[float], answered: Sequence[bool]) -> float:
    """The expected calibration error: how far what is said is from what comes true, over ten bins."""
    rows = calibration(chances, answered)
    total = sum(count for count, _said, _true in rows)
    return sum(count * abs(said - true) for count, said, true in rows) / total if total else 0.0
