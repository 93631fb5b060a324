"""How likely the owner answers a letter, as a sum of what each fact adds.

Sensible before anything is known (weights set by hand), fitted to the person as outcomes come in,
forgetting slowly. Exact: the logit is the base and the contributions, nothing else.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np

from firsthand.learning.features import MOVES, NAMES, WEIGHTS, Features, values
from firsthand.learning.fitting import Belief, Vector, fit, probability
from firsthand.learning.tally import DAY, HALF_LIFE
from firsthand.learning.weights import Contribution, Scored, Weights

__all__ = ["BELIEF", "Contribution", "Model", "Outcome", "Scored"]

_BASE = -2.0
_MOST = 50_000
_LEVEL, _SLOPE = -0.4, 0.77
"""Facts that go together say the same thing twice: sums of them are too sure of themselves, so
they are drawn towards the usual rate."""


BELIEF = Belief(
    means=np.array([_BASE, *WEIGHTS]),
    moves=np.array([2.0, *MOVES]),
    signed=np.array([False, *(True for _ in WEIGHTS)]),
)
"""What is held of any person's weights before anything is known: the first is the base."""
_LINE = Belief(
    means=np.array([_LEVEL, _SLOPE]), moves=np.array([0.05, 0.03]), signed=np.array([False, True])
)


class Outcome(StrEnum):
    """What became of a letter. The last two are said by a person and weigh more than silence."""

    ANSWERED = "answered"
    LET_GO = "let_go"
    FOR_ASSISTANT = "for_assistant"
    NOT_FOR_ME = "not_for_me"


_COUNTS = {
    Outcome.ANSWERED: 1.0,
    Outcome.LET_GO: 1.0,
    Outcome.FOR_ASSISTANT: 2.0,
    Outcome.NOT_FOR_ME: 3.0,
}


@dataclass(frozen=True, slots=True)
class _Example:
    facts: tuple[float, ...]
    outcome: str
    at: float
    raw: float
    """The score before the example was learned from: what calibration is measured with."""


class Model:
    """Weights of one office. Deterministic: the same observations give the same scores."""

    def __init__(self, belief: Belief = BELIEF) -> None:
        self._belief = belief
        self._weights: Vector = belief.means.copy()
        self._line: Vector = _LINE.means.copy()
        self._examples: dict[str, _Example] = {}
        self._number = 0
        self._new = 0
        self._said = False

    @classmethod
    def start(cls) -> Model:
        """The model of an empty office."""
        return cls()

    def __len__(self) -> int:
        return len(self._examples)

    @property
    def weights(self) -> Weights:
        """What it has come to. Calibration is a line, so the weights stay weights."""
        shift, slope = (float(each) for each in self._line)
        base, *each = (slope * float(weight) for weight in self._weights)
        return Weights(shift + base, tuple(each))

    def score(self, features: Features) -> Scored:
        """How likely the owner answers, and what each fact that is not neutral adds."""
        return self.weights.score(features)

    def scores(self, many: Sequence[Features]) -> list[float]:
        """The probabilities of many letters at once."""
        facts = np.array([values(each) for each in many]).reshape(len(many), len(NAMES))
        raw = self._weights[0] + facts @ self._weights[1:]
        return [float(each) for each in probability(self._line[0] + self._line[1] * raw)]

    def observe(self, features: Features, outcome: Outcome, *, at: datetime, key: str = "") -> None:
        """What became of a letter. Said again for the same `key`, the last word holds.

        Learned at once where a person said it; otherwise when enough has come together.
        """
        self.note(features, outcome, at=at, key=key)
        if self.is_due:
            self.refit()

    def note(self, features: Features, outcome: Outcome, *, at: datetime, key: str = "") -> None:
        """As `observe`, but whoever notes many at once says themselves when to `refit`."""
        facts = values(features)
        self._number += 1
        key = key or f"#{self._number}"
        before = self._examples.pop(key, None)
        raw = before.raw if before else self._raw(facts)
        self._examples[key] = _Example(facts, outcome.value, at.timestamp(), raw)
        self._new += 1
        self._said |= outcome in (Outcome.NOT_FOR_ME, Outcome.FOR_ASSISTANT)
        if len(self._examples) > _MOST:
            del self._examples[next(iter(self._examples))]

    def forget(self, key: str) -> None:
        """Nothing is known of a letter any more; the weights follow with the next `refit`."""
        if self._examples.pop(key, None):
            self._said = True

    @property
    def is_due(self) -> bool:
        """Whether enough has come together, or a person spoke."""
        return self._said or self._new >= max(20, len(self._examples) // 12)

    def outcome(self, key: str) -> Outcome | None:
        """What is known to have become of a letter."""
        found = self._examples.get(key)
        return Outcome(found.outcome) if found else None

    def refit(self) -> None:
        """Fit the weights to all that is remembered. About a second for the most it remembers."""
        self._new, self._said = 0, False
        examples = list(self._examples.values())
        if not examples:
            return
        facts = np.array([each.facts for each in examples])
        outcomes = np.array([float(each.outcome == Outcome.ANSWERED) for each in examples])
        at = np.array([each.at for each in examples])
        said = np.array([_COUNTS[Outcome(each.outcome)] for each in examples])
        counts = said * 0.5 ** ((at.max() - at) / DAY / HALF_LIFE)
        ones = np.ones((len(examples), 1))
        self._weights = fit(np.hstack([ones, facts]), outcomes, counts, self._belief)
        raw = np.array([[each.raw] for each in examples])
        self._line = fit(np.hstack([ones, raw]), outcomes, counts, _LINE)

    def _raw(self, facts: tuple[float, ...]) -> float:
        return float(self._weights[0] + np.dot(self._weights[1:], facts))

    def to_bytes(self) -> bytes:
        """Weights and examples; no words, no addresses, no code. Read again by `from_bytes`."""
        examples = self._examples.values()
        kept = io.BytesIO()
        about = {
            "names": NAMES,
            "keys": list(self._examples),
            "outcomes": [each.outcome for each in examples],
            "number": self._number,
            "new": self._new,
        }
        np.savez_compressed(
            kept,
            about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
            weights=self._weights,
            line=self._line,
            facts=np.array([each.facts for each in examples]).reshape(-1, len(NAMES)),
            at=np.array([each.at for each in examples]),
            raw=np.array([each.raw for each in examples]),
        )
        return kept.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Model:
        """The model that `to_bytes` kept; facts that it did not know yet start as set by hand."""
        made = cls()
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            about = json.loads(kept["about"].tobytes())
            order = {name: place for place, name in enumerate(about["names"])}
            facts, weights = kept["facts"], kept["weights"]
            for place, name in enumerate(NAMES):
                if name in order:
                    made._weights[place + 1] = weights[order[name] + 1]
            made._weights[0], made._line = weights[0], kept["line"]
            columns = [order.get(name) for name in NAMES]
            rows = zip(
                about["keys"], about["outcomes"], facts, kept["at"], kept["raw"], strict=True
            )
            for key, outcome, row, at, raw in rows:
                values = tuple(0.0 if c is None else float(row[c]) for c in columns)
                made._examples[key] = _Example(values, outcome, float(at), float(raw))
        made._number, made._new = about["number"], about["new"]
        return made
