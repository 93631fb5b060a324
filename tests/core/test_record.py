"""Records: bound to text and place, signed, canonical; any change is found."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core import record
from firsthand.core.byline import ActorKind, Ai, Level, Making, Party

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SALT = bytes(range(32))
ISSUER = record.Issuer("https://ada.example", "ada.example/byline-log+00000000+key")
KEY = record.OfficeKey("office-1", Ed25519PrivateKey.from_private_bytes(bytes(32)))
PUBLIC = KEY.private.public_key()
MAKING = Making(
    parties=(
        Party("ada", "Ada Ferrer", "AF", principal=True),
        Party("otto", "Otto", "O", ActorKind.AGENT),
        Party("hal", "Hal Brandt", "HB"),
    ),
    words={"otto": 5, "hal": 1},
    touched=("otto", "hal"),
    sent_by="hal",
    approved_by=("ada",),
)


def statement(**changes: Any) -> record.Json:
    values: dict[str, Any] = {
        "issuer": ISSUER,
        "number": "n1",
        "content": record.Content("mid:a@b", "mail", "utext", "uplace", ("ufile",)),
        "making": MAKING,
        "level": Level.APPROVED,
        "ai": Ai.GENERATED,
    }
    return record.statement(**{**values, **changes})


def sealed(**changes: Any) -> bytes:
    return record.seal(statement(**changes), seq=7, at=NOW, issuer=ISSUER, key=KEY)


def test_a_record_tells_who_did_what() -> None:
    fields = record.check(sealed(), PUBLIC)
    roles = {
        each["name"]: [role.rstrip("/").rpartition("/")[2] for role in each["roleName"]]
        for each in fields["credentialSubject"]["contributor"]
    }
    assert roles == {
        "Otto": ["writing-original-draft"],
        "Hal Brandt": ["writing-review-editing"],
        "Ada Ferrer": ["supervision"],
    }
    otto = fields["credentialSubject"]["contributor"][0]
    assert otto["type"] == "SoftwareApplication"
    assert otto["humanOversightLevel"] == "human_validated"
    assert fields["seq"] == 7
    assert fields["validFrom"] == "2026-11-22T09:00:00Z"


@given(st.data())
def test_no_byte_of_a_record_can_change(data: st.DataObject) -> None:
    good = sealed()
    at = data.draw(st.integers(0, len(good) - 1))
    bad = (
        good[:at]
        + bytes([data.draw(st.integers(0, 255).filter(lambda b: b != good[at]))])
        + good[at + 1 :]
    )
    with pytest.raises(record.Forged):
        record.check(bad, PUBLIC)


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value["credentialSubject"].update(level="firsthand"),
        lambda value: value["proof"].update(created="2020-01-01T00:00:00Z"),
        lambda value: value["proof"].update(cryptosuite="none"),
        lambda value: value["proof"].update(
            proofValue=value["proof"]["proofValue"].replace("z", "m", 1)
        ),
        lambda value: value["proof"].pop("proofValue"),
        lambda value: value.update(seq=8),
        lambda value: value.pop("proof"),
        lambda value: value.update(credentialSubject=[]),
    ],
)
def test_a_forged_record_is_refused(change: Any) -> None:
    value = json.loads(sealed())
    change(value)
    with pytest.raises(record.Forged):
        record.check(rfc8785.dumps(value), PUBLIC)


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"a":1,"a":1}',
        b'{"a":1.5}',
        b"[" * 100_000,
        b'{"a":"\\ud800"}',
    ],
)
def test_what_is_no_record_is_refused_calmly(odd: bytes) -> None:
    with pytest.raises(record.Forged):
        record.read(odd)


def test_another_key_did_not_sign_it() -> None:
    with pytest.raises(record.Forged, match="not signed by this key"):
        record.check(sealed(), Ed25519PrivateKey.generate().public_key())


def test_consent_covers_the_claim_and_not_the_place_in_the_sequence() -> None:
    challenge = record.consent_challenge(statement())
    assert challenge == record.consent_challenge(record.read(sealed()))
    assert challenge != record.consent_challenge(statement(level=Level.ON_BEHALF))


@given(st.binary(max_size=80))
def test_base58_is_reversible(data: bytes) -> None:
    assert record.unbase58(record.base58(data)) == data


@given(st.binary(min_size=32, max_size=32))
def test_salts_and_keys_are_reversible(data: bytes) -> None:
    assert record.decode_salt(record.encode_salt(data)) == data
    public = Ed25519PrivateKey.from_private_bytes(data).public_key()
    assert record.from_multikey(record.multikey(public)) == public


@pytest.mark.parametrize(
    "text", ["", "abc", "A" * 42, "A" * 44, "A" * 42 + "B", "A" * 42 + "!A", "é" * 43]
)
def test_a_salt_has_one_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"salt|base64|ASCII|decod|padd"):
        record.decode_salt(text)


def test_digests_bind_text_and_place_and_ignore_what_transport_changes() -> None:
    digest = record.text_digest(SALT, "Gladly. \r\n\r\nAda\r\n")
    assert digest == record.text_digest(SALT, "Gladly.\n\nAda")
    assert digest != record.text_digest(bytes(32), "Gladly.\n\nAda")


def test_the_place_is_who_writes_to_whom_about_what_in_answer_to_what() -> None:
    def place(**changes: Any) -> str:
        values: dict[str, Any] = {
            "author": "ada@x",
            "to": ["a@x", "b@x"],
            "in_reply_to": "m",
            "subject": "s",
        }
        return record.place_digest(SALT, **{**values, **changes})

    assert place() == place(to=["B@x", "a@x", "a@x"]) == place(author="Ada@x")
    others: list[dict[str, Any]] = [
        {"author": "b@x"},
        {"to": ["a@x"]},
        {"in_reply_to": ""},
        {"subject": "t"},
    ]
    assert len({place(), *(place(**other) for other in others)}) == 5


def test_the_did_document_names_the_keys() -> None:
    issuer = record.Issuer("http://localhost:8000")
    document = record.did_document(issuer, {"office-1": PUBLIC})
    assert document["id"] == "did:web:localhost%3A8000"
    assert document["assertionMethod"] == ["did:web:localhost%3A8000#office-1"]
