"""Other ways to order a mailbox, in the same run and from the same past: what to beat.

`PriorityInbox` re-implements the features of Aberdeen, Pacovsky and Slater, "The Learning Behind
Gmail Priority Inbox" (2010): social (how much of the sender's mail is acted on), content (terms,
headers), thread (did the owner begin it, how far did it go); numbers cut into ranges; a linear
passive-aggressive learner (PA-II) that is updated with every outcome, on a global model if there
is one. Nothing of it is used by the product.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from firsthand.core.envelope import Automation
from firsthand.core.text import count_words
from firsthand.learning.letters import Letter
from firsthand.learning.watch import PATIENCE
from firsthand.learning.wording import Wording

Terms = dict[str, float]


class Order(Protocol):
    """A way to order letters. Higher is better; told of outcomes when they happen, not before."""

    def take(self, letter: Letter, *, learn: bool) -> float: ...

    def answered(self, letter: Letter, *, at: datetime) -> None: ...


class NewestFirst:
    """As most mail programs show it."""

    def take(self, letter: Letter, *, learn: bool) -> float:
        return letter.at.timestamp()

    def answered(self, letter: Letter, *, at: datetime) -> None:
        pass


class SenderRate:
    """The share of the sender's letters that were answered, drawn to the usual share."""

    def __init__(self) -> None:
        self._came: defaultdict[str, int] = defaultdict(int)
        self._answered: defaultdict[str, int] = defaultdict(int)
        self._all = self._hits = 0

    def take(self, letter: Letter, *, learn: bool) -> float:
        if letter.mine:
            return 0.0
        usual = (self._hits + 1) / (self._all + 8)
        self._all += 1
        score = (self._answered[letter.sender] + 3 * usual) / (self._came[letter.sender] + 3)
        self._came[letter.sender] += 1
        return score

    def answered(self, letter: Letter, *, at: datetime) -> None:
        self._answered[letter.sender] += 1
        self._hits += 1


class Rules:
    """What an office ranked by before it learned: plain facts with weights set by hand."""

    def __init__(self) -> None:
        self._came: defaultdict[str, int] = defaultdict(int)
        self._answered: defaultdict[str, int] = defaultdict(int)
        self._wrote: defaultdict[str, int] = defaultdict(int)
        self._mine: set[str] = set()

    def take(self, letter: Letter, *, learn: bool) -> float:
        if letter.mine:
            self._mine.add(letter.thread)
            for other in letter.others:
                self._wrote[other] += 1
            return 0.0
        score = self._relation(letter) + _message(letter, letter.thread in self._mine)
        self._came[letter.sender] += 1
        return score

    def _relation(self, letter: Letter) -> float:
        came, answered = self._came[letter.sender], self._answered[letter.sender]
        score = 1.3 if letter.thread and letter.thread in self._mine else 0.0
        if came:
            rate = (answered + 1) / (came + 8)
            score += 1.1 * (math.log(rate / (1 - rate)) + 1.95)
        if self._wrote[letter.sender]:
            return score + (0.0 if answered else 0.6)
        return score if came else score - 0.2

    def answered(self, letter: Letter, *, at: datetime) -> None:
        self._answered[letter.sender] += 1


def _message(letter: Letter, in_conversation: bool) -> float:
    if letter.automation is not Automation.NO:
        return -3.0
    recipients, questions = len(letter.others) + 1, letter.text.count("?")
    score = 0.3 if letter.greets else 0.0
    if not letter.direct:
        score -= 0.9
    elif recipients > 4:
        score -= 0.3 * math.log2(recipients / 2)
    elif recipients == 1:
        score += 0.7
    if questions:
        score += 0.5 + 0.1 * min(questions, 3)
    elif letter.thread and in_conversation and count_words(letter.text) < 60:
        score -= 3.0
    return score


@dataclass(slots=True)
class _Thread:
    begun: bool
    mine: int = 0
    theirs: int = 0


class PriorityInbox:
    """Of the settings tried (C from 0.003 to 1, logistic steps from 0.03 to 0.3) the best for it.

    `words`: the wording of each letter by its key; `start`: the weights of a global model.
    """

    def __init__(
        self,
        words: Mapping[str, Wording],
        *,
        start: Mapping[str, float] | None = None,
        softness: float = 0.003,
    ) -> None:
        self._words = words
        self.weights: dict[str, float] = dict(start or {})
        self._soft = 1 / (2 * softness)
        self._came: defaultdict[str, int] = defaultdict(int)
        self._answered: defaultdict[str, int] = defaultdict(int)
        self._threads: dict[str, _Thread] = {}
        self._terms: dict[str, Terms] = {}
        self._open: deque[tuple[datetime, str]] = deque()

    def take(self, letter: Letter, *, learn: bool) -> float:
        while self._open and self._open[0][0] < letter.at - PATIENCE:
            key = self._open.popleft()[1]
            if key in self._terms:
                self._update(self._terms[key], -1.0)
        if letter.mine:
            self._count(letter)
            return 0.0
        terms = self.terms(letter)
        self._count(letter)
        if learn:
            self._terms[letter.key] = terms
            self._open.append((letter.at, letter.key))
        return self._score(terms)

    def answered(self, letter: Letter, *, at: datetime) -> None:
        self._answered[letter.sender] += 1
        terms = self._terms.pop(letter.key, None)
        if terms:
            self._update(terms, 1.0)

    def terms(self, letter: Letter) -> Terms:
        """Every feature as a word that is there or not; words of the text share one weight."""
        came, answered = self._came[letter.sender], self._answered[letter.sender]
        thread = self._threads.get(letter.thread) if letter.thread else None
        place = "to" if letter.direct else "cc" if letter.copied else "no"
        names = [
            "always",
            f"acted:{round(10 * (answered + 0.3) / (came + 3))}",
            f"came:{min(8, int(math.log2(1 + came)))}",
            f"place:{place}",
            f"others:{min(6, int(math.log2(1 + len(letter.others))))}",
            f"kind:{letter.automation.value}",
            f"answers:{letter.answers}",
            f"person:{letter.sender}",
            f"person:{letter.sender.rpartition('@')[2]}",
        ]
        if thread is None:
            names.append("thread:new")
        else:
            names.append("thread:begun" if thread.begun else "thread:joined")
            names.append(f"mine:{min(3, thread.mine)}")
            names.append(f"length:{min(4, thread.mine + thread.theirs)}")
        words = self._words[letter.key].terms
        each = 2 / math.sqrt(len(words) + 1)
        return {**dict.fromkeys(names, 1.0), **{f"w:{word}": each for word in words}}

    def _count(self, letter: Letter) -> None:
        if not letter.mine:
            self._came[letter.sender] += 1
        if letter.thread:
            thread = self._threads.setdefault(letter.thread, _Thread(letter.mine))
            thread.mine += letter.mine
            thread.theirs += not letter.mine

    def _score(self, terms: Terms) -> float:
        return sum(self.weights.get(term, 0.0) * value for term, value in terms.items())

    def _update(self, terms: Terms, sign: float) -> None:
        loss = max(0.0, 1 - sign * self._score(terms))
        step = sign * loss / (sum(value * value for value in terms.values()) + self._soft)
        for term, value in terms.items():
            self.weights[term] = self.weights.get(term, 0.0) + step * value
