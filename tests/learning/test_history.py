"""Facts come from the past only, and say what they are said to say."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand.learning.baselines import NewestFirst, Order, PriorityInbox, Rules, SenderRate
from firsthand.learning.bench_attention import replay
from firsthand.learning.candidates import Firsthand
from firsthand.learning.features import Features
from firsthand.learning.history import History
from firsthand.learning.mailbox import Mailbox
from firsthand.learning.model import Outcome
from firsthand.learning.watch import Watch
from firsthand.learning.wording import read
from tests.learning.people import START, Event, made, mailbox, year


def taken(history: History, *args: object, **more: object) -> Features:
    found = history.take(made(*args, **more))  # type: ignore[arg-type]
    assert found is not None
    return found


def orders(box: Mailbox) -> dict[str, Order]:
    words = {letter.key: read(letter) for letter in box.letters}
    return {
        "firsthand": Firsthand(),
        "newest": NewestFirst(),
        "sender": SenderRate(),
        "rules": Rules(),
        "priority": PriorityInbox(words),
    }


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.integers(20, 110))
def test_shuffling_the_future_changes_no_earlier_score(seed: int, now: int) -> None:
    events = list(year(seed, letters=120))
    moment = events[now].letter.at
    past = [each if _known(each, moment) else Event(each.letter, None) for each in events[:now]]
    future = [each.letter for each in events[now:]]
    random.Random(seed).shuffle(future)
    whole = mailbox(events)
    other = mailbox(past + [Event(each, None) for each in future])
    for name in orders(whole):
        first = [
            score for letter, score in replay(orders(whole)[name], whole) if letter.at < moment
        ]
        second = [score for letter, score in replay(orders(other)[name], other)][: len(first)]
        assert first == second, name


def _known(event: Event, moment: object) -> bool:
    return event.answer is not None and event.answer.at < moment  # type: ignore[operator]


def test_an_answered_sender_has_a_better_rate_and_a_silent_one_a_worse() -> None:
    history = History()
    for number in range(8):
        history.take(made(f"b{number}", hours=number))
        history.take(made(f"c{number}", sender="cy@list.example", hours=number, subject="News"))
        history.answered(f"b{number}", at=START + timedelta(hours=number + 1))
    known = taken(history, "x", hours=20, subject="New")
    silent = taken(history, "y", sender="cy@list.example", hours=20, subject="Newer")
    assert known.sender_rate > 0 > silent.sender_rate
    assert known.domain_rate > 0 > silent.domain_rate


def test_an_answer_counts_once_and_an_unknown_one_not_at_all() -> None:
    once, twice = History(), History()
    for history, times in ((once, 1), (twice, 3)):
        history.take(made("b"))
        for _ in range(times):
            history.answered("b", at=START + timedelta(hours=1))
        history.answered("nobody", at=START + timedelta(hours=1))
    assert taken(once, "x", hours=2) == taken(twice, "x", hours=2)


def test_what_happened_fades() -> None:
    history = History()
    for number in range(8):
        history.take(made(f"b{number}", hours=number))
        history.answered(f"b{number}", at=START + timedelta(hours=number + 1))
    soon = History.from_bytes(history.to_bytes())
    assert taken(history, "x", hours=24 * 900).sender_rate < taken(soon, "x", hours=20).sender_rate


def test_a_letter_in_a_conversation_of_the_owner_is_known_as_such() -> None:
    history = History()
    history.take(made("m", mine=True, others=("bo@friends.example",)))
    found = taken(history, "x", hours=1)
    assert found.thread_mine == 1
    assert found.asked_back == 1
    assert found.first == 0
    assert found.in_talk == pytest.approx(0.5 ** (1 / 3))
    assert taken(history, "y", sender="cy@list.example", hours=1).asked_back == 0


def test_not_for_me_is_held_against_the_next_of_that_sender() -> None:
    plain, told = Watch(), Watch()
    for watch in (plain, told):
        watch.take(made("b"))
    told.declined("b", Outcome.NOT_FOR_ME, at=START + timedelta(hours=1))
    first, second = (watch.take(made("x", hours=2)) for watch in (plain, told))
    assert first and second
    assert second.sender_rate < first.sender_rate
    assert told.score(second).probability < plain.score(first).probability


def test_a_watch_kept_and_read_again_goes_on_the_same() -> None:
    watch = Watch()
    events = list(year(3, letters=80))
    ordered = mailbox(events).letters
    keys = {each.answer.key: each.letter.key for each in events if each.answer}
    for letter in ordered[:60]:
        watch.take(letter)
        if letter.key in keys:
            watch.answered(keys[letter.key], at=letter.at)
    again = Watch.from_bytes(watch.to_bytes())
    for letter in ordered[60:]:
        found, other = watch.take(letter), again.take(letter)
        assert found == other
        if found and other:
            assert watch.score(found) == again.score(other)
        if letter.key in keys:
            watch.answered(keys[letter.key], at=letter.at)
            again.answered(keys[letter.key], at=letter.at)


def test_a_letter_unanswered_for_three_days_is_let_go_until_it_is_answered() -> None:
    watch = Watch()
    watch.take(made("b"))
    assert len(watch.model) == 0
    watch.take(made("c", hours=80))
    assert len(watch.model) == 1
    watch.answered("b", at=START + timedelta(hours=90))
    assert len(watch.model) == 1
    assert Watch.from_bytes(watch.to_bytes()).to_bytes() == watch.to_bytes()
