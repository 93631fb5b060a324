"""The office's own keys: changed, recovered after a theft, and the recovery key that alone can do that."""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from firsthand.core.errors import Conflict, Misuse, NotAllowed
from firsthand.core.keys import KeyAct, NewKeys, office_key_entry, public
from firsthand.core.record import multikey
from firsthand.office import ledger
from firsthand.office.models import Actor, Event, FormerLogKey, LogHead, Office, Submission
from firsthand.office.vault import office_key, seal
from firsthand.tlog.note import Verifier


@transaction.atomic
def change_keys(*, by: Actor, now: datetime) -> Office:
    """New keys for the office and its log, signed by the key that ends. Call `ledger.publish` after.

    What the old key signed before stays good; from this entry on nothing that it signs is believed.
    """
    by.must_be_principal("change the keys of the office")
    office, size = _locked()
    signer = office_key(office).private
    _take_new(office, now)
    _log(office, KeyAct.CHANGED, size, size, signer, "", now)
    Event.record("keys.changed", actor=by, about=office, now=now, data={"name": office.key_name})
    return office


@transaction.atomic
def recover_keys(
    *,
    by: Actor,
    recovery: Ed25519PrivateKey,
    new_recovery: Ed25519PrivateKey,
    since: int | None,
    now: datetime,
) -> int:
    """New keys after a theft, by the recovery key, which is used up; how many letters lose their belief.

    `since`: the first entry of the log that may be the thief's; None: nothing before this one is.
    Call `ledger.publish` after. Raises Misuse for another key, or an entry that is not there.
    """
    by.must_be_principal("recover the keys of the office")
    office, size = _locked()
    if public(recovery) != ledger.key_history().recovery:
        raise Misuse("That is not the recovery key of this office.", hint="The newest one counts.")
    start = size if since is None else since
    if not 0 < start <= size:
        raise Misuse(
            f"The log has no entry {start} from which on the old keys could end.",
            hint=f"Name one from 1 to {size - 1}, or none.",
        )
    _take_new(office, now)
    office.recovery_key = public(new_recovery)
    office.save(update_fields=["recovery_key"])
    _log(office, KeyAct.RECOVERED, size, start, recovery, office.recovery_key, now)
    lost = Submission.objects.filter(entry__index__gte=start).count()
    data = {"name": office.key_name, "from": start, "letters": lost}
    Event.record("keys.recovered", actor=by, about=office, now=now, data=data)
    return lost


@transaction.atomic
def make_recovery(*, by: Actor, recovery: Ed25519PrivateKey, now: datetime) -> None:
    """The first recovery key of an office that has none. Only its public half is kept.

    Call `ledger.publish` after. Raises NotAllowed where there is one: whoever steals the office's key
    must not be able to replace it.
    """
    by.must_be_principal("make a recovery key")
    office, size = _locked()
    if office.recovery_key:
        raise NotAllowed(
            "This office has a recovery key, which nothing but itself can replace.",
            hint="It was printed when it was made. See docs/trust.md, Keys.",
        )
    office.recovery_key = public(recovery)
    office.save(update_fields=["recovery_key"])
    signer = office_key(office).private
    _log(office, KeyAct.RECOVERY, size, size, signer, office.recovery_key, now)
    Event.record("recovery.made", actor=by, about=office, now=now)


def _locked() -> tuple[Office, int]:
    """The office and the size of its log, which nobody else changes meanwhile."""
    office = Office.objects.select_for_update().get(pk=1)
    return office, LogHead.objects.select_for_update().get(pk=1).size


def _take_new(office: Office, now: datetime) -> None:
    """New key pairs. The old office key is forgotten; the log's old one goes on signing beside the new."""
    FormerLogKey.objects.create(
        vkey=office.log_vkey, sealed=bytes(office.sealed_log_key), ended_at=now
    )
    key, log_key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    office.key_name = f"office-{len(ledger.key_history().spans) + 1}"
    office.sealed_key = seal(key.private_bytes_raw())
    office.public_key = multikey(key.public_key())
    office.sealed_log_key = seal(log_key.private_bytes_raw())
    verifier = Verifier(office.log_origin, log_key.public_key().public_bytes_raw())
    office.log_vkey = str(verifier)
    office.save()


def _log(
    office: Office,
    act: KeyAct,
    index: int,
    since: int,
    signer: Ed25519PrivateKey,
    recovery: str,
    now: datetime,
) -> None:
    keys = NewKeys(office.key_name, office.public_key, office.log_vkey, recovery)
    leaf = office_key_entry(
        keys, act=act, origin=office.log_origin, since=since, day=now.date(), signer=signer
    )
    [entry] = ledger.append(leaves=[leaf], now=now)
    if entry.index != index or index in ledger.key_history().strange:
        raise Conflict("The log changed meanwhile, so the keys were not.", hint="Do it again.")
