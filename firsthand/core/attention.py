"""Ranks: which open thread needs the person, why, and for how many minutes.

How likely it is to be answered, and why, is handed in (`learning`); here it is decided where a
thread waits. `fit` draws the line of a day's minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from firsthand.core.envelope import Automation


class Lane(StrEnum):
    """Where a thread waits: for the person, for a helper, for nobody, for one decision, nowhere."""

    YOU = "you"
    HELPER = "helper"
    FYI = "fyi"
    SCREENED = "screened"
    JUNK = "junk"


class Kind(StrEnum):
    """What a letter is by who or what wrote it: the parts of the lane `fyi`, each with a page."""

    PEOPLE = "people"
    NEWSLETTERS = "newsletters"
    LISTS = "lists"
    RECEIPTS = "receipts"
    CALENDAR = "calendar"
    NOTICES = "notices"
    AUTO_REPLIES = "auto-replies"
    BOUNCES = "bounces"


KINDS = {
    Automation.NO: Kind.PEOPLE,
    Automation.BULK: Kind.NEWSLETTERS,
    Automation.LIST: Kind.LISTS,
    Automation.RECEIPT: Kind.RECEIPTS,
    Automation.CALENDAR: Kind.CALENDAR,
    Automation.NOTICE: Kind.NOTICES,
    Automation.AUTO_REPLY: Kind.AUTO_REPLIES,
    Automation.BOUNCE: Kind.BOUNCES,
}


class Screening(StrEnum):
    """What was decided about a person: their letters come in, go to a helper, or stay out."""

    UNDECIDED = "undecided"
    YES = "yes"
    HELPER = "helper"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a thread when it is ranked. Counts are those of that time.

    `received`/`answered`: the person's messages but for those that wait here, whether they came
    before or later in another thread, and those of them that were answered;
    `ignored`: threads with them that ended without an answer; `written`: messages the office sent
    them; `recipients`, `questions`, `words`: of the message itself, `asks` whether it asks for
    anything, `direct` whether an address of the office is named in To; `junk`: 0 to 1, with its
    signs in words; `lookalike`: whom they pretend to be, as a sentence; `namesake`: the same where
    it may be who it says, at another address or forged.
    """

    name: str
    received: int = 0
    ignored: int = 0
    answered: int = 0
    written: int = 0
    recipients: int = 1
    questions: int = 0
    asks: bool = False
    direct: bool = False
    automation: Automation = Automation.NO
    words: int = 0
    in_conversation: bool = False
    errand: str = ""
    screening: Screening = Screening.UNDECIDED
    junk: float = 0.0
    junk_signs: str = ""
    lookalike: str = ""
    namesake: str = ""
    wanted: Lane | None = None
    """A person moved the thread there by hand; that holds."""

    @property
    def of_machine(self) -> bool:
        """Whether nobody waits for an answer: a letter on a list may still be to the person."""
        to_person = self.automation is Automation.LIST and self.direct
        return self.automation is not Automation.NO and not to_person

    @property
    def known(self) -> bool:
        """Whether the principal has had to do with them, or let them in."""
        ours = self.written > 0 or self.answered > 0 or self.in_conversation
        return ours or self.screening is Screening.YES


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact in plain words, with what it added to the score (log-odds, may be negative)."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Rank:
    """`score` 0 to 1: how likely it is to be answered; `minutes`: to read and answer it."""

    score: float
    lane: Lane
    minutes: float
    reasons: tuple[Reason, ...]


JUNK_FROM = 0.9
_DOUBTFUL_FROM = 0.5
_YOU_FROM = 0.05
"""A letter stays before the person's eyes unless nineteen of twenty such letters were left unanswered."""
_IGNORED_FROM = 3
_REMARK = 60  # words: a shorter answer to an answer closes a conversation unless it asks
_SURE = 0.5
_SHOWN = 0.15  # smaller contributions are not worth a reader's second
_SHORTEST = 0.5  # minutes


def rank(facts: Facts, *, score: float, minutes: float, reasons: Iterable[Reason]) -> Rank:
    """The rank of a thread that is answered with the probability `score`, for all these reasons."""
    lane, because = _lane(facts, score)
    shown = sorted(
        (reason for reason in reasons if abs(reason.weight) >= _SHOWN),
        key=lambda reason: -abs(reason.weight),
    )
    return Rank(round(score, 4), lane, round(max(_SHORTEST, minutes), 1), (*because, *shown))


def _lane(facts: Facts, score: float) -> tuple[Lane, tuple[Reason, ...]]:
    """The lane, with the reason where a decision rather than the score put it there."""
    decided = _decided(facts)
    if decided:
        lane, told = decided
        return lane, (Reason(told, 0.0),) if told else ()
    if facts.in_conversation and facts.words < _REMARK and not facts.asks and score < _SURE:
        return Lane.FYI, (Reason("short, and asks nothing", 0.0),)
    doubts = (Reason(facts.namesake, 0.0),) if facts.namesake else ()
    return (Lane.YOU if score >= _YOU_FROM else Lane.FYI), doubts


def _decided(facts: Facts) -> tuple[Lane, str] | None:
    """The lane that follows whatever the score, and why where the facts do not say it themselves."""
    if facts.wanted:
        return facts.wanted, "put here by hand"
    if unwanted := _unwanted(facts):
        return Lane.JUNK, unwanted
    if facts.of_machine:
        return Lane.FYI, facts.namesake
    if facts.screening is Screening.HELPER:
        return Lane.HELPER, f"{facts.name} goes to a helper"
    if facts.namesake and facts.screening is Screening.UNDECIDED:
        return Lane.SCREENED, facts.namesake
    if facts.errand and facts.junk < _DOUBTFUL_FROM:
        return Lane.HELPER, facts.errand
    if not facts.known and facts.screening is Screening.UNDECIDED:
        # Somebody who was passed over that often is no newcomer to decide about.
        return (Lane.FYI if facts.ignored >= _IGNORED_FROM else Lane.SCREENED), ""
    return None


def _unwanted(facts: Facts) -> str:
    if facts.screening is Screening.NO:
        return f"you turned {facts.name} away"
    if facts.lookalike:
        return facts.lookalike
    if facts.junk >= JUNK_FROM and not facts.known:
        return f"looks like junk: {facts.junk_signs}" if facts.junk_signs else "looks like junk"
    return ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ranked thread as `fit` sees it. `newcomer`: a first-time sender; `days`: how long it waits."""

    id: int
    score: float
    minutes: float
    days: float = 0.0
    newcomer: bool = False


HARD_MINUTES = 3.5
"""Of an ordinary person: what takes so long is put off for ever unless it has a place of its own."""
OLD_DAYS = 7.0
NEWCOMER_SHARE = 0.15
PIECE = 0.5
"""The share of a day that goes to an old hard letter which is too long for one day."""
_AGE = 120.0  # days in which the worth of a letter doubles: nothing is passed over for ever


def fit(
    queue: Sequence[Waiting], *, budget: float, hard: float = HARD_MINUTES
) -> tuple[Waiting, ...]:
    """The letters above the line: those that `budget` minutes are best spent on, in order.

    `hard`: from how many minutes on a letter is a hard one, at this person's pace.

    Three shares, so that nothing starves: first the oldest hard letter (quick ones would always be
    worth more by the minute), then newcomers for at most a share of the minutes but at least one,
    then all others by score with age for each minute; what is left when nobody else waits goes to
    further newcomers. Never more minutes than there are: of a hard letter that alone is over the
    budget a `PIECE` of the day is done, and `minutes` tells that.

    The hard letter stands first and newcomers in the middle, because days run short at their ends.
    """
    first = _put_off(queue, budget, hard)
    taken = {w.id for w in first}
    left = budget - sum(w.minutes for w in first)
    new = sorted((w for w in queue if w.newcomer and w.id not in taken), key=worth)
    known = sorted((w for w in queue if not w.newcomer and w.id not in taken), key=worth)
    one = _within(new, left)[:1]
    share = min(left, budget * NEWCOMER_SHARE) - sum(w.minutes for w in one)
    newcomers = one + _within((w for w in new if w not in one), share)
    left -= sum(w.minutes for w in newcomers)
    others = _within(known, left)
    left -= sum(w.minutes for w in others)
    further = _within((w for w in new if w not in newcomers), left)
    middle = (len(others) + 1) // 2
    return (*first, *others[:middle], *newcomers, *others[middle:], *further)


def _within(letters: Iterable[Waiting], minutes: float) -> list[Waiting]:
    """Those that fit, one after the other."""
    found: list[Waiting] = []
    for letter in letters:
        if letter.minutes <= minutes:
            found.append(letter)
            minutes -= letter.minutes
    return found


def _put_off(queue: Sequence[Waiting], budget: float, hard: float) -> list[Waiting]:
    """The oldest of the hard letters that wait for long, with the minutes that it gets today."""
    old = [w for w in queue if w.minutes >= hard and w.days >= OLD_DAYS]
    if not old or budget <= 0:
        return []
    oldest = max(old, key=lambda w: (w.days, w.id))
    whole = oldest.minutes <= budget * (1 - NEWCOMER_SHARE)
    return [oldest if whole else replace(oldest, minutes=budget * PIECE)]


def worth(letter: Waiting) -> tuple[float, int]:
    """Sort key: what a minute on it is worth, raised slowly by age so that the oldest comes up in
    the end; ties by id."""
    return (-letter.score * (1 + letter.days / _AGE) / max(_SHORTEST, letter.minutes), letter.id)
