"""The product's own order, as the benchmark asks it, and the same model without its beginnings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from firsthand.learning.features import MOVES, WEIGHTS, Features, values
from firsthand.learning.fitting import Belief, fit
from firsthand.learning.history import History
from firsthand.learning.letters import Letter
from firsthand.learning.model import BELIEF, Model
from firsthand.learning.watch import Watch
from firsthand.learning.wording import Wording

_TRUST = 0.01
"""An example from another mailbox counts so much: it tells of people, not of this person."""


class Firsthand:
    """What an office does that imports the mailbox: history, model, nothing else."""

    def __init__(self, history: History | None = None, *, belief: Belief = BELIEF) -> None:
        self._watch = Watch(history, Model(belief))
        self.described: dict[str, Features] = {}

    def take(self, letter: Letter, *, learn: bool) -> float:
        features = self._watch.take(letter, learn=learn)
        if features is None:
            return 0.0
        self.described[letter.key] = features
        return self._watch.score(features).probability

    def answered(self, letter: Letter, *, at: datetime) -> None:
        self._watch.answered(letter.key, at=at)


class Logistic(Firsthand):
    """Plain logistic regression on the same facts: no weights set by hand, no directions."""

    def __init__(self, history: History) -> None:
        super().__init__(
            history,
            belief=Belief(
                means=np.array([BELIEF.means[0], *(0.0 for _ in WEIGHTS)]),
                moves=BELIEF.moves,
                signed=np.zeros(len(WEIGHTS) + 1, dtype=bool),
            ),
        )


class Remembered(History):
    """Gives again what a history said before: facts do not depend on who learns from them."""

    def __init__(self, described: Mapping[str, Features]) -> None:
        super().__init__()
        self._described = described

    def take(self, letter: Letter, words: Wording | None = None) -> Features | None:
        return self._described.get(letter.key)


def learned_elsewhere(examples: Sequence[tuple[Features, bool]]) -> Belief:
    """What is believed of a person after seeing the mailboxes of others."""
    rows = np.array([(1.0, *values(facts)) for facts, _ in examples])
    outcomes = np.array([float(hit) for _, hit in examples])
    means = fit(rows, outcomes, np.full(len(rows), _TRUST), BELIEF)
    moves = np.array([BELIEF.moves[0], *MOVES])
    return Belief(means=means, moves=moves, signed=np.array([False, *(means[1:] != 0)]))
