"""What happened so far, letter by letter: the only place that features are taken from.

Letters come in the order of time; each is described from those before it. Old counts fade, so that
a correspondent who falls silent is slowly forgotten.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from firsthand.learning import wording
from firsthand.learning.features import Features
from firsthand.learning.letters import Letter
from firsthand.learning.tally import DAY, Tally, halved, odds
from firsthand.learning.wording import Wording

USUAL = 0.12
"""The share of letters that are answered, until the owner's own is known."""
_OTHERS = 20
_PENDING_DAYS = 60.0
_DECLINED = 2.0
_MOST_TERMS = 300_000
_counts = attrgetter("seen", "answered", "at", "half")


@dataclass(slots=True)
class _Pending:
    """What will be counted as answered when the answer to a letter goes out."""

    at: float
    names: tuple[str, ...]
    terms: tuple[str, ...]
    declined_at: float | None = None


@dataclass(slots=True)
class _Thread:
    mine: int = 0
    theirs: int = 0


class History:
    """Counts over letters taken in the order of time."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self._terms: dict[str, list[float]] = {}
        self._threads: dict[str, _Thread] = {}
        self._pairs: dict[str, Tally] = {}
        self._wrote_at: dict[str, float] = {}
        self._asked: set[str] = set()
        self._pending: dict[str, _Pending] = {}
        self._all = Tally(8.0, 8.0 * USUAL)
        self._lately = Tally(half=14.0)
        self._day = Tally(half=1.0)
        self._month = Tally(half=30.0)
        self._sent_at = 0.0

    def take(self, letter: Letter, words: Wording | None = None) -> Features | None:
        """Describe a letter that came in, then count it; one of the owner's is only counted.

        `words`: its wording, where it was read before.
        """
        at = letter.at.timestamp()
        if letter.mine:
            self._count_mine(letter, at)
            return None
        words = words or wording.read(letter)
        found = self._features(letter, words, at)
        self._count(letter, words, at)
        return found

    def answered(self, key: str, *, at: datetime) -> None:
        """The letter `key` got its answer. Once; a second time changes nothing."""
        self.undeclined(key, at=at)
        pending = self._pending.pop(key, None)
        if pending is None:
            return
        for tally in (*(self._tally(name) for name in pending.names), self._all, self._lately):
            tally.add(at.timestamp(), answered=1)
        for term in pending.terms:
            if term in self._terms:
                self._terms[term][1] += 1

    def declined(self, key: str, *, at: datetime) -> None:
        """A person said that `key` was not for them: it counts like three unanswered letters.

        Once, until it is `undeclined`.
        """
        pending = self._pending.get(key)
        if pending is None or pending.declined_at is not None:
            return
        pending.declined_at = at.timestamp()
        for name in pending.names:
            self._tally(name).add(pending.declined_at, seen=_DECLINED)

    def undeclined(self, key: str, *, at: datetime) -> None:
        """That was taken back: the counts are as if nobody had said it."""
        pending = self._pending.get(key)
        if pending is None or pending.declined_at is None:
            return
        for name in pending.names:
            tally = self._tally(name).fade(at.timestamp())
            tally.seen -= _DECLINED * tally.left(pending.declined_at)
        pending.declined_at = None

    def _tally(self, name: str) -> Tally:
        return self._tallies.setdefault(name, Tally())

    def _count_mine(self, letter: Letter, at: float) -> None:
        for other in letter.others:
            self._pairs.setdefault(other, Tally(half=60.0)).add(at, answered=1)
            self._wrote_at[other] = at
            if letter.thread:
                self._asked.add(f"{other} {letter.thread}")
        if letter.thread:
            self._threads.setdefault(letter.thread, _Thread()).mine += 1
        self._day.add(at, seen=1)
        self._month.add(at, seen=1)
        self._sent_at = at

    def _count(self, letter: Letter, words: Wording, at: float) -> None:
        names = tuple(_names(letter))
        for name in names:
            self._tally(name).add(at, seen=1)
        self._all.add(at, seen=1)
        self._lately.add(at, seen=1)
        self._pairs.setdefault(letter.sender, Tally(half=60.0)).add(at, seen=1)
        if letter.thread:
            self._threads.setdefault(letter.thread, _Thread()).theirs += 1
        for term in words.terms:
            self._terms.setdefault(term, [0.0, 0.0])[0] += 1
        self._pending[letter.key] = _Pending(at, names, words.terms)
        self._forget(at)

    def _forget(self, at: float) -> None:
        """Letters too old to be answered, and words met only once when there are too many."""
        while self._pending:
            key = next(iter(self._pending))
            if at - self._pending[key].at < _PENDING_DAYS * DAY:
                break
            del self._pending[key]
        if len(self._terms) > _MOST_TERMS:
            self._terms = {term: each for term, each in self._terms.items() if each[0] > 1}

    def _features(self, letter: Letter, words: Wording, at: float) -> Features:
        base = self._base(at)
        pair = self._pairs.get(letter.sender)
        wrote_at = self._wrote_at.get(letter.sender)
        thread = self._threads.get(letter.thread) or _Thread()
        names = dict(zip("sdht", _names(letter), strict=False))
        return Features(
            sender_rate=self._rate(names["s"], at, base, 3.0),
            domain_rate=self._rate(names["d"], at, base, 8.0),
            company_rate=self._company_rate(letter, at, base),
            thread_rate=self._rate(names["t"], at, base, 2.0) if letter.thread else 0.0,
            words_rate=self._words_rate(words, base),
            hour_rate=self._rate(names["h"], at, base, 20.0),
            wrote_share=_share(pair.fade(at)) if pair else 0.0,
            in_talk=halved(at - wrote_at, 3) if wrote_at else 0.0,
            first=float(pair is None),
            thread_mine=_log(thread.mine),
            asked_back=float(f"{letter.sender} {letter.thread}" in self._asked),
            thread_length=_log(thread.mine + thread.theirs),
            recipients=_log(len(letter.others)),
            copied=float(letter.copied and not letter.direct),
            unnamed=float(not letter.copied and not letter.direct),
            place=_log(letter.place),
            questions=_log(words.questions),
            asks=float(words.asks),
            asks_first=float("?" in letter.subject),
            asks_last=float(words.asks_last),
            greeted=float(letter.greets),
            meets=float(words.meets),
            personal=words.personal,
            closes=float(words.closes),
            tells=float(words.tells),
            figures=words.figures,
            links=_log(words.links),
            words=math.log2((5 + words.count) / 60),
            longer=max(0.0, math.log2((1 + words.count) / 150)),
            wordless=float(words.count < 3),
            answers=float(letter.answers),
            forwards=float(letter.forwards),
            brief=float(words.brief),
            dated=float(words.dated),
            automatic=float(words.automatic),
            busy=self._lately.fade(at).rate(base, 6.0),
            at_desk=halved(at - self._sent_at, 2) if self._sent_at else 0.0,
            activity=self._activity(at),
        )

    def _base(self, at: float) -> float:
        """The share of all letters that the owner answers, drawn to a usual one."""
        self._all.fade(at)
        return (self._all.answered + 4 * USUAL) / (self._all.seen + 4)

    def _rate(self, name: str, at: float, base: float, weight: float) -> float:
        tally = self._tallies.get(name)
        return tally.fade(at).rate(base, weight) if tally else 0.0

    def _company_rate(self, letter: Letter, at: float, base: float) -> float:
        found = [self._rate(f"o:{each}", at, base, 5.0) for each in letter.others[:_OTHERS]]
        return sum(found) / len(found) if found else 0.0

    def _words_rate(self, words: Wording, base: float) -> float:
        """As `against` with the weight 4, for some hundred words at once."""
        usual, drawn = odds(base), 4.0 * base
        counts = (self._terms.get(term) for term in words.terms)
        found = [
            odds((each[1] + drawn) / (max(each) + 4.0)) - usual
            for each in counts
            if each and each[0] >= 2
        ]
        return sum(found) / math.sqrt(len(found) + 4)

    def _activity(self, at: float) -> float:
        if not self._sent_at:
            return 0.0
        usual = self._month.fade(at).seen / 30
        return math.log2((self._day.fade(at).seen + 0.5) / (usual + 0.5))

    def to_bytes(self) -> bytes:
        """All counts, to be read again by `from_bytes`."""
        state = {
            "tallies": {name: _counts(each) for name, each in self._tallies.items()},
            "pairs": {name: _counts(each) for name, each in self._pairs.items()},
            "terms": self._terms,
            "threads": {name: (each.mine, each.theirs) for name, each in self._threads.items()},
            "wrote_at": self._wrote_at,
            "asked": sorted(self._asked),
            "pending": {
                key: (each.at, each.names, each.terms, each.declined_at)
                for key, each in self._pending.items()
            },
            "whole": [_counts(each) for each in (self._all, self._lately, self._day, self._month)],
            "sent_at": self._sent_at,
        }
        return zlib.compress(json.dumps(state).encode(), 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> History:
        """The history that `to_bytes` kept."""
        state = json.loads(zlib.decompress(data))
        made = cls()
        made._tallies = {name: Tally(*each) for name, each in state["tallies"].items()}
        made._pairs = {name: Tally(*each) for name, each in state["pairs"].items()}
        made._terms = state["terms"]
        made._threads = {name: _Thread(*each) for name, each in state["threads"].items()}
        made._wrote_at = state["wrote_at"]
        made._asked = set(state["asked"])
        made._pending = {
            key: _Pending(at, tuple(names), tuple(terms), *declined)
            for key, (at, names, terms, *declined) in state["pending"].items()
        }
        made._all, made._lately, made._day, made._month = (Tally(*each) for each in state["whole"])
        made._sent_at = state["sent_at"]
        return made


def _names(letter: Letter) -> Iterator[str]:
    """What a letter is counted under: sender, domain, hour, thread, and who else got it."""
    yield f"s:{letter.sender}"
    yield f"d:{letter.sender.rpartition('@')[2]}"
    yield f"h:{letter.at.weekday() >= 5}{letter.at.hour // 3}"
    if letter.thread:
        yield f"t:{letter.thread}"
    for other in letter.others[:_OTHERS]:
        yield f"o:{other}"


def _share(pair: Tally) -> float:
    return math.log2((pair.answered + 0.3) / (pair.seen + 1.0))


def _log(count: int) -> float:
    return math.log2(1 + count)
