"""The witness protocol: what is cosigned, what is refused, and how each answer is understood."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand.core.errors import Conflict, Permanent, Temporary
from firsthand.tlog.checkpoint import Checkpoint, open_checkpoint
from firsthand.tlog.errors import NoteRefused, ProofRefused, Refused
from firsthand.tlog.merkle import verify_consistency
from firsthand.tlog.note import Algorithm, Note, Signer, open_note, sign
from firsthand.tlog.verify import consistency_proof
from firsthand.tlog.witness import (
    MAX_BODY,
    SIZE_TYPE,
    Fork,
    Policy,
    Request,
    Seen,
    Stale,
    Witness,
    add_checkpoint,
    cosigned,
    read_answer,
)
from tests.tlog.example import OTHER, SIGNER, WITNESS
from tests.tlog.watchers import Remembered, grown_to, watching

NOW = 1_764_000_000
SIZES = (1, 2, 3, 5, 8, 255, 256, 257, 300)
HONEST, HEADS = grown_to(*SIZES)
FORKED, FORKS = grown_to(*SIZES, before=b"another past")
HAL = Signer("hal.example/witness", bytes(range(3, 35)), Algorithm.COSIGNATURE)
REV = Signer("rev.example/witness", bytes(range(4, 36)), Algorithm.COSIGNATURE)


def ask(witness: Witness, request: bytes, *, now: int = NOW) -> list[bytes]:
    """Submit as a log would, to the cosignature lines or the error."""
    answer = witness.answer(request, now=now)
    signatures = read_answer(
        answer.status, answer.body, request=request, witness=[witness.signer.verifier]
    )
    return [str(signature).encode() for signature in signatures]


def shown(*sizes: int) -> Witness:
    """A witness that was shown the log at these sizes in turn."""
    witness, old = watching(), 0
    for size in sizes:
        ask(witness, add_checkpoint(HONEST.store, HEADS[size], old=old))
        old = size
    return witness


def text_of(head: bytes) -> str:
    """What the log signed and a witness signs too."""
    return head.decode().partition("\n\n")[0] + "\n"


def test_honest_growth_is_cosigned_at_every_size() -> None:
    witness, old = watching(), 0
    for size in SIZES:
        request = add_checkpoint(HONEST.store, HEADS[size], old=old)
        [line] = ask(witness, request, now=NOW + size)
        note = open_note(HEADS[size] + line + b"\n", [SIGNER.verifier, WITNESS.verifier])
        assert note.signed_by(WITNESS.verifier) and note.signatures[1].time == NOW + size
        old = size


def test_what_is_kept_is_what_others_may_fetch() -> None:
    witness = shown(5, 8)
    origin = sha256(SIGNER.name.encode()).hexdigest()
    note = witness.latest(origin) or b""
    assert open_checkpoint(note, SIGNER.verifier, WITNESS.verifier).size == 8
    assert open_note(note, [WITNESS.verifier]).signed_by(WITNESS.verifier)
    assert witness.latest(sha256(OTHER.name.encode()).hexdigest()) is None
    assert witness.latest("stan") is None


def test_stale_request_is_told_the_size_and_succeeds_from_there() -> None:
    witness = shown(8)
    request = add_checkpoint(HONEST.store, HEADS[300], old=0)
    answer = witness.answer(request, now=NOW)
    assert (answer.status, answer.body, answer.content_type) == (409, b"8\n", SIZE_TYPE)
    with pytest.raises(Stale) as stale:
        ask(witness, request)
    again = add_checkpoint(HONEST.store, HEADS[300], old=stale.value.size)
    assert len(ask(witness, again)) == 1


def test_fork_of_the_same_size_is_an_alarm_and_evidence() -> None:
    witness = shown(8)
    request = add_checkpoint(FORKED.store, FORKS[8], old=8)
    answer = witness.answer(request, now=NOW)
    assert (answer.status, answer.fork) == (422, True)
    with pytest.raises(Fork):
        ask(witness, request)
    # The old size of an attacker's choice does not hide it.
    assert witness.answer(add_checkpoint(FORKED.store, FORKS[8], old=0), now=NOW).fork


def test_fork_of_another_size_is_an_alarm() -> None:
    witness = shown(8)
    request = add_checkpoint(FORKED.store, FORKS[257], old=8)
    assert witness.answer(request, now=NOW).status == 422
    with pytest.raises(Fork):
        ask(witness, request)
    assert len(ask(witness, add_checkpoint(HONEST.store, HEADS[257], old=8))) == 1


def test_bad_proof_of_a_true_checkpoint_is_no_evidence_against_the_log() -> None:
    witness = shown(8)
    request = replace(Request.parse(add_checkpoint(HONEST.store, HEADS[300], old=8)), proof=())
    answer = witness.answer(request.encode(), now=NOW)
    assert (answer.status, answer.fork) == (422, False)


def test_proof_for_nothing_is_refused() -> None:
    proof = consistency_proof(HONEST.store, 5, 8)
    assert watching().answer(Request(0, proof, HEADS[8]).encode(), now=NOW).status == 422
    witness = shown(8)
    assert witness.answer(Request(8, proof, HEADS[8]).encode(), now=NOW).status == 422


def test_rollback_is_refused_and_never_asked_for() -> None:
    witness = shown(8)
    assert witness.answer(Request(8, (), HEADS[5]).encode(), now=NOW).status == 400
    assert witness.answer(Request(5, (), HEADS[5]).encode(), now=NOW).body == b"8\n"
    with pytest.raises(Conflict, match="has seen 8 entries of this log"):
        add_checkpoint(HONEST.store, HEADS[5], old=8)


def test_unknown_log_and_unknown_key_are_refused() -> None:
    stan = sign(text_of(HEADS[8]), OTHER)
    assert watching().answer(Request(0, (), stan).encode(), now=NOW).status == 403
    witness = Witness(WITNESS, (OTHER.verifier,), Remembered())
    assert witness.answer(Request(0, (), HEADS[8]).encode(), now=NOW).status == 404


def test_changed_checkpoint_is_refused() -> None:
    changed = HEADS[8].replace(b"\n8\n", b"\n9\n")
    assert watching().answer(Request(0, (), changed).encode(), now=NOW).status == 403


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n" + HEADS[8],
        b"old 00\n\n" + HEADS[8],
        b"old -1\n\n" + HEADS[8],
        b"old 1\xc2\xb2\n\n" + HEADS[8],
        b"new 0\n\n" + HEADS[8],
        b"old 0\nAAAA\n\n" + HEADS[8],
        b"old 0\n" + (b64encode(bytes(32)) + b"\n") * 64 + b"\n" + HEADS[8],
        b"old 0\n\n" + HEADS[8].removesuffix(b"\n"),
        b"old 0\n\nada.example/byline-log\n0\n" + b64encode(bytes(32)) + b"\n\n",
    ],
)
def test_malformed_request_is_refused(body: bytes) -> None:
    assert watching().answer(body, now=NOW).status == 400


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_request_is_answered_and_never_cosigned(data: st.DataObject) -> None:
    body = bytearray(add_checkpoint(HONEST.store, HEADS[300], old=8))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(min_size=1, max_size=3))
    witness = shown(8)
    answer = witness.answer(bytes(body), now=NOW)
    assert (answer.status == 200) == (open_request(bytes(body)) == open_request(bytes(ASKED)))


def open_request(body: bytes) -> tuple[object, ...] | None:
    """What of a request matters, if the log has signed it."""
    try:
        asked = Request.parse(body)
        checkpoint = open_checkpoint(asked.checkpoint, SIGNER.verifier)
    except Refused:
        return None
    return asked.old, asked.proof, checkpoint


def test_very_long_request_is_not_read() -> None:
    assert watching().answer(b"o" * (MAX_BODY + 1), now=NOW).status == 413


def test_request_survives_writing_and_reading() -> None:
    body = add_checkpoint(HONEST.store, HEADS[300], old=257)
    asked = Request.parse(body)
    assert (asked.old, asked.checkpoint, asked.encode()) == (257, HEADS[300], body)
    assert asked.proof == consistency_proof(HONEST.store, 257, 300)


def test_same_checkpoint_again_is_cosigned_and_not_stored_again() -> None:
    witness = shown(8)
    for later in range(3):
        [line] = ask(witness, Request(8, (), HEADS[8]).encode(), now=NOW + later)
        note = open_note(HEADS[8] + line + b"\n", [WITNESS.verifier])
        assert note.signatures[0].time == NOW + later
    assert isinstance(witness.memory, Remembered) and witness.memory.stored == 1


def test_time_never_runs_backwards() -> None:
    witness = shown(5)
    request = add_checkpoint(HONEST.store, HEADS[8], old=5)
    with pytest.raises(Temporary):
        ask(witness, request, now=NOW - 1)
    assert len(ask(witness, request)) == 1


def test_request_that_another_one_overtook_is_stale_and_rolls_nothing_back() -> None:
    """The race that the specification describes: N is stored after N+K."""
    fast = shown(5, 300).memory.last(SIGNER.name)
    witness = shown(5)
    assert fast is not None and isinstance(witness.memory, Remembered)
    witness.memory.raced.append(fast)
    slow = witness.answer(add_checkpoint(HONEST.store, HEADS[8], old=5), now=NOW)
    assert (slow.status, slow.body) == (409, b"300\n")
    assert witness.memory.last(SIGNER.name) == fast


def test_endless_race_ends() -> None:
    witness = shown(5)
    assert isinstance(witness.memory, Remembered)
    before = witness.memory.last(SIGNER.name)
    assert before is not None
    witness.memory.raced += [replace(before, time=NOW - turn) for turn in range(1, 9)]
    assert witness.answer(add_checkpoint(HONEST.store, HEADS[8], old=5), now=NOW).status == 503


def test_witness_needs_a_witness_key() -> None:
    with pytest.raises(NoteRefused, match="no witness key"):
        Witness(SIGNER, (), Remembered())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from((0, *SIZES)), st.sampled_from(SIZES)), max_size=12
    )
)
def test_no_order_of_requests_gets_two_pasts_cosigned(
    requests: list[tuple[bool, int, int]],
) -> None:
    witness, seen = watching(), list[Checkpoint]()
    for honest, old, size in requests:
        log, heads = (HONEST, HEADS) if honest else (FORKED, FORKS)
        if old > size:
            continue
        answer = witness.answer(add_checkpoint(log.store, heads[size], old=old), now=NOW)
        if answer.status == 200:
            seen.append(open_checkpoint(heads[size], SIGNER.verifier))
            proof = consistency_proof(log.store, seen[0].size, size)
            verify_consistency(seen[0].size, seen[0].root, size, seen[-1].root, proof)
    assert [head.size for head in seen] == sorted(head.size for head in seen)


# The log's end, before answers that no witness of ours gives.

ASKED = add_checkpoint(HONEST.store, HEADS[300], old=8)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (409, b"", Fork),
        (409, b"8\n", Fork),
        (422, b"whatever\n", Fork),
        (409, b"257\n", Stale),
        (409, b"257", Stale),
        (409, b"5\n", Permanent),
        (409, b"<html>", Permanent),
        (409, b"\xff", Permanent),
        (400, b"", Permanent),
        (403, b"", Permanent),
        (404, b"", Permanent),
        (301, b"", Permanent),
        (429, b"", Temporary),
        (500, b"", Temporary),
        (503, b"", Temporary),
        (200, b"", NoteRefused),
        (200, b"\xe2\x80\x94 stan.example/log AAAAAAAA\n", NoteRefused),
    ],
)
def test_every_answer_has_one_meaning(status: int, body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        read_answer(status, body, request=ASKED, witness=[WITNESS.verifier])
    assert type(raised.value) is error


def test_cosignature_of_another_checkpoint_is_refused() -> None:
    text = text_of(HEADS[257])
    line = f"{WITNESS.cosign(text, time=NOW)}\n".encode()
    with pytest.raises(NoteRefused, match="is wrong"):
        read_answer(200, line, request=ASKED, witness=[WITNESS.verifier])


def test_only_the_cosignatures_of_known_keys_are_taken() -> None:
    text = text_of(HEADS[300])
    lines = "".join(f"{key.cosign(text, time=NOW)}\n" for key in (HAL, WITNESS, REV)).encode()
    taken = read_answer(200, lines, request=ASKED, witness=[WITNESS.verifier, REV.verifier])
    assert [signature.name for signature in taken] == [WITNESS.name, REV.name]


# How many must agree.


def seen_by(**times: int) -> bytes:
    keys = {"hal": HAL, "rev": REV, "gwen": WITNESS}
    text = text_of(HEADS[8])
    return cosigned(HEADS[8], [keys[name].cosign(text, time=time) for name, time in times.items()])


TWO_OF_THREE = Policy((HAL.verifier, REV.verifier, WITNESS.verifier), quorum=2)


def test_quorum_proves_a_time() -> None:
    head = seen_by(hal=NOW + 9, rev=NOW, gwen=NOW + 60)
    assert TWO_OF_THREE.check(head, SIGNER.verifier).size == 8
    assert TWO_OF_THREE.times(head) == (NOW, NOW + 9, NOW + 60)
    assert TWO_OF_THREE.proved_at(head) == NOW + 9


@pytest.mark.parametrize("head", [HEADS[8], seen_by(hal=NOW)])
def test_too_few_witnesses_are_refused(head: bytes) -> None:
    with pytest.raises(ProofRefused, match="2 are asked for"):
        TWO_OF_THREE.check(head, SIGNER.verifier)


def test_witness_counts_once_and_strangers_never() -> None:
    text = text_of(HEADS[8])
    twice = [HAL.cosign(text, time=NOW), HAL.cosign(text, time=NOW + 1)]
    doubled = Note(text, (SIGNER.sign(text), *twice)).encode()
    with pytest.raises(ProofRefused):
        TWO_OF_THREE.check(doubled, SIGNER.verifier)
    with pytest.raises(ProofRefused):
        Policy((HAL.verifier, REV.verifier), quorum=2).check(
            seen_by(hal=NOW, gwen=NOW), SIGNER.verifier
        )


def test_forged_cosignature_refuses_the_checkpoint() -> None:
    other = text_of(HEADS[5])
    forged = cosigned(seen_by(hal=NOW, rev=NOW), [WITNESS.cosign(other, time=NOW)])
    with pytest.raises(NoteRefused):
        TWO_OF_THREE.check(forged, SIGNER.verifier)


def test_quorum_without_the_log_is_nothing() -> None:
    with pytest.raises(Refused):
        TWO_OF_THREE.check(seen_by(hal=NOW, rev=NOW), OTHER.verifier)


def test_no_witness_is_asked_for_by_default() -> None:
    assert Policy().check(HEADS[8], SIGNER.verifier).size == 8
    assert Policy().proved_at(HEADS[8]) is None


def test_one_witness_under_two_names_is_not_two() -> None:
    twins = [replace(WITNESS.verifier, name=f"{name}.example/witness") for name in ("eve", "ivy")]
    with pytest.raises(NoteRefused, match="key of its own"):
        Policy(tuple(twins), quorum=2)


def test_impossible_policies_are_refused() -> None:
    with pytest.raises(NoteRefused, match="never agree"):
        Policy((HAL.verifier,), quorum=2)
    for witnesses in ((HAL.verifier, HAL.verifier), (SIGNER.verifier,)):
        with pytest.raises(NoteRefused, match="a cosigning key of its own"):
            Policy(witnesses, quorum=1)


def test_newer_cosignature_replaces_the_older_one() -> None:
    text = text_of(HEADS[8])
    head = cosigned(seen_by(hal=NOW, rev=NOW), [HAL.cosign(text, time=NOW + 5)])
    assert TWO_OF_THREE.times(head) == (NOW, NOW + 5)
    assert open_checkpoint(head, SIGNER.verifier).size == 8


def test_memory_holds_what_was_seen() -> None:
    witness = shown(5, 8)
    seen = witness.memory.last(SIGNER.name)
    assert isinstance(seen, Seen) and (seen.size, seen.time) == (8, NOW)
