"""What has nothing to answer, by its kinds: counted, found, and shown apart."""

from __future__ import annotations

from datetime import datetime

import pytest

from firsthand.core.attention import Kind, Lane
from firsthand.office import attention, lanes, search
from firsthand.office.models import Account, Actor, Message, RankRow, Thread
from tests.office.letters import ADA, at, letter
from tests.office.test_attention import bring, counts_stay_true, known_stella

pytestmark = pytest.mark.django_db

LIST = "talk@third.example"


def machine(number: int, sender: str = "news@shop.example", **headers: str) -> bytes:
    subject = headers.pop("subject", f"Machine {number}")
    return letter(number, when=at(10, number), sender=sender, subject=subject, **headers)


@pytest.fixture
def fyi(account: Account, now: datetime) -> None:
    """Three newsletters, a receipt, a notice of absence, a list."""
    leave = {"List_Unsubscribe": "<https://shop.example/leave>"}
    bring(
        account,
        now,
        *(machine(number, **leave) for number in (1, 2, 3)),
        machine(4, subject="Your receipt for 12 March", **leave),
        machine(5, sender="bob@third.example", Auto_Submitted="auto-replied"),
        machine(6, sender="carla@third.example", to=LIST, List_Id="<talk.third.example>"),
    )


def subjects(kind: Kind | None, now: datetime) -> list[str]:
    return [item.subject for item in attention.lane(lane=Lane.FYI, kind=kind, now=now)]


def test_each_kind_is_counted_and_shown_apart(fyi: None, now: datetime) -> None:
    counts = {"newsletters": 3, "lists": 1, "receipts": 1, "auto-replies": 1}
    assert attention.today(now=now).kinds == counts
    assert subjects(Kind.NEWSLETTERS, now) == ["Machine 3", "Machine 2", "Machine 1"]
    assert subjects(Kind.RECEIPTS, now) == ["Your receipt for 12 March"]
    assert subjects(Kind.BOUNCES, now) == []
    assert len(subjects(None, now)) == 6


def test_the_counts_follow_whatever_is_sorted(fyi: None, ada: Actor, now: datetime) -> None:
    news = attention.of_kind(Kind.NEWSLETTERS, seen=attention.newest(), limit=9)
    with counts_stay_true():
        done = attention.sort(actor=ada, threads=news, way="close", now=now)
    assert "newsletters" not in attention.today(now=now).kinds
    with counts_stay_true():
        attention.put_back(actor=ada, sorting=done.number, now=now)
    assert lanes.kinds()["newsletters"] == 3
    with counts_stay_true():
        attention.move(actor=ada, thread=Thread.objects.get(pk=news[0]), lane=Lane.YOU, now=now)
    assert lanes.kinds()["newsletters"] == 2


def test_nobody_sorts_what_came_in_meanwhile(fyi: None, account: Account, now: datetime) -> None:
    seen = attention.newest()
    bring(account, now, machine(9, List_Unsubscribe="<https://shop.example/leave>"))
    threads = attention.of_kind(Kind.NEWSLETTERS, seen=seen, limit=9)
    latest = Message.objects.filter(thread__in=threads).values_list("subject", flat=True)
    assert sorted(latest) == ["Machine 1", "Machine 2", "Machine 3"]
    assert len(attention.of_kind(Kind.NEWSLETTERS, seen=attention.newest(), limit=9)) == 4
    assert len(attention.of_kind(Kind.NEWSLETTERS, seen=attention.newest(), limit=2)) == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("in:newsletters", 3),
        ("in:Receipts", 1),
        ("machine in:newsletters", 3),
        ("machine in:receipts", 0),
        ("receipt in:receipts", 1),
        ("machine in:lists", 1),
        ("machine in:fyi", 5),
        ("in:newsletters in:you", 0),
    ],
)
def test_a_kind_can_be_searched_in(fyi: None, query: str, found: int) -> None:
    assert len(search.find(query=query)) == found


def test_a_letter_of_a_person_with_nothing_to_answer_is_of_its_own_kind(
    account: Account, ada: Actor, now: datetime
) -> None:
    bring(account, now, letter(1, when=at(20), subject="Thanks"))
    attention.move(actor=ada, thread=Thread.objects.get(), lane=Lane.FYI, now=now)
    assert attention.today(now=now).kinds == {"people": 1}


@pytest.mark.parametrize(("to", "lane"), [(ADA, Lane.YOU), ("talk@third.example", Lane.FYI)])
def test_a_letter_on_a_list_that_is_to_the_person_too_is_ranked_like_any_other(
    account: Account, now: datetime, to: str, lane: Lane
) -> None:
    known_stella(account, now)
    listed = {"List_Id": "<talk.third.example>", "Cc": "talk@third.example"}
    bring(account, now, letter(9, when=at(20), to=to, subject="On the list", **listed))
    assert RankRow.objects.get(thread__subject="On the list").lane == lane
