"""A memory for witnesses, and a log that is shown to two readers with two different pasts."""

from __future__ import annotations

from dataclasses import dataclass, field

from firsthand.tlog.witness import Seen, Witness
from tests.tlog.example import OTHER, SIGNER, WITNESS, Office


@dataclass(slots=True)
class Remembered:
    """The rows that a witness would keep. `raced`: another request is stored before the next swap."""

    rows: dict[str, Seen] = field(default_factory=dict)
    raced: list[Seen] = field(default_factory=list)
    stored: int = 0

    def last(self, origin: str) -> Seen | None:
        return self.rows.get(origin)

    def swap(self, origin: str, *, before: Seen | None, after: Seen) -> bool:
        if self.raced:
            self.rows[origin] = self.raced.pop(0)
        if self.rows.get(origin) != before:
            return False
        self.rows[origin] = after
        self.stored += 1
        return True


def watching() -> Witness:
    """A witness that has seen nothing yet."""
    return Witness(WITNESS, (SIGNER.verifier, OTHER.verifier), Remembered())


def grown_to(*sizes: int, before: bytes = b"") -> tuple[Office, dict[int, bytes]]:
    """A log and its checkpoint at each size. `before`: its first entry, for another past."""
    office = Office()
    if before:
        office.sequence(before)
    heads = {}
    for size in sizes:
        office.grow_to(size)
        heads[size] = office.checkpoint
    return office, heads
