"""People's own passkeys: added, revoked, and used to come in. The log learns of each, without names."""

from __future__ import annotations

from datetime import datetime

from cryptography.exceptions import UnsupportedAlgorithm
from django.db import transaction
from webauthn import verify_registration_response
from webauthn.helpers import decode_credential_public_key, decoded_public_key_to_cryptography
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException

from firsthand.core.byline import ActorKind
from firsthand.core.entry import passkey_entry
from firsthand.core.errors import Conflict, Denied, Misuse, NotAllowed
from firsthand.core.passkey import KeyRole, encode, fingerprint, published
from firsthand.core.rights import Right, Target
from firsthand.office import ledger
from firsthand.office.consent import answering
from firsthand.office.models import Actor, Event, LogEntry, Office, Passkey
from firsthand.verifier.consent import Assertion, rp_id

ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]


@transaction.atomic
def register(*, actor: Actor, response: str, challenge: bytes, name: str, now: datetime) -> Passkey:
    """A passkey of `actor`'s own. `response`: what the browser answered to `challenge`, as JSON.

    Call `ledger.publish` after the commit. Raises Denied, Misuse, Conflict.
    """
    row = Actor.objects.select_for_update().get(pk=actor.pk)
    if not row.is_active:
        raise Denied(f"{row.name} no longer works for this office.")
    if row.kind != ActorKind.HUMAN:
        raise Denied("A program has no hand that could touch a passkey.")
    label = " ".join(name.split())[:80]
    if not label:
        raise Misuse("Give the passkey a name, so that you know it again.", hint="Say, “phone”.")
    made = _read(response, challenge)
    if Passkey.objects.filter(credential_id=made.credential_id).exists():
        raise Conflict("This passkey is here already.", hint="Use it, or add another one.")
    made.actor, made.name, made.made_at = row, label, now
    made.number = row.passkeys.count() + 1
    made.entry = _tell(made, "added", now)
    made.save()
    Event.record("passkey.added", actor=actor, about=made, now=now, data={"name": label})
    return made


def _read(response: str, challenge: bytes) -> Passkey:
    base = Office.objects.get(pk=1).base
    try:
        found = verify_registration_response(
            credential=response,
            expected_challenge=challenge,
            expected_rp_id=rp_id(base),
            expected_origin=base,
            supported_pub_key_algs=ALGORITHMS,
        )
        cose = decode_credential_public_key(found.credential_public_key)
        key = published(decoded_public_key_to_cryptography(cose))
    except (WebAuthnException, UnsupportedAlgorithm, ValueError, LookupError, TypeError):
        raise Misuse(
            "The browser's answer is no new passkey for this office.",
            hint=f"Load the page at {base} again, and add it once more.",
        ) from None
    return Passkey(
        credential_id=encode(found.credential_id),
        public_key=found.credential_public_key,
        published=key,
        sign_count=found.sign_count,
    )


def _tell(passkey: Passkey, act: str, now: datetime) -> LogEntry:
    which, role = fingerprint(passkey.key), passkey.role
    leaf = passkey_entry(which=which, role=role, act=act, day=now.date())
    return ledger.append(leaves=[leaf], now=now)[0]


@transaction.atomic
def revoke_passkey(*, passkey: Passkey, by: Actor, now: datetime) -> None:
    """From here on in the log, nothing that this passkey signs is believed: its owner's act, or staff's.

    What it signed and the log shows already stays signed. Call `ledger.publish` after the commit.
    """
    row = Passkey.objects.select_for_update(of=("self",)).get(pk=passkey.pk)
    if row.actor_id != by.pk:
        by.must(Right.STAFF, target=Target(), now=now)
        if row.role is KeyRole.PRINCIPAL:
            by.must_be_principal("revoke their passkey")
    elif not Actor.objects.get(pk=by.pk).is_active:
        raise Denied(f"{by.name} no longer works for this office.")
    if row.revoked_at is not None:
        raise NotAllowed(f"The passkey “{row.name}” was revoked already.")
    end_passkey(row, by=by, now=now)


def end_passkey(passkey: Passkey, *, by: Actor, now: datetime) -> None:
    """Mark a passkey as revoked and tell the log."""
    passkey.revoked_at, passkey.ending = now, _tell(passkey, "ended", now)
    passkey.save()
    data = {"name": passkey.name, "hand": passkey.actor_id}
    Event.record("passkey.revoked", actor=by, about=passkey, now=now, data=data)


@transaction.atomic
def accept_passkey(*, answer: Assertion, challenge: bytes, now: datetime) -> Actor:
    """Whom a passkey lets in. Its device must have asked who touches it. Raises Denied."""
    passkey, touched = answering(answer, challenge=challenge)
    if not touched.verified:
        raise Denied(
            "The passkey did not ask who you are.",
            hint="Set a PIN or a fingerprint for it, or use your password.",
        )
    if touched.count and touched.count == passkey.sign_count:
        raise Denied("This touch was used already.", hint="Touch it once more.")
    Event.record("hand.entered", actor=passkey.actor, about=passkey.actor, now=now)
    return passkey.actor
