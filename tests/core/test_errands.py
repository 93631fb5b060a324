"""Errands and greetings: what is plain in a few words, and what must not be taken for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.errands import errand, greets


@pytest.mark.parametrize(
    ("subject", "text", "what"),
    [
        ("Invoice no. 4711", "", "an invoice or payment"),
        ("", "Anbei unsere Rechnung Nr. 12.", "an invoice or payment"),
        ("", "Could we find a time for a call next week?", "scheduling"),
        ("Terminabsprache", "", "scheduling"),
        ("", "We ask for permission to reprint your essay.", "rights or permission"),
        ("", "Nous voudrions les droits de traduction.", "rights or permission"),
        ("", "May I have a signed copy for my mother?", "a signed copy"),
        ("", "Your itinerary: the train leaves at nine.", "travel"),
        ("Change of address", "", "a change of address"),
    ],
)
def test_errands_in_several_languages(subject: str, text: str, what: str) -> None:
    assert errand(subject, text) == f"an errand: {what}"


@pytest.mark.parametrize(
    "text",
    [
        "I read your book about payment in the Roman army and do not agree.",
        "Time and again I find your arguments moving.",
        "My father died last week. He had a copy that you signed for him.",
        "Your address to the assembly moved me.",
        "I invoice the gods for this weather.",
    ],
)
def test_letters_about_such_things_are_no_errands(text: str) -> None:
    assert errand("A letter", text) == ""


def test_a_long_letter_is_no_errand() -> None:
    assert errand("", "Could we find a time for a call? " + "I have thought about it. " * 40) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ada,\n\nhello",
        "Ada -\nhello",
        "Sehr geehrte Frau Ferrer,",
        "\n\nChère Madame Ferrer,",
        "hi ada",
        "Ada Ferrer: a question",
        "Hola Ada, ¿qué tal?",
    ],
)
def test_greetings_by_name(text: str) -> None:
    assert greets(text, ["Ada Ferrer"])


@pytest.mark.parametrize(
    "text",
    ["Dear all,", "Ada Ferrer announced today", "", "Dear Adam,", "Adagio, please", "Hello\nAda,"],
)
def test_no_greetings_by_name(text: str) -> None:
    assert not greets(text, ["Ada Ferrer"])


@given(st.text(), st.text())
def test_any_text_can_be_asked(one: str, two: str) -> None:
    assert errand(one, two) == "" or errand(one, two).startswith("an errand: ")
    greets(one, [two])
