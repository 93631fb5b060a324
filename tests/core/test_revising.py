"""Kinds of change: what the words say is never told as less than it is."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from firsthand.core.revising import Change, Written, is_lighter, proposed

WORDS = st.sampled_from(
    "garden letter morning station yellow publish reader weather history question river "
    "answer chapter translator evening mountain".split()
)
SENTENCES = st.lists(WORDS, min_size=3, max_size=8).map(
    lambda words: f"{' '.join(words).capitalize()}."
)
TEXTS = st.lists(SENTENCES, min_size=1, max_size=6)


def kind(before: str, after: str, title: str = "Notes") -> Change | None:
    return proposed(Written(title, before), Written(title, after))


KINDS: list[tuple[str, str, Change | None]] = [
    ("Same.", "Same.", None),
    ("Same. ", "Same.\r\n", None),
    ("A plain word.", "A *plain* word.", Change.FORMAT),
    ("One.\n\nTwo.", "- One.\n- Two.", Change.FORMAT),
    ("Line\none.", "Line one.", Change.FORMAT),
    ("We recieve letters.", "We receive letters.", Change.TYPO),
    ("Lets eat, said she.", "Let's eat, said she.", Change.TYPO),
    ("She came She went.", "She came. She went.", Change.TYPO),
    ("The the cat sat.", "The cat sat.", Change.TYPO),
    ("In a cafe.", "In a café.", Change.TYPO),
    ("See [it](https://a.example/1).", "See [it](https://a.example/2).", Change.LINK),
    ("See https://a.example/1 now.", "See https://a.example/2 now.", Change.LINK),
    ("See it now.", "See [it](https://a.example/2) now.", Change.LINK),
    ("It opens. Come.", "It opens. Bring a coat. Come.", Change.ADDITION),
    ("We recieve it.", "We receive it. Thank you.", Change.ADDITION),
    ("It opens.", "It opens.\n\n> Quoted by Stan.", Change.ADDITION),
    ("It is good.", "It is not good.", Change.SUBSTANCE),
    ("It costs 5.", "It costs 6.", Change.SUBSTANCE),
    ("It costs 1,000.", "It costs 10,00.", Change.SUBSTANCE),
    ("Now at -5 degrees.", "Now at 5 degrees.", Change.SUBSTANCE),
    ("It costs $5.", "It costs €5.", Change.SUBSTANCE),
    ("I could go.", "I would go.", Change.SUBSTANCE),
    ("He came.", "She came.", Change.SUBSTANCE),
    ("It is legal here.", "It is illegal here.", Change.SUBSTANCE),
    ("We hire editor now.", "We fire editor now.", Change.SUBSTANCE),
    ("The reader came.", "The readers came.", Change.SUBSTANCE),
    ("It opens. Come.", "It opens.", Change.SUBSTANCE),
    ("Do come.", "Come.", Change.SUBSTANCE),
    ("You did it.", "You did it?", Change.SUBSTANCE),
    ("Fine 👍", "Fine 👎", Change.SUBSTANCE),
    ("我不是他。", "我是他。", Change.SUBSTANCE),
    ("किताब यहाँ है।", "कताब यहाँ है।", Change.SUBSTANCE),
    ("Call \u202eabc.", "Call abc.", Change.SUBSTANCE),
    ("One. Two things here.", "Two things here. One.", Change.SUBSTANCE),
    ("", "", None),
    ("", "Something.", Change.ADDITION),
    ("Something.", "", Change.SUBSTANCE),
]
PAIRS = [(before, after) for before, after, _ in KINDS]


@pytest.mark.parametrize(("before", "after", "expected"), KINDS)
def test_the_kind_is_proposed(before: str, after: str, expected: Change | None) -> None:
    assert kind(before, after) == expected


def test_the_title_counts_like_the_text() -> None:
    old = Written("We will close", "Text.")
    assert proposed(old, Written("We will not close", "Text.")) is Change.SUBSTANCE
    assert proposed(old, Written("We *will* close", "Text.")) is Change.FORMAT


@given(TEXTS)
def test_white_space_and_marks_are_format(sentences: list[str]) -> None:
    before = " ".join(sentences)
    after = "\n".join(f"**{sentence}**" for sentence in sentences)
    assert kind(before, after) is Change.FORMAT


@given(TEXTS, SENTENCES, st.data())
def test_a_sentence_more_is_an_addition_and_one_less_is_substance(
    sentences: list[str], more: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(sentences)))
    longer = " ".join([*sentences[:at], more, *sentences[at:]])
    assert kind(" ".join(sentences), longer) is Change.ADDITION
    assert kind(longer, " ".join(sentences)) is Change.SUBSTANCE


@given(TEXTS, st.data())
def test_a_word_within_a_sentence_is_substance(sentences: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(sentences) - 1))
    words = sentences[at].split()
    where = data.draw(st.integers(1, len(words) - 1))
    word = data.draw(st.sampled_from(["not", "never", "12", "only", "without"]))
    changed = [
        *sentences[:at],
        " ".join([*words[:where], word, *words[where:]]),
        *sentences[at + 1 :],
    ]
    assert kind(" ".join(sentences), " ".join(changed)) is Change.SUBSTANCE


@given(TEXTS, st.integers(0, 9999), st.integers(0, 9999))
def test_another_number_is_substance(sentences: list[str], one: int, other: int) -> None:
    assume(one != other)
    text = " ".join(sentences)
    assert kind(f"{text} It costs {one} now.", f"{text} It costs {other} now.") is Change.SUBSTANCE


@given(TEXTS, st.data())
def test_two_letters_swapped_are_a_typo(sentences: list[str], data: st.DataObject) -> None:
    words = " ".join(sentences).split()
    at = data.draw(st.integers(0, len(words) - 1))
    word = words[at].rstrip(".")
    where = data.draw(st.integers(1, len(word) - 2))
    assume(word[where] != word[where + 1])
    wrong = word[:where] + word[where + 1] + word[where] + words[at][where + 2 :]
    assert kind(" ".join([*words[:at], wrong, *words[at + 1 :]]), " ".join(words)) is Change.TYPO


@given(TEXTS, TEXTS, TEXTS)
def test_a_change_beside_another_hides_nothing(
    one: list[str], other: list[str], more: list[str]
) -> None:
    """With a sentence that was added elsewhere, what one paragraph tells is at least as heavy."""
    before, after = " ".join(one), " ".join(other)
    alone = kind(before, after)
    assume(alone is not None)
    assert alone is not None
    both = kind(f"{before}\n\nLast.", f"{after}\n\nLast. {' '.join(more)}")
    assert both is not None
    assert both.weight >= min(alone.weight, Change.ADDITION.weight)


@given(st.text(), st.text())
def test_any_two_texts_get_an_answer(before: str, after: str) -> None:
    answer = kind(before, after)
    assert answer not in (Change.CORRECTION, Change.RETRACTION)
    assert kind(before, before) is None


def test_a_decision_is_lighter_when_it_says_less() -> None:
    assert is_lighter(Change.TYPO, Change.SUBSTANCE)
    assert not is_lighter(Change.CORRECTION, Change.SUBSTANCE)
    assert not is_lighter(Change.TYPO, Change.TYPO)
    assert not is_lighter(Change.FORMAT, None)


def test_a_long_text_is_compared_in_time() -> None:
    text = " ".join(f"Sentence number {n} of a long report." for n in range(4000))
    assert kind(text, text.replace("number 3999 of", "number 3999 off")) is Change.SUBSTANCE
