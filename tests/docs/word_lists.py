"""The word lists of docs/word-lists.md: which they are, and how to renew them.

`python -m tests.docs.word_lists` writes them into the document as the code has them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

from firsthand.channels.mail import automation
from firsthand.core import revising

DOC = Path(__file__).parents[2] / "docs" / "word-lists.md"
BLOCK = re.compile(r"^```json words (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

LISTS: dict[ModuleType, dict[str, str]] = {
    revising: {
        "link": "_LINK",
        "address": "_ADDRESS",
        "mark": "_MARKS",
        "emphasis": "_EMPHASIS",
        "block": "_BLOCKS",
        "end": "_ENDS",
        "dense": "_DENSE",
        "saying": "_SAYING",
        "inside_word": "_INSIDE_WORD",
        "inside_number": "_INSIDE_NUMBER",
        "shortest": "_SHORTEST",
        "weighty": "_WEIGHTY",
    },
    automation: {
        "failed": "_FAILED",
        "away": "_AWAY",
        "no_reply": "_NO_REPLY",
        "machines": "_MACHINES",
        "receipt": "_RECEIPT",
    },
}


def told() -> dict[str, Any]:
    """What the document says, by the name of the module."""
    return {name: json.loads(block) for name, block in BLOCK.findall(DOC.read_text())}


def coded() -> dict[str, Any]:
    """What the code has, in the same form."""
    return {
        module.__name__.rpartition(".")[2]: {
            name: _plain(getattr(module, constant)) for name, constant in lists.items()
        }
        for module, lists in LISTS.items()
    }


def _plain(value: Any) -> Any:
    """A pattern as its text, with `multiline` where `^` is the beginning of any line; a set in order."""
    if isinstance(value, re.Pattern):
        at_lines = value.flags & re.MULTILINE
        return f"(?m){value.pattern}" if at_lines else value.pattern
    return sorted(value) if isinstance(value, set | frozenset) else value


def _written(lists: dict[str, Any]) -> str:
    """One list a line, so that a change shows."""
    rows = (f"  {json.dumps(name)}: {_row(value)}" for name, value in lists.items())
    return "{\n" + ",\n".join(rows) + "\n}\n"


def _row(value: Any) -> str:
    return json.dumps(value, ensure_ascii=any(ord(each) in _UNSEEN for each in str(value)))


_UNSEEN = {0x200C, 0x200D, *range(0x3040, 0x3100), 0x3400, 0x9FFF, 0xAC00, 0xD7AF}


def renew() -> None:
    lists = coded()
    text = BLOCK.sub(
        lambda found: f"```json words {found[1]}\n{_written(lists[found[1]])}```", DOC.read_text()
    )
    DOC.write_text(text)


if __name__ == "__main__":
    renew()
