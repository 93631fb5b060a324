"""Offline proofs before npm's @sigstore/verify, the code that checks Rekor's for the npm world."""

from __future__ import annotations

from pathlib import Path

import pytest

from firsthand.tlog.note import open_note
from firsthand.tlog.store import LocalStore
from firsthand.tlog.verify import prove_offline
from tests.servers.judges import Verdict, node
from tests.tlog.example import OTHER, SIGNER, WITNESS, Office, leaf

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    store = LocalStore(tmp_path_factory.mktemp("log"))
    Office(store).grow_to(700)
    return store


def judged(folder: Path, entry: bytes, proof: bytes, vkey: str = str(SIGNER.verifier)) -> Verdict:
    (folder / "leaf").write_bytes(entry)
    (folder / "proof").write_bytes(proof)
    return node("sigstore.js", vkey, folder / "leaf", folder / "proof")


@pytest.mark.parametrize("index", [0, 255, 256, 512, 699])
def test_proofs_hold_and_only_for_their_entry(log: LocalStore, tmp_path: Path, index: int) -> None:
    proof = prove_offline(log, SIGNER.verifier, index, extra=b"salt").encode()
    verdict = judged(tmp_path, leaf(index), proof)
    assert verdict.stdout.decode() == f"included {index}\n", verdict.stderr
    refused = judged(tmp_path, leaf(index + 1), proof)
    assert refused.returncode == 1 and b"calculated root hash does not match" in refused.stderr


def test_changed_checkpoint_is_refused(log: LocalStore, tmp_path: Path) -> None:
    proof = prove_offline(log, SIGNER.verifier, 3).encode().replace(b"\n700\n", b"\n701\n")
    refused = judged(tmp_path, leaf(3), proof)
    assert refused.returncode == 1 and b"invalid checkpoint signature" in refused.stderr


def test_proof_that_is_too_short_is_refused(log: LocalStore, tmp_path: Path) -> None:
    head, blank, checkpoint = prove_offline(log, SIGNER.verifier, 3).encode().partition(b"\n\n")
    short = head.rpartition(b"\n")[0] + blank + checkpoint
    refused = judged(tmp_path, leaf(3), short)
    assert refused.returncode == 1 and b"invalid hash count" in refused.stderr


def test_other_key_is_refused(log: LocalStore, tmp_path: Path) -> None:
    proof = prove_offline(log, SIGNER.verifier, 3).encode()
    name, key_id, _ = str(SIGNER.verifier).split("+", 2)
    forged = f"{name}+{key_id}+{str(OTHER.verifier).split('+', 2)[2]}"
    for vkey in (str(OTHER.verifier), forged):
        refused = judged(tmp_path, leaf(3), proof, vkey)
        assert refused.returncode == 1 and b"invalid checkpoint signature" in refused.stderr


def test_cosigned_checkpoint_is_still_the_logs(log: LocalStore, tmp_path: Path) -> None:
    note = open_note(log.read("checkpoint") or b"", [SIGNER.verifier])
    head = note.signed_also(WITNESS.cosign(note.text, time=1_764_000_000)).encode()
    proof = prove_offline(log, SIGNER.verifier, 3).encode().partition(b"\n\n")[0]
    assert judged(tmp_path, leaf(3), proof + b"\n\n" + head).returncode == 0
