"""The log before tlog-scales: proofs byte for byte, entries, growth, signatures, cosignatures."""

from __future__ import annotations

import itertools
import shutil
from base64 import b64encode
from pathlib import Path

import pytest

from firsthand.tlog.note import open_note
from firsthand.tlog.store import LocalStore
from firsthand.tlog.verify import consistency_proof, prove_offline
from tests.servers.judges import python, tlog_tiles
from tests.tlog.example import OTHER, SIGNER, WITNESS, Office, leaf

pytestmark = pytest.mark.servers

VKEY = str(SIGNER.verifier)
SIZES = (1, 2, 255, 256, 257, 700)
Log = tuple[LocalStore, dict[int, bytes]]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """A log on disk, and the checkpoints it has had."""
    office = Office(LocalStore(tmp_path_factory.mktemp("log")))
    heads = {}
    for size in SIZES:
        office.grow_to(size)
        heads[size] = office.checkpoint
    assert isinstance(office.store, LocalStore)
    return office.store, heads


@pytest.mark.parametrize("index", [0, 255, 256, 511, 512, 699])
def test_its_proof_is_ours_to_the_byte(log: Log, index: int) -> None:
    proof = prove_offline(log[0], SIGNER.verifier, index)
    assert tlog_tiles("gen-proof", log[0].root, index).stdout == proof.encode()


def test_it_finds_our_entries_included(log: Log) -> None:
    for index in (0, 300, 699):
        assert tlog_tiles("get-leaf", "-c", log[0].root, index).stdout == leaf(index)


@pytest.mark.parametrize(
    ("path", "at"),
    [("tile/entries/001", 10), ("tile/0/001", 40), ("tile/1/000.p/2", 10), ("checkpoint", 40)],
)
def test_tampered_copy_is_refused(log: Log, tmp_path: Path, path: str, at: int) -> None:
    """`at`: a byte that entry 256 hangs on."""
    shutil.copytree(log[0].root, tmp_path / "copy")
    assert tlog_tiles("get-leaf", "-c", tmp_path / "copy", 256).returncode == 0
    content = bytearray((tmp_path / "copy" / path).read_bytes())
    content[at] ^= 1
    (tmp_path / "copy" / path).write_bytes(content)
    refused = tlog_tiles("get-leaf", "-c", tmp_path / "copy", 256)
    assert (refused.returncode, refused.stdout) == (1, b"")


@pytest.mark.parametrize(("old", "new"), list(itertools.pairwise(SIZES)))
def test_growth_is_proved(log: Log, tmp_path: Path, old: int, new: int) -> None:
    store, heads = log
    hashes = [b64encode(hash_).decode() for hash_ in consistency_proof(store, old, new)]
    for name, content in (("old", heads[old]), ("new", heads[new])):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "proof").write_text("\n".join(hashes))
    places = [tmp_path / name for name in ("old", "new", "proof")]
    judged = python("scales.py", "growth", VKEY, *places)
    assert judged.stdout.decode() == f"grown {old} {new}\n", judged.stderr
    (tmp_path / "proof").write_text("\n".join(hashes[:-1]))
    refused = python("scales.py", "growth", VKEY, *places)
    assert refused.returncode == 1 and b"ConsistencyProofInvalid" in refused.stderr


def test_signature_and_cosignature_hold(log: Log, tmp_path: Path) -> None:
    note = open_note(log[1][700], [SIGNER.verifier])
    head = note.signed_also(WITNESS.cosign(note.text, time=1_764_000_000)).encode()
    (tmp_path / "head").write_bytes(head)
    judged = python("scales.py", "signed", tmp_path / "head", VKEY, WITNESS.verifier)
    assert judged.stdout == b"signed 700 2\n", judged.stderr
    (tmp_path / "head").write_bytes(head.replace(b"\n700\n", b"\n701\n"))
    for key in (VKEY, WITNESS.verifier):
        refused = python("scales.py", "signed", tmp_path / "head", key)
        assert refused.returncode == 1 and b"InvalidSignature" in refused.stderr


def test_cosignature_at_another_time_is_refused(log: Log, tmp_path: Path) -> None:
    note = open_note(log[1][700], [SIGNER.verifier])
    line = WITNESS.cosign(note.text, time=1_764_000_000)
    moved = type(line)(line.name, line.key_id, (1_764_000_001).to_bytes(8) + line.body[8:])
    (tmp_path / "head").write_bytes(note.signed_also(moved).encode())
    refused = python("scales.py", "signed", tmp_path / "head", WITNESS.verifier)
    assert refused.returncode == 1 and b"InvalidSignature" in refused.stderr


def test_other_key_is_refused(log: Log) -> None:
    refused = python("scales.py", "signed", log[0].root / "checkpoint", OTHER.verifier)
    assert refused.returncode == 1 and b"no signature matched" in refused.stderr
