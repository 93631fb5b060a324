"""What is known of a letter at the moment it comes in: the facts that scores are made of.

Each fact has a weight set by hand and how far a person's own history may move it. Where only one
direction makes sense, the weight never changes its sign: a reason must not argue against itself.
The weights are round numbers of plain judgement, not fitted to anybody's mail; how large they should
be about was seen on mailboxes at hand, so figures on those flatter and only other mailboxes judge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter

_TIMES = ("hour_rate", "busy", "at_desk", "activity")


def _fact(weight: float, *, moves: float) -> float:
    """A fact, neutral at 0. `weight`: log-odds per unit; `moves`: its standard deviation before
    anything is known of a person."""
    made: float = field(default=0.0, metadata={"weight": weight, "moves": moves})
    return made


@dataclass(frozen=True, slots=True)
class Features:
    """Facts of one letter, from the past only. Every default is neutral: it moves no score.

    Rates are log-odds against the owner's usual rate, drawn towards it where little is known.
    """

    sender_rate: float = _fact(0.3, moves=0.1)
    """How often the owner answers this sender, what is recent above what is old."""
    domain_rate: float = _fact(0.2, moves=0.1)
    """The same for the sender's domain."""
    company_rate: float = _fact(0.15, moves=0.15)
    """The same for letters that go to the same other people."""
    thread_rate: float = _fact(0.2, moves=0.15)
    """The same for this conversation."""
    words_rate: float = _fact(0.1, moves=0.03)
    """The same for the words of subject and text, added up."""
    hour_rate: float = _fact(0.1, moves=0.3)
    """The same for this part of the day, working days and weekends apart."""
    wrote_share: float = _fact(0.25, moves=0.05)
    """Letters written to the sender against letters that came from them: log2 of the ratio."""
    in_talk: float = _fact(0.3, moves=0.3)
    """1 where the owner wrote to the sender this minute, halved with every three hours."""
    first: float = _fact(-0.3, moves=0.2)
    """1 for the first letter of somebody the owner never wrote to."""
    thread_mine: float = _fact(0.3, moves=0.15)
    """Letters of the owner in this conversation: log2(1 + n)."""
    asked_back: float = _fact(0.3, moves=0.2)
    """1 where the owner wrote to this sender in this conversation."""
    thread_length: float = _fact(-0.05, moves=0.1)
    """Letters in this conversation so far: log2(1 + n)."""
    recipients: float = _fact(-0.2, moves=0.06)
    """Others who got it: log2(1 + n)."""
    copied: float = _fact(-0.8, moves=0.25)
    """1 where the owner stands in Cc."""
    unnamed: float = _fact(-0.6, moves=0.2)
    """1 where the owner stands in neither To nor Cc."""
    place: float = _fact(-0.2, moves=0.07)
    """How many stand before the owner in To: log2(1 + n)."""
    questions: float = _fact(0.3, moves=0.1)
    """Question marks in the new words: log2(1 + n)."""
    asks: float = _fact(0.3, moves=0.2)
    """1 where the new words ask for something ("could you", "let me know")."""
    asks_first: float = _fact(0.5, moves=0.4)
    """1 where the subject holds a question."""
    asks_last: float = _fact(0.5, moves=0.25)
    """1 where the last lines hold a question."""
    greeted: float = _fact(0.5, moves=0.25)
    """1 where the first line names the owner."""
    meets: float = _fact(0.2, moves=0.2)
    """1 where it speaks of meeting soon ("lunch", "tomorrow", "are you free")."""
    personal: float = _fact(0.3, moves=0.25)
    """Words like "you" and "I" among the new words: tenths, up to 2."""
    closes: float = _fact(-0.3, moves=0.4)
    """1 where a short letter only thanks or agrees."""
    tells: float = _fact(-0.4, moves=0.25)
    """1 where it says that it only informs ("fyi", "see attached")."""
    figures: float = _fact(-0.5, moves=0.25)
    """Digits among the characters, as reports have them: tenths, up to 1."""
    links: float = _fact(-0.5, moves=0.08)
    """Web addresses in the new words: log2(1 + n)."""
    words: float = _fact(0.1, moves=0.05)
    """New words: log2((5 + n) / 60), 0 for a letter of 55 words."""
    longer: float = _fact(-0.4, moves=0.12)
    """Words beyond an ordinary letter: log2((1 + n) / 150), from 0."""
    wordless: float = _fact(-0.6, moves=0.3)
    """1 where there are hardly any new words."""
    answers: float = _fact(0.3, moves=0.2)
    """1 where the subject says that it answers."""
    forwards: float = _fact(-0.1, moves=0.2)
    """1 where the subject says that it forwards."""
    brief: float = _fact(0.2, moves=0.2)
    """1 where the subject has one or two words, as between people who know each other."""
    dated: float = _fact(-0.3, moves=0.2)
    """1 where the subject holds figures, as those of reports do."""
    automatic: float = _fact(-2.0, moves=0.3)
    """1 where a machine or a mailing list sent it."""
    busy: float = _fact(0.3, moves=0.12)
    """How much more than usual the owner answers these weeks, in log-odds."""
    at_desk: float = _fact(0.2, moves=0.2)
    """1 right after the owner wrote to anybody, halved with every two hours."""
    activity: float = _fact(0.1, moves=0.08)
    """Letters the owner wrote in the last day against their usual day: log2 of the ratio."""


NAMES = tuple(each.name for each in fields(Features))
values: Callable[[Features], tuple[float, ...]] = attrgetter(*NAMES)
"""All facts of a letter, in the order of `NAMES`."""
WEIGHTS = tuple(float(each.metadata["weight"]) for each in fields(Features))
MOVES = tuple(float(each.metadata["moves"]) for each in fields(Features))
GROUPS: dict[str, tuple[str, ...]] = {
    "person": ("sender_rate", "domain_rate", "company_rate", "wrote_share", "in_talk", "first"),
    "thread": ("thread_rate", "thread_mine", "asked_back", "thread_length", "answers"),
    "directness": ("recipients", "copied", "unnamed", "place", "greeted"),
    "questions": ("questions", "asks", "meets", "asks_first", "asks_last"),
    "words": ("words_rate", "personal", "closes", "tells", "figures", "links"),
    "subject": ("brief", "dated", "forwards"),
    "length": ("words", "longer", "wordless"),
    "automatic": ("automatic",),
    "time": _TIMES,
}
"""Facts that belong together: a reason may sum the contributions of a group, still exactly."""


def waiting(features: Features) -> Features:
    """The facts of a letter that waits: when it came says how soon it was seen, not what it is worth."""
    return replace(features, **dict.fromkeys(_TIMES, 0.0))
