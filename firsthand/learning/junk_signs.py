"""Why a letter looks like junk, in plain words that are true of it.

The signs of `core.junk` need no learning; words are shown only when they came often in junk here.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from firsthand.channels.mail.authres import Authentication
from firsthand.channels.mail.parse import parse
from firsthand.core.envelope import Parsed
from firsthand.core.junk import Signs, junk
from firsthand.learning.junk_learners import Odds
from firsthand.learning.junk_words import Described

_READ = 200_000
_SHOWABLE = re.compile(r"[^\W\d_]{5,20}")
_TELLING = 2.0
_OFTEN = 3
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Found:
    """`height`: for junk when positive, on the scale of what is learned."""

    height: float
    words: tuple[str, ...]


def signs_of(raw: bytes, authentication: Authentication | None) -> Found:
    """What can be told without having learned anything."""
    parsed = parse(raw[:_READ])
    chance, words = junk(_looked_at(parsed))
    told = [*words.split(", ")] if words else []
    if authentication and authentication.refuted:
        chance = 1 - (1 - chance) * 0.6
        told.insert(0, "was not sent by the domain that it names (DMARC failed)")
    elif authentication and authentication.result("spf") == "fail":
        chance = 1 - (1 - chance) * 0.8
        told.insert(0, "came from a server that its domain does not allow (SPF failed)")
    chance = min(0.85, max(0.05, chance))
    return Found(2 * math.log(chance / (1 - chance)), tuple(told))


def shown_words(described: Described, odds: Odds) -> tuple[str, ...]:
    """The words of the text that speak most for junk, as one sentence; none when none speaks."""
    places = described.told
    each = odds.each(places)
    often = odds.junk[places] >= _OFTEN
    found: list[str] = []
    for index in (-each).argsort(kind="stable"):
        if each[index] < _TELLING or len(found) == _SHOWN:
            break
        start, end = int(described.starts[index]), int(described.ends[index])
        word = described.text[start:end].decode("utf-8", "replace").lower()
        if not often[index] or word in found or not _SHOWABLE.fullmatch(word):
            continue
        if described.text.rfind(b"<", 0, start) <= described.text.rfind(b">", 0, start):
            found.append(word)  # a reader sees it: it is not in a tag
    quoted = ", ".join(f"“{word}”" for word in found)
    return (f"says {quoted}, as junk here often does",) if found else ()


def _looked_at(parsed: Parsed) -> Signs:
    sender = parsed.sender.address.rpartition("@")[2]
    answers = {each.address.rpartition("@")[2] for each in parsed.reply_to}
    return Signs(
        subject=parsed.subject,
        text=parsed.text[:20_000],
        replies_elsewhere=bool(answers) and sender not in answers,
        listed=bool(parsed.list_id),
        files=tuple(each.name for each in parsed.attachments),
        problems=parsed.problems,
    )
