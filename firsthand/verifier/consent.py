"""Did this person's own passkey sign this very statement? (WebAuthn Level 3, 7.2; docs/log-format.md)

Small checks of our own, on `cryptography` alone. Which keys to believe is the caller's business.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature

from firsthand.core.passkey import PublicKey, check_signature, decode, encode
from firsthand.tlog.errors import Refused
from firsthand.tlog.merkle import inclusion_proof, leaf_hash, tree_hash, verify_inclusion

KIND = "WebAuthnAssertion"
_PRESENT, _VERIFIED = 0x01, 0x04
_FIXED = 37
"""Bytes before any extension: the hash of the rp id, the flags, the counter."""
_LARGEST = 64
"""Steps of a path: no batch is larger than a log can be."""

Json = dict[str, Any]


class BadConsent(ValueError):
    """The evidence is not what its signer's passkey would have made for this statement."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a challenge stands among those that one touch answered (RFC 6962, leaves: challenges)."""

    index: int
    size: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an authenticator answered. `place`: for one of several that one touch was for."""

    credential: str
    authenticator_data: bytes
    client_data: bytes
    signature: bytes
    place: Place | None = None

    @classmethod
    def of_browser(cls, text: str) -> Assertion:
        """From `PublicKeyCredential.toJSON()`. Raises BadConsent."""
        try:
            value = json.loads(text)
            answer = value["response"]
            return cls(
                encode(decode(value["id"])),
                decode(answer["authenticatorData"]),
                decode(answer["clientDataJSON"]),
                decode(answer["signature"]),
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            raise BadConsent("What the browser sent is no answer of a passkey.") from None

    @classmethod
    def of_evidence(cls, item: Mapping[str, Any]) -> Assertion:
        """From an item of a record's `evidence`. Raises BadConsent."""
        try:
            batch = item.get("batch")
            place = _place(batch) if batch is not None else None
            parts = (item[n] for n in ("authenticatorData", "clientDataJSON", "signature"))
            data, client, signature = map(decode, parts)
            return cls(str(item["credentialId"]), data, client, signature, place)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadConsent("The signature of a passkey is damaged.") from None

    def evidence(self, *, signer: str, key: str, entry: int) -> Json:
        """The item for a record's `evidence`. `key`: the key's id (`did:web:…#ada-passkey-1`)."""
        item: Json = {
            "type": KIND,
            "signer": signer,
            "publicKey": key,
            "keyEntry": entry,
            "credentialId": self.credential,
            "authenticatorData": encode(self.authenticator_data),
            "clientDataJSON": encode(self.client_data),
            "signature": encode(self.signature),
        }
        if self.place:
            path = [encode(step) for step in self.place.path]
            item["batch"] = {"index": self.place.index, "size": self.place.size, "path": path}
        return item


def _place(batch: Mapping[str, Any]) -> Place:
    index, size, path = batch["index"], batch["size"], batch["path"]
    if type(index) is not int or type(size) is not int or not isinstance(path, list):
        raise ValueError("no place in a batch")
    if len(path) > _LARGEST:
        raise ValueError("too long a path")
    return Place(index, size, tuple(decode(step) for step in path))


def batch_challenge(challenges: Sequence[bytes]) -> bytes:
    """What one touch signs: the challenge itself, or the root of the tree over several."""
    if len(challenges) == 1:
        return challenges[0]
    return tree_hash([leaf_hash(each) for each in challenges])


def shared_out(assertion: Assertion, challenges: Sequence[bytes]) -> list[Assertion]:
    """The one answer to `batch_challenge`, for each of the challenges with its place."""
    if len(challenges) == 1:
        return [assertion]
    hashes, size = [leaf_hash(each) for each in challenges], len(challenges)

    def read(height: int, index: int) -> bytes:
        return tree_hash(hashes[index << height : (index + 1) << height])

    places = [Place(at, size, inclusion_proof(read, at, size)) for at in range(size)]
    return [replace(assertion, place=place) for place in places]


@dataclass(frozen=True, slots=True)
class Touched:
    """A signature that holds. `verified`: the device asked who touched it (PIN, finger, face)."""

    verified: bool
    count: int


def check_assertion(
    assertion: Assertion, *, challenge: bytes, key: PublicKey, base: str
) -> Touched:
    """Raises BadConsent unless `key` answered `challenge` on the pages of the office at `base`."""
    client = _client(assertion.client_data)
    if client.get("type") != "webauthn.get":
        raise BadConsent("The passkey's signature was made for something else.")
    if client.get("origin") != base or client.get("crossOrigin", False) is not False:
        raise BadConsent("The passkey was touched on another site's page.")
    _check_challenge(assertion.place, challenge, str(client.get("challenge", "")))
    data = assertion.authenticator_data
    if len(data) < _FIXED or data[:32] != hashlib.sha256(rp_id(base).encode()).digest():
        raise BadConsent("The passkey is one for another site.")
    if not data[32] & _PRESENT:
        raise BadConsent("The passkey answered without being touched.")
    try:
        signed = data + hashlib.sha256(assertion.client_data).digest()
        check_signature(key, assertion.signature, signed)
    except InvalidSignature:
        raise BadConsent("The signature is not that of this passkey.") from None
    return Touched(bool(data[32] & _VERIFIED), int.from_bytes(data[33:37]))


def rp_id(base: str) -> str:
    """For which site the passkeys of an office are: its host, without a port."""
    return urlsplit(base).hostname or ""


def _client(data: bytes) -> Json:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadConsent("What the browser signed cannot be read.")
    return value


def _check_challenge(place: Place | None, challenge: bytes, answered: str) -> None:
    another = "The passkey was touched for another text."
    if place is None:
        if answered != encode(challenge):
            raise BadConsent(another)
        return
    try:
        root = decode(answered)
        verify_inclusion(leaf_hash(challenge), place.index, place.size, place.path, root)
    except (Refused, ValueError):
        raise BadConsent(another) from None
