"""A post's source as plain text, as short beginnings, and as parts: for channels without room or marks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from firsthand.core.text import canonical

Fits = Callable[[str], bool]
"""Whether a text, with all that its channel puts to it, is short enough."""

_LINK = re.compile(r"!?\[([^\]]*)\]\(\s*<?([^)\s>]*)>?(?:\s+\"[^\"]*\")?\s*\)")
_AUTO = re.compile(r"<((?:https?://|mailto:)[^\s<>]+)>")
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t]+", re.MULTILINE)
_STRONG = re.compile(r"(?<![\w*_\\])(\*\*|__|\*|_)(?=\S)(.+?)(?<=\S)\1(?![\w*_])")
_CODE = re.compile(r"`+([^`\n]+)`+")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_MORE = "…"


def plain(source: str) -> str:
    """The source without its marks; where a link leads stands behind its words."""
    text = _AUTO.sub(r"\1", _LINK.sub(_told, canonical(source)))
    text = _CODE.sub(r"\1", _HEADING.sub("", text))
    for _ in range(2):  # bold around italics
        text = _STRONG.sub(r"\2", text)
    return _ESCAPE.sub(r"\1", text).strip()


def _told(found: re.Match[str]) -> str:
    words, target = found[1], found[2]
    if not target or words == target:
        return words or target
    return f"{words} ({target})" if words else target


def beginning(text: str, fits: Fits) -> str:
    """As many of the first words as fit; an ellipsis where some are left out. "" where none fits."""
    if fits(text):
        return text
    ends = [found.end() for found in re.finditer(r"\S+", text)]
    low, high = 0, len(ends)
    while low < high:  # the most words that fit
        middle = (low + high + 1) // 2
        if fits(text[: ends[middle - 1]] + _MORE):
            low = middle
        else:
            high = middle - 1
    return text[: ends[low - 1]].rstrip(",;:–—-") + _MORE if low else ""


def parts(text: str, fits: Fits) -> tuple[str, ...]:
    """The text in as few parts as it takes, each numbered `1/3`, cut between paragraphs if that
    loses little, else between sentences, else between words. () where not even one word fits.
    """
    if fits(text):
        return (text,)
    for count in range(2, 1000):
        found = _cut(text, count, fits)
        if found is None:
            return ()
        if len(found) <= count:
            total = len(found)
            return tuple(f"{part}\n{at}/{total}" for at, part in enumerate(found, 1))
    return ()


def _cut(text: str, count: int, fits: Fits) -> list[str] | None:
    """The parts, were there `count` of them (which only says how long the numbers are)."""
    found: list[str] = []
    rest = text.strip()
    widest = "9" * len(str(count))
    while rest:
        length = _longest(rest, lambda part: fits(f"{part}\n{widest}/{widest}"))
        if not length:
            return None
        found.append(rest[:length].strip())
        rest = rest[length:].strip()
    return found


def _longest(text: str, fits: Fits) -> int:
    """Where to cut: the furthest good place that is at least half of what would fit."""
    places = [found.end() for found in re.finditer(r"\S+", text)]
    low, high = 0, len(places)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(text[: places[middle - 1]]):
            low = middle
        else:
            high = middle - 1
    if not low:
        return 0
    most = places[low - 1]
    if most == len(text.rstrip()):
        return most
    return next((end for end in _good(text, most) if end * 2 >= most), most)


def _good(text: str, most: int) -> Iterator[int]:
    """The last end of a paragraph, then of a sentence, within the first `most` characters."""
    for pattern in (r"\n\s*\n", r"(?<=[.!?…。！？])[\"'”’»)\]]*(?=\s)"):
        ends = [
            found.start() if pattern[0] == "\\" else found.end()
            for found in re.finditer(pattern, text)
        ]
        within = [end for end in ends if 0 < end <= most]
        if within:
            yield within[-1]
