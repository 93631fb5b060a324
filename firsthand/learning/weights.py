"""What a model has come to: a small sum that anybody can work out again. Scoring needs no more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firsthand.learning.features import NAMES, Features, values


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one fact, standing at `value`, adds to the logit."""

    name: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True)
class Scored:
    """`logit` is `base` and all contributions; `probability` is calibrated."""

    probability: float
    logit: float
    base: float
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """Calibrated weights: `base` and one for each of `NAMES`."""

    base: float
    each: tuple[float, ...]

    def score(self, features: Features) -> Scored:
        """How likely the owner answers, and what each fact that is not neutral adds."""
        found = tuple(
            Contribution(name, value, weight * value)
            for name, value, weight in zip(NAMES, values(features), self.each, strict=True)
            if value
        )
        logit = self.base + math.fsum(contribution.weight for contribution in found)
        return Scored(1 / (1 + math.exp(-logit)), logit, self.base, found)

    def to_json(self) -> dict[str, Any]:
        """As it is kept; read again by `from_json`."""
        return {"base": self.base, "each": dict(zip(NAMES, self.each, strict=True))}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Weights:
        """What `to_json` kept; a fact that it did not know adds nothing until it is learned."""
        return cls(kept["base"], tuple(kept["each"].get(name, 0.0) for name in NAMES))
