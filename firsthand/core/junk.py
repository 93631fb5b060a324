"""How much a letter looks like junk, by a few plain signs, each told in words.

Signs combine as independent doubts: one alone never condemns a letter. It decides nothing: a rank
does, and what it calls junk waits in a lane where it can be seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# For text in lower case. No branch begins with \b: so the matcher jumps to a letter that can begin
# one, which is ten times faster; (?<!\w.) after that letter asks for the edge of a word.
_MONEY = re.compile(
    r"(?:[mb]illion\s+(?:us\s+)?(?:dollars|usd|euros?|pounds)|[$€£]\s?\d[\d.,]*\s*(?:million|m\b)|"
    r"lottery\b|wire\s+transfer\b|next\s+of\s+kin\b|inheritance\b|bank\s+draft\b|"
    r"r(?<!\w.)isk[- ]free\b|make\s+money\b|extra\s+income\b|b(?<!\w.)e\s+your\s+own\s+boss\b|"
    r"casino\b|n(?<!\w.)o\s+(?:obligation|credit\s+check)\b|1(?<!\w.)00\s?%\s+(?:free|guaranteed)\b|"
    r"money[- ]back\b|mortgage\s+(?:rates?|quote)|refinanc\w+|l(?<!\w.)ose\s+weight\b|"
    r"weight\s+loss\b|viagra\b|c(?<!\w.)ialis\b|crypto\s+investment|"
    r"bitcoin\b.{0,40}\b(?:profit|wallet|pay)|g(?<!\w.)ift\s+cards?\b)"
)
_URGENT = re.compile(
    r"(?:act\s+now|limited\s+time|urgent(?:ly)?\b|immediate(?:ly)?\s+(?:action|response|reply)|"
    r"click\s+(?:here|below|the\s+link)|verify\s+your\s+(?:account|identity|password)|"
    r"account\s+(?:has\s+been\s+)?(?:suspended|limited|locked)|congratulations.{0,40}\b(?:won|winner)|"
    r"you(?:'ve|\s+have)\s+(?:won|been\s+selected)|order\s+now|special\s+offer|dear\s+(?:friend|beneficiary))",
    re.DOTALL,
)
_REMOVE = re.compile(
    r"(?:to\s+be\s+removed|remove\s+(?:me|yourself)|unsubscribe|opt[- ]out|this\s+is\s+not\s+spam)"
)
_PROGRAM = re.compile(r"\.(?:exe|scr|pif|com|bat|cmd|vbs|js|jse|hta|lnk|iso|img)$", re.IGNORECASE)


# As channels.mail.addresses words them.
_DISGUISES = ("hidden control characters", "shows another address", "disguised as encoded text")


@dataclass(frozen=True, slots=True)
class Signs:
    """What is looked at. `addressed`: one of the own addresses is in To or Cc."""

    subject: str
    text: str
    addressed: bool = True
    replies_elsewhere: bool = False
    """Reply-To leads to another domain than From."""
    listed: bool = False
    files: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def junk(signs: Signs) -> tuple[float, str]:
    """0 to 1, and the strongest signs in words."""
    found = sorted(_found(signs), reverse=True)
    clean = 1.0
    for weight, _ in found:
        clean *= 1 - weight
    return round(1 - clean, 3), ", ".join(words for _, words in found[:3])


def _found(signs: Signs) -> list[tuple[float, str]]:
    found: list[tuple[float, str]] = []
    subject, text = signs.subject.lower(), signs.text.lower()
    if _MONEY.search(subject) or _MONEY.search(text):
        found.append((0.6, "offers or asks for money"))
    if _URGENT.search(subject) or _URGENT.search(text):
        found.append((0.5, "presses to act"))
    if _REMOVE.search(text) and not signs.listed:
        found.append((0.45, "tells how to be removed from a list that it does not name"))
    if not signs.addressed and not signs.listed:
        found.append((0.35, "is not addressed to you"))
    if signs.replies_elsewhere:
        found.append((0.3, "wants the answer at another domain"))
    if any(_PROGRAM.search(name) for name in signs.files):
        found.append((0.7, "brings a program along"))
    if _shouts(signs.subject):
        found.append((0.4, "shouts in its subject"))
    if any(sign in problem for problem in signs.problems for sign in _DISGUISES):
        found.append((0.4, "has a disguised header"))
    return found


def _shouts(subject: str) -> bool:
    letters = [c for c in subject if c.isalpha()]
    capitals = sum(c.isupper() for c in letters)
    return (
        "!!" in subject or "$$" in subject or (len(letters) >= 12 and capitals > 0.8 * len(letters))
    )
