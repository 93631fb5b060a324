"""What a stranger runs to check a log, on `cryptography` alone: proofs, offline proofs, audit.

Knows nothing of the office, and trusts nothing but the verifier key it is given.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self

from firsthand.tlog import merkle
from firsthand.tlog.checkpoint import Checkpoint, open_checkpoint, parse_decimal
from firsthand.tlog.errors import NoteRefused, ProofRefused, Refused, TileRefused
from firsthand.tlog.merkle import (
    Frontier,
    leaf_hash,
    tree_hash,
    verify_consistency,
    verify_inclusion,
)
from firsthand.tlog.note import Verifier, decode_base64, open_note
from firsthand.tlog.tiles import (
    CHECKPOINT,
    ENTRIES,
    STAMPS,
    WIDTH,
    Reader,
    Tile,
    TileHashes,
    is_stamp,
    levels_of,
    read_tile,
    stamp_path,
    tiles_of,
)
from firsthand.tlog.timestamp import Stamp, listed, sizes_in

PROOF_HEADER = "c2sp.org/tlog-proof@v1"


def read_checkpoint(reader: Reader, verifier: Verifier) -> Checkpoint:
    """The newest checkpoint, its signature and origin checked."""
    data = reader.read(CHECKPOINT)
    if data is None:
        raise NoteRefused("The log shows no checkpoint: check its address, or ask its owner.")
    return open_checkpoint(data, verifier)


def inclusion_proof(reader: Reader, size: int, index: int) -> tuple[bytes, ...]:
    return merkle.inclusion_proof(TileHashes(reader, size), index, size)


def consistency_proof(reader: Reader, old: int, new: int) -> tuple[bytes, ...]:
    return merkle.consistency_proof(TileHashes(reader, new), old, new)


def check_inclusion(reader: Reader, checkpoint: Checkpoint, index: int, leaf: bytes) -> None:
    """Raise `Refused` unless the tiles prove that `leaf` is entry `index` of this checkpoint."""
    proof = inclusion_proof(reader, checkpoint.size, index)
    verify_inclusion(leaf_hash(leaf), index, checkpoint.size, proof, checkpoint.root)


def check_growth(reader: Reader, old: Checkpoint, new: Checkpoint) -> None:
    """Raise `Refused` unless the tiles prove that `new` only appended to `old`."""
    if old.origin != new.origin:
        raise ProofRefused(f"{old.origin} and {new.origin} are two logs: compare within one.")
    proof = () if new.size < old.size else consistency_proof(reader, old.size, new.size)
    verify_consistency(old.size, old.root, new.size, new.root, proof)


def read_entries(reader: Reader, start: int, end: int, size: int) -> Iterator[bytes]:
    """Entries `start` to `end` of a log of `size`, as the reader gives them: not yet checked."""
    for bundle in tiles_of(size, ENTRIES, start // WIDTH):
        if bundle.start >= end:
            return
        low, high = max(start - bundle.start, 0), end - bundle.start
        yield from read_tile(reader, bundle)[low:high]


def checked_entries(
    reader: Reader, checkpoint: Checkpoint, start: int, end: int
) -> Iterator[bytes]:
    """Entries `start` to `end`, each bundle proved to be in this checkpoint; or `Refused`."""
    size, hashes = checkpoint.size, TileHashes(reader, checkpoint.size)
    for bundle in tiles_of(size, ENTRIES, start // WIDTH):
        if bundle.start >= end:
            return
        entries = read_tile(reader, bundle)
        row = hashes.tile(0, bundle.index)
        if row != [leaf_hash(entry) for entry in entries]:
            raise ProofRefused(f"{bundle.path} holds other entries than were logged.")
        # The way from the first entry to the root passes every hash of its tile.
        proof = merkle.inclusion_proof(hashes, bundle.start, size)
        verify_inclusion(row[0], bundle.start, size, proof, checkpoint.root)
        yield from entries[max(start - bundle.start, 0) : end - bundle.start]


@dataclass(frozen=True, slots=True)
class OfflineProof:
    """A `.tlog-proof` (c2sp.org/tlog-proof@v1): a checkpoint and the way to it from one entry.

    `extra` is opaque and signed by nobody.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The proof, its form checked only: `check` tells whether it holds."""
        head, blank, checkpoint = data.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise ProofRefused("The proof is not plain text: fetch it again.") from error
        if first != PROOF_HEADER or not blank:
            raise ProofRefused(f"This is not a proof that begins with {PROOF_HEADER}.")
        extra = decode_base64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else b""
        if not lines or not lines[0].startswith("index "):
            raise ProofRefused("The proof does not say which entry it is for: fetch it again.")
        index, hashes = parse_decimal(lines[0][6:]), tuple(map(decode_base64, lines[1:]))
        proof = cls(index, hashes, checkpoint, extra)
        if proof.encode() != data:
            raise ProofRefused("The proof is not written the one true way: it was changed.")
        return proof

    def encode(self) -> bytes:
        extra = [f"extra {b64encode(self.extra).decode()}"] if self.extra else []
        hashes = [b64encode(hash_).decode() for hash_ in self.hashes]
        lines = [PROOF_HEADER, *extra, f"index {self.index}", *hashes, "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    def check(
        self,
        leaf: bytes,
        verifier: Verifier,
        *,
        witnesses: Collection[Verifier] = (),
        quorum: int = 0,
    ) -> Checkpoint:
        """The checkpoint that proves `leaf` logged, seen by `quorum` witnesses; or `Refused`."""
        checkpoint = open_checkpoint(self.checkpoint, verifier, *witnesses)
        note = open_note(self.checkpoint, (verifier, *witnesses))
        seen = sum(note.signed_by(witness) for witness in set(witnesses))
        if seen < quorum:
            raise ProofRefused(
                f"{seen} known witnesses saw this checkpoint, {quorum} are asked for.",
                hint="Wait for a checkpoint with more cosignatures, or ask for fewer.",
            )
        verify_inclusion(leaf_hash(leaf), self.index, checkpoint.size, self.hashes, checkpoint.root)
        return checkpoint


def prove_offline(
    reader: Reader, verifier: Verifier, index: int, *, extra: bytes = b""
) -> OfflineProof:
    """The offline proof of one entry against the newest checkpoint."""
    data = reader.read(CHECKPOINT) or b""
    checkpoint = open_checkpoint(data, verifier)
    return OfflineProof(index, inclusion_proof(reader, checkpoint.size, index), data, extra)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and the file it is in. `entry`: the entry concerned, where it is one."""

    path: str
    what: str
    entry: int | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


@dataclass(frozen=True, slots=True)
class Audit:
    """The outcome of `fsck`. `checkpoint` is None when it could not be trusted at all."""

    checkpoint: Checkpoint | None
    entries: int = 0
    tiles: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems


def fsck(reader: Reader, verifier: Verifier, *, paths: Iterable[str] = ()) -> Audit:
    """Check every entry against its leaf hash, every tile against the next level, and the root.

    `paths`: what a store says it holds; the partial tiles of older checkpoints and the timestamps
    among them are checked too, and files that belong to no log are told. Of a timestamp, that its
    head is of this log's past: who made it is for those who believe somebody.
    """
    try:
        checkpoint = read_checkpoint(reader, verifier)
    except Refused as refused:
        return Audit(None, problems=(Problem(CHECKPOINT, refused.message),))
    audit = _Fsck(reader, checkpoint.size)
    audit.levels()
    audit.root(checkpoint)
    others = list(paths)
    audit.others(others)
    audit.stamps(checkpoint, others)
    return Audit(checkpoint, audit.entries, audit.tiles, tuple(audit.problems))


@dataclass(slots=True)
class _Fsck:
    """One walk through a log, from the entries up, remembering what was found."""

    reader: Reader
    size: int
    entries: int = 0
    tiles: int = 0
    problems: list[Problem] = field(default_factory=list)

    def levels(self) -> None:
        below = self._leaves()
        for level in levels_of(self.size):
            roots: list[bytes | None] = []
            for tile in tiles_of(self.size, level):
                row = [next(below) for _ in range(tile.width)]
                stored = self._read(tile)
                self._compare(tile, row, stored)
                if tile.is_full:
                    roots.append(tree_hash(stored) if stored else None)
            below = iter(roots)

    def root(self, checkpoint: Checkpoint) -> None:
        try:
            root = Frontier.read(TileHashes(self.reader, self.size), self.size).root()
        except TileRefused:
            return  # already told
        if root != checkpoint.root:
            self._found(CHECKPOINT, "its root is not the one that the tiles lead to")

    def others(self, paths: Iterable[str]) -> None:
        """Whatever else is there: narrower tiles must be the beginning of the wide ones."""
        for path in paths:
            tile = Tile.parse(path)
            if tile is None and path != CHECKPOINT and not is_stamp(path):
                self._found(path, "is no file of a log: remove it")
            elif tile and tile.start + tile.width <= self.size >> 8 * max(tile.level, 0):
                self._narrower(tile)

    def stamps(self, checkpoint: Checkpoint, paths: list[str]) -> None:
        """Each that is there or listed is over a head that the log grew out of."""
        list_ = self.reader.read(STAMPS) or b""
        sizes = sizes_in(list_)
        if listed(sizes) != list_:
            self._found(STAMPS, "is no list of sizes, smallest first")
        for path in {*map(stamp_path, sizes), *filter(is_stamp, paths)} - {STAMPS}:
            try:
                head = Stamp.parse(self.reader.read(path) or b"").head()
                check_growth(self.reader, head, checkpoint)
            except Refused as refused:
                self._found(path, refused.message)
            else:
                if stamp_path(head.size) != path:
                    self._found(path, f"is over the head of {head.size} entries")

    def _narrower(self, tile: Tile) -> None:
        count = self.size >> 8 * max(tile.level, 0)
        wide = Tile(tile.level, tile.index, min(WIDTH, count - tile.start))
        try:
            same = read_tile(self.reader, tile) == read_tile(self.reader, wide)[: tile.width]
        except TileRefused as refused:
            self._refused(refused)
            return
        if not same:
            self._found(tile.path, f"is not the beginning of {wide.path}")

    def _leaves(self) -> Iterator[bytes | None]:
        for bundle in tiles_of(self.size, ENTRIES):
            entries = self._read(bundle)
            self.entries += len(entries or ())
            yield from map(leaf_hash, entries) if entries else [None] * bundle.width

    def _read(self, tile: Tile) -> list[bytes] | None:
        self.tiles += 1
        try:
            return read_tile(self.reader, tile)
        except TileRefused as refused:
            self._refused(refused)
            return None

    def _compare(
        self, tile: Tile, computed: list[bytes | None], stored: list[bytes] | None
    ) -> None:
        for at, (ours, theirs) in enumerate(zip(computed, stored or (), strict=False), tile.start):
            if ours is not None and ours != theirs:
                entry = at if tile.level == 0 else None
                below = f"entry {at}" if tile.level == 0 else Tile(tile.level - 1, at).path
                self._found(tile.path, f"hash {at - tile.start} is not that of {below}", entry)

    def _refused(self, refused: TileRefused) -> None:
        self._found(refused.path, refused.message)

    def _found(self, path: str, what: str, entry: int | None = None) -> None:
        problem = Problem(path, what, entry)
        if problem not in self.problems:
            self.problems.append(problem)
