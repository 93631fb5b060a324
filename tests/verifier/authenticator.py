"""An authenticator in software: makes passkeys and touches them, truly or with one thing wrong."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from webauthn.helpers import encode_cbor

from firsthand.core.passkey import PublicKey, encode
from firsthand.verifier.consent import Assertion

BASE = "https://ada.example"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def make_key(kind: str = "p256") -> PrivateKey:
    if kind == "ed25519":
        return Ed25519PrivateKey.generate()
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Authenticator:
    """One passkey of one person for one site."""

    kind: str = "p256"
    base: str = BASE
    private: PrivateKey = field(default_factory=make_key)
    credential: bytes = b"credential of Ada"
    count: int = 0

    @classmethod
    def of(cls, kind: str, **values: Any) -> Authenticator:
        return cls(kind, private=make_key(kind), **values)

    @property
    def public(self) -> PublicKey:
        return self.private.public_key()

    def register(self, challenge: bytes, **wrong: str) -> str:
        """What a browser sends after `navigator.credentials.create`."""
        cose = encode_cbor(self._cose())
        attested = b"\0" * 16 + len(self.credential).to_bytes(2) + self.credential + cose
        data = self._data(PRESENT | VERIFIED | ATTESTED) + attested
        made = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client(challenge, type="webauthn.create", **wrong)
        answer = {"attestationObject": encode(made), "clientDataJSON": encode(client)}
        return self._json(answer)

    def touch(self, challenge: bytes, **wrong: Any) -> str:
        """What a browser sends after `navigator.credentials.get`."""
        made = self.assertion(challenge, **wrong)
        return self._json(
            {
                "authenticatorData": encode(made.authenticator_data),
                "clientDataJSON": encode(made.client_data),
                "signature": encode(made.signature),
            }
        )

    def assertion(
        self,
        challenge: bytes,
        *,
        flags: int = PRESENT | VERIFIED,
        site: str = "",
        **client: Any,
    ) -> Assertion:
        self.count += 1 if self.count else 0
        data, said = self._data(flags, site), self._client(challenge, **client)
        signature = self.sign(data + hashlib.sha256(said).digest())
        return Assertion(encode(self.credential), data, said, signature)

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.private, Ed25519PrivateKey):
            return self.private.sign(data)
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            return self.private.sign(data, ec.ECDSA(hashes.SHA256()))
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def _json(self, answer: dict[str, str]) -> str:
        name = encode(self.credential)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": answer})

    def _data(self, flags: int, site: str = "") -> bytes:
        host = site or self.base.split("://")[1].split(":")[0]
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client(self, challenge: bytes, **values: Any) -> bytes:
        said = {"type": "webauthn.get", "challenge": encode(challenge), "origin": self.base}
        return json.dumps({**said, "crossOrigin": False, **values}).encode()

    def _cose(self) -> dict[int, Any]:
        key = self.public
        if isinstance(key, ec.EllipticCurvePublicKey):
            point = key.public_numbers()
            return {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        if isinstance(key, rsa.RSAPublicKey):
            numbers = key.public_numbers()
            return {1: 3, 3: -257, -1: numbers.n.to_bytes(256), -2: numbers.e.to_bytes(3)}
        return {1: 1, 3: -8, -1: 6, -2: key.public_bytes_raw()}
