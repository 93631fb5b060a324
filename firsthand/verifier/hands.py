"""Whose own passkeys signed a record, and what the log says of those keys (docs/log-format.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firsthand.core import record as records
from firsthand.core.byline import Level
from firsthand.core.entry import decode
from firsthand.core.passkey import KeyRole, PublicKey, fingerprint
from firsthand.tlog.checkpoint import Checkpoint
from firsthand.tlog.tiles import Reader
from firsthand.tlog.verify import checked_entries
from firsthand.verifier.consent import KIND, Assertion, BadConsent, check_assertion

HAND_SIGNED, OFFICE_SIGNED = "hand-signed", "office-signed"
_MOST = 32
"""Signatures in one record; whoever made a letter is few."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A passkey's signature that holds. `person`: whose it is, by their id in the record."""

    person: str
    name: str
    which: str
    entry: int
    role: KeyRole


def signatures(
    fields: Mapping[str, Any], passkeys: Mapping[str, PublicKey]
) -> tuple[tuple[Signed, ...], tuple[str, ...]]:
    """The passkeys that signed the statement, and what could not be checked for want of a key.

    `passkeys`: those believed, by their names in the DID document. Raises Forged for evidence that
    its passkey did not give for this very statement.
    """
    items = fields.get("evidence", [])
    if not isinstance(items, list) or len(items) > _MOST:
        raise records.Forged("The byline's evidence is not readable.")
    challenge = records.consent_challenge(fields)
    signed, unsure = [], []
    for item in items:
        if not isinstance(item, dict) or item.get("type") != KIND:
            continue
        claim, key = _claim(fields, item, passkeys)
        if key is None:
            unsure.append(
                f"A passkey of {claim.name} signed it too, but that key is not known here, so "
                "only the office's signature counts."
            )
            continue
        try:
            base = _base(fields)
            check_assertion(Assertion.of_evidence(item), challenge=challenge, key=key, base=base)
        except BadConsent as problem:
            raise records.Forged(str(problem)) from None
        signed.append(claim)
    return tuple(signed), tuple(unsure)


def _claim(
    fields: Mapping[str, Any], item: Mapping[str, Any], passkeys: Mapping[str, PublicKey]
) -> tuple[Signed, PublicKey | None]:
    """What an item of evidence says of itself, and its key if that is believed."""
    subject, person = fields["credentialSubject"], str(item.get("signer"))
    names = {str(one.get("id")): str(one.get("name")) for one in _people(subject)}
    did, _, name = str(item.get("publicKey")).partition("#")
    entry = item.get("keyEntry")
    own = name.startswith(f"{person.rpartition('#')[2]}-passkey-")
    if person not in names or did != fields["issuer"] or not own or type(entry) is not int:
        raise records.Forged("A passkey's signature is said to be of somebody whose it is not.")
    key = passkeys.get(name)
    which = fingerprint(key) if key else ""
    is_principal = person == subject["accountablePerson"]
    role = KeyRole.PRINCIPAL if is_principal else KeyRole.HAND
    return Signed(person, names[person], which, entry, role), key


def _people(subject: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [*subject.get("author", []), *subject.get("contributor", [])]


def _base(fields: Mapping[str, Any]) -> str:
    """The office's address, which must be that of its issuer: passkeys are bound to the address."""
    base = str(fields["id"]).rpartition("/b/")[0]
    if "://" not in base or records.Issuer(base).did != fields["issuer"]:
        raise BadConsent("The byline's address is not that of its issuer.")
    return base


def strength(subject: Mapping[str, Any], signed: Sequence[Signed]) -> str:
    """Hand-signed: by the person whom the level speaks of, that is the principal, or the sender."""
    level, people = Level(subject["level"]), {one.person for one in signed}
    needed = subject["accountablePerson"] if level.height >= Level.APPROVED.height else ""
    if level is Level.ON_BEHALF:
        needed = subject["sender"]
    return HAND_SIGNED if needed in people else OFFICE_SIGNED


def check_keys(signed: Sequence[Signed], log: Reader, checkpoint: Checkpoint, index: int) -> None:
    """Raises Forged unless the log shows each key before the byline at `index`, and no end before it.

    Raises what the log raises where it cannot be read, Refused where it answers wrongly.
    """
    if not signed:
        return
    first = min(one.entry for one in signed)
    if first < 0 or any(one.entry >= index for one in signed):
        raise records.Forged("The log shows the passkey only after the letter that it signed.")
    seen: set[tuple[int, str, str]] = set()
    ended: set[str] = set()
    for at, leaf in enumerate(checked_entries(log, checkpoint, first, index), first):
        fields = _key_fields(leaf)
        which, act = str(fields.get("which")), fields.get("act")
        if act == "added":
            seen.add((at, which, str(fields.get("role"))))
        elif act == "ended":
            ended.add(which)
    for one in signed:
        if (one.entry, one.which, one.role.value) not in seen:
            raise records.Forged(f"The log does not show that this passkey is {one.name}'s.")
        if one.which in ended:
            raise records.Forged("The passkey was revoked before it signed.")


def _key_fields(leaf: bytes) -> Mapping[str, str | int]:
    """The fields of a `key` entry; none for any other, or one of a kind unknown here."""
    if b'"kind":"key"' not in leaf:
        return {}
    try:
        return decode(leaf)
    except ValueError:
        return {}
