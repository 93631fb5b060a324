"""Writing the log in two steps, so that the office can order entries in its own transaction.

1. `sequence` gives entries their places and `sign_checkpoint` signs the new head: no input or
   output, the caller stores entries, frontier and checkpoint together or not at all.
2. `publish` shows to the world what is stored. It may be killed anywhere and run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from firsthand.core.errors import Conflict
from firsthand.tlog.checkpoint import Checkpoint
from firsthand.tlog.errors import PublishRefused
from firsthand.tlog.merkle import Frontier, leaf_hash, tree_hash
from firsthand.tlog.note import Signer, sign, split_note
from firsthand.tlog.store import Store
from firsthand.tlog.tiles import (
    CHECKPOINT,
    ENTRIES,
    HEIGHT,
    WIDTH,
    TileHashes,
    check_entry,
    encode_bundle,
    encode_hashes,
    levels_of,
    tiles_of,
)

Entries = Callable[[int, int], Sequence[bytes]]
"""(start, end) -> the sequenced entries of that half-open range, in order."""


def sequence(frontier: Frontier, leaves: Iterable[bytes]) -> Frontier:
    """The log's frontier with these entries appended; `Misuse` when one is too long."""
    leaves = list(leaves)
    for leaf in leaves:
        check_entry(leaf)
    return frontier.extend(leaves)


def sign_checkpoint(origin: str, frontier: Frontier, *signers: Signer) -> bytes:
    """The signed note to publish. Sign only what is stored for good: a checkpoint is a promise."""
    return sign(str(Checkpoint(origin, frontier.size, frontier.root())), *signers)


def publish(store: Store, *, entries: Entries, size: int, checkpoint: bytes) -> None:
    """Bring the store from whatever it shows to `checkpoint`, which covers `size` entries.

    Nothing is written before all is known to fit: the store's tiles, its checkpoint, the entries
    and the new root; else `PublishRefused`, or `Conflict` when a larger log is already published.
    Then come entry bundles, hash tiles and, last, the checkpoint. `entries` is asked for a range
    twice, never for more than a bundle at a time. Signatures are the caller's to check.
    """
    head = Checkpoint.parse(split_note(checkpoint)[0])
    before = published(store, origin=head.origin)
    if head.size != size or size < before.size:
        raise Conflict(
            f"The log shows {before.size} entries and cannot go to {size} ({head.size} signed).",
            hint="Read the newest sequenced head and publish that.",
        )
    hashes = _fitting_hashes(store, before, head, entries)
    for bundle in tiles_of(size, ENTRIES, before.size // WIDTH):
        content = encode_bundle(entries(bundle.start, bundle.start + bundle.width))
        store.write(bundle.path, content)
    for path, content in _hash_tiles(store, before.size, size, hashes):
        store.write(path, content)
    store.write(CHECKPOINT, checkpoint)
    _forget_partials(store, before.size, size)


def published(store: Store, *, origin: str) -> Frontier:
    """What the store shows, read from its tiles and checked against its checkpoint."""
    note = store.read(CHECKPOINT)
    if note is None:
        return Frontier()
    head = Checkpoint.parse(split_note(note)[0])
    frontier = Frontier.read(TileHashes(store, head.size), head.size)
    if head.origin != origin or frontier.root() != head.root:
        raise PublishRefused(
            f"The published log {head.origin} does not fit its own checkpoint, or is not {origin}.",
            hint="Run `firsthand log fsck` to see which file differs, and restore it.",
        )
    return frontier


def _fitting_hashes(
    store: Store, before: Frontier, head: Checkpoint, entries: Entries
) -> list[bytes]:
    """The leaf hashes from the start of the last published bundle on, known to give the root."""
    start = before.size - before.size % WIDTH
    hashes: list[bytes] = []
    for bundle in tiles_of(head.size, ENTRIES, start // WIDTH):
        hashes += map(leaf_hash, entries(bundle.start, bundle.start + bundle.width))
    overlap = before.size - start
    shown = TileHashes(store, before.size).tile(0, start // WIDTH) if overlap else []
    after = before.extend_hashes(hashes[overlap:])
    if hashes[:overlap] != shown or (after.size, after.root()) != (head.size, head.root):
        raise PublishRefused(
            f"The entries from {start} on do not lead to the signed root of {head.size} entries.",
            hint="Sequenced entries must never change. Compare them with the published log.",
        )
    return hashes


def _hash_tiles(
    store: Store, before: int, size: int, leaves: list[bytes]
) -> Iterator[tuple[str, bytes]]:
    """Every tile that changed since `before`, level by level; `leaves` begin where a tile does."""
    row = leaves
    for level in levels_of(size):
        done, first = before >> HEIGHT * level, before >> HEIGHT * (level + 1)
        if size >> HEIGHT * level == done:
            return
        tiles = list(tiles_of(size, level, first))
        cuts = [row[at : at + WIDTH] for at in range(0, len(row), WIDTH)]
        yield from zip((t.path for t in tiles), map(encode_hashes, cuts), strict=True)
        above = first % WIDTH
        kept = TileHashes(store, before).tile(level + 1, first // WIDTH) if above else []
        row = kept + [tree_hash(cut) for cut in cuts if len(cut) == WIDTH]


def _forget_partials(store: Store, before: int, size: int) -> None:
    """Tiles that became full replace their partial forms, or they would outgrow the log."""
    for level in (ENTRIES, *levels_of(size)):
        for tile in tiles_of(size, level, before >> HEIGHT * (max(level, 0) + 1)):
            if tile.is_full:
                store.forget_partials(tile)
