"""The bar of the day's minutes: one block for each letter, as wide as its minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 1000.0
GAP = 3.0


@dataclass(frozen=True, slots=True)
class Block:
    """A letter in the bar, in units of a thousandth of its width."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """The blocks, and where the day ends when the letters go beyond it (None: they fit)."""

    blocks: tuple[Block, ...]
    end: float | None

    @classmethod
    def of(cls, minutes: Sequence[float], budget: float) -> Bar:
        total = max(budget, sum(minutes), 0.1)
        blocks, at = [], 0.0
        for each in minutes:
            width = each / total * WIDTH
            blocks.append(Block(round(at, 1), round(max(1.0, width - GAP), 1)))
            at += width
        return cls(tuple(blocks), round(budget / total * WIDTH, 1) if total > budget else None)
