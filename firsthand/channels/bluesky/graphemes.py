"""How many characters a reader sees: extended grapheme clusters (UAX 29), as Bluesky counts them.

The classes come from the categories in `unicodedata` and the exceptions below. A script younger than
this Python's Unicode may be counted as longer than it is; the server has the last word.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Spacing marks that extend all the same, joiners and modifiers that are no marks (Unicode 16).
_EXTEND = re.compile(
    "[\u09be\u09d7\u0b3e\u0b57\u0bbe\u0bd7\u0cc0\u0cc2\u0cc7\u0cc8\u0cca\u0ccb\u0cd5\u0cd6\u0d3e\u0d57"
    "\u0dcf\u0ddf\u1715\u1734\u1b35\u1b3b\u1b3d\u1b43\u1b44\u1baa\u1bf2\u1bf3\u200c\u302e\u302f\ua953"
    "\ua9c0\uff9e\uff9f\U000111c0\U00011235\U0001133e\U0001134d\U00011357\U000114b0\U000114bd\U000115af"
    "\U000116b6\U00011930\U0001193d\U00016ff0\U00016ff1\U0001d165\U0001d166\U0001d16d-\U0001d172"
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
)
# Spacing marks of Burmese and its kin that stand for themselves.
_ALONE = re.compile(
    "[\u102b\u102c\u1038\u1062-\u1064\u1067-\u106d\u1083\u1087-\u108c\u108f\u109a-\u109c\u1a61\u1a63"
    "\u1a64\uaa7b\uaa7d\U00011720\U00011721]"
)
_PREPEND = re.compile(
    "[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u0d4e\U000110bd\U000110cd\U000111c2\U000111c3"
    "\U000113d1\U0001193f\U00011941\U00011a3a\U00011a84-\U00011a89\U00011d46\U00011f02]"
)
_PICTURE = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u2388\u23cf"
    "\u23e9-\u23f3\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2605\u2607-\u2612"
    "\u2614-\u2685\u2690-\u2705\u2708-\u2712\u2714\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c"
    "\u274e\u2753-\u2755\u2757\u2763-\u2767\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07"
    "\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f0ff\U0001f10d-\U0001f10f"
    "\U0001f12f\U0001f16c-\U0001f171\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a"
    "\U0001f1ad-\U0001f1e5\U0001f201-\U0001f20f\U0001f21a\U0001f22f\U0001f232-\U0001f23a"
    "\U0001f23c-\U0001f23f\U0001f249-\U0001f3fa\U0001f400-\U0001f53d\U0001f546-\U0001f64f"
    "\U0001f680-\U0001f6ff\U0001f774-\U0001f77f\U0001f7d5-\U0001f7ff\U0001f80c-\U0001f80f"
    "\U0001f848-\U0001f84f\U0001f85a-\U0001f85f\U0001f888-\U0001f88f\U0001f8ae-\U0001f8ff"
    "\U0001f90c-\U0001f93a\U0001f93c-\U0001f945\U0001f947-\U0001faff\U0001fc00-\U0001fffd]"
)
# Consonants of scripts whose letters join over a virama, and these viramas (GB9c).
_CONSONANT = re.compile(
    "[\u0915-\u0939\u0958-\u095f\u0978-\u097f\u0995-\u09a8\u09aa-\u09b0\u09b2\u09b6-\u09b9\u09dc\u09dd"
    "\u09df\u09f0\u09f1\u0a95-\u0aa8\u0aaa-\u0ab0\u0ab2\u0ab3\u0ab5-\u0ab9\u0af9\u0b15-\u0b28"
    "\u0b2a-\u0b30\u0b32\u0b33\u0b35-\u0b39\u0b5c\u0b5d\u0b5f\u0b71\u0c15-\u0c28\u0c2a-\u0c39"
    "\u0c58-\u0c5a\u0d15-\u0d3a]"
)
_VIRAMAS = frozenset("\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d")
_CONTROLS = {"Cc", "Cf", "Zl", "Zp"}
_HANGUL_SYLLABLES, _TRAILING = range(0xAC00, 0xD7A4), 28
_JAMO = (
    (0x1100, 0x115F, "L"), (0xA960, 0xA97C, "L"), (0x1160, 0x11A7, "V"), (0xD7B0, 0xD7C6, "V"),
    (0x11A8, 0x11FF, "T"), (0xD7CB, 0xD7FB, "T"),
)  # fmt: skip
# GB6 to GB8: which Hangul piece goes on after which.
_HANGUL = {
    "L": {"L", "V", "LV", "LVT"},
    "LV": {"V", "T"},
    "V": {"V", "T"},
    "LVT": {"T"},
    "T": {"T"},
}


def count(text: str) -> int:
    """The number of clusters of `text`."""
    clusters, before, cluster = 0, "", ""
    for char in text:
        now = _class(char)
        if not cluster or _parts(before, now, cluster, char):
            clusters, cluster = clusters + 1, ""
        cluster, before = cluster + char, now
    return clusters


def _parts(before: str, now: str, cluster: str, char: str) -> bool:
    """Whether a new cluster begins between `cluster` and `char`: the rules GB3 to GB999 in order."""
    if before == "CR" and now == "LF":
        return False
    if before in {"CR", "LF", "control"} or now in {"CR", "LF", "control"}:
        return True
    if now in {"extend", "joiner", "spacing"} or before == "prepend":
        return False
    if now in _HANGUL.get(before, ()):
        return False
    if before == "joiner" and now == "picture":
        return not _joins_pictures(cluster)
    if before == now == "flag":
        return len(cluster) % 2 == 0
    return not (_CONSONANT.match(char) and _joins_consonants(cluster))


def _joins_pictures(cluster: str) -> bool:
    """GB11: a picture, whatever extends it, and the joiner that the cluster ends with."""
    base = cluster[:-1]
    while base and _class(base[-1]) == "extend":
        base = base[:-1]
    return bool(base) and _class(base[-1]) == "picture"


def _joins_consonants(cluster: str) -> bool:
    """GB9c: a consonant with a virama among what extends it."""
    rest = cluster
    while rest and _class(rest[-1]) in {"extend", "joiner"}:
        rest = rest[:-1]
    marks = cluster[len(rest) :]
    return bool(rest and _CONSONANT.match(rest[-1]) and _VIRAMAS.intersection(marks))


@lru_cache(maxsize=4096)
def _class(char: str) -> str:
    """Grapheme_Cluster_Break, and Extended_Pictographic."""
    if char in "\r\n\u200d":
        return {"\r": "CR", "\n": "LF", "\u200d": "joiner"}[char]
    category, code = unicodedata.category(char), ord(char)
    if category in {"Mn", "Me"} or _EXTEND.match(char):
        return "extend"
    if _PREPEND.match(char):
        return "prepend"
    if category in _CONTROLS or (category == "Cn" and 0xE0000 <= code <= 0xE0FFF):
        return "control"
    if (category == "Mc" and not _ALONE.match(char)) or char in "\u0e33\u0eb3":
        return "spacing"
    if 0x1F1E6 <= code <= 0x1F1FF:
        return "flag"
    if code in _HANGUL_SYLLABLES:
        return "LVT" if (code - _HANGUL_SYLLABLES.start) % _TRAILING else "LV"
    jamo = next((kind for low, high, kind in _JAMO if low <= code <= high), "")
    return jamo or ("picture" if _PICTURE.match(char) else "")
