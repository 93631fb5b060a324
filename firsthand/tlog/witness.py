"""Witnesses (c2sp.org/tlog-witness@v1.0.0): both ends of add-checkpoint, and how many must agree.

Bytes in, bytes out: whoever calls this brings the HTTP, the clock and the memory. A witness cosigns
a checkpoint only if the log has grown from what it cosigned before, so that nobody is shown a past
of their own. 409 without a size, 409 with the size that was sent, and 422 are alarms, never retried.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol, Self

from firsthand.core.errors import Conflict, Permanent, Temporary
from firsthand.tlog.checkpoint import Checkpoint, open_checkpoint, parse_decimal
from firsthand.tlog.errors import NoteRefused, ProofRefused, Refused
from firsthand.tlog.merkle import EMPTY_ROOT, HASH_SIZE, verify_consistency
from firsthand.tlog.note import (
    Algorithm,
    Note,
    Signature,
    Signer,
    Verifier,
    decode_base64,
    open_note,
    split_note,
)
from firsthand.tlog.tiles import Reader
from firsthand.tlog.verify import consistency_proof

SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
MAX_PROOF = 63
MAX_BODY = 256 * 1024  # room for a hundred signatures, some of them post-quantum
TRIES = 3


class Stale(Conflict):
    """The witness has cosigned the log at `size`: prove the growth from there and ask again."""

    code = "witness_stale"

    def __init__(self, size: int) -> None:
        super().__init__(
            f"The witness has this log at {size} entries.",
            hint="Ask again with a proof from that size to the newest checkpoint.",
        )
        self.size = size


class Fork(Refused):
    """A witness has seen another past of this log. Keep both checkpoints: a person must look."""

    code = "log_forked"


@dataclass(frozen=True, slots=True)
class Request:
    """The body of add-checkpoint: the size cosigned before, the proof from there, the checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """The request, its form checked only; or `NoteRefused`."""
        head, blank, checkpoint = body.partition(b"\n\n")
        try:
            first, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise NoteRefused("The lines before the checkpoint are not plain text.") from error
        if not blank or not first.startswith("old ") or len(lines) > MAX_PROOF:
            raise NoteRefused(
                f"This is no add-checkpoint: an old size line, at most {MAX_PROOF} hashes, "
                "an empty line and the checkpoint."
            )
        proof = tuple(map(decode_base64, lines))
        if any(len(hash_) != HASH_SIZE for hash_ in proof):
            raise NoteRefused("A hash of the consistency proof is not 32 bytes long.")
        return cls(parse_decimal(first.removeprefix("old ")), proof, checkpoint)

    def encode(self) -> bytes:
        hashes = (b64encode(hash_).decode() for hash_ in self.proof)
        return "\n".join([f"old {self.old}", *hashes, "", ""]).encode() + self.checkpoint


# The log's end.


def size_of(checkpoint: bytes) -> int:
    """How many entries a checkpoint covers, as it says itself."""
    return Checkpoint.parse(split_note(checkpoint)[0]).size


def add_checkpoint(reader: Reader, checkpoint: bytes, *, old: int) -> bytes:
    """The body to POST to `<witness>/add-checkpoint`.

    `old`: the size at which this witness cosigned last, 0 when that is not known. `Conflict` when
    the witness has seen more than this log now has: its past was lost, or its key is used elsewhere.
    """
    size = size_of(checkpoint)
    if old > size:
        raise Conflict(
            f"The witness has seen {old} entries of this log, and this checkpoint has {size}.",
            hint="If it is not the newest one, send that. Otherwise an old backup was restored or "
            "the log's key is used elsewhere: stop, and compare with the published log.",
        )
    proof = () if old in (0, size) else consistency_proof(reader, old, size)
    return Request(old, proof, checkpoint).encode()


def read_answer(
    status: int, body: bytes, *, request: bytes, witness: Collection[Verifier]
) -> tuple[Signature, ...]:
    """The good cosignatures of this witness (one for each of its keys), or an error.

    `Stale` means ask again from its size; `Fork` is an alarm; `Temporary` and `Permanent` as ever;
    `NoteRefused` when the witness's signature is not over this checkpoint. Lines of unknown keys
    are passed over.
    """
    asked = Request.parse(request)
    if status == 200:
        return _cosignatures(asked.checkpoint, body, witness)
    if status == 409:
        raise _conflict(asked, body)
    if status == 422:
        raise Fork("The witness has seen another past of this log.", hint=_KEEP)
    if status == 429 or status >= 500:
        raise Temporary(f"The witness is not able to answer now ({status}).")
    reasons = {404: "does not know this log", 403: "does not know this log's key"}
    why = reasons.get(status, "does not accept this request")
    raise Permanent(f"The witness {why} ({status}).", hint="Ask its owner to add this log's key.")


_KEEP = "Keep this checkpoint and ask the witness for the one it has: together they prove it."


def _cosignatures(
    checkpoint: bytes, lines: bytes, witness: Collection[Verifier]
) -> tuple[Signature, ...]:
    """Joined to the checkpoint, the lines make a signed note, which is opened with the same care."""
    head = checkpoint.rpartition(b"\n\n")[0]
    return open_note(head + b"\n\n" + lines, witness).signatures


def _conflict(asked: Request, body: bytes) -> Stale | Fork | Permanent:
    try:
        size = parse_decimal(body.decode("ascii").removesuffix("\n")) if body else asked.old
    except (UnicodeDecodeError, Refused):
        return Permanent("The witness refused (409) and gave no size.", hint="Ask its owner why.")
    if size == asked.old:
        return Fork("The witness has another log of this very size.", hint=_KEEP)
    if size < asked.old:
        return Permanent(
            f"The witness cosigned {asked.old} entries of this log and now knows of {size}.",
            hint="It lost its memory and is no witness until its owner has explained that.",
        )
    return Stale(size)


# The witness's end.


@dataclass(frozen=True, slots=True)
class Seen:
    """What a witness cosigned last of a log: `note` has the log's signatures and its own."""

    size: int
    root: bytes
    time: int
    note: bytes


class Memory(Protocol):
    """What a witness must never forget or go back on. Losing it ends the witness."""

    def last(self, origin: str) -> Seen | None:
        """What was cosigned last of this log."""

    def swap(self, origin: str, *, before: Seen | None, after: Seen) -> bool:
        """Store `after`, for good, if `last` is still `before`; else change nothing: False."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP answer. `fork`: the log signed two trees of one size, so the request is evidence."""

    status: int
    body: bytes
    content_type: str = TEXT_TYPE
    fork: bool = False


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness: its key, the keys of the logs it watches (a key's name is the origin), its memory."""

    signer: Signer
    logs: tuple[Verifier, ...]
    memory: Memory

    def __post_init__(self) -> None:
        if self.signer.algorithm is not Algorithm.COSIGNATURE:
            raise NoteRefused(f"{self.signer.name} is no witness key: make one for cosigning.")

    def answer(self, body: bytes, *, now: int) -> Answer:
        """What to reply to a POST of `body` to add-checkpoint, at `now` (seconds)."""
        if len(body) > MAX_BODY:
            return _no(413, f"A request has at most {MAX_BODY} bytes.")
        try:
            asked = Request.parse(body)
            checkpoint = Checkpoint.parse(split_note(asked.checkpoint)[0])
        except Refused as refused:
            return _no(400, refused.message)
        keys = [key for key in self.logs if key.name == checkpoint.origin]
        if not keys:
            return _no(404, "This log is not watched here.")
        try:
            note = open_note(asked.checkpoint, keys)
        except NoteRefused as refused:
            return _no(403, refused.message)
        if asked.old > checkpoint.size:
            return _no(400, "The old size is larger than the checkpoint's: a log never shrinks.")
        return self._decide(asked, checkpoint, note, now)

    def latest(self, origin_hash: str) -> bytes | None:
        """The note to serve at `/<SHA-256 of the origin, in hex>/checkpoint`."""
        for origin in {key.name for key in self.logs}:
            if sha256(origin.encode()).hexdigest() == origin_hash:
                seen = self.memory.last(origin)
                return seen.note if seen else None
        return None

    def _decide(self, asked: Request, checkpoint: Checkpoint, note: Note, now: int) -> Answer:
        """Compare with the memory and store, again when another request was stored meanwhile."""
        for _ in range(TRIES):
            before = self.memory.last(checkpoint.origin)
            if refusal := _refusal(asked, checkpoint, before, now):
                return refusal
            line = self.signer.cosign(note.text, time=now)
            kept = Note(note.text, (*note.signatures, line)).encode()
            after = Seen(checkpoint.size, checkpoint.root, now, kept)
            if _again(before, checkpoint) or self.memory.swap(
                checkpoint.origin, before=before, after=after
            ):
                return Answer(200, f"{line}\n".encode())
        return _no(503, "Too many requests for this log at once: try again.")


def _again(before: Seen | None, checkpoint: Checkpoint) -> bool:
    """The tree that is remembered already: nothing to store, however often it is sent."""
    return before is not None and (before.size, before.root) == (checkpoint.size, checkpoint.root)


def _refusal(asked: Request, new: Checkpoint, before: Seen | None, now: int) -> Answer | None:
    size, root, time = (before.size, before.root, before.time) if before else (0, EMPTY_ROOT, 0)
    # Two signed roots of one size are a fork, whatever else was asked; a bad proof may be anybody's.
    forked = before is not None and new.size == size and new.root != root
    if asked.old != size:
        return Answer(409, f"{size}\n".encode(), SIZE_TYPE, fork=forked)
    try:
        verify_consistency(size, root, new.size, new.root, asked.proof)
    except ProofRefused as refused:
        return Answer(422, f"{refused.message}\n".encode(), fork=forked)
    if now < time:
        return _no(503, "The clock is behind the last cosignature: try again later.")
    return None


def _no(status: int, why: str) -> Answer:
    return Answer(status, f"{why}\n".encode())


# The reader's end.


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom a reader believes about time. Which witnesses count, and how many of them must have seen
    a checkpoint (tlog-policy: a group). `authorities`: certificates (PEM) whose timestamps count.
    """

    witnesses: tuple[Verifier, ...] = ()
    quorum: int = 0
    authorities: bytes = b""

    def __post_init__(self) -> None:
        keys = {witness.public_key for witness in self.witnesses}
        cosigns = all(w.algorithm is Algorithm.COSIGNATURE for w in self.witnesses)
        if len(keys) != len(self.witnesses) or not cosigns:
            raise NoteRefused("Each witness of a policy has a cosigning key of its own.")
        if not 0 <= self.quorum <= len(self.witnesses):
            raise NoteRefused(
                f"{self.quorum} of {len(self.witnesses)} witnesses can never agree.",
                hint="Ask for no more witnesses than are named.",
            )

    def times(self, checkpoint: bytes) -> tuple[int, ...]:
        """When the named witnesses cosigned, earliest first. A bad signature of one is refused."""
        if not self.witnesses:
            return ()
        signed = {(signature.name, signature.key_id) for signature in split_note(checkpoint)[1]}
        if not any((witness.name, witness.key_id) in signed for witness in self.witnesses):
            return ()
        return tuple(sorted(s.time for s in open_note(checkpoint, self.witnesses).signatures))

    def check(self, checkpoint: bytes, log: Verifier) -> Checkpoint:
        """The log's checkpoint, seen by a quorum; or `Refused`."""
        opened = open_checkpoint(checkpoint, log, *self.witnesses)
        self.proved_at(checkpoint)
        return opened

    def proved_at(self, checkpoint: bytes) -> int | None:
        """The time by which a quorum had seen it (None without a quorum); else `ProofRefused`.

        Nothing in this checkpoint's log is younger than that, whatever its own dates say.
        """
        times = self.times(checkpoint)
        if len(times) < self.quorum:
            raise ProofRefused(
                f"{len(times)} known witnesses saw this checkpoint, {self.quorum} are asked for.",
                hint="Wait for a checkpoint with more cosignatures, or ask for fewer.",
            )
        return times[self.quorum - 1] if self.quorum else None


def cosigned(checkpoint: bytes, signatures: Iterable[Signature]) -> bytes:
    """The checkpoint with the cosignatures of witnesses added, each key once, the newest kept."""
    text, before = split_note(checkpoint)
    newest = {(s.name, s.key_id): s for s in (*before, *signatures)}
    return Note(text, tuple(newest.values())).encode()
