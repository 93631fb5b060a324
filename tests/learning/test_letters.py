"""Subjects without marks; own words without quotes; what wording shows."""

from __future__ import annotations

import pytest

from firsthand.core.envelope import Address, Parsed
from firsthand.learning.letters import letter, own_words, subject_key
from firsthand.learning.wording import read
from tests.learning.people import ASKING, START, TELLING, made


@pytest.mark.parametrize(
    ("subject", "key"),
    [
        ("Re: FW: [list] Lunch  on Friday", "lunch on friday"),
        ("AW: WG: Termin", "termin"),
        ("RE:", ""),
        ("Report: week 3", "report: week 3"),
        ("Re[2]: Lunch", "lunch"),
    ],
)
def test_marks_of_answers_are_no_part_of_a_subject(subject: str, key: str) -> None:
    assert subject_key(subject) == key


def test_quotes_are_not_the_writers_words() -> None:
    assert own_words("Yes.\n\n-----Original Message-----\nFrom: A\nWhat?") == "Yes."
    assert (
        own_words("Yes.\n\nBo Berg\nTo: Ada\ncc: Cy\nSubject: Lunch\n\nWhat?") == "Yes.\n\nBo Berg"
    )
    assert own_words("Yes.\n\n> What?\n") == "Yes."
    assert own_words("To: whom it may concern\nthis is no quote") != ""


def test_a_letter_knows_its_place_among_the_owners_addresses() -> None:
    parsed = Parsed(
        sender=Address("bo@friends.example"),
        subject="FW: Lunch",
        to=(Address("cy@list.example"), Address("ada@old.example")),
        text="Hi Ada,\n\nfree today?",
    )
    own = frozenset({"ada@ada.example", "ada@old.example"})
    made_of = letter(parsed, key="1", at=START, own=own, names=("Ada Ferrer",))
    assert (made_of.direct, made_of.copied, made_of.place) == (True, False, 1)
    assert made_of.others == ("cy@list.example",)
    assert made_of.forwards and not made_of.answers and made_of.greets and not made_of.mine


def test_wording_tells_a_question_from_a_report() -> None:
    asking, telling = read(made("1", text=ASKING)), read(made("2", text=TELLING))
    assert asking.asks and asking.questions == 1 and asking.personal > telling.personal
    assert telling.figures > asking.figures == 0
    assert not telling.asks and telling.questions == 0
    assert read(made("3", text="Thanks, will do.")).closes
    assert read(made("4", text="FYI, the minutes.")).tells
    assert read(made("5", sender="no-reply@shop.example")).automatic
