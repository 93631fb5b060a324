"""Signs of junk: several together condemn, one alone never does."""

from __future__ import annotations

from firsthand.channels.mail.parse import parse
from firsthand.core.junk import Signs, junk

LETTER = "Dear Ada, would you read my chapter? It is about the price of grain in 1780."


def test_a_plain_letter_shows_no_sign() -> None:
    assert junk(Signs("Your essay", LETTER)) == (0.0, "")


def test_one_sign_alone_is_not_enough() -> None:
    for signs in (
        Signs("Your essay", LETTER, addressed=False),
        Signs("Your essay", LETTER, replies_elsewhere=True),
        Signs("URGENT!! READ THIS", LETTER),
        Signs("Your essay", "I won the lottery of birth."),
        Signs("", "", files=("book.exe",)),
    ):
        assert 0 < junk(signs)[0] < 0.9


def test_many_signs_together_are_named() -> None:
    doubt, words = junk(
        Signs(
            "CONGRATULATIONS YOU HAVE WON",
            "Act now to claim 5 million US dollars. To be removed, click here.",
            addressed=False,
        )
    )
    assert doubt >= 0.9
    assert words.startswith("offers or asks for money, presses to act")


def test_a_disguise_that_the_parser_tells_of_is_a_sign() -> None:
    """In its very words: they once differed, and the sign was never seen."""
    for sender in (
        '"stella@elsewhere.example" <x9@quick.example>',
        "Ste\u202ella <x9@quick.example>",
    ):
        raw = f"From: {sender}\nTo: ada@ada.example\nSubject: Hello\n\nHello.\n".encode()
        problems = parse(raw).problems
        assert problems
        doubt, words = junk(Signs("Hello", LETTER, problems=problems))
        assert (doubt, words) == (0.4, "has a disguised header")
