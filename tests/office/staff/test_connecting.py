"""Accounts: tried first, credentials sealed, paused and resumed by those who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from firsthand.core.errors import Denied, Misuse, NotAllowed, Temporary
from firsthand.core.rights import Right
from firsthand.office import staff, vault
from firsthand.office.models import Account, Actor

Hire = Callable[..., Actor]


def connect(by: Actor, now: datetime, **more: object) -> tuple[Account, tuple[str, ...]]:
    values: dict[str, object] = {
        "channel": "memory",
        "address": "Ada@ada.example",
        "settings": {"recovery": "dedup"},
        "secrets": {"password": "tulip"},
        **more,
    }
    return staff.connect(by=by, now=now, **values)  # type: ignore[arg-type]


def test_an_account_is_tried_and_its_credentials_sealed(ada: Actor, now: datetime) -> None:
    account, found = connect(ada, now)
    assert found
    assert (account.address, account.state) == ("ada@ada.example", "ok")
    assert b"tulip" not in bytes(account.sealed)
    assert vault.unseal_values(bytes(account.sealed)) == {"password": "tulip"}
    again, _ = connect(ada, now, secrets={"password": "rose"})
    assert again.pk == account.pk
    assert vault.unseal_values(bytes(again.sealed)) == {"password": "rose"}


def test_who_cannot_be_reached_is_not_said_to_be_tried_again(ada: Actor, now: datetime) -> None:
    nowhere = {
        f"{kind}_{name}": value
        for kind in ("imap", "smtp")
        for name, value in (("host", "127.0.0.1"), ("port", 1), ("security", "plain"))
    }
    with pytest.raises(Temporary, match="cannot be reached") as refused:
        connect(ada, now, channel="mail", settings={**nowhere, "auth": "password", "user": "ada"})
    assert "tried again" not in refused.value.hint
    assert "not connected" in refused.value.hint
    assert not Account.objects.exists()


def test_without_settings_it_takes_files(ada: Actor, now: datetime) -> None:
    account, found = connect(ada, now, settings={}, address="old@ada.example")
    assert (account.state, found) == ("files", ())
    ada.refresh_from_db()
    assert "old@ada.example" in ada.addresses


@pytest.mark.parametrize("who", ["hal", "stan", "rev", "gone"])
def test_who_may_not_connect_changes_no_account(
    request: pytest.FixtureRequest, ada: Actor, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    account, _ = connect(ada, now)
    with pytest.raises(Denied, match=actor.name):
        connect(actor, now)
    with pytest.raises(Denied, match=actor.name):
        staff.pause(account=account, by=actor, now=now)
    with pytest.raises(Denied, match=actor.name):
        staff.resume(account=account, by=actor, now=now)


def test_nonsense_and_a_hands_mailbox_are_refused(ada: Actor, hal: Actor, now: datetime) -> None:
    wrong = [
        {"channel": "pigeon"},
        {"channel": "mail", "address": "ada"},
        {"address": "two words"},
        {"address": "hal@ada.example"},
    ]
    for each in wrong:
        with pytest.raises(Misuse):
            connect(ada, now, **each)
    assert not Account.objects.exists()


def test_pause_and_resume(hire: Hire, ada: Actor, now: datetime) -> None:
    account, _ = connect(ada, now)
    ina = hire("Ina Roth", Right.CONNECT)
    staff.pause(account=account, by=ina, now=now)
    account.refresh_from_db()
    assert account.state == "paused"
    with pytest.raises(NotAllowed, match="paused already"):
        staff.pause(account=account, by=ina, now=now)
    staff.resume(account=account, by=ina, now=now)
    account.refresh_from_db()
    assert account.state == "ok"
    with pytest.raises(NotAllowed, match="is not paused"):
        staff.resume(account=account, by=ina, now=now)
