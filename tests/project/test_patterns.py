"""Patterns mean the same on every Python that Firsthand runs on."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _parser as syntax  # type: ignore[attr-defined]
from typing import Any

import firsthand

_ONE = {"LITERAL", "NOT_LITERAL", "ANY", "IN"}


def _patterns() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for module in pkgutil.walk_packages(firsthand.__path__, "firsthand."):
        if "__main__" not in module.name and "migrations" not in module.name:
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern):
                    yield f"{module.name}.{name}", value


def _items(tree: Any) -> Iterator[tuple[str, Any]]:
    """Every (operation, argument) in the syntax tree of a pattern, at any depth."""
    for each in tree:
        if isinstance(each, tuple) and len(each) == 2 and hasattr(each[0], "name"):
            yield str(each[0]), each[1]
        if isinstance(each, tuple | list | syntax.SubPattern):
            yield from _items(each)


def _holds_on_to_groups(pattern: re.Pattern[Any]) -> bool:
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin1")
    found = list(_items(syntax.parse(text, pattern.flags & ~re.UNICODE)))
    repeats = [repeated[2] for name, repeated in found if name == "POSSESSIVE_REPEAT"]
    longer = any(len(what) != 1 or str(what[0][0]) not in _ONE for what in repeats)
    return longer or any(name == "ATOMIC_GROUP" for name, _ in found)


def test_no_pattern_is_possessive_of_more_than_one_character() -> None:
    """Before Python 3.11.5 such ones swallow what they should not (Debian 12 has 3.11.2)."""
    found = dict(_patterns())
    assert len(found) > 100
    assert [name for name, pattern in found.items() if _holds_on_to_groups(pattern)] == []


def test_this_would_be_found() -> None:
    assert _holds_on_to_groups(re.compile(r"a(?:\n[ \t]++.*+)*+"))
    assert _holds_on_to_groups(re.compile(rb"(?>ab)c"))
    assert not _holds_on_to_groups(re.compile(r"([^:]++):\s*+"))
