"""What actors' own passkeys signed: checked against their rows, kept as evidence of a statement.

Used by the desk, the staff and the outbox alike. The checks are those that strangers make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firsthand.core.byline import Level
from firsthand.core.errors import Denied
from firsthand.core.passkey import Listed, PublicKey
from firsthand.core.record import consent_challenge
from firsthand.office.models import Actor, Office, Passkey
from firsthand.verifier.consent import Assertion, BadConsent, Touched, check_assertion

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A statement as it would be sent. `number` and `salt` make it again; keep them from strangers."""

    number: str
    salt: bytes
    statement: Json

    @property
    def challenge(self) -> bytes:
        return consent_challenge(self.statement)


@dataclass(frozen=True, slots=True)
class Touch:
    """What a passkey answered to a proposal, and that proposal's number and salt."""

    number: str
    salt: bytes
    evidence: Assertion


def evidence_of(*, actor: Actor, assertion: Assertion, statement: Mapping[str, Any]) -> Json:
    """The evidence that `actor` consents to `statement`. Raises Denied where it is none."""
    passkey = answering(assertion, challenge=consent_challenge(statement))[0]
    if passkey.actor_id != actor.pk:
        raise Denied(f"That is not a passkey of {actor.name}.", hint="Touch your own.")
    issuer = Office.objects.get(pk=1).issuer
    return assertion.evidence(
        signer=issuer.actor(actor.key),
        key=f"{issuer.did}#{passkey.public_name}",
        entry=passkey.entry_id,
    )


def answering(assertion: Assertion, *, challenge: bytes) -> tuple[Passkey, Touched]:
    """The live passkey that answered, and how. Raises Denied where none did."""
    rows = Passkey.objects.select_for_update(of=("self",)).select_related("actor")
    passkey = rows.filter(credential_id=assertion.credential).first()
    if passkey is None:
        raise Denied("This passkey is unknown here.", hint="Add it under Office, Your passkeys.")
    if passkey.revoked_at or not passkey.actor.is_active:
        raise Denied(f"The passkey “{passkey.name}” was revoked.", hint="Use another one.")
    base = Office.objects.get(pk=1).base
    try:
        touched = check_assertion(assertion, challenge=challenge, key=passkey.key, base=base)
    except BadConsent as problem:
        raise Denied(str(problem), hint="Load the page again, then touch it once more.") from None
    if touched.count and touched.count < passkey.sign_count:
        raise Denied(
            f"The passkey “{passkey.name}” counts backwards: there may be a copy of it.",
            hint="Revoke it, and add another one.",
        )
    if touched.count > passkey.sign_count:
        Passkey.objects.filter(pk=passkey.pk).update(sign_count=touched.count)
    return passkey, touched


def holds(item: Mapping[str, Any], statement: Mapping[str, Any]) -> bool:
    """Whether kept evidence is of exactly this statement, by a passkey that is still live."""
    office = Office.objects.get(pk=1)
    challenge = consent_challenge(statement)
    passkey = Passkey.objects.filter(credential_id=item["credentialId"], revoked_at=None).first()
    if passkey is None:
        return False
    try:
        assertion = Assertion.of_evidence(item)
        check_assertion(assertion, challenge=challenge, key=passkey.key, base=office.base)
    except BadConsent:
        return False
    return True


def live(evidence: Sequence[Json]) -> list[Json]:
    """Without what passkeys signed that were revoked since: no reader would believe it.

    They are locked, so that none is revoked before the caller has logged what it signed.
    """
    if not evidence:
        return []
    named = [item["credentialId"] for item in evidence]
    rows = Passkey.objects.select_for_update().filter(credential_id__in=named, revoked_at=None)
    known = set(rows.values_list("credential_id", flat=True))
    return [item for item in evidence if item["credentialId"] in known]


def by_hand(level: Level, statement: Mapping[str, Any], evidence: Sequence[Json]) -> bool:
    """Whether the shield may be shown: the principal's own passkey stands behind the level."""
    principal = statement["credentialSubject"]["accountablePerson"]
    signers = {item["signer"] for item in evidence}
    return level.height >= Level.APPROVED.height and principal in signers


def listed() -> list[Listed]:
    """All passkeys that ever were, as strangers are told of them."""
    return [passkey.listed for passkey in _all()]


def keys() -> dict[str, PublicKey]:
    """The same as keys, by their names in the DID document."""
    return {passkey.public_name: passkey.key for passkey in _all()}


def _all() -> Sequence[Passkey]:
    return list(Passkey.objects.select_related("actor").order_by("pk"))
