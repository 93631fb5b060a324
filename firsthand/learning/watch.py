"""History and model together: letters go in as they come, scores come out, outcomes teach.

The same for an import of old mail and for the mail of today: nothing is known before its time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from firsthand.learning.features import Features, values
from firsthand.learning.history import History
from firsthand.learning.letters import Letter
from firsthand.learning.model import Model, Outcome, Scored

PATIENCE = timedelta(days=3)
"""A letter without an answer for so long is taken as let go, until an answer comes after all."""


@dataclass(frozen=True, slots=True)
class _Open:
    features: Features
    at: datetime


class Watch:
    """What one office has learned so far."""

    def __init__(self, history: History | None = None, model: Model | None = None) -> None:
        self.history = History() if history is None else history
        self.model = Model.start() if model is None else model
        self._open: dict[str, _Open] = {}
        self._settled: dict[str, _Open] = {}

    def take(self, letter: Letter, *, learn: bool = True) -> Features | None:
        """Count a letter; the facts of one that came in, for `model.score`.

        `learn`: False for a letter whose outcome nobody can know.
        """
        self._let_go(letter.at)
        features = self.history.take(letter)
        if features is not None and learn:
            self._open[letter.key] = _Open(features, letter.at)
        return features

    def score(self, features: Features) -> Scored:
        return self.model.score(features)

    def answered(self, key: str, *, at: datetime) -> None:
        """The owner answered the letter `key` in person."""
        self.history.answered(key, at=at)
        self._settle(key, Outcome.ANSWERED, at)

    def declined(self, key: str, outcome: Outcome, *, at: datetime) -> None:
        """A person put the letter aside: archived it, gave it away, or said it is not for them.

        Weights follow with the next outcome that is nobody's word, or with `model.refit`.
        """
        if outcome is Outcome.NOT_FOR_ME:
            self.history.declined(key, at=at)
        else:
            self.history.undeclined(key, at=at)
        self._settle(key, outcome, at, said=True)

    def unsaid(self, key: str, *, at: datetime) -> None:
        """A person took back what they had said of a letter: it is open again, as if nothing was said.

        What was answered stays so. Weights follow as with `declined`.
        """
        if self.model.outcome(key) is Outcome.ANSWERED:
            return
        self.history.undeclined(key, at=at)
        each = self._settled.pop(key, None)
        if each is None:
            return
        self.model.forget(key)
        if each.at + PATIENCE <= at:
            self._open[key] = each
            self._settle(key, Outcome.LET_GO, each.at + PATIENCE, said=True)
        else:
            kept = {**self._open, key: each}
            self._open = dict(sorted(kept.items(), key=lambda pair: pair[1].at))

    def _settle(self, key: str, outcome: Outcome, at: datetime, *, said: bool = False) -> None:
        each = self._open.pop(key, None) or self._settled.pop(key, None)
        if each:
            learn = self.model.note if said else self.model.observe
            learn(each.features, outcome, at=at, key=key)
            if outcome is not Outcome.ANSWERED:
                self._settled[key] = each

    def _let_go(self, now: datetime) -> None:
        for key in list(_older(self._open, now - PATIENCE)):
            each = self._open[key]
            self._settle(key, Outcome.LET_GO, each.at + PATIENCE)
        for key in list(_older(self._settled, now - timedelta(days=60))):
            del self._settled[key]

    def to_bytes(self) -> bytes:
        """Everything learned so far, to be read again by `from_bytes`."""
        waiting = [
            {key: (values(each.features), each.at.isoformat()) for key, each in kept.items()}
            for kept in (self._open, self._settled)
        ]
        parts = (json.dumps(waiting).encode(), self.history.to_bytes(), self.model.to_bytes())
        head = json.dumps([len(part) for part in parts]).encode()
        return head + b"\n" + b"".join(parts)

    @classmethod
    def from_bytes(cls, data: bytes) -> Watch:
        """What `to_bytes` kept."""
        head, _, rest = data.partition(b"\n")
        first, second, _third = json.loads(head)
        made = cls(
            History.from_bytes(rest[first : first + second]),
            Model.from_bytes(rest[first + second :]),
        )
        made._open, made._settled = (
            {
                key: _Open(Features(*facts), datetime.fromisoformat(at))
                for key, (facts, at) in kept.items()
            }
            for kept in json.loads(rest[:first])
        )
        return made


def _older(kept: dict[str, _Open], moment: datetime) -> Iterator[str]:
    """Keys from before `moment`; they stand in the order of time."""
    for key, each in kept.items():
        if each.at >= moment:
            return
        yield key
