"""An account whose other end is in memory, and Ada who writes from it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

import pytest

from firsthand.channels.memory import MemoryServer, server
from firsthand.core.envelope import Address
from firsthand.office import desk
from firsthand.office.models import (
    Account,
    Actor,
    Office,
    Submission,
)
from tests.office.outbox.acting import STELLA, Send

_numbers = count(1)
LATER = timedelta(minutes=1)


@pytest.fixture
def account(office: Office, now: datetime) -> Account:
    """An account whose other end is in memory, a new one for each test."""
    return Account.objects.create(
        channel="memory",
        address=f"ada-{next(_numbers)}@ada.example",
        settings={},
        state="ok",
        made_at=now,
    )


@pytest.fixture
def far(account: Account) -> MemoryServer:
    return server(account.address)


@pytest.fixture
def send(account: Account, ada: Actor, now: datetime) -> Send:
    """Ada writes and sends a new message."""

    def act(
        *to: Address, by: Actor | None = None, at: datetime | None = None, text: str = "Gladly."
    ) -> Submission:
        actor = by or ada
        written = desk.draft(
            actor=actor, text=text, now=now, account=account, to=to or [STELLA], subject="Essay"
        )
        return desk.send(draft=written, actor=actor, revision=1, seen=0, now=now, at=at)

    return act
