"""The stranger's side: every changed, missing or moved byte is found and named."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.tlog.checkpoint import Checkpoint, open_checkpoint
from firsthand.tlog.errors import NoteRefused, ProofRefused, Refused
from firsthand.tlog.note import open_note
from firsthand.tlog.store import MemoryStore
from firsthand.tlog.tiles import STAMPS, decode_bundle, encode_bundle, stamp_path
from firsthand.tlog.timestamp import Stamp, listed
from firsthand.tlog.verify import (
    OfflineProof,
    check_growth,
    check_inclusion,
    checked_entries,
    fsck,
    prove_offline,
    read_checkpoint,
    read_entries,
)
from tests.tlog.example import OTHER, SIGNER, WITNESS, Office, leaf, published_log
from tests.tlog.watchers import grown_to

VERIFIER = SIGNER.verifier
SIZE = 600
LOG = published_log(200, 520, SIZE)
HEAD = read_checkpoint(LOG, VERIFIER)


def copy() -> MemoryStore:
    store = MemoryStore()
    store.files = dict(LOG.files)
    return store


@given(st.integers(0, SIZE - 1))
def test_every_entry_is_included_once(index: int) -> None:
    check_inclusion(LOG, HEAD, index, leaf(index))
    for wrong in (leaf(index + 1), leaf(index) + b" ", b""):
        with pytest.raises(ProofRefused):
            check_inclusion(LOG, HEAD, index, wrong)
    with pytest.raises(ProofRefused):
        check_inclusion(LOG, HEAD, (index + 1) % SIZE, leaf(index))


def test_entries_are_read_across_bundles() -> None:
    assert list(read_entries(LOG, 250, 515, SIZE)) == [leaf(index) for index in range(250, 515)]
    assert list(read_entries(LOG, 0, 0, SIZE)) == []


def test_entries_that_were_changed_with_their_hashes_are_refused() -> None:
    """A tile and a bundle that agree with each other are still not what was signed."""
    assert list(checked_entries(LOG, HEAD, 250, 515)) == [leaf(n) for n in range(250, 515)]
    other, _ = grown_to(SIZE, before=b"another past")
    swapped = ("tile/entries/000", "tile/0/000")
    store = copy()
    for path in swapped:
        store.files[path] = other.store.read(path) or b""
    with pytest.raises(ProofRefused):
        list(checked_entries(store, HEAD, 0, 1))
    changed = copy()
    changed.files[swapped[0]] = other.store.read(swapped[0]) or b""
    with pytest.raises(ProofRefused, match="other entries than were logged"):
        list(checked_entries(changed, HEAD, 0, 1))


def test_growth_is_checked_and_forks_are_refused() -> None:
    office = Office()
    for size in (1, 200, 256, 511, SIZE):
        office.grow_to(size)
        check_growth(LOG, open_checkpoint(office.checkpoint, VERIFIER), HEAD)
    fork = Office()
    fork.sequence(b"not what was shown", *map(leaf, range(1, 300)))
    with pytest.raises(ProofRefused):
        check_growth(LOG, open_checkpoint(fork.checkpoint, VERIFIER), HEAD)
    with pytest.raises(ProofRefused):
        check_growth(LOG, HEAD, open_checkpoint(fork.checkpoint, VERIFIER))
    with pytest.raises(ProofRefused, match="two logs"):
        check_growth(LOG, replace(HEAD, origin="stan.example/log"), HEAD)


def test_sound_log_has_no_problems() -> None:
    audit = fsck(LOG, VERIFIER, paths=LOG.paths())
    assert (audit.ok, audit.entries, audit.tiles) == (True, SIZE, 3 + 3 + 1)
    assert audit.checkpoint == HEAD


@given(st.sampled_from(sorted(LOG.files)), st.data())
def test_fsck_finds_every_changed_byte(path: str, data: st.DataObject) -> None:
    store = copy()
    content = bytearray(store.files[path])
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    store.files[path] = bytes(content)
    audit = fsck(store, VERIFIER, paths=store.paths())
    told = {problem.path for problem in audit.problems}
    if path.startswith("tile/entries/"):  # an entry is held against the leaf hash beside it
        told |= {path for problem in audit.problems if problem.entry is not None}
    assert path in told


@pytest.mark.parametrize("path", sorted(LOG.files))
def test_fsck_finds_every_missing_or_cut_file(path: str) -> None:
    store = copy()
    store.files[path] = store.files[path][:-1]
    assert path in {problem.path for problem in fsck(store, VERIFIER, paths=store.paths()).problems}
    del store.files[path]
    problems = fsck(store, VERIFIER).problems
    if path in current_paths():
        assert path in {problem.path for problem in problems}


def current_paths() -> set[str]:
    return set(published_log(SIZE).files)


def stamped(*sizes: int, listing: bytes = b"") -> MemoryStore:
    """The log with something beside it that looks like a timestamp of each of these heads."""
    store, (_, heads) = copy(), grown_to(*sizes)
    for size in sizes:
        store.write(stamp_path(size), Stamp(b"what an authority said", heads[size]).encode())
    store.write(STAMPS, listing or listed(list(sizes)))
    return store


def test_fsck_finds_a_timestamp_of_another_past_or_size() -> None:
    assert fsck(stamped(200, SIZE), VERIFIER, paths=stamped(200, SIZE).paths()).ok
    forks = grown_to(300, before=b"another past")[1]
    for wrong in (forks[300], grown_to(299)[1][299], grown_to(SIZE + 1)[1][SIZE + 1]):
        store = stamped(200, 300)
        store.files[stamp_path(300)] = Stamp(b"said", wrong).encode()
        assert [problem.path for problem in fsck(store, VERIFIER).problems] == [stamp_path(300)]


def test_fsck_finds_a_timestamp_that_is_missing_or_unreadable() -> None:
    store = stamped(200, 300)
    store.files[stamp_path(200)] = store.files[stamp_path(200)].replace(b"\n\n", b"\n \n")
    del store.files[stamp_path(300)]
    assert {problem.path for problem in fsck(store, VERIFIER).problems} == {
        stamp_path(200),
        stamp_path(300),
    }
    for listing in (b"300\n200\n", b"200\n300", b"200\n0300\n"):
        problems = fsck(stamped(200, 300, listing=listing), VERIFIER).problems
        assert STAMPS in {problem.path for problem in problems}


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/entries/002.p/88"])
@pytest.mark.parametrize("change", ["drop", "swap", "double", "forge"])
def test_fsck_finds_dropped_moved_and_added_entries(path: str, change: str) -> None:
    store = copy()
    entries = decode_bundle(store.files[path])
    match change:
        case "drop":
            del entries[7]
        case "swap":
            entries[7], entries[8] = entries[8], entries[7]
        case "double":
            entries.insert(7, entries[7])
        case "forge":
            entries[7] = b"forged"
    store.files[path] = encode_bundle(entries)
    problems = fsck(store, VERIFIER).problems
    start = 0 if path.endswith("000") else 512
    if change in ("drop", "double"):
        assert [problem.path for problem in problems] == [path]
    else:
        places = {"swap": [start + 7, start + 8], "forge": [start + 7]}[change]
        assert [problem.entry for problem in problems] == places


def test_fsck_names_the_place() -> None:
    store = copy()
    tile = bytearray(store.files["tile/0/001"])
    tile[32 * 5] ^= 1
    store.files["tile/0/001"] = bytes(tile)
    assert [str(problem) for problem in fsck(store, VERIFIER).problems] == [
        "tile/0/001: hash 5 is not that of entry 261",
        "tile/1/000.p/2: hash 1 is not that of tile/0/001",
    ]


def test_fsck_is_not_fooled_by_a_log_that_is_whole_but_another() -> None:
    office = Office()
    office.grow_to(SIZE)
    office.entries[3] = b"rewritten later"
    forged = Office()
    forged.sequence(*office.entries)
    forged.publish()
    assert isinstance(forged.store, MemoryStore)
    forged.store.files["checkpoint"] = LOG.files["checkpoint"]
    problems = fsck(forged.store, VERIFIER).problems
    assert [problem.path for problem in problems] == ["checkpoint"]


def test_fsck_tells_of_files_that_do_not_belong() -> None:
    store = copy()
    store.files["tile/0/notes"] = b""
    store.files["tile/0/002.p/9"] = bytes(9 * 32)
    told = {problem.path for problem in fsck(store, VERIFIER, paths=store.paths()).problems}
    assert told == {"tile/0/notes", "tile/0/002.p/9"}


def test_fsck_without_a_trusted_checkpoint_says_only_that() -> None:
    for audit in (fsck(LOG, OTHER.verifier), fsck(MemoryStore(), VERIFIER)):
        assert audit.checkpoint is None
        assert [problem.path for problem in audit.problems] == ["checkpoint"]


PROOF = prove_offline(LOG, VERIFIER, 261, extra=b"salt")


def test_offline_proof_needs_no_log() -> None:
    proof = OfflineProof.parse(PROOF.encode())
    assert proof == PROOF and proof.extra == b"salt"
    assert proof.check(leaf(261), VERIFIER) == HEAD
    with pytest.raises(ProofRefused):
        proof.check(leaf(262), VERIFIER)
    with pytest.raises(NoteRefused):
        proof.check(leaf(261), OTHER.verifier)


def test_offline_proof_has_exactly_this_form() -> None:
    lines = replace(PROOF, extra=b"").encode().decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 261"]
    assert len(lines[2]) == 44 and lines[2 + len(PROOF.hashes)] == ""
    assert lines[3 + len(PROOF.hashes)] == SIGNER.name
    assert PROOF.encode().decode().split("\n")[1] == "extra c2FsdA=="


@given(st.integers(0, SIZE - 1), st.binary(max_size=40))
def test_offline_proofs_are_read_back(index: int, extra: bytes) -> None:
    proof = prove_offline(LOG, VERIFIER, index, extra=extra)
    assert OfflineProof.parse(proof.encode()) == proof
    assert proof.check(leaf(index), VERIFIER) == HEAD


def test_offline_proof_of_the_only_entry_has_no_hashes() -> None:
    proof = prove_offline(published_log(1), VERIFIER, 0)
    assert proof.hashes == () and OfflineProof.parse(proof.encode()) == proof
    proof.check(leaf(0), VERIFIER)


def test_no_single_bit_of_an_offline_proof_can_change() -> None:
    signed = replace(PROOF, extra=b"").encode()  # extra is signed by nobody
    for at in range(len(signed) * 8):
        changed = bytearray(signed)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises(Refused):
            OfflineProof.parse(bytes(changed)).check(leaf(261), VERIFIER)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"c2sp.org/tlog-proof@v1\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 1",
        b"c2sp.org/tlog-proof@v1\nindex 01\n\n",
        b"c2sp.org/tlog-proof@v1\nextra \nindex 1\n\n",
        b"c2sp.org/tlog-proof@v1\nindex 1\nextra AAAA\n\n",
        b"c2sp.org/tlog-proof@v2\nindex 1\n\n",
        "c2sp.org/tlog-proof@v1\nindex \N{ARABIC-INDIC DIGIT ONE}\n\n".encode(),
    ],
)
def test_malformed_offline_proofs_are_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        OfflineProof.parse(data)


def test_witnesses_are_counted() -> None:
    note = open_note(PROOF.checkpoint, [VERIFIER])
    seen = replace(PROOF, checkpoint=note.signed_also(WITNESS.cosign(note.text, time=1)).encode())
    witnesses = [WITNESS.verifier, WITNESS.verifier]  # the same one twice is one
    assert seen.check(leaf(261), VERIFIER, witnesses=witnesses, quorum=1) == HEAD
    for proof, quorum in ((seen, 2), (PROOF, 1)):
        with pytest.raises(ProofRefused, match="witnesses"):
            proof.check(leaf(261), VERIFIER, witnesses=witnesses, quorum=quorum)


def test_a_lying_reader_cannot_make_a_proof() -> None:
    store = copy()
    store.files["tile/0/001"] = store.files["tile/0/000"]
    with pytest.raises(ProofRefused):
        check_inclusion(store, HEAD, 300, leaf(300 - 256))
    with pytest.raises(ProofRefused):
        check_inclusion(LOG, Checkpoint(HEAD.origin, 520, HEAD.root), 0, leaf(0))


def test_the_verifier_needs_only_cryptography() -> None:
    code = (
        "import sys; import firsthand.tlog.verify; "
        "foreign = {name.partition('.')[0] for name in sys.modules} - sys.stdlib_module_names; "
        "print(sorted(name for name in foreign if not name.startswith('_')))"
    )
    command = [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert shown == "['cryptography', 'firsthand']\n"
