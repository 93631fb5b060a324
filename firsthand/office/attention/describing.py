"""Messages as learning sees them, and the facts that ranks are made of."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from firsthand.core.envelope import Automation
from firsthand.learning.features import NAMES, Features, values
from firsthand.learning.history import USUAL, History
from firsthand.learning.letters import Letter, of_fields
from firsthand.learning.model import Model
from firsthand.learning.tally import against
from firsthand.learning.tempo import Pace, Tempo
from firsthand.learning.weights import Weights
from firsthand.office.models import Described, Learned, Message, Person

READ = 20_000
"""Characters of a letter that are looked at."""
LIGHT = (
    "id", "thread_id", "direction", "person_id", "actor_id", "at", "words", "questions",
    "automation", "to", "cc", "from_address", "from_name", "reply_to", "list_id", "attachments",
    "subject", "problems",
)  # fmt: skip
"""The columns of a message that learning and ranks read."""
ATTENTION = "attention"


def letter_of(message: Message, text: str, own: frozenset[str], names: tuple[str, ...]) -> Letter:
    """A message from the rows as learning sees it."""
    return of_fields(
        key=str(message.pk),
        at=message.at,
        sender=message.from_address,
        to=[pair[0] for pair in message.to],
        cc=[pair[0] for pair in message.cc],
        subject=message.subject,
        text=text,
        automation=Automation(message.automation),
        thread=str(message.thread_id or ""),
        mine=message.direction == "out",
        own=own,
        names=names,
    )


def shown(features: Features) -> dict[str, float]:
    """The facts that are not neutral, as rows hold them."""
    found = zip(NAMES, values(features), strict=True)
    return {name: round(value, 5) for name, value in found if value}


def undescribed(letter: Letter, person: Person | None, *, seen: int, ours: bool) -> Features:
    """The facts of a letter that nothing was learned from yet: its words, and what rows have counted.

    `seen`: the person's earlier letters; `ours`: whether the office wrote in this conversation.
    """
    plain = History().take(letter) or Features()
    if person is None or not (seen or person.written):
        return plain
    return replace(
        plain,
        first=0.0,
        sender_rate=against(seen, min(seen, person.answered), USUAL, 3.0),
        wrote_share=math.log2((person.written + 0.3) / (seen + 1.0)),
        thread_mine=float(ours),
        asked_back=float(ours),
    )


@dataclass(frozen=True, slots=True)
class Mind:
    """What ranks need of all that was learned."""

    weights: Weights
    pace: Pace

    @classmethod
    def now(cls) -> Mind:
        """As it was learned last; of an office that has learned nothing, what is usual."""
        found = Learned.objects.filter(kind=ATTENTION).values_list("brief", flat=True).first()
        if not found:
            return cls(Model.start().weights, Pace())
        return cls(Weights.from_json(found["weights"]), Pace(**found["pace"]))

    @classmethod
    def of(cls, model: Model, tempo: Tempo) -> Mind:
        return cls(model.weights, tempo.pace)

    def to_json(self) -> dict[str, Any]:
        """As the row keeps it."""
        pace = {each.name: getattr(self.pace, each.name) for each in fields(self.pace)}
        return {"weights": self.weights.to_json(), "pace": pace}


@dataclass(frozen=True, slots=True)
class Description:
    """A described letter, as its row has it."""

    features: Features
    answer_words: float
    junk: float | None
    junk_above: bool
    junk_signs: str


def described(messages: Iterable[int]) -> Mapping[int, Description]:
    """{message: what is known of it} for those from which something was learned."""
    rows = Described.objects.filter(pk__in=list(messages))
    return {
        row.pk: Description(
            Features(**{name: row.facts[name] for name in NAMES if name in row.facts}),
            row.answer_words,
            row.junk,
            row.junk_above,
            row.junk_signs,
        )
        for row in rows
    }
