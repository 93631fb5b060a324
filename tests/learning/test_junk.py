"""Junk is learned with properties: the last word counts, no evidence no certainty, nothing crashes."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand.channels.mail.authres import Authentication, Check
from firsthand.core.errors import Permanent
from firsthand.learning.junk import JunkLetter, JunkModel
from firsthand.learning.junk_text import head_and_text
from firsthand.sample.catalogue import threads
from firsthand.sample.compose import compose, is_sent

NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
REFUTED = Authentication("mx.ada.example", (Check("dmarc", "fail"),))

WORDS = st.lists(
    st.sampled_from("heron weir ditch free money offer deed pension tide watch now".split()),
    min_size=4,
    max_size=40,
).map(" ".join)
LETTERS = st.builds(
    lambda sender, subject, text: (
        f"From: {sender}@b.example\nSubject: {subject}\n\n{text}\n".encode()
    ),
    st.sampled_from(["gwen", "hal", "stan", "offers"]),
    WORDS,
    WORDS,
)
LESSONS = st.lists(st.tuples(LETTERS, st.booleans()), max_size=12)


@cache
def sample() -> tuple[tuple[bytes, bool], ...]:
    """Every letter that came to the sample office, and whether it is junk."""
    return tuple(
        (compose(thread, place, NOW), thread.kind == "junk")
        for thread in threads()
        for place, mail in enumerate(thread.mails)
        if not is_sent(mail)
    )


def taught(lessons: list[tuple[bytes, bool]]) -> JunkModel:
    model = JunkModel.start()
    for raw, junk in lessons:
        model.learn(JunkLetter(raw), junk)
    return model


@settings(max_examples=40, deadline=None)
@given(LESSONS, LETTERS)
def test_who_calls_a_letter_junk_finds_it_more_likely_junk(
    lessons: list[tuple[bytes, bool]], raw: bytes
) -> None:
    model, letter = taught([*lessons, (raw, False)]), JunkLetter(raw)
    before = model.score(letter).probability
    model.learn(letter, True)
    assert model.score(letter).probability > before


@settings(max_examples=40, deadline=None)
@given(LESSONS, LETTERS)
def test_who_calls_a_letter_good_finds_it_less_likely_junk(
    lessons: list[tuple[bytes, bool]], raw: bytes
) -> None:
    model, letter = taught([*lessons, (raw, True)]), JunkLetter(raw)
    before = model.score(letter).probability
    model.learn(letter, False)
    assert model.score(letter).probability < before


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.booleans())
def test_no_bytes_stop_it_and_without_evidence_it_is_never_sure(raw: bytes, junk: bool) -> None:
    for letter in (JunkLetter(raw), JunkLetter(b"Subject: a\n\n" + raw, authentication=REFUTED)):
        model = JunkModel.start()
        said = model.score(letter)
        assert 0 < said.probability <= 0.9
        assert not said.above
        model.learn(letter, junk)
        assert model.score(letter).probability <= 0.9
        assert not model.score(letter).above


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n\n",
        b"From \n",
        b"a" * 50_000,
        b"<style" * 4_000,
        b"Content-Transfer-Encoding: base64\n\n" + b"=\n" * 9_000,
        b"Content-Transfer-Encoding: base64\n\n--\n" * 900,
        b"Received: " + b" \n" * 9_000,
        "Subject: 你好\n\nпривет مرحبا".encode(),
    ],
)
def test_hostile_letters_are_scored_and_learned(raw: bytes) -> None:
    model = JunkModel.start()
    for junk in (True, False, True):
        model.learn(JunkLetter(raw), junk)
        assert 0 < model.score(JunkLetter(raw)).probability < 1


def test_many_letters_of_one_kind_do_not_make_it_sure_of_the_other() -> None:
    junk = [(raw, True) for raw, is_junk in sample() if is_junk]
    model = taught(junk * 20)
    said = [model.score(JunkLetter(raw)) for raw, is_junk in sample() if not is_junk]
    assert max(each.probability for each in said) <= 0.9
    assert not any(each.above for each in said)


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_no_good_letter_of_the_sample_office_is_put_aside_in_any_order(seed: int | None) -> None:
    lessons = list(sample())
    if seed is not None:
        Random(seed).shuffle(lessons)
    model = JunkModel.start()
    for raw, junk in itertools.chain(lessons, lessons):
        letter = JunkLetter(raw)
        assert junk or not model.score(letter, why=False).above
        model.learn(letter, junk)
    said = {True: [0, 0], False: [0, 0]}
    for raw, junk in lessons:
        found = model.score(JunkLetter(raw), why=False)
        said[junk][found.probability > 0.5] += 1
        assert junk or not found.above
    assert said[False][1] == 0
    assert said[True][0] <= 1


def test_what_was_learned_is_kept_small_and_comes_back_the_same() -> None:
    model = taught(list(sample()))
    kept = model.to_bytes()
    again = JunkModel.from_bytes(kept)
    assert len(kept) < 8_000_000
    assert again.to_bytes() == kept
    assert again.learned == model.learned
    for raw, junk in sample()[:60]:
        letter = JunkLetter(raw)
        assert again.score(letter).probability == pytest.approx(
            model.score(letter).probability, abs=1e-3
        )
        again.learn(letter, junk)
        model.learn(letter, junk)


@pytest.mark.parametrize(
    "damage", [lambda b: b[:500], lambda b: b"x" + b, lambda b: b"", bytes.upper]
)
def test_what_cannot_be_read_is_refused_with_what_to_do(damage) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Permanent) as refused:
        JunkModel.from_bytes(damage(JunkModel.start().to_bytes()))
    assert refused.value.hint


def test_a_model_of_random_tables_still_fits() -> None:
    """Eight megabytes hold whatever is learned: the tables themselves are smaller."""
    import numpy as np

    model, chance = JunkModel.start(), np.random.default_rng(1)
    for table in (
        model.steps.weights,
        model.steps.seen,
        model.margins.weights,
        model.margins.doubt,
    ):
        table[:] = chance.random(len(table))
    for counts in (model.odds.good, model.odds.junk):
        counts[:] = chance.integers(0, 60_000, len(counts))
    for number in range(100):
        letter = JunkLetter(b"Subject: a\n\n" + chance.bytes(40_000))
        model.learn(letter, number % 2 == 0)
    assert len(model.to_bytes()) < 8_000_000


def test_whom_the_office_writes_to_is_believed_unless_their_domain_denies_it() -> None:
    model = taught(list(sample()))
    for raw, _junk in sample()[:40]:
        stranger = model.score(JunkLetter(raw)).probability
        known = model.score(JunkLetter(raw, known=True)).probability
        forged = model.score(JunkLetter(raw, known=True, authentication=REFUTED)).probability
        assert known < stranger
        assert forged > known


def test_reasons_are_true_of_the_letter() -> None:
    model = taught(list(sample()) * 2)
    shown = 0
    for raw, junk in sample():
        said = model.score(JunkLetter(raw))
        assert bool(said.signs) <= (said.probability >= 0.5)
        text = head_and_text(raw)[1].decode("utf-8", "replace").lower()
        for sign in said.signs:
            for word in re.findall("“(.+?)”", sign):
                assert word in text
                shown += junk
    assert shown > 10


def test_a_failed_check_is_told() -> None:
    raw = (
        b"From: a@b.example\nSubject: Act now!!\n\nClick here, 100% free, you have won a lottery.\n"
    )
    said = JunkModel.start().score(JunkLetter(raw, authentication=REFUTED))
    assert said.probability > 0.5
    assert "was not sent by the domain that it names (DMARC failed)" in said.signs
