"""Checkpoints (c2sp.org/tlog-checkpoint@v1.0.0): what a log signs, a root for a size."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Self

from firsthand.tlog.errors import NoteRefused
from firsthand.tlog.merkle import EMPTY_ROOT, HASH_SIZE, MAX_SIZE
from firsthand.tlog.note import Verifier, decode_base64, open_note


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree head of the log `origin`: its first `size` entries have this `root`."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = (self.origin, *self.extensions)
        if not all(lines) or any("\n" in line for line in lines):
            raise NoteRefused("A checkpoint's origin and extensions are non-empty single lines.")
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH_SIZE:
            raise NoteRefused("A checkpoint has a size of at most 2^63-1 and a root of 32 bytes.")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise NoteRefused("An empty log cannot have this root: do not trust this checkpoint.")

    @classmethod
    def parse(cls, text: str) -> Self:
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop():
            raise NoteRefused("This is not a checkpoint: it needs origin, size and root lines.")
        origin, size, root, *extensions = lines
        return cls(origin, parse_decimal(size), decode_base64(root), tuple(extensions))

    def __str__(self) -> str:
        root = b64encode(self.root).decode()
        return "".join(f"{x}\n" for x in (self.origin, self.size, root, *self.extensions))


def open_checkpoint(data: bytes, verifier: Verifier, *witnesses: Verifier) -> Checkpoint:
    """The checkpoint of the log whose key and origin are `verifier`'s, or `NoteRefused`.

    A bad signature of one of `witnesses` refuses it too; their absence does not.
    """
    note = open_note(data, (verifier, *witnesses))
    if not note.signed_by(verifier):
        raise NoteRefused(f"The log {verifier.name} has not signed this checkpoint.")
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != verifier.name:
        raise NoteRefused(
            f"This is the checkpoint of {checkpoint.origin}, not of {verifier.name}.",
            hint="Use the verifier key of the log that you mean to check.",
        )
    return checkpoint


def parse_decimal(text: str) -> int:
    """ASCII digits without leading zeros."""
    if not (text.isascii() and text.isdigit()) or (text[0] == "0" and text != "0"):
        raise NoteRefused(f"{text[:30]!r} is not a plain decimal number: the text was changed.")
    if len(text) > 19:
        raise NoteRefused("A number is larger than any log can be: the text was changed.")
    return int(text)
