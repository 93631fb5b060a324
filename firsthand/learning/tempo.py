"""Minutes to read a letter and write its answer, from the person's own answers so far.

How long answers are is seen directly. How fast they are written is seen where one letter of the
owner follows another within half an hour: the time between is taken as spent on the second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

READING = 230.0
WRITING = 28.0
"""Words per minute of an ordinary person, until the owner's own speed is known."""
SITTING = 30.0
_SETTLING = 0.5
_USUAL_WORDS = 40.0
_KEEP = 0.995
_LEANS = 0.5
"""How far a letter's own length counts against the owner's usual minutes: the time between two
letters holds much that neither of them shows."""


@dataclass(slots=True)
class _Mean:
    """A mean that forgets slowly and starts as if `weight` values of `total / weight` had come."""

    total: float = 0.0
    weight: float = 0.0

    def add(self, value: float) -> None:
        self.total = self.total * _KEEP + value
        self.weight = self.weight * _KEEP + 1

    def drawn(self, to: float, by: float) -> float:
        """The mean, drawn to `to` as if `by` values of it had come."""
        return (self.total + by * to) / (self.weight + by)


@dataclass(frozen=True, slots=True)
class Pace:
    """The owner's speed against an ordinary person's: logarithms of minutes, and how many were seen."""

    took: float = 0.0
    expected: float = 0.0
    seen: float = 0.0

    def minutes(self, read: int, wrote: float) -> float:
        """Minutes to read and write so many words; an ordinary person's until the owner's are known."""
        return self.own(_nominal(read, wrote))

    def own(self, minutes: float) -> float:
        """The owner's minutes for what takes an ordinary person so many."""
        plain = math.log(minutes)
        own = self.took + _LEANS * (plain - self.expected)
        return math.exp(plain + self.seen / (self.seen + 5) * (own - plain))


@dataclass(slots=True)
class Tempo:
    """What is known of the owner's answers: their length by person, and the owner's speed."""

    _all: _Mean = field(default_factory=_Mean)
    _senders: dict[str, _Mean] = field(default_factory=dict)
    _took: _Mean = field(default_factory=_Mean)
    _nominal: _Mean = field(default_factory=_Mean)
    _sat_at: float | None = None

    def answer_words(self, sender: str) -> float:
        """How many words an answer to `sender` will have, of the middle sort."""
        usual = self._all.drawn(math.log(_USUAL_WORDS), 3.0)
        own = self._senders.get(sender)
        return math.exp(own.drawn(usual, 3.0) if own else usual)

    def minutes(self, sender: str, words: int) -> float:
        """Minutes to read `words` words of `sender` and answer them."""
        return self.pace.minutes(words, self.answer_words(sender))

    @property
    def pace(self) -> Pace:
        """The owner's speed, whoever is answered."""
        seen = self._took.weight
        if not seen:
            return Pace()
        return Pace(self._took.total / seen, self._nominal.total / seen, seen)

    def wrote(self, at: float) -> float | None:
        """The owner sent something at `at` (seconds). Minutes since the last one of this sitting."""
        before, self._sat_at = self._sat_at, at
        gap = (at - before) / 60 if before is not None else math.inf
        return gap if 0.1 <= gap <= SITTING else None

    def answered(self, sender: str, *, read: int, wrote: int, took: float | None) -> None:
        """An answer of `wrote` words to `read` words; `took`: its minutes where they are known."""
        expected = _nominal(read, self.answer_words(sender))
        length = math.log(1 + wrote)
        self._all.add(length)
        self._senders.setdefault(sender, _Mean()).add(length)
        if took is not None:
            self._took.add(math.log(took))
            self._nominal.add(math.log(expected))

    def to_json(self) -> dict[str, Any]:
        """As it is kept; read again by `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Tempo:
        """What `to_json` kept."""
        return cls(
            _all=_Mean(**kept["_all"]),
            _senders={sender: _Mean(**each) for sender, each in kept["_senders"].items()},
            _took=_Mean(**kept["_took"]),
            _nominal=_Mean(**kept["_nominal"]),
            _sat_at=kept["_sat_at"],
        )


def _nominal(read: float, wrote: float) -> float:
    return _SETTLING + read / READING + wrote / WRITING
