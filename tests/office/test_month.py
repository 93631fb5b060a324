"""A month in an office: more comes in than the minutes suffice for, and nothing starves.

Friends ask quick questions, Stella writes long letters, newcomers, newsletters and errands come. Ada
works Today from the top until her minutes are over; letters take longer or shorter than predicted.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

import pytest

from firsthand.core.attention import Lane, Screening
from firsthand.office import attention, intake
from firsthand.office.models import Account, Actor, LaneCount, Message, RankRow, Thread
from tests.office.letters import ADA, STELLA, inbounds, letter

pytestmark = pytest.mark.django_db

DAYS = 30
MINUTES = 25.0
QUICK = 12
LONG = "I have thought about the third part again, and the argument of the weir. " * 60 + "Well?"
BULK = {"Precedence": "bulk", "List_Unsubscribe": "<https://shop.example/u>"}
QUESTION = "Dear Ada,\n\nwhat do you think of the second chapter?"


@dataclass
class Month:
    """`came`: letter to its day and kind; `done`: letter to the day it was answered."""

    account: Account
    ada: Actor
    begins: datetime
    chance: random.Random = field(default_factory=lambda: random.Random(5))
    came: dict[str, tuple[int, str]] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    takes: dict[str, float] = field(default_factory=dict)
    offered: dict[int, list[str]] = field(default_factory=dict)

    def take(self, raws: list[bytes], now: datetime) -> None:
        intake.take(account=self.account, inbounds=inbounds(*raws), now=now)
        attention.catch_up(now=now)

    def past(self) -> None:
        """Ada answers her friends quickly; Stella's long letters she mostly puts off."""
        raws = []
        for n in range(60):
            when = self.begins - timedelta(days=70 - n)
            friend = f"Friend {n % 6} <friend{n % 6}@friends.example>"
            raws.append(
                letter(f"p{n}", when=when, sender=friend, subject=f"Day {n}", text=QUESTION)
            )
            raws.append(answer(f"p{n}", friend, f"Day {n}", when + timedelta(minutes=20)))
            if n % 6 == 0:
                raws.append(letter(f"q{n}", when=when, subject=f"Part {n}", text=LONG))
            if n % 24 == 0:
                raws.append(answer(f"q{n}", STELLA, f"Part {n}", when + timedelta(hours=5)))
        self.take(raws, self.begins)
        for thread in Thread.objects.filter(state="open"):
            attention.close(actor=self.ada, thread=thread, now=self.begins)

    def mail(self, day: int, now: datetime) -> Iterator[bytes]:
        for n in range(QUICK):
            friend = f"Friend {n % 6} <friend{n % 6}@friends.example>"
            yield self.letter(day, f"quick{n}", now, sender=friend, text=QUESTION)
        for n in range(2):
            name = "".join(chr(ord("a") + place) for place in (n, day // 10, day % 10))
            domain = sha256(name.encode()).hexdigest()[:12]  # no two of them look alike
            sender = f"Nora {name.title()} <nora@{domain}.example>"
            yield self.letter(day, f"new{n}", now, sender=sender, text=QUESTION)
        shop = "Shop <shop@shop.example>"
        yield self.letter(day, "news", now, sender=shop, text="All is cheap.", **BULK)
        copy = "Would you send me a signed copy of your book?"
        friend = "Friend 1 <friend1@friends.example>"
        yield self.letter(day, "errand", now, sender=friend, text=copy)
        if day % 6 == 0:
            yield self.letter(day, "hard", now, sender=STELLA, text=LONG)

    def letter(self, day: int, kind: str, now: datetime, **fields: str) -> bytes:
        name = f"{kind}-{day}"
        self.came[name] = day, kind.rstrip("0123456789")
        return letter(name, when=now - timedelta(minutes=30), subject=f"Matter {name}", **fields)

    def run(self) -> None:
        for day in range(DAYS):
            now = self.begins + timedelta(days=day)
            self.take(list(self.mail(day, now)), now)
            self.work(day, now)

    def work(self, day: int, now: datetime) -> None:
        today = attention.today(now=now, minutes=MINUTES)
        self.check(today)
        left, answers = MINUTES, []
        names = {item.thread: item.subject.removeprefix("Matter ") for item in today.items}
        self.offered[day] = list(names.values())
        for item in today.items:
            name = names[item.thread]
            true = item.minutes * self.chance.lognormvariate(0.1, 0.4)
            takes = self.takes.setdefault(name, true)
            given = item.given if item.given < item.minutes else left
            self.takes[name] = takes - min(takes, given, left)
            left -= min(takes, given, left)
            if left <= 0:
                break
            if self.takes[name] <= 0:
                self.done[name] = day
                then = now + timedelta(minutes=MINUTES - left)
                answers.append(self.answered(item.thread, name, then))
        self.take(answers, now + timedelta(hours=1))

    def answered(self, number: int, name: str, now: datetime) -> bytes:
        thread = Thread.objects.get(pk=number)
        if self.came[name][1] == "new" and thread.person:
            screening = self.chance.choice((Screening.YES, Screening.NO))
            attention.screen(actor=self.ada, person=thread.person, screening=screening, now=now)
        asked = Message.objects.filter(thread=thread).latest("at")
        return answer(name, asked.from_address, str(thread), now)

    def check(self, today: attention.Today) -> None:
        """What a day says of itself and of what is below its line is true."""
        assert today.used == pytest.approx(sum(item.given for item in today.items), abs=0.06)
        assert today.used <= today.minutes == MINUTES
        for lane in Lane:
            waits = RankRow.objects.filter(lane=lane, thread__state="open").count()
            told = {**today.folded, "you": today.you}[lane]
            assert told == waits == (LaneCount.objects.get(lane=lane).threads if waits else 0)
        above = sum(item.lane == Lane.YOU for item in today.items)
        assert today.left == today.you - above
        assert len({*today.items, *today.below}) == len(today.items) + len(today.below)
        assert {item.lane for item in today.below} <= {Lane.YOU}

    def of(self, kind: str) -> list[str]:
        return [name for name, (_, each) in self.came.items() if each == kind]

    def waited(self, name: str) -> int:
        return self.done.get(name, DAYS) - self.came[name][0]


def answer(name: str, to: str, subject: str, when: datetime) -> bytes:
    text = "Gladly. " * 40
    return letter(
        f"re-{name}",
        when=when,
        sender=ADA,
        to=to,
        subject=f"Re: {subject}",
        answers=name,
        text=text,
    )


def test_a_month_above_ones_means_starves_nobody(
    account: Account, ada: Actor, now: datetime
) -> None:
    month = Month(account, ada, now)
    month.past()
    month.run()
    assert RankRow.objects.filter(lane=Lane.YOU).count() > 20, "the month was meant to be too full"
    quick, hard = month.of("quick"), month.of("hard")
    assert sum(name in month.done for name in quick) > 100
    assert max(map(month.waited, hard)) <= 12
    # Twice a week at least somebody new is heard, and on each day somebody new is shown.
    assert all(any(n.startswith("new") for n in names) for names in month.offered.values())
    assert len([name for name in month.of("new") if name in month.done]) >= 12
    shown = {name.partition("-")[0] for names in month.offered.values() for name in names}
    assert not shown & {"news", "errand"}
