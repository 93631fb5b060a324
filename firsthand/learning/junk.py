"""Junk, learned from what an office keeps and what it throws out, one letter at a time.

Starts from plain signs (`core.junk`) and trusts what it learned as far as it has seen both kinds.
It decides nothing and deletes nothing: it says how likely, why, and whether that is above the line
below which fewer than one good letter in a thousand is meant to be lost.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field

import numpy as np

from firsthand.channels.mail.authres import Authentication
from firsthand.core.errors import Permanent
from firsthand.learning.junk_learners import Margins, Odds, Steps, logistic
from firsthand.learning.junk_line import Line
from firsthand.learning.junk_memory import Memory
from firsthand.learning.junk_signs import shown_words, signs_of
from firsthand.learning.junk_words import SIZE, Described, Places, describe

_MAGIC = b"firsthand junk 1\n"
_LIMIT = 12.0  # no learner outvotes the two others
_SLOPE, _OFFSET = 0.5, 0.4  # calibrated on the streams of docs/benchmarks.md
_TRUST = 1  # letters of the rarer kind at which the plain signs count half
_UNAIDED = 30  # … and from which they have nothing to add
_ONE_SIDED = 20  # letters of one kind that count like one more of the other
_KNOWN, _REFUTED = -4.0, 2.0
_EFFORT = 4
_LARGEST = 20_000_000  # unpacked


@dataclass(frozen=True, slots=True)
class JunkLetter:
    """`known`: the office has written to the sender. `authentication`: from a trusted server only."""

    raw: bytes
    known: bool = False
    authentication: Authentication | None = None


@dataclass(frozen=True, slots=True)
class Junk:
    """`probability` is calibrated; `above` tells that it is safe to put aside; `signs` are all true."""

    probability: float
    above: bool
    signs: tuple[str, ...] = ()


@dataclass(slots=True)
class JunkModel:
    """What one office learned. Not for threads: whoever learns holds it alone."""

    steps: Steps = field(default_factory=Steps)
    margins: Margins = field(default_factory=Margins)
    odds: Odds = field(default_factory=Odds)
    line: Line = field(default_factory=Line)
    memory: Memory = field(default_factory=Memory)
    _last: tuple[JunkLetter, Described] | None = None

    @classmethod
    def start(cls) -> JunkModel:
        """Of an office that has learned nothing yet."""
        return cls()

    @property
    def learned(self) -> tuple[int, int]:
        """How many good and junk letters it was taught."""
        return self.odds.letters[0], self.odds.letters[1]

    def score(self, letter: JunkLetter, *, why: bool = True) -> Junk:
        """How likely the letter is junk, by what was learned so far. Reasons take longest: `why`."""
        described = self._described(letter)
        rarer = min(self.learned)
        found = signs_of(letter.raw, letter.authentication) if rarer < _UNAIDED else None
        height = self._height(letter, described)
        if found:
            height += _TRUST / (_TRUST + rarer) * found.height
        chance = logistic(_SLOPE * height + _OFFSET) * _at_most(*self.learned)
        above = height > self.line.at(rarer)
        if chance < 0.5 or not why:
            return Junk(chance, above)
        found = found or signs_of(letter.raw, letter.authentication)
        words = shown_words(described, self.odds)
        return Junk(chance, above, (*found.words, *words))

    def learn(self, letter: JunkLetter, junk: bool) -> None:
        """Somebody who may decide it has said what the letter is."""
        described = self._described(letter)
        if not junk:
            self.line.lost(self._height(letter, described), min(self.learned))
        self._teach(described.grams, described.words, junk)
        self.odds.learn(described.words, junk)
        self.memory.keep(described.grams, described.words, junk)
        if other := self.memory.other(junk):
            self._teach(*other, not junk)

    def _teach(self, grams: Places, words: Places, junk: bool) -> None:
        self.steps.learn(grams, junk)
        self.margins.learn(words, junk)

    def to_bytes(self) -> bytes:
        """The model as it is kept: under 8 MB, whatever was learned."""
        tables = (
            self.steps.weights, self.steps.seen, self.margins.weights, self.margins.doubt,
        )  # fmt: skip
        halves = [np.clip(table, -6e4, 6e4).astype("<f2").tobytes() for table in tables]
        counts = [table.astype("<u2").tobytes() for table in (self.odds.good, self.odds.junk)]
        about = {"letters": self.odds.letters, "raised": self.line.raised, "size": SIZE,
                 "turn": self.memory.turn}  # fmt: skip
        head = json.dumps(about).encode() + b"\n"
        return _MAGIC + zlib.compress(
            b"".join([head, *halves, *counts, self.memory.to_bytes()]), _EFFORT
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> JunkModel:
        """The model that `to_bytes` kept."""
        try:
            head, _, tables = _unpacked(data).partition(b"\n")
            about = json.loads(head)
            if about["size"] != SIZE or len(tables) < 12 * SIZE:
                raise ValueError("size")
            real = np.frombuffer(tables, "<f2", 4 * SIZE).astype(np.float32).reshape(4, SIZE)
            counts = np.frombuffer(tables, "<u2", 2 * SIZE, 8 * SIZE).astype(np.uint16)
            odds = Odds(counts[:SIZE].copy(), counts[SIZE:].copy())
            odds.letters = [int(count) for count in about["letters"]]
            steps, margins = Steps(real[0].copy(), real[1].copy()), Margins(real[2].copy(), real[3])
            memory = Memory.from_bytes(tables[12 * SIZE :], [int(n) for n in about["turn"]])
            return cls(steps, margins, odds, Line(raised=float(about["raised"])), memory)
        except (ValueError, KeyError, IndexError, TypeError, zlib.error):
            raise Permanent(
                "What was learned about junk cannot be read.",
                hint="Start with a new model and teach it the letters that were sorted before.",
            ) from None

    def _described(self, letter: JunkLetter) -> Described:
        """Scoring and learning the same letter look at it once."""
        if self._last is None or self._last[0] is not letter:
            self._last = (letter, describe(letter.raw, _facts(letter)))
        return self._last[1]

    def _height(self, letter: JunkLetter, described: Described) -> float:
        height = (
            _limited(self.steps.score(described.grams))
            + _limited(8 * self.margins.score(described.words))
            + 0.3 * _limited(self.odds.score(described.words))
        )
        if letter.authentication and letter.authentication.refuted:
            return height + _REFUTED
        return height + (_KNOWN if letter.known else 0)


def _facts(letter: JunkLetter) -> list[str]:
    """What the receiving server and the office know, as words that can be learned."""
    facts = ["known sender" if letter.known else "new sender"]
    said = letter.authentication
    if not said:
        return facts
    facts += [f"{check.method}={check.result}" for check in said.checks]
    if said.aligned:
        facts += [f"from {check.of('header.from')}" for check in said.checks if check.about]
    return facts


def _limited(score: float) -> float:
    return min(_LIMIT, max(-_LIMIT, score))


def _at_most(good: int, junk: int) -> float:
    """Without examples nothing is surer than nine to one; many of one kind don't replace the other."""
    seen = min(junk, _ONE_SIDED * good)
    return 1 - 0.1 * 0.5 ** min(60, seen)


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(_MAGIC):
        raise ValueError("magic")
    unpack = zlib.decompressobj()
    return unpack.decompress(data[len(_MAGIC) :], _LARGEST)
