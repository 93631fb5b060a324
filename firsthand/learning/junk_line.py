"""The line above which a letter is put aside: high while little is known, raised by a near loss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar


@dataclass(slots=True)
class Line:
    """`raised`: how far good letters that came close have pushed it up; it sinks back slowly."""

    raised: float = 0.0

    LOWEST: ClassVar[float] = 9.0
    YOUNG: ClassVar[float] = 60.0
    ROOM: ClassVar[float] = 1.5
    MOST: ClassVar[float] = 8.0
    SINKS: ClassVar[float] = 1 / 1_500

    def at(self, rarer: int) -> float:
        """`rarer`: letters learned of the rarer kind."""
        return self._least(rarer) + self.raised

    def lost(self, height: float, rarer: int) -> None:
        """A good letter stood at `height`: the line keeps its distance."""
        near = height + self.ROOM - self._least(rarer)
        self.raised = min(self.MOST, max(self.raised * (1 - self.SINKS), near))

    def _least(self, rarer: int) -> float:
        return self.LOWEST + self.YOUNG / math.sqrt(1 + rarer)
