"""A passkey's signature holds for its own challenge, site and key, and for nothing else."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.verifier.consent import (
    Assertion,
    BadConsent,
    Place,
    batch_challenge,
    check_assertion,
    shared_out,
)
from tests.verifier.authenticator import BASE, PRESENT, Authenticator

CHALLENGE = hashlib.sha256(b"a statement").digest()
ADA = Authenticator()
TOUCH = ADA.assertion(CHALLENGE)
BYTES = len(TOUCH.authenticator_data) + len(TOUCH.client_data) + len(TOUCH.signature)


def check(assertion: Assertion, challenge: bytes = CHALLENGE, **other: Any) -> Any:
    values = {"challenge": challenge, "key": ADA.public, "base": BASE, **other}
    return check_assertion(assertion, **values)


@pytest.mark.parametrize("kind", ["p256", "ed25519", "rsa"])
def test_a_touch_holds(kind: str) -> None:
    one = Authenticator.of(kind)
    assert check(one.assertion(CHALLENGE), key=one.public).verified
    assert not check(one.assertion(CHALLENGE, flags=PRESENT), key=one.public).verified


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"type": "webauthn.create"}, "something else"),
        ({"origin": "https://ada.example.evil.example"}, "another site"),
        ({"origin": "http://ada.example"}, "another site"),
        ({"crossOrigin": True}, "another site"),
        ({"site": "evil.example"}, "another site"),
        ({"flags": 0x04}, "without being touched"),
    ],
)
def test_what_is_wrong_is_said(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(BadConsent, match=why):
        check(ADA.assertion(CHALLENGE, **wrong))


def test_the_key_of_another_does_not_do() -> None:
    for kind in ("p256", "ed25519"):
        with pytest.raises(BadConsent, match="not that of this passkey"):
            check(TOUCH, key=Authenticator.of(kind).public)


def test_another_text_is_refused() -> None:
    with pytest.raises(BadConsent, match="another text"):
        check(TOUCH, hashlib.sha256(b"another statement").digest())


@given(st.integers(0, BYTES - 1), st.integers(1, 255))
def test_any_changed_byte_is_refused(at: int, mask: int) -> None:
    parts = [bytearray(p) for p in (TOUCH.authenticator_data, TOUCH.client_data, TOUCH.signature)]
    for part in parts:
        if at < len(part):
            part[at] ^= mask
            break
        at -= len(part)
    data, client, signature = map(bytes, parts)
    with pytest.raises(BadConsent):
        check(Assertion(TOUCH.credential, data, client, signature))


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40, unique=True))
def test_one_touch_for_many_holds_for_each_of_them_and_no_other(challenges: list[bytes]) -> None:
    shares = shared_out(ADA.assertion(batch_challenge(challenges)), challenges)
    for challenge, share in zip(challenges, shares, strict=True):
        item = share.evidence(signer="a", key="k", entry=0)
        check(Assertion.of_evidence(json.loads(json.dumps(item))), challenge)
        for foreign in {*challenges, b"x" * 32} - {challenge}:
            with pytest.raises(BadConsent, match="another text"):
                check(share, foreign)


@given(st.integers(-2, 5), st.integers(-2, 5))
def test_another_place_in_the_batch_is_refused(index: int, size: int) -> None:
    challenges = [bytes([number]) * 32 for number in range(3)]
    share = shared_out(ADA.assertion(batch_challenge(challenges)), challenges)[1]
    assert share.place is not None
    moved = replace(share, place=Place(index, size, share.place.path))
    if (index, size) in {(1, 3), (1, 4)}:  # the same path: in both trees entry 1 is second of four
        return
    with pytest.raises(BadConsent):
        check(moved, challenges[1])


@given(st.text(max_size=200))
def test_no_answer_breaks_the_reader(text: str) -> None:
    with pytest.raises(BadConsent):
        Assertion.of_browser(text)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
)


@given(st.sampled_from(["batch", "signature", "clientDataJSON", "authenticatorData"]), JUNK)
def test_no_evidence_breaks_the_reader(name: str, junk: Any) -> None:
    item = {**TOUCH.evidence(signer="a", key="k", entry=0), name: junk}
    try:
        check(Assertion.of_evidence(item))
    except BadConsent:
        return
    assert name == "batch" and junk is None


@given(st.binary(max_size=60))
def test_no_signed_bytes_break_the_check(data: bytes) -> None:
    for strange in (replace(TOUCH, client_data=data), replace(TOUCH, authenticator_data=data)):
        with pytest.raises(BadConsent):
            check(strange)
