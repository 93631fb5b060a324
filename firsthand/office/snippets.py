"""The place in a text that shows why it was found."""

from __future__ import annotations

import re
from collections.abc import Sequence

from firsthand.office.asked import Query, bare

_LENGTH = 160
_FOLDED = 5000  # characters in which a place is looked for letter by letter


def snippet(text: str, asked: Query) -> str:
    """The place in `text` that shows why it was found, on one line."""
    words = [term.words[0] for term in asked.terms if not term.minus and not term.column]
    at = _place(words, text) if words else None
    if at is None:
        return ""
    start = max(0, at - _LENGTH // 3)
    piece = " ".join(text[start : start + _LENGTH].split())
    return ("… " if start else "") + piece + (" …" if start + _LENGTH < len(text) else "")


def _place(words: Sequence[str], text: str) -> int | None:
    """Where the first of the words stands; of other scripts it is looked for in the beginning."""
    wanted = "|".join(map(re.escape, words))
    found = re.search(wanted, text, re.IGNORECASE)
    if found or text.isascii():
        return found.start() if found else None
    beginning = text[:_FOLDED]
    origins = [at for at, character in enumerate(beginning) for _ in bare(character)]
    found = re.search(wanted, bare(beginning))
    return origins[found.start()] if found else None
