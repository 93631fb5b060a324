"""What an account remembers between calls: counted together by all who use it, renewed, withheld."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from firsthand.channels import spending
from firsthand.channels.spending import Limits
from firsthand.core.errors import Denied, Temporary
from firsthand.office import intake, staff
from firsthand.office.models import Account, Actor, Message
from firsthand.office.notebook import AccountNotebook
from firsthand.office.reaching import channel_of, usage_of
from firsthand.office.vault import unseal_values
from tests.channels.x_server import XServer

SECRETS = {"token": "token-0", "refresh_token": "refresh-0"}


@pytest.fixture
def end() -> Iterator[XServer]:
    server = XServer()
    yield server
    server.close()


def connected(end: XServer, ada: Actor, now: datetime, **settings: str) -> Account:
    given = {"client_id": "client-1", "base": end.base, "every": "15", **settings}
    account, _ = staff.connect(
        by=ada, channel="x", address="@Ada", settings=given, secrets=SECRETS, now=now
    )
    return account


def test_one_month_for_reading_and_sending(end: XServer, ada: Actor, now: datetime) -> None:
    account = connected(end, ada, now, most_requests="4")
    assert (account.address, account.state) == ("@ada", "ok")
    end.post("102", "@Ada, a question.")
    assert intake.sync(account=account, now=now).new == 1
    assert Message.objects.get().from_address == "@stella_x"
    assert len(end.asked) == 4
    intake.sync(account=account, now=now)
    account.refresh_from_db()
    assert account.state == "failing"
    assert "more than the 4 requests that you allow" in account.problem
    assert account.retry_at is not None
    assert now < account.retry_at <= spending.next_month(now)
    assert "This month: 4 requests of the 4" in usage_of(account, now=now)[0]
    with channel_of(account, clock=lambda: now) as channel, pytest.raises(Temporary):
        channel.probe()
    assert len(end.asked) == 4


def test_connecting_anew_gives_no_new_month(end: XServer, ada: Actor, now: datetime) -> None:
    connected(end, ada, now, most_requests="9")
    account = connected(end, ada, now, most_requests="5")
    assert account.notes["used"]["requests"] == 2
    with pytest.raises(Temporary, match="more than the 2"):
        connected(end, ada, now, most_requests="2")
    account.refresh_from_db()
    assert account.settings["most_requests"] == "5"


def test_tokens_renewed_while_it_is_tried_are_kept(end: XServer, ada: Actor, now: datetime) -> None:
    end.tokens = {"another"}
    account = connected(end, ada, now)
    assert {unseal_values(bytes(account.sealed))["refresh_token"]} == end.refreshes
    end.tokens = {"yet another"}
    intake.sync(account=account, now=now)
    account.refresh_from_db()
    assert account.state == "ok"
    assert {unseal_values(bytes(account.sealed))["refresh_token"]} == end.refreshes


def test_hands_without_the_right_connect_nothing(
    end: XServer, stan: Actor, rev: Actor, now: datetime
) -> None:
    for hand in (stan, rev):
        with pytest.raises(Denied):
            connected(end, hand, now)
    assert end.asked == []
    assert not Account.objects.exists()


def test_whoever_holds_the_account_counts_on_the_same_page(account: Account, now: datetime) -> None:
    """Each of two that were opened at once sees what the other counted."""
    one, two = (AccountNotebook(account.pk, lambda: now) for _ in range(2))
    limits = Limits(requests=3)
    for book in (one, two, one):
        book.change(lambda notes: spending.reserve(notes, limits, now))
    with pytest.raises(Temporary):
        two.change(lambda notes: spending.reserve(notes, limits, now))
    account.refresh_from_db()
    assert spending.used(account.notes, now).requests == 3


def test_a_step_that_fails_changes_nothing(account: Account, now: datetime) -> None:
    book = AccountNotebook(account.pk, lambda: now)

    def fail(notes: dict[str, object]) -> None:
        notes["half"] = True
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        book.change(fail)
    account.refresh_from_db()
    assert account.notes == {}
    assert book.now() == now
