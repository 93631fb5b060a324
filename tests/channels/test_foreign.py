"""Strangers' JSON: what is not what it must be is as if it were absent, and nothing raises."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.channels.foreign import list_of, moment_of, object_in, object_of, text_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(VALUES)
def test_only_what_it_must_be_is_taken(value: object) -> None:
    assert object_of(value) == (value if isinstance(value, dict) else {})
    assert list_of(value) == (value if isinstance(value, list) else [])
    assert text_of({"name": value}, "name") == (value if isinstance(value, str) else "")
    assert isinstance(moment_of(value), datetime | None)


@pytest.mark.parametrize("raw", [b"", b"[1]", b"{", b"null", b"\xff", b"[" * 200_000])
def test_bytes_that_are_no_object_are_an_empty_one(raw: bytes) -> None:
    assert object_in(raw) == {}


def test_an_object_and_a_time_are_read() -> None:
    assert object_in(json.dumps({"a": 1}).encode()) == {"a": 1}
    assert moment_of("2026-11-22T08:00:00Z") == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert moment_of("2026-11-22T08:00:00") is None
    assert text_of({}, "name") == ""
