"""What the messages of a thread add up to, whatever order they came in. No rows.

An answer to a message is the first letter to its author that was sent after it, in its thread; an
automatic reply answers nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from firsthand.core.envelope import Automation


@dataclass(frozen=True, slots=True)
class Line:
    """A message as counting sees it. `recipients`: the persons an outgoing one went to."""

    id: int
    at: datetime
    incoming: bool
    person: int | None
    recipients: tuple[int, ...] = ()
    words: int = 0
    automation: str = Automation.NO.value

    @property
    def answers(self) -> bool:
        """Whether it was written by the office, not by its vacation program."""
        return not self.incoming and self.automation != Automation.AUTO_REPLY


@dataclass(slots=True)
class Share:
    """What a thread adds to the counts of a person. `answer_words`: the sum over their answered."""

    received: int = 0
    answered: int = 0
    written: int = 0
    answer_words: int = 0
    last_at: datetime | None = None

    def add(self, other: Share, sign: int = 1) -> None:
        self.received += sign * other.received
        self.answered += sign * other.answered
        self.written += sign * other.written
        self.answer_words += sign * other.answer_words
        if other.last_at and (self.last_at is None or other.last_at > self.last_at):
            self.last_at = other.last_at


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Oldest first."""
    return sorted(lines, key=lambda line: (line.at, line.id))


def shares(lines: Sequence[Line]) -> dict[int, Share]:
    """{person: what these messages add to their counts}. `lines` oldest first."""
    found: dict[int, Share] = {}
    answer_to: dict[int, int] = {}  # person: words of the next letter to them
    for line in reversed(lines):
        if line.incoming:
            if line.person:
                share = found.setdefault(line.person, Share())
                share.add(_received(line, answer_to.get(line.person)))
        else:
            for person in line.recipients:
                found.setdefault(person, Share()).add(Share(written=1, last_at=line.at))
                if line.answers:
                    answer_to[person] = line.words
    return found


def _received(line: Line, answer: int | None) -> Share:
    answered = answer is not None
    return Share(1, int(answered), 0, answer or 0, line.at)


def waiting(lines: Sequence[Line]) -> list[Line]:
    """The unanswered messages at the end, oldest first."""
    found: list[Line] = []
    for line in reversed(lines):
        if line.answers:
            break
        if line.incoming:
            found.append(line)
    return found[::-1]


def newest(lines: Sequence[Line]) -> Line | None:
    """The message that says whose turn it is."""
    return next((line for line in reversed(lines) if line.incoming or line.answers), None)
