"""The model says exactly why, starts sensibly, learns, forgets, and keeps what it learned."""

from __future__ import annotations

import math
import random
from dataclasses import astuple, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.learning.features import GROUPS, NAMES, WEIGHTS, Features
from firsthand.learning.measures import calibration
from firsthand.learning.model import Model, Outcome
from tests.learning.people import START

facts = st.builds(Features, *(st.floats(-4, 4).map(lambda x: round(x, 3)) for _ in NAMES))
ASKED = Features(questions=1.6, asks=1, asks_last=1, greeted=1, personal=1)
NEWSLETTER = Features(automatic=1, links=3, longer=2, unnamed=1, recipients=4)


def taught(seed: int = 1, examples: int = 120) -> Model:
    chance = random.Random(seed)
    model = Model.start()
    for number in range(examples):
        features = Features(*(chance.choice((0, 0, 1, -1)) for _ in NAMES))
        outcome = Outcome.ANSWERED if chance.random() < 0.3 else Outcome.LET_GO
        model.observe(features, outcome, at=START + timedelta(hours=number))
    return model


TAUGHT = taught()


@given(facts)
def test_the_contributions_and_the_base_are_the_score(features: Features) -> None:
    scored = TAUGHT.score(features)
    total = scored.base + sum(each.weight for each in scored.contributions)
    assert total == pytest.approx(scored.logit, abs=1e-9)
    assert scored.probability == pytest.approx(1 / (1 + math.exp(-scored.logit)))
    assert TAUGHT.scores([features])[0] == pytest.approx(scored.probability)


@given(facts)
def test_a_reason_taken_away_moves_the_score_by_what_it_claimed(features: Features) -> None:
    scored = TAUGHT.score(features)
    for each in scored.contributions:
        without = TAUGHT.score(replace(features, **{each.name: 0.0}))
        assert scored.logit - without.logit == pytest.approx(each.weight, abs=1e-9)


@given(facts, st.sampled_from(NAMES))
def test_only_facts_that_are_there_are_reasons(features: Features, name: str) -> None:
    scored = TAUGHT.score(replace(features, **{name: 0.0}))
    assert name not in {each.name for each in scored.contributions}


def test_no_weight_turns_against_its_meaning_whatever_it_is_taught() -> None:
    model = Model.start()
    for number in range(300):  # an owner who answers newsletters and never a question
        model.observe(NEWSLETTER, Outcome.ANSWERED, at=START + timedelta(hours=number))
        model.observe(ASKED, Outcome.LET_GO, at=START + timedelta(hours=number))
    everything = Features(*(1.0 for _ in NAMES))
    weights = {each.name: each.weight for each in model.score(everything).contributions}
    for name, weight in zip(NAMES, WEIGHTS, strict=True):
        assert weights[name] * weight >= 0, name


def test_every_fact_belongs_to_one_group() -> None:
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(NAMES)


def test_an_empty_office_starts_sensibly() -> None:
    model = Model.start()
    asked, letter, news = (model.score(each) for each in (ASKED, Features(), NEWSLETTER))
    assert asked.probability > 0.3 > letter.probability > 0.05 > news.probability


@pytest.mark.parametrize("outcome", [Outcome.NOT_FOR_ME, Outcome.FOR_ASSISTANT])
def test_what_a_person_says_is_learned_at_once(outcome: Outcome) -> None:
    model = Model.start()
    before = model.score(ASKED).probability
    model.observe(ASKED, outcome, at=START)
    assert model.score(ASKED).probability < before


def test_the_last_word_on_a_letter_holds() -> None:
    model, other = Model.start(), Model.start()
    for number in range(40):
        at = START + timedelta(hours=number)
        model.observe(ASKED, Outcome.LET_GO, at=at, key=str(number))
        model.observe(ASKED, Outcome.ANSWERED, at=at, key=str(number))
        other.observe(ASKED, Outcome.ANSWERED, at=at, key=str(number))
    model.refit()
    other.refit()
    assert len(model) == len(other) == 40
    assert model.score(ASKED).probability == pytest.approx(other.score(ASKED).probability, abs=0.05)


def test_what_is_old_is_forgotten_slowly() -> None:
    model = Model.start()
    for number in range(100):
        model.observe(ASKED, Outcome.ANSWERED, at=START + timedelta(hours=number))
    model.refit()
    loved = model.score(ASKED).probability
    for number in range(100):
        at = START + timedelta(days=3 * 365, hours=number)
        model.observe(ASKED, Outcome.LET_GO, at=at)
    model.refit()
    assert loved > 0.7
    assert model.score(ASKED).probability < 0.2


def test_seven_of_ten_is_true_about_seven_times_in_ten() -> None:
    chance = random.Random(7)
    model = Model.start()
    said: list[float] = []
    came: list[bool] = []
    truth = [weight * chance.uniform(0.3, 1.7) for weight in WEIGHTS]
    for number in range(6000):
        features = Features(*(chance.gauss(0, 1) if chance.random() < 0.3 else 0.0 for _ in NAMES))
        logit = -1.4 + sum(w * v for w, v in zip(truth, astuple(features), strict=True))
        answered = chance.random() < 1 / (1 + math.exp(-logit))
        if number > 2000:
            said.append(model.score(features).probability)
            came.append(answered)
        outcome = Outcome.ANSWERED if answered else Outcome.LET_GO
        model.observe(features, outcome, at=START + timedelta(minutes=20 * number))
    for count, told, true in calibration(said, came):
        if count >= 100:
            assert told == pytest.approx(true, abs=0.1)


def test_a_model_kept_and_read_again_says_and_learns_the_same() -> None:
    again = Model.from_bytes(TAUGHT.to_bytes())
    for features in (ASKED, NEWSLETTER, Features()):
        assert again.score(features) == TAUGHT.score(features)
    more = taught()
    for model in (again, more):
        for number in range(60):
            model.observe(ASKED, Outcome.ANSWERED, at=START + timedelta(days=number))
    assert again.score(ASKED) == more.score(ASKED)
