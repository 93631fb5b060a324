"""What is said of a letter's words is true of them."""

from __future__ import annotations

import pytest

from firsthand.learning.wording import read
from tests.learning.people import made


@pytest.mark.parametrize(
    ("subject", "brief"),
    [
        ("Lunch?", True),
        ("Re: Two words", True),
        ("Three whole words", False),
        ("", False),
        ("L" * 60, True),
        ("L" * 61, False),
        ("小説", True),
        ("先生の新しい小説について", False),
    ],
)
def test_a_subject_is_short_in_words_and_in_letters(subject: str, brief: bool) -> None:
    assert read(made("1", subject=subject)).brief is brief
