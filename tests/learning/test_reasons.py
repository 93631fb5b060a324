"""Reasons: together they are the score, each is worth what it says, and none argues against itself."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.attention import Facts
from firsthand.core.envelope import Automation
from firsthand.learning.features import GROUPS, NAMES, Features, waiting
from firsthand.learning.model import Model
from firsthand.learning.reasons import _TOLD, USUAL, reasons, usual
from firsthand.learning.weights import Weights

WEIGHTS = Model.start().weights
NEUTRAL = Features(recipients=USUAL["recipients"])
FACTS = Facts(name="Stella", received=11, answered=8, written=9, recipients=3, words=120)

features = st.builds(
    Features, **{name: st.floats(0, 6) if name == "links" else st.floats(-6, 6) for name in NAMES}
)
facts = st.builds(
    Facts,
    name=st.just("N"),
    received=st.integers(0, 50),
    answered=st.integers(0, 50),
    written=st.integers(0, 50),
    recipients=st.integers(1, 50),
    questions=st.integers(0, 50),
    automation=st.sampled_from(Automation),
    in_conversation=st.booleans(),
)


def test_every_fact_is_in_one_reason() -> None:
    assert sorted(name for names in _TOLD for name in names) == sorted(NAMES)


@given(features, facts)
def test_the_reasons_are_the_whole_score(given: Features, facts: Facts) -> None:
    scored = WEIGHTS.score(given)
    told = reasons(scored, facts, WEIGHTS)
    assert usual(WEIGHTS) + math.fsum(each.weight for each in told) == pytest.approx(scored.logit)
    assert len({each.text for each in told}) == len(told)


@given(features, facts, st.sampled_from(sorted(_TOLD)))
def test_without_a_fact_the_score_differs_by_exactly_its_weight(
    given: Features, facts: Facts, names: tuple[str, ...]
) -> None:
    before = WEIGHTS.score(given)
    without = replace(given, **{name: USUAL.get(name, 0.0) for name in names})
    left = Counter(each.weight for each in reasons(WEIGHTS.score(without), facts, WEIGHTS))
    gone = Counter(each.weight for each in reasons(before, facts, WEIGHTS)) - left
    fell = before.logit - WEIGHTS.score(without).logit
    assert math.fsum(gone.elements()) == pytest.approx(fell, abs=1e-9)
    assert gone.total() <= 1


@pytest.mark.parametrize(
    ("change", "known", "text", "sign"),
    [
        ({"sender_rate": 1.0}, {}, "you answered 8 of 11 other letters", 1),
        ({"sender_rate": -1.0}, {}, "you answered 8 of 11 other letters, but hardly of late", -1),
        ({"sender_rate": -1.0}, {"answered": 0}, "you answered none of 11 other letters", -1),
        (
            {"sender_rate": 1.0},
            {"received": 1, "answered": 1},
            "you answered their other letter",
            1,
        ),
        (
            {"sender_rate": -1.0},
            {"received": 1, "answered": 0},
            "you did not answer their other letter",
            -1,
        ),
        ({"wrote_share": 1.0}, {"received": 0}, "you wrote to them before", 1),
        ({"wrote_share": -2.0}, {"received": 0}, "you wrote to them long ago", -1),
        ({"first": 1.0}, {"received": 0}, "a first-time sender", -1),
        ({"first": 1.0}, {}, "nothing had come from them lately", -1),
        (
            {"thread_mine": 1.0, "asked_back": 1.0},
            {"in_conversation": True},
            "goes on from your own letter",
            1,
        ),
        (
            {"thread_rate": -2.0, "thread_length": 2.0},
            {"in_conversation": True},
            "a conversation that you let rest",
            -1,
        ),
        ({"thread_length": 2.0}, {}, "a conversation you are not in", -1),
        ({"recipients": 0.0}, {"recipients": 1}, "to you alone", 1),
        ({"recipients": 3.0}, {"recipients": 8}, "to 8 people", -1),
        ({"copied": 1.0}, {}, "you are only copied", -1),
        ({"unnamed": 1.0}, {}, "not addressed to you", -1),
        ({"greeted": 1.0}, {}, "greets you by name", 1),
        ({"questions": 1.0}, {"questions": 1}, "asks a question", 1),
        ({"questions": 2.0}, {"questions": 3}, "asks 3 questions", 1),
        ({"questions": 4.0}, {"questions": 15}, "asks many questions", 1),
        ({"asks": 1.0}, {}, "asks for something", 1),
        ({"meets": 1.0}, {}, "speaks of meeting soon", 1),
        ({"asks_first": 1.0}, {}, "has a question in its subject", 1),
        ({"links": 1.0}, {}, "has a link", -1),
        ({"links": 2.0}, {}, "has 3 links", -1),
        ({"closes": 1.0}, {}, "a short thanks or agreement", -1),
        ({"words": -2.0}, {}, "only a few lines", -1),
        ({"words": 2.0, "longer": 3.0}, {}, "a long letter", -1),
        ({"words_rate": 3.0}, {}, "its words are like those you answer", 1),
        ({"words_rate": -3.0}, {}, "its words are like those you leave unanswered", -1),
        ({"automatic": 1.0}, {"automation": Automation.LIST}, "to a mailing list", -1),
        ({"automatic": 1.0}, {}, "comes from an address that machines use", -1),
    ],
)
def test_reasons_are_plain_words_that_lean_as_they_weigh(
    change: dict[str, float], known: dict[str, object], text: str, sign: int
) -> None:
    scored = WEIGHTS.score(replace(NEUTRAL, **change))
    told = reasons(scored, replace(FACTS, **known), WEIGHTS)  # type: ignore[arg-type]
    assert [(each.text, math.copysign(1, each.weight)) for each in told] == [(text, sign)]


@given(features)
def test_what_waits_is_not_judged_by_the_hour_it_came(given: Features) -> None:
    left = waiting(given)
    assert {name for name in NAMES if getattr(left, name) != getattr(given, name)} <= set(
        GROUPS["time"]
    )
    assert all(getattr(left, name) == 0 for name in GROUPS["time"])


@given(features)
def test_weights_are_kept_exactly(given: Features) -> None:
    kept = Weights.from_json(WEIGHTS.to_json())
    assert kept.score(given) == WEIGHTS.score(given)
