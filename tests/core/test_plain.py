"""Plain text, beginnings and parts: nothing too long, no word lost or twice."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.plain import beginning, parts, plain

WORD = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
TEXTS = st.lists(st.lists(WORD, min_size=1, max_size=30).map(" ".join), max_size=6).map("\n\n".join)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("# A title\n\nSome *fine* **bold** words.", "A title\n\nSome fine bold words."),
        ("See [the list](https://a.example/x).", "See the list (https://a.example/x)."),
        ("See <https://a.example/x>.", "See https://a.example/x."),
        ("![A cat](https://a.example/c.png)", "A cat (https://a.example/c.png)"),
        ("a snake_case_name and 2*3*4", "a snake_case_name and 2*3*4"),
        ("***both***", "both"),
        ("`code` here", "code here"),
        ("not \\*marked\\*", "not *marked*"),
        ("- one\n- two", "- one\n- two"),
    ],
)
def test_marks_are_taken_out(source: str, expected: str) -> None:
    assert plain(source) == expected


@given(TEXTS, st.integers(20, 200))
def test_parts_fit_and_lose_nothing(text: str, room: int) -> None:
    found = parts(text, lambda part: len(part) <= room)
    assert all(len(part) <= room for part in found)
    if len(found) > 1:
        words = [re.sub(r"\n\d+/\d+\Z", "", part).split() for part in found]
        assert [word for part in words for word in part] == text.split()
        assert [part.rpartition("\n")[2] for part in found] == [
            f"{n}/{len(found)}" for n in range(1, len(found) + 1)
        ]
    else:
        assert found == (text,)


@given(TEXTS, st.integers(1, 60))
def test_a_beginning_fits_and_is_one(text: str, room: int) -> None:
    found = beginning(text, lambda part: len(part) <= room)
    assert len(found) <= room
    assert text.startswith(found.removesuffix("…"))


def test_a_paragraph_is_a_better_end_than_a_word() -> None:
    text = "One two three and a half.\n\nFour five six seven eight nine ten."
    assert parts(text, lambda part: len(part) <= 40)[0] == "One two three and a half.\n1/2"


def test_where_not_one_word_fits_there_are_no_parts() -> None:
    assert parts("incomprehensibilities", lambda part: len(part) <= 5) == ()
    assert beginning("incomprehensibilities", lambda part: len(part) <= 5) == ""
