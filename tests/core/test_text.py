"""The canonical form, the parts of a message, and what counts as somebody's words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.text import (
    blame,
    canonical,
    compare,
    count_words,
    ownership,
    quote,
    shares,
    split,
)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a  \nb\t\n\n\n", "a\nb"),
        ("a\u00a0\n", "a"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("  indented", "  indented"),
        ("\n\nlate", "\n\nlate"),
        ("-- \nAda", "--\nAda"),
    ],
)
def test_the_canonical_form(text: str, form: str) -> None:
    assert canonical(text) == form


@given(st.text())
def test_the_canonical_form_is_its_own(text: str) -> None:
    form = canonical(text)
    assert canonical(form) == form
    assert unicodedata.is_normalized("NFC", form)
    assert "\r" not in form
    assert not form.endswith((" ", "\n"))


@given(st.text(alphabet="ab> -\n"))
def test_split_loses_nothing_but_blank(text: str) -> None:
    parts = split(text)
    whole = "".join([parts.new, parts.quoted, parts.signature])
    assert sorted("".join(whole.split())) == sorted("".join(text.split()))


def test_the_parts_of_a_message() -> None:
    parts = split("Yes.\n\nOn Monday, 3 May, Stella wrote:\n> Shall we?\n\nOr not.\n-- \nAda\n")
    assert parts.new == "Yes.\n\n\nOr not."
    assert parts.quoted == "On Monday, 3 May, Stella wrote:\n> Shall we?"
    assert parts.signature == "--\nAda".replace("--", "-- ")


LETTER = "Shall we meet on Monday? I do not like Tuesdays."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"Yes.\n\n> {LETTER}", 1),
        ("Yes.\n> Shall we meet\nGladly.\n> on Monday?", 2),
        ("Yes.\n> I owe you a thousand euros", 7),
        ("Yes.\n> I like Tuesdays.", 4),
        ("Yes.\n-- \nAda Ferrer", 1),
        ("Yes.\n-- \nI owe you money", 5),
        ("-----Original Message-----\nI owe you money", 6),
        ("Yes.\n> Shall we\n>> meet on", 1),
    ],
)
def test_only_true_quotes_and_the_offices_signature_are_nobodys(text: str, words: int) -> None:
    blamed = blame([("hal", text)], quotable=LETTER, signature="-- \nAda Ferrer")
    assert shares(blamed) == {"hal": words}


def test_quotes_that_nothing_shows_to_be_quotes_count() -> None:
    assert shares(blame([("ada", "Yes."), ("hal", "Yes.\n> And I pay")])) == {"ada": 1, "hal": 3}


def test_a_cut_is_known_by_text_too() -> None:
    assert ownership([("ada", "I do not."), ("hal", "I do.")]).cutters("ada") == ("hal",)


@pytest.mark.parametrize(
    ("text", "words"), [("", 0), ("one  two\nthree", 3), ("我們明天見", 3), ("see 東京 now", 3)]
)
def test_words_are_counted_as_readers_meet_them(text: str, words: int) -> None:
    assert count_words(text) == words


@given(st.text(alphabet="ab \n"), st.text(alphabet="ab \n"))
def test_a_comparison_tells_both_texts(before: str, after: str) -> None:
    changes = compare(before, after)
    old = "".join(change.text for change in changes if change.kind != "added")
    new = "".join(change.text for change in changes if change.kind != "removed")
    assert old.split() == before.split()
    assert new.split() == after.split()


def test_deeper_quotes_stay_together() -> None:
    assert quote("one\n\n> two\n") == "> one\n>\n>> two"


@given(st.text(alphabet="ab>\n ", min_size=1))
def test_what_is_quoted_is_seen_as_quoted(text: str) -> None:
    assert split("x\n" + quote(text)).new == "x"
