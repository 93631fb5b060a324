"""What can be seen in the words of a letter, whoever wrote it. No history."""

from __future__ import annotations

import re
from dataclasses import dataclass

from firsthand.core.envelope import Automation
from firsthand.core.text import count_words
from firsthand.learning.letters import Letter, subject_key

_LONGEST = 4000
_MOST_WORDS = 300
_BRIEF = 60  # characters
_WORD = re.compile(r"[^\W\d_][\w'’]+")
_ASKS = re.compile(
    r"\b(?:(?:can|could|would|will|do|did|are|have|should)\s+(?:you|we|i)\b|let\s+(?:me|us)\s+know|"
    r"please|pls|your\s+(?:thoughts|view|opinion|comments|advice|help)|any\s+(?:thoughts|idea|chance)|"
    r"what\s+do\s+you|call\s+me|get\s+back\s+to|"
    r"bitte|könn(?:en|ten)\s+(?:sie|wir)|kannst\s+du|pouvez|pourriez|merci\s+de|por\s+favor|"
    r"puede|podría|potrebbe|per\s+favore)"
)
_MEETS = re.compile(
    r"\b(?:lunch|dinner|drinks?|coffee|meet|tomorrow|tonight|this (?:week|afternoon|morning)|"
    r"are you (?:free|available|around|in)|stop by|weekend|mittagessen|treffen|morgen|heute abend|"
    r"déjeuner|dîner|demain|ce soir|almuerzo|cena|mañana|esta tarde|pranzo|domani|stasera)\b"
)
_TELLS = re.compile(
    r"\b(?:fyi|for your (?:information|records|files)|attached (?:is|are|please)|"
    r"see (?:the )?attached|zur (?:info|kenntnis)|pour info|para su información)\b"
)
_CLOSES = re.compile(
    r"^\W*(?:many |ok\W+)?(?:thanks|thank you|thx|ok|okay|great|perfect|got it|will do|fine|"
    r"sounds good|danke|vielen dank|merci|gracias|grazie|obrigad[oa])\b"
)
_PERSONAL = frozenset(
    "i me my you your i'm i'll you're i’m i’ll you’re ich mich mir du sie ihr ihnen dir je vous tu "
    "votre yo usted tú io lei você eu".split()
)
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_MACHINE = re.compile(
    r"no.?reply|do.?not.?reply|mailer|daemon|notif|newsletter|announce|alert|bounce|subscri|automat"
)


@dataclass(frozen=True, slots=True)
class Wording:
    """`terms`: its distinct words, those of the subject marked; the rest as in `Features`."""

    terms: tuple[str, ...]
    count: int
    questions: int
    asks: bool
    asks_last: bool
    meets: bool
    brief: bool
    dated: bool
    personal: float
    closes: bool
    tells: bool
    figures: float
    links: int
    automatic: bool


def _is_brief(subject: str) -> bool:
    return 0 < len(subject) <= _BRIEF and count_words(subject) <= 2


def read(letter: Letter) -> Wording:
    """The wording of a letter's subject and new words."""
    top = letter.text[:_LONGEST].casefold()
    plain = top.split()
    words = _WORD.findall(top)
    subject = letter.subject.casefold()
    marked = {f"s:{word}" for word in _WORD.findall(subject)}
    questions = top.count("?") + top.count("？")
    me_and_you = sum(word in _PERSONAL for word in plain)
    return Wording(
        terms=tuple(sorted(marked | set(words[:_MOST_WORDS]))),
        count=len(letter.text.split()),
        questions=questions,
        asks=_ASKS.search(top) is not None,
        asks_last=any(mark in top[-160:] for mark in "?？"),
        meets=_MEETS.search(f"{subject}\n{top}") is not None,
        brief=_is_brief(subject_key(subject)),
        dated=sum(map(str.isdigit, subject)) > 2,
        personal=min(2.0, 10 * me_and_you / (10 + len(plain))),
        closes=len(plain) < 20 and not questions and _CLOSES.match(top) is not None,
        tells=_TELLS.search(top[:600]) is not None,
        figures=min(1.0, 10 * sum(map(str.isdigit, top)) / max(50, len(top))),
        links=len(_LINK.findall(top)),
        automatic=letter.automation is not Automation.NO
        or _MACHINE.search(letter.sender) is not None,
    )
