"""A true letter is verified; every change, wherever it is made, is found and named."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from firsthand.channels.mail.compose import compose
from firsthand.core import record as records
from firsthand.core.byline import Level
from firsthand.core.errors import Temporary
from firsthand.core.header import Header
from firsthand.tlog.tiles import CHECKPOINT
from firsthand.verifier import Known, check_mail, check_record
from firsthand.verifier.meeting import Asked, Meeting
from tests.verifier.letter import (
    BASE,
    ISSUER,
    NOW,
    OFFICE,
    OUTBOUND,
    SALT,
    THIEF,
    SealedLetter,
    seal,
)

KEYS = [OFFICE.public_key()]
LETTER = seal()


def verdict(raw: bytes, letter: SealedLetter = LETTER) -> str:
    return check_mail(raw, keys=KEYS, log=letter.store).verdict


def test_a_true_letter_is_verified_against_the_log() -> None:
    found = check_mail(LETTER.raw, keys=KEYS, log=LETTER.store)
    assert (found.verdict, found.problems, found.notices) == ("verified", (), ())
    assert (found.level, found.ai, found.signed_by) == ("approved", "none", "did:web:ada.example")
    assert found.people == ("Ada Ferrer", "Hal Brandt")
    assert found.logged_at == "2026-11-22"
    assert found.checkpoint.startswith("ada.example/byline-log 4 ")


def test_a_true_letter_is_verified_offline_by_its_own_proof() -> None:
    found = check_mail(LETTER.raw, keys=KEYS)
    assert found.verdict == "verified"
    assert "not against the log as it is today" in found.notices[0]


def test_a_log_out_of_reach_falls_back_to_the_proof() -> None:
    class Away:
        def read(self, path: str) -> bytes | None:
            raise Temporary("ada.example did not answer.")

    found = check_mail(LETTER.raw, keys=KEYS, log=Away())
    assert found.verdict == "verified"
    assert "did not answer" in found.notices[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"at nine", b"at nina"),
        (b"read it and sent it", b"wrote it and sent it"),
        (b"friederike@haus.example", b"mallory@haus.example"),
        (b"In-Reply-To: <q1@", b"In-Reply-To: <q2@"),
        (b"Message-ID: <n1@", b"Message-ID: <n2@"),
        (b"\r\nTo: ", b"\r\nFrom: Stan <stan@reader.example>\r\nTo: "),
        (b"\r\nMessage-ID: ", b"\r\nSubject: I resign\r\nMessage-ID: "),
    ],
)
def test_a_changed_letter_is_altered(before: bytes, after: bytes) -> None:
    assert LETTER.raw.count(before) >= 1
    assert verdict(LETTER.raw.replace(before, after, 1)) == "altered"


@given(st.integers(min_value=0, max_value=len(OUTBOUND.text) - 1))
def test_any_changed_letter_of_the_text_is_altered(place: int) -> None:
    text = OUTBOUND.text
    other = "x" if text[place] != "x" else "y"
    changed = compose(
        replace(
            OUTBOUND,
            text=text[:place] + other + text[place + 1 :],
            byline=str(Header(BASE, "n1", 2, Level.APPROVED, SALT)),
            record=LETTER.record,
        )
    )
    assert verdict(changed) == "altered"


def test_another_subject_file_or_recipient_is_altered() -> None:
    sealed = replace(
        OUTBOUND, byline=str(Header(BASE, "n1", 2, Level.APPROVED, SALT)), record=LETTER.record
    )
    for other in (
        replace(sealed, subject="Das Schiff"),
        replace(sealed, attachments=()),
        replace(sealed, cc=()),
    ):
        assert verdict(compose(other)) == "altered"


@given(st.integers(min_value=0, max_value=len(LETTER.record) - 1), st.integers(1, 255))
def test_any_changed_byte_of_the_record_is_forged(place: int, change: int) -> None:
    record = bytearray(LETTER.record)
    record[place] ^= change
    raw = compose(
        replace(
            OUTBOUND,
            byline=str(Header(BASE, "n1", 2, Level.APPROVED, SALT)),
            record=bytes(record),
            proof=LETTER.proof,
        )
    )
    assert verdict(raw) == "forged"


def test_a_record_signed_by_a_thief_is_forged() -> None:
    assert verdict(seal(THIEF).raw) == "forged"


def test_without_a_known_key_nothing_is_said() -> None:
    assert check_mail(LETTER.raw, log=LETTER.store).verdict == "unknown"


def test_a_record_that_the_log_does_not_show_is_unlogged() -> None:
    missing = seal(logged=False)
    assert verdict(missing.raw, missing) == "unlogged"


def test_a_record_with_neither_log_nor_proof_is_unlogged() -> None:
    raw = compose(replace(OUTBOUND, record=LETTER.record))
    assert check_mail(raw, keys=KEYS).verdict == "unlogged"


def test_a_plain_letter_is_unknown() -> None:
    assert verdict(compose(OUTBOUND)) == "unknown"
    assert verdict(b"") == "unknown"


def test_a_log_that_shrank_since_it_was_last_seen_is_not_believed() -> None:
    known = Known()
    check_mail(LETTER.raw, keys=KEYS, log=LETTER.store, known=known)
    other = seal(logged=False)
    found = check_mail(LETTER.raw, keys=KEYS, log=other.store, known=known)
    assert found.verdict == "unlogged"


def test_a_torn_checkpoint_is_not_believed() -> None:
    torn = seal()
    torn.store.files[CHECKPOINT] = torn.store.files[CHECKPOINT].replace(b"\n4\n", b"\n5\n")
    assert verdict(torn.raw, torn) == "unlogged"


def test_the_signer_of_another_domain_is_told() -> None:
    elsewhere = LETTER.raw.replace(
        b"From: Ada Ferrer <ada@ada.example>", b"From: Ada Ferrer <ada@bank.example>"
    )
    found = check_mail(elsewhere, keys=KEYS, log=LETTER.store)
    assert "not the domain" in found.notices[0]


@given(st.binary(max_size=400))
def test_whatever_comes_gets_a_verdict(raw: bytes) -> None:
    assert verdict(raw) == "unknown"


def test_it_needs_no_django() -> None:
    script = "import sys, firsthand.verifier; sys.exit(any(m.split('.')[0] == 'django' for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_record_that_names_another_office_is_forged() -> None:
    fields = records.read(LETTER.record)
    for change in ({"issuer": "did:web:bank.example"}, {"id": "https://bank.example/b/n1"}):
        unsigned = {key: value for key, value in {**fields, **change}.items() if key != "proof"}
        outside = {"seq", "validFrom"}
        statement = {key: value for key, value in unsigned.items() if key not in outside}
        record = records.seal(
            statement, seq=7, at=NOW, issuer=ISSUER, key=records.OfficeKey("office-1", OFFICE)
        )
        found = check_record(record, keys=KEYS, index=2, log=LETTER.store)
        assert found.verdict == "forged"


@pytest.mark.parametrize("missing", ["id", "issuer", "log", "credentialSubject"])
def test_a_signed_record_that_lacks_something_is_forged(missing: str) -> None:
    outside = {"seq", "validFrom", "proof", missing}
    statement = {k: v for k, v in records.read(LETTER.record).items() if k not in outside}
    key = records.OfficeKey("office-1", OFFICE)
    record = records.seal(statement, seq=7, at=NOW, issuer=ISSUER, key=key)
    assert check_record(record, keys=KEYS).verdict == "forged"


@pytest.mark.parametrize("record", [b"no record", b'{"seq":1,"seq":1}', b"{}"])
def test_what_is_no_record_is_forged_under_a_given_key_and_unknown_without(record: bytes) -> None:
    def verdict(keys: tuple[Ed25519PublicKey, ...]) -> str:
        meeting = Meeting(Asked(keys=keys, online=False), Known())
        return meeting.verdict(record, lambda it: check_record(record, keys=it.keys)).verdict

    mine = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32).public_key()
    assert verdict((mine,)) == "forged"
    assert verdict(()) == "unknown"
