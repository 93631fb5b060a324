"""What the log shows, what the letter brought and what witnesses signed are held against each other."""

from __future__ import annotations

import pytest

from firsthand.tlog.note import Algorithm, Signer, split_note
from firsthand.tlog.tiles import CHECKPOINT
from firsthand.tlog.verify import OfflineProof, inclusion_proof
from firsthand.tlog.witness import Policy, cosigned
from firsthand.verifier.known import Known
from firsthand.verifier.logged import Evidence, Logged, find
from tests.tlog.example import SIGNER, WITNESS, Office, leaf
from tests.tlog.watchers import grown_to

SECOND = Signer("second.example/w", bytes(31) + b"\x09", Algorithm.COSIGNATURE)
BOTH = (WITNESS.verifier, SECOND.verifier)
INDEX = 3


def seen(head: bytes, **times: int) -> bytes:
    """The head with cosignatures of `first` and `second` at these times."""
    signers = {"first": WITNESS, "second": SECOND}
    text = split_note(head)[0]
    return cosigned(head, [signers[who].cosign(text, time=at) for who, at in times.items()])


def proof(log: Office, head: bytes, size: int) -> bytes:
    return OfflineProof(INDEX, inclusion_proof(log.store, size, INDEX), head).encode()


def look(log: Office, brought: bytes | None, policy: Policy = Policy()) -> Logged:  # noqa: B008
    evidence = Evidence(INDEX, log.store, brought, policy)
    return find(leaf(INDEX), SIGNER.verifier, evidence, Known())


def test_a_quorum_may_be_reached_by_the_newest_head_or_by_the_proof() -> None:
    log, heads = grown_to(5, 8)
    asked = Policy(BOTH, quorum=1)
    assert look(log, None, asked).checkpoint is None
    assert look(log, proof(log, heads[5], 5), asked).checkpoint is None
    by_proof = look(log, proof(log, seen(heads[5], first=100), 5), asked)
    assert (by_proof.checkpoint and by_proof.checkpoint.size, by_proof.proved_at) == (8, 100)
    log.store.write(CHECKPOINT, seen(heads[8], second=200))
    assert look(log, None, asked).proved_at == 200


def test_the_earliest_time_at_which_enough_had_seen_it_is_proved() -> None:
    log, heads = grown_to(5, 8)
    log.store.write(CHECKPOINT, seen(heads[8], first=300, second=400))
    brought = proof(log, seen(heads[5], first=100), 5)
    assert look(log, brought, Policy(BOTH, quorum=1)).proved_at == 100
    assert look(log, brought, Policy(BOTH, quorum=2)).proved_at == 400
    assert look(log, brought).proved_at is None


def test_witnesses_that_the_reader_did_not_choose_count_for_nothing() -> None:
    log, heads = grown_to(5)
    log.store.write(CHECKPOINT, seen(heads[5], second=100))
    found = look(log, None, Policy((WITNESS.verifier,), quorum=1))
    assert found.checkpoint is None
    assert "0 known witnesses saw this checkpoint" in found.problems[0]


def test_a_false_cosignature_is_refused() -> None:
    log, heads = grown_to(5)
    good = seen(heads[5], first=100)
    bad = seen(heads[5], first=101).splitlines()[-1]
    log.store.write(CHECKPOINT, good.replace(good.splitlines()[-1], bad[:-8] + b"AAAAAAA="))
    assert look(log, None, Policy(BOTH, quorum=1)).checkpoint is None


@pytest.mark.parametrize("size", [5, 8])
def test_a_log_with_another_past_than_the_letter_brought_is_a_split_view(size: int) -> None:
    """Both heads are signed by the log's key, both contain the entry, and they do not fit."""
    log, _ = grown_to(8)
    other = Office()
    other.sequence(*(leaf(n) if n == INDEX else b"another past" for n in range(size)))
    other.publish()
    found = look(log, proof(other, other.checkpoint, size))
    assert found.checkpoint is None
    assert "another past" in found.problems[0]


def test_a_damaged_proof_does_not_matter_where_the_log_shows_it() -> None:
    log, heads = grown_to(5, 8)
    brought = proof(log, heads[5], 5)
    assert look(log, brought[:-9] + b"AAAAAAAA\n").checkpoint


def test_an_older_copy_of_the_log_is_told() -> None:
    log, heads = grown_to(5, 8)
    old, _ = grown_to(5)
    found = look(old, proof(log, heads[8], 8))
    assert found.checkpoint
    assert "older copy" in found.notices[0]
