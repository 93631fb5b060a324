"""docs/acts.md describes every act and every event, and none that there is not."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator

import pytest

from tests.docs.documents import rows, section, sources

ACTS = (
    *("staff", "desk", "attention", "intake", "outbox", "report"),
    *("witnessing", "timestamping", "erasing", "mentions"),
)
EVENT = re.compile(r"[a-z]+\.[a-z_]+")


@pytest.mark.parametrize("name", ACTS)
def test_every_act_is_described_and_no_other(name: str) -> None:
    module = importlib.import_module(f"firsthand.office.{name}")
    acts = {
        f"{name}.{each}" for each in module.__all__ if inspect.isfunction(getattr(module, each))
    }
    assert {row for row in rows("docs/acts.md") if row.startswith(f"{name}.")} - events() == acts


def events() -> set[str]:
    """The events as the page lists them."""
    return set(re.findall(r"^\| `([^`]+)`", section("docs/acts.md", "Events"), re.MULTILINE))


def recorded() -> Iterator[tuple[str, str]]:
    """(pattern, place) of every event that the program records."""
    for path, tree in sources():
        for scope in ast.walk(tree):
            if isinstance(scope, ast.FunctionDef):
                for call in ast.walk(scope):
                    if _records(call):
                        yield from ((found, path.name) for found in _names(call, scope, tree))


def _records(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr == "record" and ast.unparse(node.func.value) == "Event"


def _names(call: ast.AST, scope: ast.FunctionDef, tree: ast.Module) -> list[str]:
    assert isinstance(call, ast.Call)
    act = call.args[0]
    if isinstance(act, ast.JoinedStr):
        parts = [
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_]+"
            for part in act.values
        ]
        return ["".join(parts)]
    # A name stands for what is assigned to it here; else for anything that the file could mean.
    assigned = [
        node.value
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == ast.unparse(act)
    ]
    places: list[ast.AST] = [act]
    if isinstance(act, ast.Name):
        places = [*assigned] or [tree]
    found = [
        re.escape(node.value)
        for place in places
        for node in ast.walk(place)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and EVENT.fullmatch(node.value)
    ]
    assert found, f"which event does {ast.unparse(call)[:80]} record?"
    return found


def test_every_event_that_is_recorded_is_described() -> None:
    unsaid = {
        f"{pattern} ({place})"
        for pattern, place in recorded()
        if not any(re.fullmatch(pattern, event) for event in events())
    }
    assert not unsaid


def test_no_event_is_described_that_is_never_recorded() -> None:
    patterns = {pattern for pattern, _ in recorded()}
    unknown = {e for e in events() if not any(re.fullmatch(pattern, e) for pattern in patterns)}
    assert not unknown
