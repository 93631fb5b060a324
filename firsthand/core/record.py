"""The byline record: a W3C Verifiable Credential 2.0, secured with Data Integrity `eddsa-jcs-2022`.

A *statement* is what a person consents to; the *record* is the statement with its number and
time, signed by the office when it leaves. The salt is in neither: whoever has the message has it,
so that a published record reveals nothing that could be guessed at.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from firsthand.core.byline import ActorKind, Ai, Level, Making
from firsthand.core.reaction import Reaction
from firsthand.core.revising import Change
from firsthand.core.text import canonical

Json = dict[str, Any]

CONTEXT = "https://www.w3.org/ns/credentials/v2"
CRYPTOSUITE = "eddsa-jcs-2022"
_CREDIT = "https://credit.niso.org/contributor-roles/"
_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MULTICODEC_ED25519 = b"\xed\x01"

_SOURCE = {
    Ai.NONE: "digitalCreation",
    Ai.ASSISTED: "compositeWithTrainedAlgorithmicMedia",
    Ai.GENERATED: "trainedAlgorithmicMedia",
}


class Forged(ValueError):
    """The record is not what its issuer signed, or is no byline record at all."""


def base58(data: bytes) -> str:
    """Bitcoin's base 58, which multibase calls `z`."""
    number, digits = int.from_bytes(data), ""
    while number:
        number, rest = divmod(number, 58)
        digits = _BASE58[rest] + digits
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + digits


def unbase58(text: str) -> bytes:
    """The inverse of `base58`. Raises ValueError on a foreign character."""
    number = 0
    for char in text:
        number = number * 58 + _BASE58.index(char)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def multikey(key: Ed25519PublicKey) -> str:
    """`key` as a Multikey (`z6Mk…`), the form in DID documents."""
    return "z" + base58(_MULTICODEC_ED25519 + key.public_bytes_raw())


def from_multikey(text: str) -> Ed25519PublicKey:
    """The key of a Multikey. Raises ValueError for any other kind of key."""
    raw = unbase58(text[1:]) if text.startswith("z") else b""
    if raw[:2] != _MULTICODEC_ED25519 or len(raw) != 34:
        raise ValueError("not an Ed25519 Multikey (z6Mk…)")
    return Ed25519PublicKey.from_public_bytes(raw[2:])


def encode_salt(salt: bytes) -> str:
    """Base64url without padding: 32 bytes become 43 characters, fit for a URL fragment."""
    return base64.urlsafe_b64encode(salt).rstrip(b"=").decode()


def decode_salt(text: str) -> bytes:
    """The inverse of `encode_salt`. Raises ValueError unless it is 32 bytes."""
    salt = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(salt) != 32 or encode_salt(salt) != text:
        raise ValueError("a salt is 32 bytes in base64url, without padding")
    return salt


def digest(salt: bytes, content: bytes) -> str:
    """A salted commitment: multibase `u`, multihash sha2-256 of `salt` + `content`."""
    hashed = b"\x12\x20" + hashlib.sha256(salt + content).digest()
    return "u" + base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()


def text_digest(salt: bytes, text: str) -> str:
    """The commitment to a text, in canonical form."""
    return digest(salt, canonical(text).encode())


def place_digest(
    salt: bytes, *, author: str, to: Sequence[str], in_reply_to: str, subject: str
) -> str:
    """The commitment to where a text stands, so that its byline fits nowhere else.

    `author`: the address in From; `to`: those in To and Cc, in any order; all as they are on the
    wire. `in_reply_to` without angle brackets.
    """
    place = {
        "from": author.lower(),
        "inReplyTo": in_reply_to,
        "subject": canonical(subject),
        "to": sorted({address.lower() for address in to}),
    }
    return digest(salt, rfc8785.dumps(place))


@dataclass(frozen=True, slots=True)
class Issuer:
    """An office as it signs: its base address (no trailing slash), its DID, its log's verifier key.

    The log's key stands in every record, so that who pins the office's key needs no other.
    """

    base: str
    log: str = ""

    @property
    def did(self) -> str:
        host = self.base.split("://", 1)[1]
        return "did:web:" + host.replace(":", "%3A").replace("/", ":")

    @property
    def context(self) -> list[str]:
        return [CONTEXT, f"{self.base}/ns/byline/v1"]

    def link(self, number: str, salt: bytes) -> str:
        """Where anybody can check a byline; the salt in the fragment never reaches a server."""
        return f"{self.base}/b/{number}#{encode_salt(salt)}"

    def actor(self, key: str) -> str:
        return f"{self.base}/hands#{key}"


@dataclass(frozen=True, slots=True)
class Replaced:
    """Which byline this one takes the place of, and how the text changed.

    `number` and `record`: of the replaced one, its public id and the SHA-256 of its record in hex;
    `revision`: the public number of the new text, from 2.
    """

    number: str
    record: str
    revision: int
    change: Change


@dataclass(frozen=True, slots=True)
class Content:
    """What a byline is bound to, as commitments, and where it stands.

    `reaction`: it is no text but a gesture, and `place` is of what or whom it is to.
    """

    id: str
    channel: str
    text: str
    place: str
    attachments: tuple[str, ...] = ()
    replaces: Replaced | None = None
    reaction: Reaction | None = None


def statement(
    *, issuer: Issuer, number: str, content: Content, making: Making, level: Level, ai: Ai
) -> Json:
    """What is claimed of one message, before it has a place in the sequence. `number`: its public id."""
    subject: Json = {
        **_what(content),
        "id": content.id,
        "channel": content.channel,
        "placeDigest": content.place,
        "level": level.value,
        "ai": ai.value,
        "accountablePerson": issuer.actor(making.principal.key),
        "author": [
            {
                "type": "Person",
                "id": issuer.actor(making.principal.key),
                "name": making.principal.name,
            }
        ],
        "contributor": _contributors(issuer, making),
        "sender": issuer.actor(making.sent_by),
        "digitalSourceType": _IPTC + _SOURCE[ai],
    }
    if content.attachments:
        subject["attachmentDigests"] = list(content.attachments)
    if content.replaces:
        subject |= {
            "replaces": f"{issuer.base}/b/{content.replaces.number}",
            "replacesRecord": content.replaces.record,
            "revision": content.replaces.revision,
            "change": content.replaces.change.value,
        }
    return {
        "@context": issuer.context,
        "id": f"{issuer.base}/b/{number}",
        "type": ["VerifiableCredential", "BylineCredential"],
        "issuer": issuer.did,
        "log": issuer.log,
        "credentialSubject": subject,
    }


def _what(content: Content) -> Json:
    if content.reaction:
        return {"type": "Reaction", "act": content.reaction.value}
    return {
        "type": "Message",
        "encodingFormat": "text/plain",
        "digestMultibase": content.text,
    }


def _contributors(issuer: Issuer, making: Making) -> list[Json]:
    principal = making.principal.key
    keys = dict.fromkeys([*making.touched, *making.approved_by, making.sent_by])
    return [
        _contributor(issuer, making, key) for key in keys if key != principal or _roles(making, key)
    ]


def _contributor(issuer: Issuer, making: Making, key: str) -> Json:
    party = making.party(key)
    human = party.kind is ActorKind.HUMAN
    value: Json = {
        "type": "Person" if human else "SoftwareApplication",
        "id": issuer.actor(key),
        "name": party.name,
        "initials": party.initials,
        "roleName": [f"{_CREDIT}{role}/" for role in _roles(making, key)],
    }
    if not party.principal:
        value["actedOnBehalfOf"] = issuer.actor(making.principal.key)
    if not human:
        agent = party.kind is ActorKind.AGENT
        value["digitalSourceType"] = _IPTC + (
            "trainedAlgorithmicMedia" if agent else "algorithmicMedia"
        )
        value["humanOversightLevel"] = "human_validated" if _seen(making) else "fully_autonomous"
    return value


def _roles(making: Making, key: str) -> list[str]:
    """CRediT roles: the first writer drafts, later ones edit, an approver supervises."""
    roles = []
    if making.touched[:1] == (key,):
        roles.append("writing-original-draft")
    elif key in making.touched:
        roles.append("writing-review-editing")
    if key in making.approved_by:
        roles.append("supervision")
    return roles


def _seen(making: Making) -> bool:
    """Whether a person stands behind this exact text: they sent or approved it."""
    return bool(making.approved_by) or making.party(making.sent_by).kind is ActorKind.HUMAN


def consent_challenge(value: Mapping[str, Any]) -> bytes:
    """What a passkey signs: SHA-256 of the canonical statement. Takes a statement or a record."""
    outside = {"proof", "evidence", "seq", "validFrom"}
    return hashlib.sha256(
        rfc8785.dumps({k: v for k, v in value.items() if k not in outside})
    ).digest()


@dataclass(frozen=True, slots=True)
class OfficeKey:
    """The office's signing key with the name it has in the DID document."""

    name: str
    private: Ed25519PrivateKey


def seal(
    value: Mapping[str, Any],
    *,
    seq: int,
    at: datetime,
    issuer: Issuer,
    key: OfficeKey,
    evidence: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """The record of a statement: numbered, dated, signed; canonical bytes. `at` is aware."""
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    unsigned: Json = {**value, "seq": seq, "validFrom": moment}
    if evidence:
        unsigned["evidence"] = [dict(item) for item in evidence]
    proof: Json = {
        "@context": unsigned["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": moment,
        "verificationMethod": f"{issuer.did}#{key.name}",
        "proofPurpose": "assertionMethod",
    }
    signature = key.private.sign(_to_sign(unsigned, proof))
    return rfc8785.dumps({**unsigned, "proof": {**proof, "proofValue": "z" + base58(signature)}})


def _to_sign(unsigned: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    """vc-di-eddsa 3.3.4: the hash of the proof's configuration, then the hash of the document."""
    return b"".join(hashlib.sha256(rfc8785.dumps(dict(v))).digest() for v in (proof, unsigned))


def read(record: bytes) -> Json:
    """A record's fields, from canonical bytes only. Raises Forged for anything else."""
    try:
        value = json.loads(record, object_pairs_hook=_no_duplicates, parse_float=_no_floats)
        canonical_form = rfc8785.dumps(value)
    except (ValueError, RecursionError) as problem:
        raise Forged(f"The byline is not readable: {problem}.") from None
    if not isinstance(value, dict) or canonical_form != record:
        raise Forged("The byline is not in canonical form.")
    if not isinstance(value.get("credentialSubject"), dict) or not isinstance(
        value.get("proof"), dict
    ):
        raise Forged("The byline has no subject or no proof.")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> Json:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _no_floats(text: str) -> Any:
    raise ValueError(f"a number with a fraction ({text[:20]})")


def check(record: bytes, key: Ed25519PublicKey) -> Json:
    """The fields of a record that `key` signed. Raises Forged otherwise."""
    value = read(record)
    proof = dict(value.pop("proof"))
    if proof.get("cryptosuite") != CRYPTOSUITE or proof.get("type") != "DataIntegrityProof":
        raise Forged("The byline is signed in a way that is not known here.")
    if (
        proof.get("@context") != value.get("@context")
        or proof.get("proofPurpose") != "assertionMethod"
    ):
        raise Forged("The byline's proof is made for something else.")
    try:
        encoded = str(proof.pop("proofValue", ""))
        signature = unbase58(encoded[1:])
        if encoded != "z" + base58(signature):
            raise ValueError("not base 58")
        key.verify(signature, _to_sign(value, proof))
    except (InvalidSignature, ValueError):
        raise Forged("The byline was not signed by this key.") from None
    return read(record)


def did_document(issuer: Issuer, keys: Mapping[str, Ed25519PublicKey]) -> Json:
    """The `did:web` document of the office: its keys, as Multikeys."""
    methods = [
        {
            "id": f"{issuer.did}#{name}",
            "type": "Multikey",
            "controller": issuer.did,
            "publicKeyMultibase": multikey(key),
        }
        for name, key in keys.items()
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": issuer.did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }
