"""How much a letter looks like junk, by a few plain signs, each told in words.

Signs combine as independent doubts: one alone never condemns a letter. It decides nothing: a rank
does, and what it calls junk waits in a lane where it can be seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MONEY = re.compile(
    r"(?:\b(?:million|billion)\s+(?:us\s+)?(?:dollars|usd|euros?|pounds)|[$€£]\s?\d[\d.,]*\s*(?:million|m\b)|"
    r"\blottery\b|\bwire\s+transfer\b|\bnext\s+of\s+kin\b|\binheritance\b|\bbank\s+draft\b|"
    r"\brisk[- ]free\b|\bmake\s+money\b|\bextra\s+income\b|\bbe\s+your\s+own\s+boss\b|\bcasino\b|"
    r"\bno\s+(?:obligation|credit\s+check)\b|\b100\s?%\s+(?:free|guaranteed)\b|\bmoney[- ]back\b|"
    r"\bmortgage\s+(?:rates?|quote)|\brefinanc\w+|\blose\s+weight\b|\bweight\s+loss\b|"
    r"\bviagra\b|\bcialis\b|\bcrypto\s+investment|\bbitcoin\b.{0,40}\b(?:profit|wallet|pay)|\bgift\s+cards?\b)",
    re.IGNORECASE,
)
_URGENT = re.compile(
    r"(?:act\s+now|limited\s+time|urgent(?:ly)?\b|immediate(?:ly)?\s+(?:action|response|reply)|"
    r"click\s+(?:here|below|the\s+link)|verify\s+your\s+(?:account|identity|password)|"
    r"account\s+(?:has\s+been\s+)?(?:suspended|limited|locked)|congratulations.{0,40}\b(?:won|winner)|"
    r"you(?:'ve|\s+have)\s+(?:won|been\s+selected)|order\s+now|special\s+offer|dear\s+(?:friend|beneficiary))",
    re.IGNORECASE | re.DOTALL,
)
_REMOVE = re.compile(
    r"(?:to\s+be\s+removed|remove\s+(?:me|yourself)|unsubscribe|opt[- ]out|this\s+is\s+not\s+spam)",
    re.IGNORECASE,
)
_PROGRAM = re.compile(r"\.(?:exe|scr|pif|com|bat|cmd|vbs|js|jse|hta|lnk|iso|img)$", re.IGNORECASE)


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
    if _MONEY.search(signs.subject) or _MONEY.search(signs.text):
        found.append((0.6, "offers or asks for money"))
    if _URGENT.search(signs.subject) or _URGENT.search(signs.text):
        found.append((0.5, "presses to act"))
    if _REMOVE.search(signs.text) and not signs.listed:
        found.append((0.45, "tells how to be removed from a list that it does not name"))
    if not signs.addressed and not signs.listed:
        found.append((0.35, "is not addressed to you"))
    if signs.replies_elsewhere:
        found.append((0.3, "wants the answer at another domain"))
    if any(_PROGRAM.search(name) for name in signs.files):
        found.append((0.7, "brings a program along"))
    if _shouts(signs.subject):
        found.append((0.4, "shouts in its subject"))
    if any("hidden" in problem or "names another" in problem for problem in signs.problems):
        found.append((0.4, "has a disguised header"))
    return found


def _shouts(subject: str) -> bool:
    letters = [c for c in subject if c.isalpha()]
    capitals = sum(c.isupper() for c in letters)
    return (
        "!!" in subject or "$$" in subject or (len(letters) >= 12 and capitals > 0.8 * len(letters))
    )
