"""What a command said, and how a refusal must look."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


def refused(said: Said, code: str) -> str:
    """One line on stderr; with --json the same in the one shape. Exit 2 for misuse, 1 otherwise."""
    assert said.code == (2 if code == "misuse" else 1)
    assert said.err.count("\n") == 1
    assert said.err.startswith("firsthand: ")
    if said.out:
        error = said.value["error"]
        assert list(error) == ["code", "message", "hint"]
        assert error["code"] == code
        assert said.err == f"firsthand: {error['message']} {error['hint']}".rstrip() + "\n"
    return said.err
