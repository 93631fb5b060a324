"""Stated reasons, tried on ranks as they are shown: without the fact behind one, the score moves by it."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import pytest

from firsthand.learning.features import NAMES
from firsthand.learning.reasons import _TOLD, USUAL
from firsthand.office import attention, intake
from firsthand.office.attention.describing import Mind
from firsthand.office.models import Account, Actor, Described, RankRow, Thread
from tests.office.letters import ADA, at, inbounds, letter
from tests.office.test_learning import BOB, months

pytestmark = pytest.mark.django_db

ROUNDED = 6e-4  # a weight is kept with three digits
SHOWN = 0.15
"""Letters of many kinds, so that nearly every kind of reason is stated of one of them."""
WAITING: tuple[dict[str, str], ...] = (
    {"subject": "Chapter last", "text": "Dear Ada,\n\ncould you let me know by tomorrow? Can you?"},
    {
        "subject": "Figures 2026/11",
        "sender": BOB,
        "text": "Sales 1200, returns 340. 77 88 99 1234.",
    },
    {"subject": "Hello there from a reader of yours", "sender": "Nora <nora@far.example>"},
    {"subject": "Re: Chapter 119", "text": "Thanks, great.", "answers": "a119"},
    {"subject": "Fwd: FYI", "text": "FYI, see attached. https://x.example https://y.example"},
    {
        "subject": "To all",
        "to": f"{ADA}, bea@x.example, cy@x.example, dan@x.example, eve@x.example, fay@x.example",
    },
    {"subject": "Copied", "to": "bea@x.example", "Cc": ADA},
    {"subject": "A long story", "text": "I walked to the weir and thought of it. " * 80},
    {"subject": "Offer", "sender": "noreply@shop.example", "text": "Buy.", "Precedence": "bulk"},
)


@pytest.fixture
def rows(account: Account, ada: Actor, now: datetime) -> list[RankRow]:
    """An office that has learned from months, and what waits in it."""
    intake.take(account=account, inbounds=inbounds(*months(now)), now=now)
    new = [
        letter(f"w{n}", when=at(21) + timedelta(minutes=n), **fields)
        for n, fields in enumerate(WAITING)
    ]
    intake.take(account=account, inbounds=inbounds(*new), now=now)
    attention.catch_up(now=now)
    told = Thread.objects.get(subject="Offer")
    attention.close(actor=ada, thread=told, now=now)  # an act, so that the weights are fitted anew
    attention.reopen(actor=ada, thread=told, now=now)
    attention.catch_up(now=now)
    waiting = [fields["subject"] for fields in WAITING]
    found = list(RankRow.objects.filter(thread__subject__in=waiting))
    assert len(found) >= len(WAITING) - 1
    return found


def logit(row: RankRow) -> float:
    return math.log(row.score / (1 - row.score))


def slack(row: RankRow) -> float:
    """A score is kept with four digits: so much of its log-odds nobody can see."""
    return 6e-5 / (row.score * (1 - row.score))


def without(row: RankRow, names: tuple[str, ...], now: datetime) -> RankRow:
    """The thread's rank when these facts of its newest letter are as usual."""
    described = Described.objects.get(pk=row.thread.latest)
    facts = {name: value for name, value in described.facts.items() if name not in names}
    facts |= {name: USUAL[name] for name in names if name in USUAL}
    Described.objects.filter(pk=described.pk).update(facts=facts)
    Thread.objects.filter(pk=row.thread_id).update(needs_rank=True)
    attention.rank_waiting(now=now)
    found = RankRow.objects.get(pk=row.pk)
    Described.objects.filter(pk=described.pk).update(facts=described.facts)
    return found


def test_without_what_a_reason_states_the_score_moves_by_exactly_that(
    rows: list[RankRow], now: datetime
) -> None:
    tried: set[tuple[str, ...]] = set()
    for row in rows:
        stated = {text: weight for text, weight in row.reasons if weight}
        gone: set[str] = set()
        for names in _TOLD:
            other = without(row, names, now)
            left = {text: weight for text, weight in other.reasons if weight}
            moved = logit(row) - logit(other)
            missing = [text for text in stated if stated[text] != left.get(text)]
            assert len(missing) <= 1, (names, missing)
            claimed = math.fsum(stated[text] for text in missing)
            assert moved == pytest.approx(claimed, abs=ROUNDED + slack(row) + slack(other) + (
                0 if missing else SHOWN
            )), (row.thread.subject, names, missing)  # fmt: skip
            gone.update(missing)
            tried |= {names} if missing else set()
        assert gone == set(stated), "each stated reason has a fact behind it"
    assert len(tried) >= 12, "the letters were meant to show most kinds of reasons"


def test_what_is_not_stated_is_smaller_than_anything_stated(rows: list[RankRow]) -> None:
    mind = Mind.now()
    start = mind.weights.base + sum(
        value * mind.weights.each[NAMES.index(name)] for name, value in USUAL.items()
    )
    for row in rows:
        stated = [weight for _, weight in row.reasons if weight]
        assert all(abs(weight) >= SHOWN - ROUNDED for weight in stated)
        unsaid = logit(row) - start - math.fsum(stated)
        most = SHOWN * (len(_TOLD) - len(stated))
        assert abs(unsaid) <= most + slack(row) + ROUNDED * len(stated)
        assert [abs(weight) for weight in stated] == sorted(map(abs, stated), reverse=True)


def test_a_letter_without_the_sentence_loses_the_reason(account: Account, now: datetime) -> None:
    """The same from the outside: two letters that differ in one thing, and what it is worth."""
    intake.take(account=account, inbounds=inbounds(*months(now)), now=now)
    plain = "I have read the second chapter and send you my notes on it with the post."
    twins = {"Greeted": f"Dear Ada,\n\n{plain}", "Not": f"Dear all,\n\n{plain}"}
    for subject, text in twins.items():
        sender = f"{subject} <same@{subject.lower()}twin.example>"
        raw = letter(subject, when=at(21), subject="Notes", sender=sender, text=text)
        intake.take(account=account, inbounds=inbounds(raw), now=now)
    attention.catch_up(now=now)
    one, two = (RankRow.objects.get(thread__person__name=subject) for subject in ("Greeted", "Not"))
    told = dict(one.reasons)
    assert "greets you by name" in told and "greets you by name" not in dict(two.reasons)
    assert logit(one) - logit(two) == pytest.approx(told["greets you by name"], abs=0.05)
    assert told["greets you by name"] > 0.2
