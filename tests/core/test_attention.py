"""Ranks: a letter waits where it should; the day's line starves nobody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.attention import (
    HARD_MINUTES,
    NEWCOMER_SHARE,
    OLD_DAYS,
    PIECE,
    Facts,
    Lane,
    Rank,
    Reason,
    Screening,
    Waiting,
    fit,
    rank,
)
from firsthand.core.envelope import Automation

FRIEND = Facts(name="Stella", received=7, answered=6, written=8, words=120)
STRANGER = Facts(name="Stan", words=120)

facts = st.builds(
    lambda received, share, **other: Facts(
        name="N", received=received, answered=round(received * share), **other
    ),
    received=st.integers(0, 500),
    share=st.floats(0, 1),
    written=st.integers(0, 500),
    recipients=st.integers(0, 300),
    questions=st.integers(0, 99),
    asks=st.booleans(),
    automation=st.sampled_from(Automation),
    words=st.integers(0, 100_000),
    in_conversation=st.booleans(),
    errand=st.sampled_from(["", "an errand: travel"]),
    screening=st.sampled_from(Screening),
    junk=st.floats(0, 1),
)
weights = st.lists(st.floats(-5, 5), max_size=12)


def ranked(given: Facts, score: float = 0.4, *weights: float, minutes: float = 2.0) -> Rank:
    told = [Reason(f"reason {number}", weight) for number, weight in enumerate(weights)]
    return rank(given, score=score, minutes=minutes, reasons=told)


@given(facts, st.floats(0, 1), weights)
def test_the_strongest_reasons_come_first_and_small_ones_are_left_out(
    given: Facts, score: float, weights: list[float]
) -> None:
    found = ranked(given, score, *weights)
    told = [abs(reason.weight) for reason in found.reasons if reason.weight]
    assert told == sorted((abs(each) for each in weights if abs(each) >= 0.15), reverse=True)
    assert found.score == pytest.approx(score, abs=1e-4)


@given(facts, st.floats(0, 90))
def test_no_letter_takes_less_than_half_a_minute(given: Facts, minutes: float) -> None:
    assert ranked(given, minutes=minutes).minutes == max(0.5, round(minutes, 1))


@given(facts, st.floats(0, 1), st.floats(0, 1))
def test_a_better_score_never_hides_a_letter(given: Facts, one: float, two: float) -> None:
    low, high = (ranked(given, score).lane for score in sorted((one, two)))
    assert low is high or (low, high) == (Lane.FYI, Lane.YOU)


@pytest.mark.parametrize(
    ("change", "score", "lane"),
    [
        ({}, 0.05, Lane.YOU),
        ({}, 0.04, Lane.FYI),
        ({"in_conversation": True, "words": 59}, 0.4, Lane.FYI),
        ({"in_conversation": True, "words": 59}, 0.5, Lane.YOU),
        ({"in_conversation": True, "words": 60}, 0.4, Lane.YOU),
        ({"in_conversation": True, "words": 5, "asks": True}, 0.4, Lane.YOU),
    ],
)
def test_what_is_hardly_answered_or_closes_a_conversation_is_folded_away(
    change: dict[str, object], score: float, lane: Lane
) -> None:
    assert ranked(replace(FRIEND, **change), score).lane is lane  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "lane"),
    [
        ({}, Lane.YOU),
        ({"wanted": Lane.FYI}, Lane.FYI),
        ({"screening": Screening.NO}, Lane.JUNK),
        ({"screening": Screening.HELPER}, Lane.HELPER),
        ({"errand": "an errand: travel"}, Lane.HELPER),
        ({"automation": Automation.LIST}, Lane.FYI),
        ({"automation": Automation.LIST, "direct": True}, Lane.YOU),
        ({"automation": Automation.BULK, "direct": True}, Lane.FYI),
        ({"lookalike": "its domain is another"}, Lane.JUNK),
        ({"junk": 1.0}, Lane.YOU),  # who was answered before is no junk
    ],
)
def test_lanes_of_somebody_known(change: dict[str, object], lane: Lane) -> None:
    assert ranked(replace(FRIEND, **change)).lane is lane  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "lane"),
    [
        ({}, Lane.SCREENED),
        ({"junk": 0.95}, Lane.JUNK),
        ({"junk": 0.8}, Lane.SCREENED),
        ({"received": 40}, Lane.SCREENED),
        ({"received": 40, "ignored": 3}, Lane.FYI),
        ({"in_conversation": True}, Lane.YOU),
        ({"automation": Automation.LIST, "direct": True}, Lane.SCREENED),
        ({"namesake": "has the name of Stella"}, Lane.SCREENED),
        ({"screening": Screening.YES, "questions": 1, "recipients": 1}, Lane.YOU),
    ],
)
def test_lanes_of_somebody_unknown(change: dict[str, object], lane: Lane) -> None:
    assert ranked(replace(STRANGER, **change)).lane is lane  # type: ignore[arg-type]


def test_every_lane_that_a_decision_chose_says_so() -> None:
    for change in ({"junk": 0.95, "junk_signs": "presses to act"}, {"screening": Screening.NO}):
        found = ranked(replace(STRANGER, **change))
        assert found.reasons[0].weight == 0.0
        assert found.reasons[0].text in {
            "looks like junk: presses to act",
            "you turned Stan away",
        }


queue = st.lists(
    st.builds(
        Waiting,
        id=st.integers(1, 10**6),
        score=st.floats(0, 1),
        minutes=st.floats(0.5, 60),
        days=st.floats(0, 400),
        newcomer=st.booleans(),
    ),
    max_size=60,
    unique_by=lambda letter: letter.id,
)


def oldest_hard(letters: list[Waiting]) -> Waiting | None:
    hard = [x for x in letters if x.minutes >= HARD_MINUTES and x.days >= OLD_DAYS]
    return max(hard, key=lambda x: (x.days, x.id), default=None)


@given(queue, st.floats(0, 240))
def test_the_day_is_never_overfilled(letters: list[Waiting], budget: float) -> None:
    chosen = fit(letters, budget=budget)
    assert len({letter.id for letter in chosen}) == len(chosen)
    assert sum(letter.minutes for letter in chosen) <= budget + 1e-6
    told = {letter.id: letter for letter in letters}
    for letter in chosen:
        assert replace(letter, minutes=0) == replace(told[letter.id], minutes=0)
        if letter.minutes != told[letter.id].minutes:  # only what no day is long enough for
            assert told[letter.id] == oldest_hard(letters)
            assert told[letter.id].minutes > budget * (1 - NEWCOMER_SHARE)
            assert letter.minutes == budget * PIECE


@given(queue, st.floats(1, 240))
def test_nothing_starves(letters: list[Waiting], budget: float) -> None:
    found = fit(letters, budget=budget)
    chosen = {letter.id for letter in found}
    oldest = oldest_hard(letters)
    if oldest:
        assert found[0].id == oldest.id
    newcomers = [x for x in letters if x.newcomer and x != oldest]
    taken = [x for x in newcomers if x.id in chosen]
    if len(taken) > 1 and sum(x.minutes for x in taken) > budget * NEWCOMER_SHARE + 1e-6:
        # More than their share is what nobody else had a use for.
        share = max(budget * NEWCOMER_SHARE, *(x.minutes for x in taken))
        unused = budget - share - sum(x.minutes for x in found if x.id not in {t.id for t in taken})
        passed_over = (x for x in letters if not x.newcomer and x.id not in chosen)
        assert all(x.minutes > unused - 1e-6 for x in passed_over)
    left = budget - (found[0].minutes if oldest else 0)
    if newcomers and min(x.minutes for x in newcomers) <= left:
        assert taken


@given(queue, st.floats(1, 240))
def test_what_fits_is_not_left_out(letters: list[Waiting], budget: float) -> None:
    chosen = fit(letters, budget=budget)
    left = budget - sum(letter.minutes for letter in chosen)
    ids = {letter.id for letter in chosen}
    assert all(x.minutes > left - 1e-6 for x in letters if x.id not in ids)


@given(queue, st.floats(1, 240))
def test_no_letter_is_passed_over_for_a_worse_one(letters: list[Waiting], budget: float) -> None:
    """As good, as short, as old, and yet below the line: that never is."""
    known = [x for x in letters if not x.newcomer and x != oldest_hard(letters)]
    chosen = {letter.id for letter in fit(letters, budget=budget)}
    above = [x for x in known if x.id in chosen]
    for below in (x for x in known if x.id not in chosen):
        for other in above:
            better = (below.score, below.days) >= (other.score, other.days)
            same = below.days >= other.days and below.score >= other.score
            if better and same and below.minutes <= other.minutes:
                assert _as_good(below, other)


def _as_good(one: Waiting, two: Waiting) -> bool:
    return (one.score, one.minutes, one.days) == (two.score, two.minutes, two.days) or not one.score


@given(queue, st.floats(1, 240), st.floats(0.1, 400))
def test_waiting_longer_never_hurts(letters: list[Waiting], budget: float, more: float) -> None:
    known = [x for x in letters if not x.newcomer and x.minutes < HARD_MINUTES and x.score]
    chosen = fit(letters, budget=budget)
    for letter in (x for x in chosen if x in known):
        older = [replace(x, days=x.days + more) if x.id == letter.id else x for x in letters]
        assert letter.id in {x.id for x in fit(older, budget=budget)}
