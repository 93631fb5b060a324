"""One small log, built as the office builds it, for every test of this folder to look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from firsthand.tlog.merkle import Frontier
from firsthand.tlog.note import Algorithm, Signer
from firsthand.tlog.store import MemoryStore, Store
from firsthand.tlog.writer import publish, sequence, sign_checkpoint

SIGNER = Signer("ada.example/byline-log", bytes(range(32)))
WITNESS = Signer("witness.example/hal", bytes(range(1, 33)), Algorithm.COSIGNATURE)
OTHER = Signer("stan.example/log", bytes(range(2, 34)))


def leaf(index: int) -> bytes:
    return b'{"kind":"byline","seq":%d}' % index


@dataclass(slots=True)
class Office:
    """The rows that an office would keep: entries, frontier and signed head, always together."""

    store: Store = field(default_factory=MemoryStore)
    entries: list[bytes] = field(default_factory=list)
    frontier: Frontier = field(default_factory=Frontier)
    checkpoint: bytes = b""

    def sequence(self, *leaves: bytes) -> None:
        self.frontier = sequence(self.frontier, leaves)
        self.entries += leaves
        self.checkpoint = sign_checkpoint(SIGNER.name, self.frontier, SIGNER)

    def publish(self) -> None:
        publish(
            self.store,
            entries=lambda start, end: self.entries[start:end],
            size=self.frontier.size,
            checkpoint=self.checkpoint,
        )

    def grow_to(self, size: int) -> None:
        self.sequence(*map(leaf, range(len(self.entries), size)))
        self.publish()


def published_log(*sizes: int) -> MemoryStore:
    """A log that was published at each of these sizes."""
    store = MemoryStore()
    office = Office(store)
    for size in sizes:
        office.grow_to(size)
    return store
