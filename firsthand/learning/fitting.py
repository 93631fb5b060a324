"""Logistic regression that starts from weights set by hand (maximum a posteriori, Newton's method).

Where a weight has a direction, it stops at 0 rather than turn round.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

_STEPS = 25
_FAR = 2.0
"""No weight moves further in one step: far from the optimum Newton's step overshoots."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What is held of the weights before any example: normal, around `means`, by `moves`."""

    means: Vector
    moves: Vector
    signed: npt.NDArray[np.bool_]


def fit(rows: Vector, outcomes: Vector, counts: Vector, belief: Belief) -> Vector:
    """The most probable weights. `counts`: how many times each example counts."""
    signs = np.sign(belief.means) * belief.signed
    holds = belief.moves**-2.0
    weights = belief.means.copy()
    free = np.ones(len(weights), dtype=bool)
    for _ in range(_STEPS):
        chance = probability(rows @ weights)
        slope = rows.T @ (counts * (outcomes - chance)) - holds * (weights - belief.means)
        bend = (rows * (counts * chance * (1 - chance))[:, None]).T @ rows + np.diag(holds)
        step = np.zeros_like(weights)
        step[free] = np.linalg.solve(bend[np.ix_(free, free)], slope[free])
        weights = weights + np.clip(step, -_FAR, _FAR)
        turned = weights * signs < 0
        weights[turned] = 0.0
        free &= ~turned
        if not turned.any() and float(np.abs(step).max()) < 1e-5:
            break
    return weights


def probability(logits: Vector) -> Vector:
    """What log-odds say as a probability."""
    made: Vector = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return made
