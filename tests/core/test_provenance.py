"""Whose a word is: first writers keep their words, and cuts are remembered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.provenance import Ownership, own, shares

LONG = "the quick brown fox jumps over the lazy dog"


def after(*versions: str) -> Ownership:
    """The ownership after versions such as "ada: some words"."""
    pairs = [
        version.split(": ", 1) if ": " in version else [version[:-1], ""] for version in versions
    ]
    return own((actor, words.split()) for actor, words in pairs)


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (["ada: one two"], {"ada": 2}),
        (["hal: one two", "ada: one two three"], {"hal": 2, "ada": 1}),
        (["hal: one two", "ada: three four"], {"ada": 2}),
        (["hal: Yes gladly", "ada:", "ada: Yes gladly"], {"hal": 2}),
        ([f"hal: {LONG}", "ada: no", f"ada: so {LONG} indeed"], {"hal": 9, "ada": 2}),
        ([f"hal: {LONG}", f"ada: x y z {LONG}", f"ada: {LONG} x y z"], {"hal": 9, "ada": 3}),
        (
            [
                f"hal: {LONG}",
                f"ada: {LONG} one two three four five six seven eight nine ten eleven",
                f"ada: one two three four five six seven eight nine ten eleven {LONG}",
            ],
            {"hal": 9, "ada": 11},
        ),
        (
            ["hal: thank you for your letter", "ada: no", "ada: ok thank you for your letter"],
            {"ada": 6},
        ),
    ],
)
def test_words_keep_their_first_writer(versions: list[str], expected: dict[str, int]) -> None:
    assert shares(after(*versions).words) == expected


@pytest.mark.parametrize(
    ("versions", "cutters"),
    [
        (["ada: I do not agree", "hal: I do agree"], ("hal",)),
        (["ada: I agree not", "hal: I agree"], ("hal",)),
        (["ada: not mine", "hal: mine"], ("hal",)),
        (["ada: I do not agree", "hal: I do agree", "ada: I do agree so"], ("hal",)),
        (["ada: I do not agree", "hal: I do agree", "ada: I do not agree"], ()),
        (["ada: I do not agree", "hal: I do really agree", "ada: I do agree"], ("hal",)),
        (
            ["ada: I do not agree", "hal: I do agree", "gwen: I do now agree", "ada: I do agree"],
            ("hal",),
        ),
        (["ada: I do not agree", "hal: I do agree", "hal: I do not agree"], ()),
        (["ada: one", "ada: one two", "hal: one", "hal: one two"], ()),
        (["ada: yes", "ada: no", "hal: yes"], ("hal",)),
        (["ada:", "ada: no", "hal:"], ("hal",)),
        (["hal: one two three", "ada: one three"], ()),
        (["hal: one two", "hal: one", "ada: three"], ()),
        (["ada: no", f"ada: {LONG}", "ada: ok", f"hal: ok {LONG}"], ("hal",)),
    ],
)
def test_who_cut_the_principal_is_remembered(versions: list[str], cutters: tuple[str, ...]) -> None:
    assert after(*versions).cutters("ada") == cutters


WORDS = st.lists(st.sampled_from("a b c d e f".split()), max_size=14)
VERSIONS = st.lists(st.tuples(st.sampled_from(["ada", "hal", "gwen"]), WORDS), max_size=7)


@given(VERSIONS)
def test_every_word_has_an_owner_who_took_part(versions: list[tuple[str, list[str]]]) -> None:
    result = own(versions)
    assert [blamed.word for blamed in result.words] == (versions[-1][1] if versions else [])
    assert len(result.gaps) == len(result.words) + 1
    assert {blamed.actor for blamed in result.words} <= {actor for actor, _ in versions}


@given(VERSIONS)
def test_a_word_nobody_else_wrote_is_its_writers(versions: list[tuple[str, list[str]]]) -> None:
    marked = [(actor, [f"{actor}-{word}" for word in words]) for actor, words in versions]
    for blamed in own(marked).words:
        assert blamed.word.startswith(f"{blamed.actor}-")


@given(VERSIONS, WORDS)
def test_a_change_of_the_last_hand_never_passes_for_nobody(
    versions: list[tuple[str, list[str]]], words: list[str]
) -> None:
    """If somebody else changes the principal's text at all, a mark of theirs is left."""
    mine = [("ada", words) for _, words in versions] or [("ada", ["a"])]
    result = own([*mine, ("hal", words)])
    changed = words != mine[-1][1]
    marked = bool(shares(result.words).get("hal")) or "hal" in result.cutters("ada")
    assert marked == changed


@given(VERSIONS, WORDS)
def test_what_the_principal_puts_back_to_a_hands_text_stays_the_hands(
    versions: list[tuple[str, list[str]]], words: list[str]
) -> None:
    before = [("hal", [f"hal-{word}" for word in words])]
    cleared = [*before, ("ada", []), *before]
    result = own([*cleared[:2], ("ada", before[0][1])])
    assert set(shares(result.words)) <= {"hal"}


def test_a_huge_rewrite_is_quick_and_still_attributed() -> None:
    mine = [f"w{i % 977}" for i in range(20_000)]
    theirs = [f"v{i % 983}" for i in range(20_000)]
    result = own([("hal", mine), ("ada", theirs + mine[100:200] + theirs)])
    assert shares(result.words) == {"ada": 40_000, "hal": 100}
