"""The key file of an office: the log entries about its own keys, each with a proof (docs/log-format.md).

Served at `/key-history`; a run of `tlog-proof`s, each with the entry as its `extra` line.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firsthand.core import record as records
from firsthand.core.keys import History, office_key_fields, replay
from firsthand.tlog.checkpoint import Checkpoint
from firsthand.tlog.errors import ProofRefused
from firsthand.tlog.note import Verifier
from firsthand.tlog.tiles import Reader
from firsthand.tlog.verify import PROOF_HEADER, OfflineProof, check_inclusion, checked_entries

_MOST = 500
"""Changes of a key: an office with more is not read."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """Entries about an office's keys by their places; `proofs`, unless they are from the log itself."""

    entries: tuple[tuple[int, bytes], ...]
    proofs: tuple[OfflineProof, ...] = ()

    @classmethod
    def of_proofs(cls, proofs: Iterable[OfflineProof]) -> Self:
        kept = tuple(proofs)
        return cls(tuple((proof.index, proof.extra) for proof in kept), kept)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Raises Refused for anything but a run of proofs, in the order of the log."""
        head = f"{PROOF_HEADER}\n".encode()
        first, *parts = data.split(head)
        if first or not parts or len(parts) > _MOST:
            raise ProofRefused("This is no key file of an office: fetch it again.")
        made = cls.of_proofs(OfflineProof.parse(head + part) for part in parts)
        places = [index for index, _ in made.entries]
        if places != sorted(set(places)) or not all(office_key_fields(e) for _, e in made.entries):
            raise ProofRefused("The key file holds other things than keys, or not in their order.")
        return made

    @classmethod
    def of_log(cls, log: Reader, checkpoint: Checkpoint) -> Self:
        """From every entry of a log, which is near enough to be read whole. Raises Refused."""
        every = enumerate(checked_entries(log, checkpoint, 0, checkpoint.size))
        return cls(tuple((index, leaf) for index, leaf in every if office_key_fields(leaf)))

    def encode(self) -> bytes:
        return b"".join(proof.encode() for proof in self.proofs)

    def history(self, origin: str) -> History:
        return replay(origin, self.entries)

    def signers(self, record: bytes) -> list[Ed25519PublicKey]:
        """All keys that ever were the office's, as the log of `record` tells it."""
        return [records.from_multikey(span.key) for span in self.history(origin_of(record)).spans]

    def out_of_date(self, origin: str, key: Ed25519PublicKey, index: int) -> str:
        """Why `key` did not speak for the office at entry `index`; "" where it did."""
        history, named = self.history(origin), records.multikey(key)
        if history.covers(named, index):
            return ""
        ended = [span for span in history.spans if span.key == named and span.end is not None]
        if not ended:
            return "The log does not show that this key is the office's."
        return (
            f"The office ended its key {ended[-1].name} at entry {ended[-1].end} of the log, and "
            f"this is entry {index}: whoever signed it was not the office."
        )

    def extends(self, before: KeyFile) -> bool:
        """Whether all that was told before is told again."""
        return self.entries[: len(before.entries)] == before.entries

    def prove(self, log: Reader | None, newest: Checkpoint | None, verifier: Verifier) -> None:
        """Raise `Refused` unless each entry is in the log: in `newest`, or by the proof that it brought."""
        for index, leaf in self.entries:
            if log is not None and newest is not None:
                check_inclusion(log, newest, index, leaf)
        if log is None or newest is None:
            for proof in self.proofs:
                proof.check(proof.extra, verifier)


def believed(
    keys: KeyFile | None, record: bytes, pinned: Sequence[Ed25519PublicKey]
) -> KeyFile | None:
    """The key file, if one of `pinned` is in it: then its signatures lead to all others."""
    if keys is None:
        return None
    history = keys.history(origin_of(record))
    return keys if history.is_of({records.multikey(key) for key in pinned}) else None


def origin_of(record: bytes) -> str:
    """The log that a record names. Raises Forged, KeyError or Refused where it names none."""
    return Verifier.parse(str(records.read(record)["log"])).name
