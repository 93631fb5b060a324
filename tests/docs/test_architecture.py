"""ARCHITECTURE.md and docs/trust.md say what the code says: states, levels, places, witnesses."""

from __future__ import annotations

import ast
import re

import pytest

from firsthand.core.attention import Lane
from firsthand.core.byline import Ai, Level
from firsthand.core.lifecycle import TABLES, diagram, states
from tests.docs.documents import ROOT, TEST, section, sources, text

PAGE = "ARCHITECTURE.md"


@pytest.mark.parametrize("table", TABLES)
def test_the_diagram_is_the_table(table: str) -> None:
    drawn = re.findall(r"^```mermaid\n(.*?)\n```$", section(PAGE, "States"), re.M | re.S)
    assert drawn.count(diagram(table)) == 1
    assert len(drawn) == len(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_every_state_is_explained(table: str) -> None:
    told = section(PAGE, table.capitalize())
    assert [state for state in states(table) if f"`{state}`" not in told] == []


def test_every_level_is_explained() -> None:
    for page, title in ((PAGE, "Levels"), ("docs/trust.md", "What each level proves")):
        unsaid = [
            level.value for level in Level if f"| `{level.value}` |" not in section(page, title)
        ]
        assert not unsaid, f"{page} does not explain {unsaid}"
    assert [ai.value for ai in Ai if f"`{ai.value}`" not in section(PAGE, "Levels")] == []


def test_every_lane_has_its_word() -> None:
    assert [lane.value for lane in Lane if f"`{lane.value}`" not in text(PAGE)] == []


def test_the_code_map_names_what_is_there() -> None:
    paths = re.findall(r"`((?:firsthand|tests)/[\w/.]*)`", section(PAGE, "Code map"))
    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_code_map_names_every_part() -> None:
    told = section(PAGE, "Code map")
    parts = [
        path.name
        for path in (ROOT / "firsthand").iterdir()
        if (path.is_dir() and path.name != "__pycache__") or path.suffix == ".py"
    ]
    unsaid = [part for part in parts if part != "__init__.py" and f"firsthand/{part}" not in told]
    assert not unsaid
    rules = [path.stem for path in (ROOT / "firsthand/core").glob("[a-z]*.py")]
    assert [rule for rule in rules if f"`{rule}`" not in told] == []


def test_every_invariant_names_a_test_that_tries_to_break_it() -> None:
    told = section(PAGE, "Invariants")
    numbers = re.findall(r"^(\d+)\. ", told, re.MULTILINE)
    assert numbers == [str(number) for number in range(1, 13)]
    for invariant in re.split(r"^\d+\. ", told, flags=re.MULTILINE)[1:]:
        known = TEST.search(invariant) or "**Not kept yet**" in invariant
        assert known, f"no test tries to break: {invariant[:60]}"


def test_every_attack_has_an_answer_and_a_test_or_a_stated_limit() -> None:
    rows = re.findall(r"^\| (?!attack|---)(.+) \|$", section("docs/trust.md", "Attacks"), re.M)
    assert len(rows) >= 12
    for row in rows:
        attack, answer, witness = row.split(" | ")
        assert answer
        assert TEST.search(witness) or "stated limit" in witness, f"no witness for: {attack}"


def test_nobody_but_the_outbox_calls_a_channels_send() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "send"
        if ast.unparse(node) != "desk.send"
    }
    outside = {path for path in found if not path.startswith("firsthand/channels/")}
    assert outside == {"firsthand/office/outbox/delivering.py"}
