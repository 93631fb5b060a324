"""Passkeys are written in one form only, and read back from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core import passkey
from firsthand.core.record import Issuer, did_document
from tests.verifier.authenticator import make_key

ISSUER = Issuer("https://ada.example")
KEYS = {kind: make_key(kind).public_key() for kind in ("p256", "ed25519", "rsa")}


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_reads_back(kind: str) -> None:
    method = json.loads(json.dumps(passkey.published(KEYS[kind])))
    found = passkey.read_published({**method, "controller": "anybody"})
    assert passkey.fingerprint(found) == passkey.fingerprint(KEYS[kind])


def test_a_p256_key_is_a_multikey() -> None:
    assert passkey.published(KEYS["p256"])["publicKeyMultibase"].startswith("zDn")
    assert passkey.published(KEYS["ed25519"])["publicKeyMultibase"].startswith("z6Mk")
    assert passkey.published(KEYS["rsa"])["type"] == "JsonWebKey"


def test_other_keys_are_none() -> None:
    for key in (ec.generate_private_key(ec.SECP384R1()).public_key(), None, "z6Mk"):
        with pytest.raises(ValueError, match="P-256"):
            passkey.published(key)


@given(st.dictionaries(st.sampled_from(["type", "publicKeyMultibase", "publicKeyJwk"]), st.one_of(
    st.none(), st.text(max_size=60), st.sampled_from(["JsonWebKey", "Multikey", "z6Mk", "zDn1"]),
    st.dictionaries(st.sampled_from(["kty", "n", "e"]), st.sampled_from(["RSA", "AQAB", "A"])),
)))  # fmt: skip
def test_junk_is_no_key(method: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        passkey.read_published(method)


@given(st.binary(max_size=40))
def test_bytes_read_back(data: bytes) -> None:
    assert passkey.decode(passkey.encode(data)) == data


@pytest.mark.parametrize("text", ["AA==", "A", "AB", "A A", "é", "+A"])
def test_only_the_one_true_encoding_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        passkey.decode(text)


def test_the_did_document_tells_which_passkeys_live() -> None:
    method = passkey.published(KEYS["p256"])
    end = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    listed = [
        passkey.Listed("ada-passkey-1", method, 3, 9, end),
        passkey.Listed("ada-passkey-2", passkey.published(KEYS["rsa"]), 8),
    ]
    office = did_document(ISSUER, {"office-1": KEYS["ed25519"]})  # type: ignore[dict-item]
    found = passkey.with_passkeys(office, ISSUER, listed)
    old, new = found["verificationMethod"][1:]
    assert (old["logEntry"], old["revokedEntry"], old["revoked"]) == (3, 9, "2026-11-23T08:00:00Z")
    assert found["authentication"] == [new["id"]] == ["did:web:ada.example#ada-passkey-2"]
    assert found["assertionMethod"] == ["did:web:ada.example#office-1"]
    assert passkey.with_passkeys(office, ISSUER, []) == office
