"""Counts that fade: letters seen, and those of them that were answered."""

from __future__ import annotations

import math
from dataclasses import dataclass

DAY = 86_400.0
HALF_LIFE = 180.0
"""Days after which what happened counts half."""


@dataclass(slots=True)
class Tally:
    """`at`: seconds since 1970 when the counts were last brought up to date; `half`: days."""

    seen: float = 0.0
    answered: float = 0.0
    at: float = 0.0
    half: float = HALF_LIFE

    def fade(self, at: float) -> Tally:
        """Bring the counts to the moment `at`; a moment before the last one changes nothing."""
        if at > self.at:
            if self.at:
                kept = 0.5 ** ((at - self.at) / (self.half * DAY))
                self.seen *= kept
                self.answered *= kept
            self.at = at
        return self

    def add(self, at: float, *, seen: float = 0.0, answered: float = 0.0) -> None:
        self.fade(at)
        self.seen += seen
        self.answered += answered

    def left(self, since: float) -> float:
        """How much of what was counted at the moment `since` is left."""
        return float(0.5 ** (max(0.0, self.at - since) / (self.half * DAY)))

    def rate(self, base: float, weight: float) -> float:
        """The answered share in log-odds against `base`, drawn to it as if by `weight` letters."""
        return against(self.seen, self.answered, base, weight)


def against(seen: float, answered: float, base: float, weight: float) -> float:
    """Log-odds of a share, drawn to `base` as if by `weight` letters, less those of `base`."""
    share = (answered + weight * base) / (max(seen, answered) + weight)
    return odds(share) - odds(base)


def odds(share: float) -> float:
    """Log-odds of a share."""
    share = min(max(share, 1e-4), 1 - 1e-4)
    return math.log(share / (1 - share))


def halved(seconds: float, hours: float) -> float:
    """1 at once, half after `hours`, and so on."""
    return math.pow(0.5, max(0.0, seconds) / 3600 / hours)
