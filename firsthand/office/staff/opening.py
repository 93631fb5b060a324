"""The first act of all: an office with its principal, its keys and an empty log."""

from __future__ import annotations

import re
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from firsthand.core.byline import ActorKind
from firsthand.core.entry import key_entry
from firsthand.core.errors import Misuse
from firsthand.core.keys import KeyAct, NewKeys, office_key_entry, public
from firsthand.core.record import multikey
from firsthand.office import ledger
from firsthand.office.models import Event, LogHead, Office
from firsthand.office.staff.hands import make_actor
from firsthand.office.vault import seal
from firsthand.tlog.note import Verifier

_BASE = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", re.IGNORECASE)


@transaction.atomic
def open_office(
    *,
    name: str,
    email: str,
    base: str,
    now: datetime,
    minutes: int = 25,
    recovery: Ed25519PrivateKey | None = None,
) -> Office:
    """Make the office of `name` at the public address `base`. Raises Misuse where there is one.

    `recovery`: the recovery key, which signs the first entry and is not kept; None: there is none
    until `make_recovery`.
    """
    address = base.rstrip("/").lower()
    if Office.objects.exists():
        raise Misuse("There is an office here already.", hint="A database holds one office.")
    if not _BASE.fullmatch(address):
        raise Misuse(
            f"“{base}” is no public address.",
            hint="Give it as https://your.domain, without a path.",
        )
    office = _with_keys(name, address, minutes, now)
    if recovery:
        office.recovery_key = public(recovery)
        office.save(update_fields=["recovery_key"])
    principal = make_actor(
        name=name, kind=ActorKind.HUMAN, email=email, now=now, addresses=(email,), principal=True
    )
    make_actor(name="Office", kind=ActorKind.RULE, email=None, now=now, key="office")
    LogHead.objects.create(pk=1)
    ledger.append(leaves=[_first_entry(office, recovery, now)], now=now)
    Event.record("office.opened", actor=principal, about=office, now=now)
    return office


def _first_entry(office: Office, recovery: Ed25519PrivateKey | None, now: datetime) -> bytes:
    if recovery is None:
        return key_entry(name=office.key_name, key=office.public_key, act="added", day=now.date())
    keys = NewKeys(office.key_name, office.public_key, office.log_vkey, office.recovery_key)
    return office_key_entry(
        keys, act=KeyAct.ADDED, origin=office.log_origin, since=0, day=now.date(), signer=recovery
    )


def _with_keys(name: str, base: str, minutes: int, now: datetime) -> Office:
    key, log_key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    office = Office(
        pk=1,
        name=name,
        base=base,
        minutes=minutes,
        sealed_key=seal(key.private_bytes_raw()),
        sealed_log_key=seal(log_key.private_bytes_raw()),
        public_key=multikey(key.public_key()),
        made_at=now,
    )
    public = log_key.public_key().public_bytes_raw()
    office.log_vkey = str(Verifier(office.log_origin, public))
    office.save(force_insert=True)
    return office
