"""Accounts: tried first, then kept, with their credentials sealed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from django.db import transaction

from firsthand.channels.base import Connection, dialect_of, open_channel
from firsthand.channels.notebook import Scratch
from firsthand.core.errors import Misuse, NotAllowed, Temporary
from firsthand.core.rights import Right, Target
from firsthand.office.models import Account, Actor, Event
from firsthand.office.vault import seal_values


def connect(
    *,
    by: Actor,
    channel: str,
    address: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    now: datetime,
) -> tuple[Account, tuple[str, ...]]:
    """Connect an account, or connect it anew; also what the channel found, in plain words.

    Without settings it takes imported files only. Signs in before anything is written, so never call
    it inside a transaction. Raises Denied, Misuse, and what the channel raises.
    """
    clean = dialect_of(channel).account(address)
    _must_be_ours(clean)
    by.must(Right.CONNECT, target=_target(channel, clean), now=now)
    notes = Scratch(lambda: now, _notes(channel, clean))
    found = _probe(channel, Connection(clean, settings, secrets, notes)) if settings else ()
    with transaction.atomic():
        by.must(Right.CONNECT, target=_target(channel, clean), now=now)
        account = _keep(channel, clean, settings, notes.secrets or secrets, notes.notes, now)
        _own(clean)
        Event.record("account.connected", actor=by, about=account, now=now, data={"found": found})
    return account, found


def _must_be_ours(address: str) -> None:
    if not address or address != "".join(address.split()) or len(address) > 254:
        raise Misuse("An account needs an address, in one word.")
    for hand in Actor.objects.filter(is_principal=False):
        if address == hand.email or address in hand.addresses:
            raise Misuse(f"{address} is the address of {hand.name}, not the principal's.")


def _target(channel: str, address: str) -> Target:
    known = Account.objects.filter(channel=channel, address=address).first()
    return Target(channel, known.pk if known else None)


def _notes(channel: str, address: str) -> dict[str, Any]:
    """What the account remembers: connecting it anew gives no new month."""
    known = Account.objects.filter(channel=channel, address=address).first()
    return known.notes if known else {}


def _probe(channel: str, connection: Connection) -> tuple[str, ...]:
    """What the channel finds. Nothing tries again what was not connected, so no error may say so."""
    with closing(open_channel(channel, connection)) as opened:
        try:
            return opened.probe()
        except Temporary as problem:
            hint = (
                "The account is not connected. Check the server's name and port, then do it again."
            )
            raise Temporary(problem.message, retry_at=problem.retry_at, hint=hint) from problem


def _keep(
    channel: str,
    address: str,
    settings: Mapping[str, Any],
    secrets: Mapping[str, str],
    notes: Mapping[str, Any],
    now: datetime,
) -> Account:
    values: dict[str, Any] = {}
    if settings:
        values = {
            "settings": dict(settings),
            "sealed": seal_values(secrets),
            "notes": dict(notes),
            "state": "ok",
            "problem": "",
            "retry_at": None,
        }
    account, _ = Account.objects.update_or_create(
        channel=channel,
        address=address,
        defaults=values,
        create_defaults={**values, "made_at": now},
    )
    return account


def _own(address: str) -> None:
    """Mail from the account is the principal's own: import and intake recognise it by this."""
    principal = Actor.objects.get(is_principal=True)
    if address not in principal.addresses:
        principal.addresses = [*principal.addresses, address]
        principal.save()


@transaction.atomic
def pause(*, account: Account, by: Actor, now: datetime) -> None:
    """Neither fetch from nor send over this account until it is resumed."""
    row = _locked(account, by, now)
    if row.state == "paused":
        raise NotAllowed(f"{row.address} is paused already.")
    row.state = "paused"
    row.save()
    Event.record("account.paused", actor=by, about=row, now=now)


@transaction.atomic
def resume(*, account: Account, by: Actor, now: datetime) -> None:
    """Use a paused account again, at once."""
    row = _locked(account, by, now)
    if row.state != "paused":
        raise NotAllowed(f"{row.address} is not paused.")
    row.state = "ok" if row.settings else "files"
    row.problem, row.retry_at = "", None
    row.save()
    Event.record("account.resumed", actor=by, about=row, now=now)


def _locked(account: Account, by: Actor, now: datetime) -> Account:
    by.must(Right.CONNECT, target=Target(account.channel, account.pk), now=now)
    return Account.objects.select_for_update().get(pk=account.pk)
