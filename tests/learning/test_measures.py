"""The measures against figures worked out by hand, and their properties."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.learning.measures import above, average_precision, calibration, roc_auc
from firsthand.learning.tempo import Tempo

rows = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40)


def test_figures_worked_out_by_hand() -> None:
    scores, hits = [4.0, 3.0, 2.0, 1.0], [True, False, True, False]
    assert average_precision(scores, hits) == pytest.approx((1 + 2 / 3) / 2)
    assert roc_auc(scores, hits) == pytest.approx(0.75)
    assert roc_auc([1.0, 1.0], [True, False]) == 0.5
    assert average_precision([1.0, 1.0], [True, False]) == 0.5
    assert math.isnan(average_precision([1.0], [False]))


@given(rows)
def test_turning_the_order_round_turns_the_area_round(pairs: list[tuple[int, bool]]) -> None:
    scores, hits = [float(score) for score, _ in pairs], [hit for _, hit in pairs]
    if any(hits) and not all(hits):
        turned = roc_auc([-score for score in scores], hits)
        assert roc_auc(scores, hits) == pytest.approx(1 - turned)
        assert 0 < average_precision(scores, hits) <= 1


def test_the_top_of_a_day_is_at_least_one_letter_of_each_day() -> None:
    days = [1] * 10 + [2] * 3
    scores = [float(number) for number in range(10)] + [5.0, 5.0, 1.0]
    up = above(scores, days, 20)
    assert [place for place, found in enumerate(up) if found] == [8, 9, 10]


def test_bins_say_what_was_said_and_what_came_true() -> None:
    assert calibration([0.71, 0.75, 0.05], [True, False, False]) == [
        (1, 0.05, 0.0),
        (2, pytest.approx(0.73), 0.5),
    ]


def test_minutes_follow_the_person() -> None:
    tempo = Tempo()
    start = tempo.minutes("bo@friends.example", 200)
    assert 1 < start < 4
    at = 0.0
    for _ in range(60):
        at += 15 * 60
        tempo.answered("bo@friends.example", read=200, wrote=30, took=tempo.wrote(at))
        tempo.answered("cy@list.example", read=200, wrote=300, took=None)
    assert tempo.minutes("bo@friends.example", 200) == pytest.approx(15, rel=0.25)
    assert tempo.answer_words("cy@list.example") > 3 * tempo.answer_words("bo@friends.example")
    assert tempo.minutes("bo@friends.example", 2000) > tempo.minutes("bo@friends.example", 200)
    assert tempo.wrote(at + 3 * 3600) is None
