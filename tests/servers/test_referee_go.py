"""The log before a judge nobody here wrote: the Go team's golang.org/x/mod/sumdb/{note,tlog}."""

from __future__ import annotations

import itertools
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from firsthand.tlog.checkpoint import open_checkpoint
from firsthand.tlog.note import open_note
from firsthand.tlog.store import LocalStore
from firsthand.tlog.verify import consistency_proof, prove_offline
from tests.servers.go import Go
from tests.tlog.example import OTHER, SIGNER, WITNESS, Office, leaf

pytestmark = pytest.mark.servers

PROGRAM = Path(__file__).with_name("referees") / "go" / "tlog" / "main.go"
VKEY = str(SIGNER.verifier)
SIZES = (1, 2, 255, 256, 257, 700, 66_000)


@pytest.fixture(scope="module")
def referee(go: Go, tmp_path_factory: pytest.TempPathFactory) -> Path:
    binary = tmp_path_factory.mktemp("referee") / "tlog"
    built = go.run("build", "-o", binary, PROGRAM)
    assert built.returncode == 0, built.stderr
    return binary


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalStore, dict[int, bytes]]:
    """A log on disk, and the checkpoints it has had."""
    store = LocalStore(tmp_path_factory.mktemp("log"))
    office = Office(store)
    heads = {}
    for size in SIZES:
        office.grow_to(size)
        heads[size] = office.checkpoint
    return store, heads


def run(
    referee: Path, *arguments: str | Path, text: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    command = [str(referee), *map(str, arguments)]
    return subprocess.run(command, input=text, capture_output=True, timeout=120, check=False)


def test_whole_log_is_sound(referee: Path, log: tuple[LocalStore, dict[int, bytes]]) -> None:
    store, heads = log
    root = open_checkpoint(heads[66_000], SIGNER.verifier).root
    judged = run(referee, "log", VKEY, store.root)
    assert judged.stdout.decode() == f"sound 66000 {b64encode(root).decode()}\n", judged.stderr


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257])
def test_small_logs_are_sound(referee: Path, tmp_path: Path, size: int) -> None:
    Office(LocalStore(tmp_path)).grow_to(size)
    judged = run(referee, "log", VKEY, tmp_path)
    assert judged.stdout.decode().startswith(f"sound {size} "), judged.stderr


@pytest.mark.parametrize("index", [0, 255, 256, 65_535, 65_999])
def test_offline_proofs_hold(
    referee: Path, log: tuple[LocalStore, dict[int, bytes]], tmp_path: Path, index: int
) -> None:
    proof = prove_offline(log[0], SIGNER.verifier, index, extra=b"salt")
    (tmp_path / "proof").write_bytes(proof.encode())
    (tmp_path / "leaf").write_bytes(leaf(index))
    judged = run(referee, "proof", VKEY, tmp_path / "leaf", tmp_path / "proof")
    assert judged.stdout.decode() == f"included {index} 66000\n", judged.stderr
    (tmp_path / "leaf").write_bytes(leaf(index + 1))
    assert run(referee, "proof", VKEY, tmp_path / "leaf", tmp_path / "proof").returncode == 1


@pytest.mark.parametrize(("old", "new"), list(itertools.pairwise(SIZES)))
def test_growth_is_proved(
    referee: Path, log: tuple[LocalStore, dict[int, bytes]], tmp_path: Path, old: int, new: int
) -> None:
    store, heads = log
    hashes = [b64encode(hash_).decode() for hash_ in consistency_proof(store, old, new)]
    for name, content in (("old", heads[old]), ("new", heads[new])):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "proof").write_text("\n".join(hashes))
    arguments = [tmp_path / name for name in ("old", "new", "proof")]
    judged = run(referee, "growth", VKEY, *arguments)
    assert judged.stdout.decode() == f"grown {old} {new}\n", judged.stderr
    (tmp_path / "proof").write_text("\n".join(reversed([*hashes, VKEY.split("+")[2]])))
    assert run(referee, "growth", VKEY, *arguments).returncode == 1


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "tile/1/000", "tile/entries/001"])
def test_tampered_copy_is_refused(referee: Path, tmp_path: Path, path: str) -> None:
    Office(LocalStore(tmp_path)).grow_to(66_000)
    content = bytearray((tmp_path / path).read_bytes())
    content[40] ^= 1
    (tmp_path / path).write_bytes(content)
    judged = run(referee, "log", VKEY, tmp_path)
    assert (judged.returncode, judged.stdout) == (1, b"")


def test_other_key_is_refused(referee: Path, log: tuple[LocalStore, dict[int, bytes]]) -> None:
    judged = run(referee, "log", str(OTHER.verifier), log[0].root)
    assert judged.returncode == 1 and b"no verifiable signatures" in judged.stderr


def test_cosigned_checkpoint_is_still_the_logs(referee: Path, tmp_path: Path) -> None:
    office = Office(LocalStore(tmp_path))
    office.grow_to(5)
    note = open_note(office.checkpoint, [SIGNER.verifier])
    cosigned = note.signed_also(WITNESS.cosign(note.text, time=1_764_000_000)).encode()
    office.store.write("checkpoint", cosigned)
    assert run(referee, "log", VKEY, tmp_path).returncode == 0


def test_go_signs_with_our_keys_to_the_same_byte(
    referee: Path, log: tuple[LocalStore, dict[int, bytes]]
) -> None:
    text = open_note(log[1][700], [SIGNER.verifier]).text
    assert run(referee, "sign", SIGNER.skey, text=text.encode()).stdout == log[1][700]
