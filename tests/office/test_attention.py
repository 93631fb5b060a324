"""Ranks in rows: true reasons, right counts, and acts that only some may do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from firsthand.core.attention import Lane, Screening
from firsthand.core.errors import Denied, Misuse, NotAllowed
from firsthand.office import attention, intake
from firsthand.office.models import (
    Account,
    Actor,
    Event,
    KindCount,
    LaneCount,
    Office,
    Person,
    RankRow,
    Thread,
)
from tests.office.letters import ADA, STELLA, at, inbounds, letter

pytestmark = pytest.mark.django_db

BOB = "Bob Stone <bob@third.example>"


def bring(account: Account, now: datetime, *raws: bytes) -> None:
    """Letters come in and are ranked."""
    intake.take(account=account, inbounds=inbounds(*raws), now=now)
    attention.rank_waiting(now=now)


def known_stella(account: Account, now: datetime) -> None:
    """Stella wrote twice and was answered once."""
    bring(
        account,
        now,
        letter(1, when=at(1), subject="First"),
        letter(
            2, when=at(2), sender=ADA, to=STELLA, subject="Re: First", answers=1, text="b " * 50
        ),
        letter(3, when=at(3), subject="Second"),
    )


def reasons(subject: str) -> list[str]:
    return [text for text, _ in RankRow.objects.get(thread__subject=subject).reasons]


@contextmanager
def counts_stay_true() -> Iterator[None]:
    yield
    told = {row.lane: row.threads for row in LaneCount.objects.all() if row.threads}
    assert told == dict(Counter(RankRow.objects.values_list("lane", flat=True)))
    kinds = RankRow.objects.filter(lane=Lane.FYI).values_list("kind", flat=True)
    told = {row.kind: row.threads for row in KindCount.objects.all() if row.threads}
    assert told == dict(Counter(kinds))


def test_the_reasons_are_true(account: Account, now: datetime) -> None:
    known_stella(account, now)
    question = letter(4, when=at(20), subject="Third", text="Dear Ada,\n\nmay I quote you?")
    bring(account, now, question)
    assert reasons("Third") == [
        "asks a question",
        "greets you by name",
        "to you alone",
        "only a few lines",
        "has a short subject",
    ]
    assert RankRow.objects.get(thread__subject="Third").lane == Lane.YOU
    assert RankRow.objects.get(thread__subject="Third").minutes > 50 / 28


def test_an_answered_thread_has_no_rank(account: Account, now: datetime) -> None:
    known_stella(account, now)
    assert not RankRow.objects.filter(thread__subject="First").exists()
    answer = letter(5, when=at(21), sender=ADA, to=STELLA, subject="Re: Second", answers=3)
    with counts_stay_true():
        intake.take(account=account, inbounds=inbounds(answer), now=now)
    assert not RankRow.objects.exists()
    with counts_stay_true():
        attention.rank_waiting(now=now)
    assert attention.rank_waiting(now=now) == 0


def test_ranks_are_looked_at_once_a_day(account: Account, now: datetime) -> None:
    bring(account, now, letter(1, when=at(21)))
    assert attention.rank_waiting(now=now + timedelta(hours=20)) == 0
    assert attention.rank_waiting(now=now + timedelta(days=9)) == 1


def test_errands_of_somebody_known_go_to_a_helper(account: Account, now: datetime) -> None:
    known_stella(account, now)
    bring(account, now, letter(6, when=at(20), subject="A signed copy", text="May I have one?"))
    assert RankRow.objects.get(thread__subject="A signed copy").lane == Lane.HELPER
    assert reasons("A signed copy")[0] == "an errand: a signed copy"


@pytest.mark.parametrize(
    ("sender", "lane", "told"),
    [
        (
            "Stella Kaur <stella@e1sewhere.example>",
            Lane.JUNK,
            "its domain e1sewhere.example looks like elsewhere.example, which you know",
        ),
        (
            "Ada Ferrer <boss@quick.example>",
            Lane.JUNK,
            "bears the name of Ada Ferrer, but comes from boss@quick.example",
        ),
        (
            '"KAUR, Stella" <s.kaur@quick.example>',
            Lane.SCREENED,
            "has the name of Stella Kaur, whom you answered once, but another address: "
            "s.kaur@quick.example",
        ),
        (
            "Stеlla Kаur <s.kaur@quick.example>",  # Cyrillic е and а
            Lane.SCREENED,
            "has the name of Stella Kaur, whom you answered once, but another address: "
            "s.kaur@quick.example",
        ),
        (
            "Ada Fеrrer <boss@quick.example>",
            Lane.JUNK,
            "bears the name of Ada Ferrer, but comes from boss@quick.example",
        ),
        (
            '"stella@elsewhere.example" <x9@quick.example>',
            Lane.SCREENED,
            "shows the address stella@elsewhere.example, but comes from x9@quick.example",
        ),
        (
            '"Ada <ada@ada.example>" <x9@quick.example>',
            Lane.JUNK,
            "shows ada@ada.example, an address of the office, but comes from x9@quick.example",
        ),
        (
            "Stella <stella@xn--lsewhere-b8g.example>",
            Lane.JUNK,
            "its domain xn--lsewhere-b8g.example looks like elsewhere.example, which you know",
        ),
        (
            "Stella <stella@elsewhere.example.quick.example>",
            Lane.JUNK,
            "its domain elsewhere.example.quick.example looks like elsewhere.example, which you know",
        ),
        (
            "Accounts <accounts@elsewhere.test>",
            Lane.SCREENED,
            "its domain elsewhere.test is not elsewhere.example, which you know",
        ),
    ],
)
def test_who_looks_like_somebody_else_is_told(
    account: Account, now: datetime, sender: str, lane: Lane, told: str
) -> None:
    known_stella(account, now)
    bring(account, now, letter(7, when=at(20), sender=sender, subject="Quick favour"))
    row = RankRow.objects.get(thread__subject="Quick favour")
    assert (row.lane, row.newcomer, reasons("Quick favour")[0]) == (lane, False, told)


def test_who_sends_to_many_under_a_false_name_is_told_too(account: Account, now: datetime) -> None:
    known_stella(account, now)
    sender = "Stella Kaur <s.kaur@quick.example>"
    bring(account, now, letter(7, when=at(20), sender=sender, subject="News", Precedence="bulk"))
    assert RankRow.objects.get(thread__subject="News").lane == Lane.FYI
    assert reasons("News")[0].startswith("has the name of Stella Kaur")


def test_one_spoof_of_whom_nobody_knows_is_told_again_and_again(
    account: Account, now: datetime
) -> None:
    sender = '"service@bank.example" <x9@quick.example>'
    for n in range(3):
        bring(account, now, letter(n, when=at(18 + n), sender=sender, subject=f"Verify {n}"))
        row = RankRow.objects.get(thread__subject=f"Verify {n}")
        assert (row.lane, row.newcomer) == (Lane.SCREENED, False)
        assert "shows the address service@bank.example" in row.reasons[0][0]


def test_today_draws_the_line_and_folds_the_rest(
    account: Account, now: datetime, office: Office
) -> None:
    known_stella(account, now)
    bulk = {"Precedence": "bulk", "List_Unsubscribe": "<https://shop.example/u>"}
    bring(
        account,
        now,
        *(letter(n, when=at(20), subject=f"Question {n}") for n in range(10, 14)),
        letter(20, when=at(21), sender=BOB, subject="Hello"),
        letter(21, when=at(21), sender="Shop <shop@shop.example>", subject="Sale", **bulk),
    )
    day = attention.today(now=now, minutes=5)
    assert day.minutes == 5
    assert day.used == round(sum(item.minutes for item in day.items), 1) <= 5
    assert {item.lane for item in day.below} == {"you"}
    assert day.folded == {"helper": 0, "fyi": 1, "screened": 1, "junk": 0}
    assert day.you == 5
    everything = attention.today(now=now)
    assert everything.minutes == office.minutes == 25
    first = next(item for item in everything.items if item.name == "Stella Kaur")
    assert first.reasons[0] == "asks a question"
    newcomer = next(item for item in everything.items if item.newcomer)
    assert (newcomer.name, newcomer.waiting, newcomer.preview) == (
        "Bob Stone",
        1.0,
        "Would you read my chapter?",
    )


def test_today_asks_few_questions_of_the_database(account: Account, now: datetime) -> None:
    bring(account, now, *(letter(n, when=at(20), subject=f"Letter {n}") for n in range(40)))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        attention.today(now=now, minutes=25)
    assert len(queries) <= 11
    with CaptureQueriesContext(connection) as fewer:
        narrow = attention.beside(now=now)
    assert len(fewer) <= 9
    items = attention.today(now=now).items
    assert narrow == [(item.thread, item.name, item.subject) for item in items] != []


def test_who_was_passed_over_often_is_no_newcomer(account: Account, now: datetime) -> None:
    old = (letter(n, when=now - timedelta(days=100 * n), subject=f"Old {n}") for n in range(1, 4))
    bring(account, now, *old, letter(9, when=at(20)), letter(10, when=at(20), sender=BOB))
    lanes = dict(RankRow.objects.values_list("thread__person__name", "lane"))
    assert lanes == {"Stella Kaur": Lane.FYI, "Bob Stone": Lane.SCREENED}
    assert "you answered none of 3 other letters" in [
        text for text, _ in RankRow.objects.get(lane=Lane.FYI).reasons
    ]


def test_counts_are_of_all_other_letters_also_of_later_ones(
    account: Account, now: datetime
) -> None:
    bring(account, now, *(letter(n, when=at(n), subject=f"Letter {n}") for n in range(10, 20)))
    Thread.objects.update(needs_rank=True)
    attention.rank_waiting(now=now)
    told = "you answered none of 9 other letters"
    assert [told in reasons(f"Letter {n}") for n in range(10, 20)] == [True] * 10


@pytest.mark.parametrize("lane", ["you", "screened"])
def test_a_lane_is_read_a_page_at_a_time(account: Account, now: datetime, lane: str) -> None:
    bring(account, now, *(letter(n, when=at(20), subject=f"Letter {n}") for n in range(7)))
    if lane == "you":
        LaneCount.objects.all().delete()
        RankRow.objects.update(lane="you")
    pages: list[int] = []
    after = None
    while page := attention.lane(lane=lane, now=now, after=after, limit=3):
        pages += [item.thread for item in page]
        after = page[-1].thread
    assert sorted(pages) == sorted(Thread.objects.values_list("pk", flat=True))


def test_closing_and_reopening(account: Account, ada: Actor, now: datetime) -> None:
    bring(account, now, letter(1, when=at(20)))
    thread = Thread.objects.get()
    with counts_stay_true():
        attention.close(actor=ada, thread=thread, now=now)
    thread.refresh_from_db()
    assert (thread.state, thread.state_by, thread.waiting_since) == ("closed", ada, None)
    with pytest.raises(NotAllowed):
        attention.close(actor=ada, thread=thread, now=now)
    with counts_stay_true():
        attention.reopen(actor=ada, thread=thread, now=now)
    thread.refresh_from_db()
    assert (thread.state, thread.waiting_since) == ("open", at(20))
    assert RankRow.objects.filter(thread=thread).exists()
    acts = list(Event.objects.filter(about="thread").values_list("act", flat=True))
    assert acts == ["thread.closed", "thread.reopened"]


def test_what_was_answered_can_be_reopened_and_is_seen(
    account: Account, ada: Actor, now: datetime
) -> None:
    known_stella(account, now)
    attention.reopen(actor=ada, thread=Thread.objects.get(subject="First"), now=now)
    assert RankRow.objects.filter(thread__subject="First").exists()


def test_a_message_that_our_answer_crossed_still_waits(account: Account, now: datetime) -> None:
    known_stella(account, now)
    thread = Thread.objects.get(subject="First")
    Thread.objects.filter(pk=thread.pk).update(state="open", waiting_since=at(1), needs_rank=True)
    attention.rank_waiting(now=now)
    assert RankRow.objects.get(thread=thread).waiting_since == at(1)
    intake.rebuild(now=now)
    attention.rank_waiting(now=now)
    assert RankRow.objects.get(thread=thread).waiting_since == at(1)


def test_a_snoozed_thread_comes_back_in_time_or_with_a_letter(
    account: Account, ada: Actor, now: datetime
) -> None:
    bring(account, now, letter(1, when=at(20)), letter(2, when=at(20), subject="Other"))
    later = now + timedelta(days=3)
    with pytest.raises(Misuse):
        attention.snooze(actor=ada, thread=Thread.objects.all()[0], until=now, now=now)
    far = now.replace(year=now.year + 6)
    with pytest.raises(Misuse, match="long"):
        attention.snooze(actor=ada, thread=Thread.objects.all()[0], until=far, now=now)
    for thread in Thread.objects.all():
        attention.snooze(actor=ada, thread=thread, until=later, now=now)
    assert not RankRow.objects.exists()
    assert attention.wake_due(now=later - timedelta(minutes=1)) == 0
    tomorrow = now + timedelta(days=1)
    bring(account, tomorrow, letter(3, when=tomorrow, answers=1))
    assert [row.thread.subject for row in RankRow.objects.all()] == ["Your essay"]
    with counts_stay_true():
        assert attention.wake_due(now=later) == 1
    assert RankRow.objects.count() == 2


def test_moving_holds_against_later_ranks(account: Account, ada: Actor, now: datetime) -> None:
    bring(account, now, letter(1, when=at(20)))
    thread = Thread.objects.get()
    with counts_stay_true():
        attention.move(actor=ada, thread=thread, lane=Lane.HELPER, now=now)
    attention.rank_waiting(now=now + timedelta(days=2))
    assert RankRow.objects.get().lane == Lane.HELPER
    assert reasons("Your essay")[0] == "put here by hand"
    attention.move(actor=ada, thread=thread, lane=None, now=now)
    assert RankRow.objects.get().lane == Lane.SCREENED


@pytest.mark.parametrize(
    ("decision", "lane"),
    [
        (Screening.YES, Lane.YOU),
        (Screening.HELPER, Lane.HELPER),
        (Screening.NO, Lane.JUNK),
        (Screening.UNDECIDED, Lane.SCREENED),
    ],
)
def test_screening_decides_for_all_letters_of_a_person(
    account: Account, ada: Actor, now: datetime, decision: Screening, lane: Lane
) -> None:
    bring(account, now, *(letter(n, when=at(20), subject=f"Letter {n}?") for n in range(3)))
    with counts_stay_true():
        attention.screen(actor=ada, person=Person.objects.get(), screening=decision, now=now)
    assert set(RankRow.objects.values_list("lane", flat=True)) == {lane}
    bring(account, now, letter(9, when=at(21), subject="One more"))
    assert RankRow.objects.get(thread__subject="One more").lane == lane
    event = Event.objects.get(act="person.screened")
    assert (event.actor, event.data) == (ada, {"screening": decision.value})


def test_only_who_may_read_a_thread_gets_it(
    account: Account, ada: Actor, hal: Actor, stan: Actor, now: datetime
) -> None:
    bring(account, now, letter(1, when=at(20)))
    thread = Thread.objects.get()
    attention.assign(actor=ada, thread=thread, to=hal, now=now)
    attention.rank_waiting(now=now)
    assert attention.today(now=now).items[0].assigned == "Hal Brandt"
    with pytest.raises(Denied):
        attention.assign(actor=ada, thread=thread, to=stan, now=now)


@pytest.mark.parametrize("who", ["stan", "rev", "gwen", "gone"])
def test_who_may_not_sort_changes_nothing(
    account: Account, now: datetime, who: str, request: pytest.FixtureRequest
) -> None:
    actor: Actor = request.getfixturevalue(who)
    bring(account, now, letter(1, when=at(20)))
    thread, person = Thread.objects.get(), Person.objects.get()
    events, before = Event.objects.count(), Thread.objects.values().get()
    later = now + timedelta(days=1)
    acts: tuple[Callable[[], None], ...] = (
        lambda: attention.close(actor=actor, thread=thread, now=now),
        lambda: attention.reopen(actor=actor, thread=thread, now=now),
        lambda: attention.snooze(actor=actor, thread=thread, until=later, now=now),
        lambda: attention.move(actor=actor, thread=thread, lane=Lane.JUNK, now=now),
        lambda: attention.assign(actor=actor, thread=thread, to=None, now=now),
        lambda: attention.screen(actor=actor, person=person, screening=Screening.NO, now=now),
    )
    for act in acts:
        with pytest.raises(Denied):
            act()
    assert (Thread.objects.values().get(), Event.objects.count()) == (before, events)
    assert Person.objects.get().screening == Screening.UNDECIDED


def test_hal_may_sort(account: Account, hal: Actor, now: datetime) -> None:
    bring(account, now, letter(1, when=at(20)))
    attention.close(actor=hal, thread=Thread.objects.get(), now=now)
    assert Thread.objects.get().state_by == hal


@pytest.mark.sqlite
def test_the_queue_is_read_by_its_indexes(db: None) -> None:
    rows = RankRow.objects.filter(thread__state="open", lane="you").order_by("-score")[:200]
    plan = rows.explain()
    assert "rank_by_score" in plan
    assert "USE TEMP B-TREE" not in plan
    due = Thread.objects.filter(needs_rank=True).order_by("-pk")[:500].explain()
    assert "thread_needs_rank" in due
