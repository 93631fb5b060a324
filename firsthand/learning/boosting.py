"""Gradient boosting on the same facts, as a yardstick: takes part where LightGBM is installed.

It is not used by the product: trained on one person's past it is behind weights set by hand, and
its reasons would be harder to say. It learns anew with every hundred letters.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from firsthand.learning.features import Features, values
from firsthand.learning.letters import Letter
from firsthand.learning.watch import PATIENCE

_SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 8,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "num_threads": 1,
    "seed": 1,
    "verbose": -1,
}
_ROUNDS = 80
_EVERY = 100


def installed() -> bool:
    """Whether there is a LightGBM to compare with, and what it needs of the system (OpenMP)."""
    try:
        importlib.import_module("lightgbm")
    except (ImportError, OSError):
        return False
    return True


class Boosting:
    """Trees on the facts of a mailbox's own past."""

    def __init__(self, described: Mapping[str, Features]) -> None:
        self._described = described
        self._came: list[Letter] = []
        self._answered: set[str] = set()
        self._trees: Any = None

    def take(self, letter: Letter, *, learn: bool) -> float:
        if letter.mine or not learn:
            return 0.0
        if len(self._came) % _EVERY == 0:
            self._train(letter.at)
        self._came.append(letter)
        if self._trees is None:
            return 0.0
        return float(self._trees.predict(np.array([values(self._described[letter.key])]))[0])

    def answered(self, letter: Letter, *, at: datetime) -> None:
        self._answered.add(letter.key)

    def _train(self, now: datetime) -> None:
        known = [
            each for each in self._came if each.key in self._answered or each.at < now - PATIENCE
        ]
        outcomes = [float(each.key in self._answered) for each in known]
        if len(set(outcomes)) < 2:
            return
        trees: Any = importlib.import_module("lightgbm")
        facts = np.array([values(self._described[each.key]) for each in known])
        self._trees = trees.train(_SETTINGS, trees.Dataset(facts, outcomes), _ROUNDS)
