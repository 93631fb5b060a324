"""What people type, cleaned before it becomes a row."""

from __future__ import annotations

import unicodedata

from firsthand.core.errors import Misuse

_LONGEST_TEXT = 1_000_000
LONGEST_LINE = 500


def clean_line(text: str) -> str:
    """`text` on one line, without control characters: nothing can smuggle in a header field.

    Raises Misuse for a NUL character.
    """
    _must_be_writable(text)
    line = " ".join(text.split())
    return "".join(char for char in line if not is_control(char))[:LONGEST_LINE]


def clean_text(text: str) -> str:
    """`text` with LF line ends. Raises Misuse when it is too long to be a letter, or holds a NUL.

    A NUL is refused and not taken out: what leaves is what its writer saw and signed.
    """
    _must_be_writable(text)
    if len(text) > _LONGEST_TEXT:
        raise Misuse(
            f"The text has {len(text)} characters; {_LONGEST_TEXT} are the most.",
            hint="Attach it as a file.",
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _must_be_writable(text: str) -> None:
    at = text.find("\0")
    if at >= 0:
        before = " ".join(text[:at].split())[-30:]
        where = f"after “{before}”" if before else "at its beginning"
        raise Misuse(
            f"There is a NUL character {where}, which no letter can carry.", hint="Take it out."
        )


def is_control(text: str) -> bool:
    """Whether any of it is a control character or half of one."""
    return any(unicodedata.category(char) in {"Cc", "Cs"} for char in text)
