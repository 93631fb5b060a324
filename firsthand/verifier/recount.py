"""The report of a log, recounted from its files by somebody who believes only the log's key."""

from __future__ import annotations

from dataclasses import dataclass, field

from firsthand.core.report import Tally
from firsthand.tlog.checkpoint import Checkpoint
from firsthand.tlog.errors import ProofRefused
from firsthand.tlog.merkle import Frontier
from firsthand.tlog.note import Verifier
from firsthand.tlog.tiles import ENTRIES, WIDTH, Reader, read_tile, tiles_of
from firsthand.tlog.verify import read_checkpoint


@dataclass(slots=True)
class Recount:
    """A count that follows a growing log. After a refusal it is of no more use."""

    tally: Tally = field(default_factory=Tally)
    frontier: Frontier = field(default_factory=Frontier)

    def follow(self, reader: Reader, verifier: Verifier) -> Checkpoint:
        """Count what is new up to the newest checkpoint; `Refused` unless it leads to the signed root."""
        checkpoint = read_checkpoint(reader, verifier)
        if checkpoint.size < self.tally.size:
            raise ProofRefused(
                f"The log shrank from {self.tally.size} to {checkpoint.size} entries: rolled back."
            )
        for bundle in tiles_of(checkpoint.size, ENTRIES, self.tally.size // WIDTH):
            new = read_tile(reader, bundle)[self.tally.size - bundle.start :]
            self.frontier = self.frontier.extend(new)
            self.tally.extend(new)
        if self.frontier.root() != checkpoint.root:
            raise ProofRefused("The entries are not those that the log's key signed.")
        return checkpoint


def recount(reader: Reader, verifier: Verifier) -> Tally:
    """The count of a whole log."""
    counting = Recount()
    counting.follow(reader, verifier)
    return counting.tally
