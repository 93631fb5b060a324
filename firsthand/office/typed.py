"""What people type, cleaned before it becomes a row."""

from __future__ import annotations

import unicodedata

from firsthand.core.errors import Misuse

_LONGEST_TEXT = 1_000_000
LONGEST_LINE = 500


def clean_line(text: str) -> str:
    """`text` on one line, without control characters: nothing can smuggle in a header field."""
    line = " ".join(text.split())
    return "".join(char for char in line if not is_control(char))[:LONGEST_LINE]


def clean_text(text: str) -> str:
    """`text` with LF line ends and no NUL. Raises Misuse when it is too long to be a letter."""
    if len(text) > _LONGEST_TEXT:
        raise Misuse(
            f"The text has {len(text)} characters; {_LONGEST_TEXT} are the most.",
            hint="Attach it as a file.",
        )
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def is_control(text: str) -> bool:
    """Whether any of it is a control character or half of one."""
    return any(unicodedata.category(char) in {"Cc", "Cs"} for char in text)
