"""How long a post is, as X counts: twitter-text, configuration version 3.

An address counts 23 whatever its length, an emoji 2, letters of most alphabets 1, others (Chinese,
Japanese, Korean among them) 2; 280 are the most.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 280
URL_WEIGHT = 23
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""The ranges of code points that weigh 1 (`ranges` of the configuration); all others weigh 2."""

_NAME = r"(?:[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
_IN = r"[A-Za-z0-9!*';:=+,.$/%#\[\]\-_~@|&]"
_PATH = rf"(?:(?:{_IN}|\({_IN}*\))*(?:[A-Za-z0-9=_#/+\-]|\({_IN}*\)))?"
_QUERY = r"(?:\?[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[A-Za-z0-9\-_&=#/])?"
_ADDRESS = re.compile(
    rf"(?<![A-Za-z0-9@$#/._-])(?P<scheme>https?://)?{_NAME}(?![A-Za-z0-9])(?::\d+)?"
    rf"(?:/{_PATH})?{_QUERY}",
    re.IGNORECASE,
)
"""What X makes a link of. For names without a scheme, twitter-text knows the top-level domains; here
what may be one counts as 23 at least, so that no text is thought shorter than it is."""

_PICTURE = (
    "[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf"
    "\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299]"
)
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"  # a flag of a country
    "|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"  # a flag of a region
    "|[0-9#*]\ufe0f?\u20e3"  # a key
    "|[\u00a9\u00ae\u203c\u2049\u2122]\ufe0f"
    f"|{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?"
    f"(?:\u200d{_PICTURE}\ufe0f?[\U0001f3fb-\U0001f3ff]?)*"
)


def weight(text: str) -> int:
    """The weighted length of `text`, in NFC."""
    text = unicodedata.normalize("NFC", text)
    total, at = 0, 0
    for found in _ADDRESS.finditer(text):
        whole = URL_WEIGHT if found["scheme"] else max(URL_WEIGHT, _weigh(found.group()))
        total += _weigh(text[at : found.start()]) + whole
        at = found.end()
    return total + _weigh(text[at:])


def _weigh(text: str) -> int:
    without, emoji = _EMOJI.subn("", text)
    return 2 * emoji + sum(1 if _light(ord(char)) else 2 for char in without)


def _light(point: int) -> bool:
    return any(low <= point <= high for low, high in _LIGHT)
