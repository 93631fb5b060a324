"""Offices that nobody thought of: empty, tiny, flooded, out of time, or with nothing but newsletters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from firsthand.core.attention import Lane
from firsthand.office import attention, intake
from firsthand.office.models import Account, Actor, Learned, Office, RankRow, Thread
from tests.office.letters import ADA, STELLA, at, inbounds, letter
from tests.office.test_learning import brief, months

pytestmark = pytest.mark.django_db

BULK = {"Precedence": "bulk", "List_Unsubscribe": "<https://shop.example/u>"}
NEVER = (
    "Thu, 01 Jan 1970 00:00:00 +0000",
    "Sun, 01 Jan 2090 00:00:00 +0000",
    "Fri, 31 Dec 9999 23:59:59 +0000",
    "Mon, 01 Jan 0001 00:00:00 +0000",
    "Mon, 32 Foo 2020 99:99:99 +9999",
    "yesterday",
)


def take(account: Account, now: datetime, raws: Sequence[bytes]) -> None:
    intake.take(account=account, inbounds=inbounds(*raws), now=now)
    attention.catch_up(now=now)


@pytest.mark.parametrize("minutes", [None, 0, 0.5, 1440])
def test_an_office_without_mail_has_a_quiet_day(
    office: Office, now: datetime, minutes: float | None
) -> None:
    attention.catch_up(now=now)
    assert attention.rank_waiting(now=now) == 0
    day = attention.today(now=now, minutes=minutes, in_fold=6)
    assert (day.items, day.below, day.used, day.you, day.left, day.folds) == ((), (), 0, 0, 0, {})
    assert not Learned.objects.exists()


def test_one_letter_is_the_day(account: Account, now: datetime) -> None:
    take(account, now, [letter(1, when=at(21))])
    day = attention.today(now=now)
    assert [item.name for item in day.items] == ["Stella Kaur"]
    assert (day.left, day.below, day.folded["screened"]) == (0, (), 1)
    assert 0 < day.items[0].score < 1
    assert attention.today(now=now, minutes=0).items == ()


def test_one_who_floods_the_office_takes_no_newcomers_place(
    account: Account, now: datetime
) -> None:
    """Four hundred and some: more than are looked at. With 10,000 it is the same, and 15 seconds."""
    flood = [
        letter(f"f{n}", when=now - timedelta(minutes=n), subject=f"Answer me! {n}",
               sender="Max Flood <max@flood.example>", text="Dear Ada,\n\nwould you? Could you?")
        for n in range(420)
    ]  # fmt: skip
    shy = letter("shy", when=now - timedelta(days=3), sender="Shy Reader <shy@far.example>",
                 subject="A word", text="I liked your book. " * 9)  # fmt: skip
    take(account, now, [*flood, shy])
    day = attention.today(now=now, minutes=60)
    assert sorted(item.name for item in day.items) == ["Max Flood", "Shy Reader"]
    assert day.folded["screened"] == 421
    assert RankRow.objects.count() == 421


@pytest.mark.parametrize("date", NEVER)
def test_a_date_that_cannot_be_changes_nothing_that_was_learned(
    account: Account, now: datetime, date: str
) -> None:
    take(account, now, months(now))
    waits = letter("waits", when=at(21), subject="Waits")
    take(account, now, [waits])
    before = RankRow.objects.get(thread__subject="Waits").score
    weights = brief()["weights"]["each"]
    odd = letter("odd", when=at(21), subject="Odd")
    stamp = next(line for line in odd.splitlines() if line.startswith(b"Date:"))
    take(account, now, [odd.replace(stamp, f"Date: {date}".encode())])
    after = brief()["weights"]["each"]
    assert after == pytest.approx(weights, abs=0.05)
    rank = RankRow.objects.get(thread__subject="Odd")
    assert rank.lane == Lane.YOU and rank.score > 0.5
    assert RankRow.objects.get(thread__subject="Waits").score == pytest.approx(before, abs=0.02)
    day = attention.today(now=now)
    assert {item.subject for item in day.items} >= {"Waits", "Odd"}
    assert all(0 <= item.waiting < 60 * 366 for item in day.items)
    again = letter("again", when=now, subject="Again")
    take(account, now + timedelta(hours=1), [again])
    assert RankRow.objects.get(thread__subject="Again").score > 0.5


def test_nothing_but_newsletters_needs_nobody(account: Account, ada: Actor, now: datetime) -> None:
    news = [
        letter(n, when=now - timedelta(hours=n), subject=f"Sale {n}", text="All is cheap.",
               sender=f"Shop {n % 9} <shop@shop{n % 9}.example>", **BULK)
        for n in range(90)
    ]  # fmt: skip
    take(account, now, news)
    day = attention.today(now=now)
    assert (day.items, day.left, day.folded["fyi"]) == ((), 0, 90)
    threads = list(Thread.objects.values_list("pk", flat=True))
    attention.sort(actor=ada, threads=threads, way="close", now=now)
    attention.catch_up(now=now)
    assert RankRow.objects.count() == 0
    # A person who writes now is not buried by ninety letters that were let go.
    take(account, now, [letter("p", when=now, text="Dear Ada,\n\nwould you read my chapter?")])
    assert [item.name for item in attention.today(now=now).items] == ["Stella Kaur"]


def test_an_office_that_only_writes(account: Account, now: datetime) -> None:
    sent = [
        letter(n, when=now - timedelta(days=n), sender=ADA, to=STELLA, subject=f"Mine {n}")
        for n in range(40)
    ]
    take(account, now, sent)
    assert attention.today(now=now).items == ()
    take(account, now, [letter("re", when=now, subject="Re: Mine 1", answers=1)])
    (item,) = attention.today(now=now).items
    assert (item.name, item.lane) == ("Stella Kaur", "you")


def test_a_letter_of_nothing_and_one_without_end(account: Account, now: datetime) -> None:
    empty = b"From: stella@elsewhere.example\nTo: ada@ada.example\nDate: Sat, 21 Nov 2026 09:00:00 +0000\n\n"
    endless = letter("long", when=at(21), text="word " * 200_000, subject="x" * 5000)
    take(account, now, [empty, endless])
    day = attention.today(now=now)
    assert len(day.items) >= 1
    assert day.used <= day.minutes
    json.dumps([[item.score, item.minutes, item.waiting] for item in day.items], allow_nan=False)
