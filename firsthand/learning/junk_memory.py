"""The last letters of either kind, to go over again: what comes in a row must not wipe out the rest.

Only their places are kept, no word of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from firsthand.learning.junk_words import SIZE, Places

EACH = 32
_STRIDE = 7  # so that the letters taken in turn are not neighbours


@dataclass(slots=True)
class Memory:
    """Letters as (grams, words), by kind: good and junk."""

    kept: tuple[list[tuple[Places, Places]], list[tuple[Places, Places]]] = field(
        default_factory=lambda: ([], [])
    )
    turn: list[int] = field(default_factory=lambda: [0, 0])

    def keep(self, grams: Places, words: Places, junk: bool) -> None:
        """The oldest of its kind makes room; what was said of the same letter before is forgotten."""
        letters = self.kept[junk]
        others = self.kept[not junk]
        others[:] = [other for other in others if not np.array_equal(other[1], words)]
        del letters[: len(letters) + 1 - EACH]
        letters.append((grams, words))
        self.turn[junk] += 1

    def other(self, junk: bool) -> tuple[Places, Places] | None:
        """A letter of the other kind than the one that was just learned; each in its turn."""
        letters = self.kept[not junk]
        return letters[self.turn[junk] * _STRIDE % len(letters)] if letters else None

    def to_bytes(self) -> bytes:
        """Distances between the places, which compress well, after the number of places."""
        parts = []
        for letters in self.kept:
            parts.append(np.array([len(letters)], "<u4"))
            for letter in letters:
                for places in letter:
                    parts.append(np.array([len(places)], "<u4"))
                    parts.append(np.diff(places, prepend=0).astype("<u4"))
        return b"".join(part.tobytes() for part in parts)

    @classmethod
    def from_bytes(cls, data: bytes, turn: list[int]) -> Memory:
        """Raises ValueError or IndexError where the bytes are not those of `to_bytes`."""
        numbers, at = np.frombuffer(data, "<u4").astype(np.int64), 0
        memory = cls(turn=turn)
        for letters in memory.kept:
            count, at = int(numbers[at]), at + 1
            for _ in range(count):
                both = []
                for _ in range(2):
                    size, at = int(numbers[at]), at + 1
                    both.append(np.cumsum(numbers[at : at + size]))
                    at += size
                    if len(both[-1]) != size or (size and both[-1][-1] >= SIZE):
                        raise ValueError("places")
                letters.append((both[0], both[1]))
        return memory
