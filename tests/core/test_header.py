"""The Byline field says back exactly what was put in, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.byline import Level
from firsthand.core.header import Header, read_header

HEADER = Header("https://ada.example", "k3Vx-9", 41, Level.ON_BEHALF, bytes(range(32)))
VALUE = (
    "https://ada.example/b/k3Vx-9; index=41; level=on_behalf;"
    " salt=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
)

headers = st.builds(
    Header,
    base=st.sampled_from(["https://ada.example", "http://127.0.0.1:8000", "https://a.example/x"]),
    number=st.from_regex(r"[A-Za-z0-9_-]{1,32}", fullmatch=True),
    index=st.integers(0, 2**63 - 1),
    level=st.sampled_from(Level),
    salt=st.binary(min_size=32, max_size=32),
)


def test_the_value_is_the_one_of_the_format() -> None:
    assert str(HEADER) == VALUE
    assert HEADER.url == "https://ada.example/b/k3Vx-9"


@given(headers)
def test_what_is_written_is_read(header: Header) -> None:
    assert read_header(str(header)) == header


@pytest.mark.parametrize("fold", ["\r\n ", "\n\t", "  "])
def test_folding_changes_nothing(fold: str) -> None:
    assert read_header(VALUE.replace("; ", ";" + fold)) == HEADER
    assert read_header(VALUE[:-10] + fold + VALUE[-10:] + fold) == HEADER


def test_a_later_parameter_is_passed_over() -> None:
    assert read_header(VALUE + "; mood=sunny;") == HEADER


@pytest.mark.parametrize(
    "value",
    [
        "",
        "ada",
        "javascript:alert(1)/b/1; index=1; level=approved; salt=x",
        VALUE.replace("index=41", "index=041"),
        VALUE.replace("index=41", "index=-1"),
        VALUE.replace("index=41", "index=٤"),
        VALUE.replace("; index=41", ""),
        VALUE.replace("on_behalf", "personally"),
        VALUE.replace("level=on_behalf", "level=on_behalf; level=firsthand"),
        VALUE[:-1],
        VALUE.replace("/b/k3Vx-9", "/b/../x"),
        VALUE.replace("/b/k3Vx-9", "/b/k3Vx-9#x"),
    ],
)
def test_anything_else_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_header(value)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        read_header(text)
    except ValueError:
        return
    assert text.lstrip().startswith("http")
