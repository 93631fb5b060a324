"""Notes and checkpoints: what is signed opens, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.tlog.checkpoint import Checkpoint, open_checkpoint
from firsthand.tlog.errors import NoteRefused
from firsthand.tlog.merkle import EMPTY_ROOT, Frontier
from firsthand.tlog.note import Algorithm, Signer, Verifier, open_note, sign
from firsthand.tlog.writer import sign_checkpoint
from tests.tlog.example import OTHER, SIGNER, WITNESS

VERIFIER = SIGNER.verifier
TEXT = "Ada read this.\n\nAll of it, twice.\n"


def test_note_opens_with_its_key() -> None:
    note = open_note(sign(TEXT, SIGNER), [VERIFIER])
    assert note.text == TEXT
    assert note.signed_by(VERIFIER) and not note.signed_by(OTHER.verifier)


def test_a_note_has_exactly_this_form() -> None:
    text, blank, line = sign("Ada\n", SIGNER).decode().rpartition("\n\n")
    assert (text, blank) == ("Ada", "\n\n")
    assert line.startswith("\N{EM DASH} ada.example/byline-log ") and line.endswith("=\n")
    assert len(line.split(" ")[2].strip()) == 92  # base64 of 4 + 64 bytes


def test_no_single_bit_of_a_note_can_change() -> None:
    signed = sign(TEXT, SIGNER)
    for at in range(len(signed) * 8):
        changed = bytearray(signed)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(NoteRefused):
            open_note(bytes(changed), [VERIFIER])


def test_signatures_of_strangers_are_passed_over() -> None:
    both = sign(TEXT, OTHER, SIGNER)
    note = open_note(both, [VERIFIER])
    assert [signature.name for signature in note.signatures] == [SIGNER.name]
    assert [signature.name for signature in note.unknown] == [OTHER.name]
    with pytest.raises(NoteRefused, match="No known key"):
        open_note(both, [WITNESS.verifier])


def test_one_bad_signature_of_a_known_key_refuses_the_note() -> None:
    note = open_note(sign(TEXT, SIGNER, OTHER), [VERIFIER, OTHER.verifier])
    bad = replace(note.signatures[1], body=bytes(64))
    forged = replace(note, signatures=(note.signatures[0], bad)).encode()
    with pytest.raises(NoteRefused, match=r"stan\.example/log is wrong"):
        open_note(forged, [VERIFIER, OTHER.verifier])
    repeated = replace(note, signatures=(*note.signatures, bad)).encode()
    with pytest.raises(NoteRefused):
        open_note(repeated, [VERIFIER, OTHER.verifier])


def test_same_name_with_another_key_is_a_stranger() -> None:
    twin = Signer(SIGNER.name, OTHER.seed)
    with pytest.raises(NoteRefused, match="No known key"):
        open_note(sign(TEXT, twin), [VERIFIER])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"text only\n",
        b"text\n\n",
        b"text\n\n\xe2\x80\x94 name AAAA\n",
        b"text\n\nname AAAAAAAA\n",
        b"text\n\n\xe2\x80\x94 a+b AAAAAAAA\n",
        b"te\rxt\n\n\xe2\x80\x94 name AAAAAAAA\n",
        b"\xfftext\n\n\xe2\x80\x94 name AAAAAAAA\n",
        b"text\n\n\xe2\x80\x94 name AAAAAAAB=\n",
        b"text\n\n" + b"\xe2\x80\x94 name AAAAAAAA\n" * 101,
    ],
)
def test_malformed_notes_are_refused(data: bytes) -> None:
    with pytest.raises(NoteRefused):
        open_note(data, [VERIFIER])


def test_refuses_to_sign_what_would_not_open() -> None:
    for text in ("no newline", "tab\there\n", ""):
        with pytest.raises(NoteRefused):
            sign(text, SIGNER)
    with pytest.raises(NoteRefused):
        sign(TEXT)


@given(st.binary(min_size=32, max_size=32), st.sampled_from(Algorithm))
def test_keys_survive_their_text(seed: bytes, algorithm: Algorithm) -> None:
    signer = Signer("ada.example/log", seed, algorithm)
    assert Signer.parse(signer.skey) == signer
    assert Verifier.parse(str(signer.verifier)) == signer.verifier
    assert signer.verifier.key_id != Signer("ada.example/log2", seed, algorithm).verifier.key_id


def test_seed_is_not_shown_in_a_trace() -> None:
    assert "seed" not in repr(SIGNER) and SIGNER.seed.hex() not in repr(SIGNER)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+00000000",
        "name+00000000+AAAA",
        f"{VERIFIER}A",
        str(VERIFIER).replace("+", "+0", 1),
        "stan" + str(VERIFIER),
        "name+00000000+",
        SIGNER.skey,
    ],
)
def test_malformed_keys_are_refused(vkey: str) -> None:
    with pytest.raises(NoteRefused):
        Verifier.parse(vkey)
    if vkey != SIGNER.skey:
        with pytest.raises(NoteRefused):
            Signer.parse(vkey)


CHECKPOINT = Checkpoint("ada.example/byline-log", 3, bytes(32), ("one more line",))


def test_checkpoint_text() -> None:
    zeros = "A" * 43 + "="
    assert str(CHECKPOINT) == f"ada.example/byline-log\n3\n{zeros}\none more line\n"
    assert Checkpoint.parse(str(CHECKPOINT)) == CHECKPOINT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("3\n", "03\n"),
        ("3\n", "+3\n"),
        ("3\n", "-3\n"),
        ("3\n", "\N{ARABIC-INDIC DIGIT THREE}\n"),
        ("3\n", "\n"),
        ("3\n", "9223372036854775808\n"),
        ("3\n", "99999999999999999999\n"),
        ("3\n", "0\n"),
        ("AAAA=", "AAAB="),
        ("AAAA=", "="),
        ("ada.example/byline-log", ""),
        ("one more line\n", "\n"),
        ("one more line\n", "one more line"),
        ("3\n", ""),
    ],
)
def test_malformed_checkpoints_are_refused(old: str, new: str) -> None:
    with pytest.raises(NoteRefused):
        Checkpoint.parse(str(CHECKPOINT).replace(old, new, 1))


def test_checkpoint_of_another_log_is_refused() -> None:
    head = sign_checkpoint(SIGNER.name, Frontier(), SIGNER)
    assert open_checkpoint(head, VERIFIER) == Checkpoint(SIGNER.name, 0, EMPTY_ROOT)
    with pytest.raises(NoteRefused, match="not of"):
        open_checkpoint(sign_checkpoint("stan.example/log", Frontier(), SIGNER), VERIFIER)
    cosigned_only = sign(str(Checkpoint(SIGNER.name, 0, EMPTY_ROOT)), OTHER)
    with pytest.raises(NoteRefused, match="has not signed"):
        open_checkpoint(cosigned_only, VERIFIER, OTHER.verifier)


def test_witness_cosigns_with_its_time() -> None:
    note = open_note(sign_checkpoint(SIGNER.name, Frontier(), SIGNER), [VERIFIER])
    seen = note.signed_also(WITNESS.cosign(note.text, time=1_764_000_000)).encode()
    opened = open_note(seen, [VERIFIER, WITNESS.verifier])
    assert [signature.time for signature in opened.signatures[1:]] == [1_764_000_000]
    again = opened.signed_also(WITNESS.cosign(note.text, time=2)).encode()
    assert open_note(again, [VERIFIER, WITNESS.verifier]) == opened  # the first time counts
    wrong = replace(opened.signatures[1], body=bytes(8) + opened.signatures[1].body[8:])
    with pytest.raises(NoteRefused):
        open_note(note.signed_also(wrong).encode(), [VERIFIER, WITNESS.verifier])
    with pytest.raises(NoteRefused):
        WITNESS.sign(note.text)
    with pytest.raises(NoteRefused):
        SIGNER.cosign(note.text, time=1)
