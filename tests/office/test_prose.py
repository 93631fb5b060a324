"""How a post's source reads: what a text without a title is called."""

from __future__ import annotations

import pytest

from firsthand.office import prose


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("", ""),
        ("   \n\n", ""),
        ("Plain words.", "Plain words."),
        ("# A *heading*\nAnd more.", "A heading"),
        ("Hard\nwrapped *lines*\n\nAnother.", "Hard wrapped lines"),
        ("> quoted [words](https://a.example/x)", "quoted words"),
        ("- one\n- two", "one"),
        ("1. **first** `code`", "first code"),
        ("***both*** and 2 * 3 * 4 and snake_case_word", "both and 2 * 3 * 4 and snake_case_word"),
        ("---\n\nAfter a line.", "After a line."),
        ("```\nlet x = 1\nx\n```", "let x = 1 x"),
        ("<https://a.example/>", "https://a.example/"),
        ("<b onclick=x>bold</b> & \\*more", "<b onclick=x>bold</b> & *more"),
        ("Fish &amp; chips", "Fish & chips"),
    ],
)
def test_the_first_line_has_no_marks(source: str, line: str) -> None:
    assert prose.first_line(source) == line
