"""Characters that are there to deceive the eye: unseen ones, and letters that pass for Latin ones.

The digests fold nothing, so such a text can be true as signed; a careful reader is told all the same.
The savable page says the same sentences (web/static/web/verify/look.js).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# Controls, soft hyphen, fillers, zero width, directions, tags. Joiners only behind letters that are
# never joined: Persian, Indic names and emoji need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e007f]|(?:(?<=[\x00-\u058f])|\\A)[\u200c\u200d]"
)
# Drawn as a Latin letter in common typefaces (a small part of UTS 39).
_ALIKE = {
    "Cyrillic": frozenset("аеосрхуіјѕԁһԛԝӏАВЕКМНОРСТУХІЈЅԌԚԜ"),
    "Greek": frozenset("ονρϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"),
    "Armenian": frozenset("օոսցհՕՍ"),
    "Cherokee": frozenset("ᎠᎡᎢᎥᎪᎫᎬᎳᎷᎻᏀᏃᏆᏒᏔᏙᏚᏞᏟᏢᏦᏴ"),
}
_SCRIPT = {
    "Cyrillic": re.compile("[\u0400-\u052f]"),
    "Greek": re.compile("[\u0370-\u03ff]"),
    "Armenian": re.compile("[\u0531-\u0587]"),
    "Cherokee": re.compile("[\u13a0-\u13ff]"),
}
_LATIN = re.compile("[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]")
_WORD = re.compile(
    "[0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
    "\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u13a0-\u13ff]+"
)
_MOST = 5


def notices(*, text: str, subject: str, people: Iterable[str]) -> list[str]:
    """What a reader should know of the characters of a letter and of the names in its byline."""
    told = [*_told("The text", text), *_told("The subject", subject)]
    return [*told, *(each for name in people for each in _told("A name in the byline", name))]


def _told(what: str, text: str) -> Iterator[str]:
    unseen = dict.fromkeys(f"U+{ord(found):04X}" for found in _UNSEEN.findall(text))
    if unseen:
        listed = ", ".join([*unseen][:_MOST])
        yield f"{what} contains characters that cannot be seen, or that turn its direction: {listed}."
    false = [*dict.fromkeys(disguised(text))]
    if false:
        listed = ", ".join(f"“{word}”" for word in false[:_MOST])
        yield f"{what} contains words with letters of another alphabet that look Latin: {listed}."


def disguised(text: str) -> Iterator[str]:
    """The words that hold a false Latin letter, or consist of such in an otherwise Latin text."""
    for script, alike in _ALIKE.items():
        letters = set(_SCRIPT[script].findall(text))
        if not letters & alike or not _LATIN.search(text):
            continue
        for word in _WORD.findall(text):
            if alike.intersection(word) and (
                _LATIN.search(word) or (len(word) > 1 and alike >= set(word) and alike >= letters)
            ):
                yield word
