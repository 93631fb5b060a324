"""Unseen characters and false Latin letters are told; real names in any alphabet are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firsthand.channels.mail.compose import compose
from firsthand.core.byline import Level
from firsthand.core.header import Header
from firsthand.verifier import check_mail
from firsthand.verifier.look import notices
from tests.verifier.letter import BASE, OFFICE, OUTBOUND, SALT, TEXT, seal


def told(text: str) -> str:
    return " ".join(notices(text=text, subject="", people=()))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("at\u200bnine", "U+200B"),
        ("at \u202enine", "U+202E"),
        ("at\u00adnine \u2066", "U+00AD, U+2066"),
        ("nine\u200d", "U+200D"),
        ("p\u0430ypal", "“p\u0430ypal”"),
        ("\u03bf", ""),
        ("pay \u0441\u043e\u0440 now", "“\u0441\u043e\u0440”"),
        ("tag\U000e0041", "U+E0041"),
    ],
)
def test_what_deceives_is_named(text: str, named: str) -> None:
    assert named in told(text)
    assert bool(told(text)) == bool(named)


@pytest.mark.parametrize(
    "text",
    [
        "Die Fähre, naïve façade, İstanbul, Łódź, Đorđe, ½ €",
        "Привет, Анна! сор",
        "Anna Karenina is Анна Каренина, a cop is сор",
        "علی‌رضا and 👩‍💻 and ❤️‍🔥",
        "kΩ, µm, TNFα, 東京 Tower, 서울",
    ],
)
def test_what_is_honest_is_not(text: str) -> None:
    assert told(text) == ""


def test_where_it_stands_is_told() -> None:
    found = notices(text="", subject="a\u200b", people=("\u0410da", "Hal"))
    assert [each.partition(" contains")[0] for each in found] == [
        "The subject",
        "A name in the byline",
    ]


def test_a_letter_with_a_hidden_character_is_told_of() -> None:
    letter = seal()
    changed = replace(
        OUTBOUND,
        text=TEXT.replace("nine", "ni\u200bne"),
        byline=str(Header(BASE, "n1", 2, Level.APPROVED, SALT)),
        record=letter.record,
        proof=letter.proof,
    )
    found = check_mail(compose(changed), keys=[OFFICE.public_key()])
    assert found.verdict == "altered"
    assert any("U+200B" in notice for notice in found.notices)
