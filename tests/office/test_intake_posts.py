"""What people say under a post of ours: conversations of their own, whatever order it comes in."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from firsthand.core.envelope import Inbound
from firsthand.office import intake
from firsthand.office.models import Account, Actor, Message, Thread

POST, PART, STELLA, TOM, ANSWER, AGAIN = "post", "post-2", "s1", "t1", "a1", "s2"
SAID = {
    POST: ("ada", ""),
    PART: ("ada", POST),
    STELLA: ("stella", POST),
    TOM: ("tom", POST),
    ANSWER: ("ada", STELLA),
    AGAIN: ("stella", ANSWER),
}


@pytest.fixture
def board(ada: Actor, now: datetime) -> Account:
    return Account.objects.create(channel="board", address="ada@board.example", made_at=now)


def notice(name: str, at: datetime) -> Inbound:
    who, parent = SAID[name]
    raw = json.dumps({"id": name, "author": f"{who}@board.example", "text": name, "parent": parent})
    return Inbound("board", name, raw.encode(), at, mine=who == "ada")


def threads() -> list[list[str]]:
    found: dict[int | None, list[str]] = {}
    for thread, name in Message.objects.order_by("remote_id").values_list("thread", "remote_id"):
        found.setdefault(thread, []).append(name)
    return sorted(found.values())


@pytest.mark.parametrize("order", list(permutations((POST, STELLA, TOM, ANSWER))))
def test_each_who_answers_a_post_has_a_conversation(
    board: Account, order: tuple[str, ...], now: datetime
) -> None:
    for at, name in enumerate(order):
        intake.take(account=board, inbounds=[notice(name, now)], now=now + timedelta(minutes=at))
    assert threads() == [[ANSWER, STELLA], [POST], [TOM]]


def test_all_at_once_and_its_own_parts_stay_together(board: Account, now: datetime) -> None:
    intake.take(account=board, inbounds=[notice(name, now) for name in SAID], now=now)
    assert threads() == [[ANSWER, STELLA, AGAIN], [POST, PART], [TOM]]
    before = threads()
    intake.rebuild(now=now)
    assert threads() == before
    assert Thread.objects.count() == 3
