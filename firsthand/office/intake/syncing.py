"""Fetching what came into an account. No network inside a transaction: a batch is fetched, kept
with its cursor, and only then the next one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from firsthand.channels.base import Batch, Connection, open_channel
from firsthand.core.envelope import Inbound
from firsthand.core.errors import FirsthandError, Temporary, Uncertain
from firsthand.office import vault
from firsthand.office.intake.owners import Owners
from firsthand.office.intake.taking import BATCH, Taken, take_batch
from firsthand.office.models import Account
from firsthand.office.notebook import AccountNotebook
from firsthand.office.reading import read_all

_AGAIN = timedelta(minutes=5)
_LONGEST = timedelta(days=1)
"""However long a server asks us to stay away: it may lie."""


def sync(*, account: Account, now: datetime) -> Taken:
    """Take in what is new in `account`. Its failures become its state, with what to do about them."""
    account = Account.objects.get(pk=account.pk)
    if account.state in {"files", "paused"}:
        return Taken()
    taken: list[Taken] = []
    try:
        _fetch(account, now, taken)
    except FirsthandError as error:
        _failing(account, error, now)
    else:
        _settle(account, now, state="ok", problem="", retry_at=None)
    return sum(taken, Taken())


def _fetch(account: Account, now: datetime, taken: list[Taken]) -> None:
    secrets = vault.unseal_values(bytes(account.sealed))
    notes = AccountNotebook(account.pk, lambda: now)
    connection = Connection(account.address, account.settings, secrets, notes)
    channel = open_channel(account.channel, connection)
    owners = Owners.load()
    try:
        for batch in channel.fetch(account.cursor):
            taken.extend(_keep(batch, account, owners, now))
    finally:
        channel.close()


def _keep(batch: Batch, account: Account, owners: Owners, now: datetime) -> list[Taken]:
    """The cursor goes with the last part: after a kill, the whole batch comes once more."""
    parts: list[Sequence[Inbound]] = [
        batch.inbounds[at : at + BATCH] for at in range(0, len(batch.inbounds), BATCH)
    ] or [()]
    last = len(parts) - 1
    return [
        take_batch(
            read_all(part, now=now, archive=False),
            account=account,
            owners=owners,
            now=now,
            cursor=batch.cursor if number == last else None,
        )
        for number, part in enumerate(parts)
    ]


def _failing(account: Account, error: FirsthandError, now: datetime) -> None:
    """Temporary and Uncertain are tried again (fetching changes nothing); the rest needs a person."""
    retry_at = None
    if isinstance(error, Temporary | Uncertain):
        retry_at = min(getattr(error, "retry_at", None) or now + _AGAIN, now + _LONGEST)
    problem = f"{error.message} {error.hint}".strip()
    _settle(account, now, state="failing", problem=problem, retry_at=retry_at)


def _settle(
    account: Account, now: datetime, *, state: str, problem: str, retry_at: datetime | None
) -> None:
    """A pause that somebody asked for meanwhile holds."""
    Account.objects.filter(pk=account.pk).exclude(state="paused").update(
        state=state, problem=problem, retry_at=retry_at, tried_at=now
    )
