"""Fetching: the cursor goes with what is kept, and a failing account says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from firsthand.channels import base
from firsthand.channels.base import Batch
from firsthand.core.errors import FirsthandError, Permanent, Temporary
from firsthand.office import intake
from firsthand.office.models import Account, Message
from tests.office.letters import at, inbound, letter

pytestmark = pytest.mark.django_db


class Scripted:
    """A channel whose batches and failure are told before. It stands for servers that fail."""

    batches: tuple[Batch, ...] = ()
    error: FirsthandError | None = None
    asked: list[object] = []

    def __init__(self, connection: base.Connection) -> None:
        self.connection = connection

    def fetch(self, cursor: base.Cursor) -> Iterator[Batch]:
        Scripted.asked.append(dict(cursor))
        yield from self.batches
        if self.error:
            raise self.error

    def close(self) -> None:
        """Nothing is held open."""


@pytest.fixture
def channel(account: Account, monkeypatch: pytest.MonkeyPatch) -> type[Scripted]:
    monkeypatch.setitem(
        base.KINDS, "mail", base.KINDS["mail"]._replace(channel=f"{__name__}:Scripted")
    )
    monkeypatch.setattr(Scripted, "asked", [])
    raws = [letter(n, when=at(20), subject=f"Letter {n}") for n in range(4)]
    parts = (raws[:2], raws[2:])
    monkeypatch.setattr(
        Scripted,
        "batches",
        tuple(
            Batch(tuple(inbound(raw, received_at=at(20)) for raw in part), {"uid": number * 2 + 2})
            for number, part in enumerate(parts)
        ),
    )
    return Scripted


def test_what_came_in_is_kept_with_its_cursor(
    account: Account, channel: type[Scripted], now: datetime
) -> None:
    assert intake.sync(account=account, now=now) == intake.Taken(4, 4, 0, 0)
    account.refresh_from_db()
    assert (account.cursor, account.state, account.tried_at) == ({"uid": 4}, "ok", now)
    intake.sync(account=account, now=now)
    assert channel.asked == [{}, {"uid": 4}]
    assert Message.objects.count() == 4


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (Temporary("The server is busy."), timedelta(minutes=5)),
        (Permanent("The password was refused.", hint="Connect again."), None),
    ],
)
def test_a_failure_keeps_what_came_before_it_and_is_told(
    account: Account,
    channel: type[Scripted],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    error: FirsthandError,
    again: timedelta | None,
) -> None:
    monkeypatch.setattr(channel, "error", error)
    assert intake.sync(account=account, now=now).new == 4
    account.refresh_from_db()
    assert (account.state, account.cursor) == ("failing", {"uid": 4})
    assert account.problem == f"{error.message} {error.hint}".strip()
    assert account.retry_at == (now + again if again else None)


def test_a_paused_account_is_left_alone(
    account: Account, channel: type[Scripted], now: datetime
) -> None:
    Account.objects.update(state="paused")
    assert intake.sync(account=account, now=now) == intake.Taken()
    assert channel.asked == []
