"""Hands: who may add them, and names that cannot mislead a reader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from firsthand.core.byline import ActorKind
from firsthand.core.errors import Denied, Misuse
from firsthand.core.rights import Right
from firsthand.office import staff
from firsthand.office.models import Account, Actor, Event, LogEntry

Hire = Callable[..., Actor]


def test_a_hand_has_a_key_initials_and_no_right(ada: Actor, now: datetime) -> None:
    hand = staff.add_hand(
        by=ada, name="  Léa  Weiß-Roth ", kind=ActorKind.HUMAN, email="LEA@x.example", now=now
    )
    assert (hand.key, hand.name, hand.initials) == ("lea", "Léa Weiß-Roth", "LWR")
    assert (hand.email, hand.grants.count()) == ("lea@x.example", 0)


def test_keys_never_collide(hire: Hire) -> None:
    names = ["Hal Brandt", "Hal Moss", "Hal-Moss", "Hal. Moss", "高橋", "鈴木"]
    keys = [hire(name).key for name in names]
    assert keys == ["hal", "hal-moss", "hal-moss-2", "hal-moss-3", "hand", "hand-2"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "Ada Ferrer",
        "ADA FERRER",
        "Ａda Ferrer",
        "Hal; Ada Ferrer read it",
        "Hal\u202egro",
        "Hal\u200b",
        "Hal (for Ada)",
        "Hal <ada@ada.example>",
        "Check: https",
        "x" * 81,
        "Office",
    ],
)
def test_a_name_that_misleads_is_refused(ada: Actor, now: datetime, name: str) -> None:
    with pytest.raises(Misuse):
        staff.add_hand(by=ada, name=name, kind=ActorKind.HUMAN, email=None, now=now)


def test_an_address_is_one_persons(ada: Actor, hal: Actor, account: Account, now: datetime) -> None:
    for taken in ("hal@ada.example", "ADA@ada.example", "no address", "a@b\nc"):
        with pytest.raises(Misuse):
            staff.add_hand(by=ada, name="Ina", kind=ActorKind.HUMAN, email=taken, now=now)
        with pytest.raises(Misuse):
            staff.add_hand(
                by=ada, name="Ina", kind=ActorKind.HUMAN, email=None, now=now, addresses=[taken]
            )


@pytest.mark.parametrize("who", ["hal", "stan", "rev", "gone"])
def test_who_has_no_right_to_staff_adds_nobody(
    request: pytest.FixtureRequest, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    with pytest.raises(Denied, match=actor.name):
        staff.add_hand(by=actor, name="Ina", kind=ActorKind.HUMAN, email=None, now=now)


def test_a_hand_comes_with_all_the_rights_that_were_asked_for_or_not_at_all(
    hire: Hire, ada: Actor, now: datetime
) -> None:
    ina = hire("Ina Roth", Right.STAFF, Right.DRAFT)
    tom: dict[str, Any] = {"name": "Tom", "kind": ActorKind.HUMAN, "email": None, "now": now}
    before = (Event.objects.count(), LogEntry.objects.count())
    with pytest.raises(Denied, match="cannot give it to others"):
        staff.add_hand(by=ina, rights=[Right.DRAFT, Right.SEND], **tom)
    with pytest.raises(Misuse, match="over before it begins"):
        staff.add_hand(by=ada, rights=[Right.DRAFT], expires=now, **tom)
    assert not Actor.objects.filter(name="Tom").exists()
    assert (Event.objects.count(), LogEntry.objects.count()) == before
    made = staff.add_hand(by=ina, rights=[Right.DRAFT, Right.DRAFT], **tom)
    assert [grant.right for grant in made.grants.all()] == [Right.DRAFT]


def test_a_hand_with_the_right_adds_hands(hire: Hire, now: datetime) -> None:
    ina = hire("Ina Roth", Right.STAFF)
    assert staff.add_hand(by=ina, name="Tom", kind=ActorKind.AGENT, email=None, now=now).pk
