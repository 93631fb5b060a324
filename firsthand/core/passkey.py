"""The public half of a passkey: how an office publishes it, how it is named in the log, what it signs.

P-256 and Ed25519 keys are Multikeys, RSA keys JSON Web Keys (W3C Controlled Identifiers 1.0).
Reading what an authenticator says (COSE, attestation) is the office's business, not done here.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from firsthand.core.record import Issuer, base58, from_multikey, multikey, unbase58

Json = dict[str, Any]
PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey | RSAPublicKey

_MULTICODEC_P256 = b"\x80\x24"
_RSA_BITS = range(2048, 8193)


class KeyRole(StrEnum):
    """Whose passkey a `key` entry tells of; the log says no more about it."""

    PRINCIPAL = "principal"
    HAND = "hand"


def encode(data: bytes) -> str:
    """Base64url without padding, as WebAuthn writes all its bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The inverse of `encode`. Raises ValueError for anything but the one true encoding."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, TypeError):
        raise ValueError("not base64url") from None
    if encode(data) != text:
        raise ValueError("not base64url without padding")
    return data


def published(key: object) -> Json:
    """The key as it stands in a DID document. Raises ValueError for a kind that nobody could check."""
    if isinstance(key, Ed25519PublicKey):
        return {"type": "Multikey", "publicKeyMultibase": multikey(key)}
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        text = "z" + base58(_MULTICODEC_P256 + point)
        return {"type": "Multikey", "publicKeyMultibase": text}
    if isinstance(key, RSAPublicKey) and key.key_size in _RSA_BITS:
        numbers = key.public_numbers()
        jwk = {"kty": "RSA", "alg": "RS256", "n": _number(numbers.n), "e": _number(numbers.e)}
        return {"type": "JsonWebKey", "publicKeyJwk": jwk}
    raise ValueError("a passkey is a P-256, Ed25519 or RSA key")


def read_published(method: Mapping[str, Any]) -> PublicKey:
    """The inverse of `published`; other fields of the method are passed over. Raises ValueError."""
    if method.get("type") == "JsonWebKey":
        key: PublicKey = _from_jwk(method.get("publicKeyJwk"))
    else:
        key = _from_multikey(str(method.get("publicKeyMultibase", "")))
    if any(method.get(name) != value for name, value in published(key).items()):
        raise ValueError("the key is not written the one true way")
    return key


def _from_multikey(text: str) -> PublicKey:
    raw = unbase58(text[1:]) if text.startswith("z") else b""
    if raw[:2] == _MULTICODEC_P256:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw[2:])
    return from_multikey(text)


def _from_jwk(jwk: object) -> RSAPublicKey:
    if not isinstance(jwk, dict) or jwk.get("kty") != "RSA":
        raise ValueError("no JSON Web Key of a kind known here")
    n, e = (int.from_bytes(decode(str(jwk.get(name, "")))) for name in ("n", "e"))
    if n.bit_length() not in _RSA_BITS:
        raise ValueError("an RSA key of that size is not believed")
    return RSAPublicNumbers(e, n).public_key()


def _number(value: int) -> str:
    return encode(value.to_bytes((value.bit_length() + 7) // 8))


def fingerprint(key: PublicKey) -> str:
    """What the log says of a key: hex SHA-256 of its SubjectPublicKeyInfo (DER, point uncompressed)."""
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def check_signature(key: PublicKey, signature: bytes, data: bytes) -> None:
    """Raises InvalidSignature unless `key` signed: Ed25519, ES256 or RS256, as the key's kind tells."""
    if isinstance(key, Ed25519PublicKey):
        key.verify(signature, data)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    else:
        key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())


@dataclass(frozen=True, slots=True)
class Listed:
    """A passkey as the DID document lists it. `entry`, `ended`: where the log says that it began, ended.

    `name`: its fragment (`ada-passkey-1`); `method`: as `published` made it.
    """

    name: str
    method: Mapping[str, Any]
    entry: int
    ended: int | None = None
    ended_at: datetime | None = None

    def verification_method(self, issuer: Issuer) -> Json:
        value: Json = {
            "id": f"{issuer.did}#{self.name}",
            "controller": issuer.did,
            **self.method,
            "logEntry": self.entry,
        }
        if self.ended is not None and self.ended_at is not None:
            value["revoked"] = self.ended_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            value["revokedEntry"] = self.ended
        return value


def with_passkeys(document: Mapping[str, Any], issuer: Issuer, passkeys: Sequence[Listed]) -> Json:
    """A DID document with the passkeys of an office: the live ones authenticate, none issues records."""
    if not passkeys:
        return dict(document)
    methods = [each.verification_method(issuer) for each in passkeys]
    kinds = {method["type"] for method in methods}
    contexts = [*document["@context"]]
    if "JsonWebKey" in kinds:
        contexts.append("https://w3id.org/security/jwk/v1")
    return {
        **document,
        "@context": list(dict.fromkeys([*contexts, issuer.context[1]])),
        "verificationMethod": [*document["verificationMethod"], *methods],
        "authentication": [m["id"] for m in methods if "revoked" not in m],
    }
