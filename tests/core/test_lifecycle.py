"""The tables of states: nothing leaves unlogged, nothing ends twice, refusals are sentences."""

from __future__ import annotations

from itertools import product

import pytest

from firsthand.core.errors import NotAllowed
from firsthand.core.lifecycle import TABLES, diagram, states, step, steps

EVERY = [
    (table, state, event)
    for table, rows in TABLES.items()
    for state, event in product(states(table), sorted({event for _, event in rows}))
]


@pytest.mark.parametrize(("table", "state", "event"), EVERY)
def test_only_what_the_table_has(table: str, state: str, event: str) -> None:
    if event in steps(table, state):
        assert step(table, state, event) in states(table)
        return
    with pytest.raises(NotAllowed) as refused:
        step(table, state, event)
    assert refused.value.message.startswith(f"A {table} that is {state} cannot ")
    assert refused.value.hint.startswith("Possible now: ")


@pytest.mark.parametrize("state", ["sent", "cancelled", "stopped"])
def test_an_end_is_an_end(state: str) -> None:
    assert steps("submission", state) == ()


def test_every_way_to_sent_passes_the_log() -> None:
    unlogged = {"pending"}
    reached, before = set(unlogged), set[str]()
    while reached != before:
        before = set(reached)
        reached |= {
            step("submission", state, event)
            for state in before
            for event in steps("submission", state)
            if event != "log"
        }
    assert reached == {"pending", "cancelled", "stopped"}


def test_every_change_of_a_draft_ends_its_approval() -> None:
    assert {
        step("draft", state, "edit") for state in ("writing", "waiting", "approved", "rejected")
    } == {"writing"}


@pytest.mark.parametrize("state", ["leaving", "sent", "discarded"])
def test_what_leaves_or_left_is_not_edited(state: str) -> None:
    with pytest.raises(NotAllowed, match=f"A draft that is {state} cannot be changed."):
        step("draft", state, "edit")


def test_the_diagram_has_every_step() -> None:
    for table, rows in TABLES.items():
        assert len(diagram(table).splitlines()) == len(rows) + 1
