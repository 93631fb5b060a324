"""Signed notes (c2sp.org/signed-note@v1.0.0): keys, signing, opening.

Also timestamped cosignatures of witnesses (c2sp.org/tlog-cosignature@v1.0.1, Ed25519 only).
The text of a note must not be used before `open_note` has returned it.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from firsthand.tlog.errors import NoteRefused

MAX_SIGNATURES = 100  # more is an attempt to keep the reader busy; the spec asks for at least 16
MAX_TIME = 2**63 - 1
SIGNATURE = "\N{EM DASH} "


class Algorithm(IntEnum):
    """The signature type identifier bytes that we speak."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line. `key_id` in 4 bytes; `body` what follows it (cosignature: time first)."""

    name: str
    key_id: bytes
    body: bytes

    @classmethod
    def parse(cls, line: str) -> Self:
        name, _, encoded = line.removeprefix(SIGNATURE).partition(" ")
        if not line.startswith(SIGNATURE) or not valid_name(name):
            raise NoteRefused("A signature line of the note is malformed: fetch the note again.")
        blob = decode_base64(encoded)
        if len(blob) < 5:
            raise NoteRefused("A signature of the note is too short: fetch the note again.")
        return cls(name, blob[:4], blob[4:])

    def __str__(self) -> str:
        return f"{SIGNATURE}{self.name} {b64encode(self.key_id + self.body).decode()}"

    @property
    def time(self) -> int:
        """When a witness cosigned, in seconds since the epoch. Only for cosignatures."""
        return int.from_bytes(self.body[:8])


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key under a name; as text the vkey `name+id+key`, as Go's sumdb writes it."""

    name: str
    public_key: bytes
    algorithm: Algorithm = Algorithm.ED25519

    def __post_init__(self) -> None:
        if not valid_name(self.name) or len(self.public_key) != 32:
            raise NoteRefused(
                f"{self.name!r} with a key of {len(self.public_key)} bytes is no verifier key.",
                hint="A name has no spaces and no plus; an Ed25519 key has 32 bytes.",
            )

    @classmethod
    def parse(cls, vkey: str) -> Self:
        name, key_id, key = _split_key(vkey.strip())
        verifier = cls(name, key[1:], _algorithm(key))
        _same_id(verifier, key_id)
        return verifier

    def __str__(self) -> str:
        key = b64encode(bytes([self.algorithm]) + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @property
    def key_id(self) -> bytes:
        named = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public_key
        return sha256(named).digest()[:4]

    def accepts(self, text: str, body: bytes) -> bool:
        """Whether `body` is this key's signature under `text`."""
        message = text.encode()
        if self.algorithm is Algorithm.COSIGNATURE:
            time, body = int.from_bytes(body[:8]), body[8:]
            if time > MAX_TIME:
                return False
            message = _cosigned(text, time)
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(body, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key under a name; `skey`, its text, is `PRIVATE+KEY+name+id+seed`: a secret."""

    name: str
    seed: bytes = field(repr=False)
    algorithm: Algorithm = Algorithm.ED25519

    @classmethod
    def parse(cls, skey: str) -> Self:
        prefix = "PRIVATE+KEY+"
        if not skey.startswith(prefix):
            raise NoteRefused("This is not a private note key: it must begin with PRIVATE+KEY+.")
        name, key_id, key = _split_key(skey.strip().removeprefix(prefix))
        if len(key) != 33:
            raise NoteRefused("The private note key has a wrong length: copy it again in full.")
        signer = cls(name, key[1:], _algorithm(key))
        _same_id(signer.verifier, key_id)
        return signer

    @property
    def skey(self) -> str:
        key = b64encode(bytes([self.algorithm]) + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{key}"

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self._key.public_key().public_bytes_raw(), self.algorithm)

    def sign(self, text: str) -> Signature:
        if self.algorithm is not Algorithm.ED25519:
            raise NoteRefused(f"{self.name} is a witness key: use it to cosign, not to sign.")
        return Signature(self.name, self.verifier.key_id, self._key.sign(text.encode()))

    def cosign(self, text: str, *, time: int) -> Signature:
        """A witness's statement that at `time` (seconds) this was the largest tree it had seen."""
        if self.algorithm is not Algorithm.COSIGNATURE or not 0 <= time <= MAX_TIME:
            raise NoteRefused(
                f"{self.name} cannot cosign at {time}: use a witness key and true time."
            )
        body = time.to_bytes(8) + self._key.sign(_cosigned(text, time))
        return Signature(self.name, self.verifier.key_id, body)

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


@dataclass(frozen=True, slots=True)
class Note:
    """A text, the signatures found good, and those of keys we do not know (not checked)."""

    text: str
    signatures: tuple[Signature, ...]
    unknown: tuple[Signature, ...] = ()

    def encode(self) -> bytes:
        lines = "".join(f"{signature}\n" for signature in (*self.signatures, *self.unknown))
        return f"{self.text}\n{lines}".encode()

    def signed_by(self, verifier: Verifier) -> bool:
        keys = {(signature.name, signature.key_id) for signature in self.signatures}
        return (verifier.name, verifier.key_id) in keys

    def signed_also(self, *signatures: Signature) -> Note:
        """The note with more signatures, as when witnesses have answered."""
        return replace(self, signatures=(*self.signatures, *signatures))


def sign(text: str, *signers: Signer) -> bytes:
    """The signed note. `text` ends in a newline."""
    if not text.endswith("\n") or _has_control(text) or not signers:
        raise NoteRefused("A note needs a signer, and whole lines without control characters.")
    return Note(text, tuple(signer.sign(text) for signer in signers)).encode()


def open_note(data: bytes, verifiers: Iterable[Verifier]) -> Note:
    """The note, if at least one of `verifiers` has signed it and none of their signatures is bad.

    Signatures of other keys are passed over: that lets keys change and witnesses come and go.
    """
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    text, signatures = split_note(data)
    good: dict[tuple[str, bytes], Signature] = {}
    unknown: dict[Signature, None] = {}
    for signature in signatures:
        key = signature.name, signature.key_id
        if (verifier := known.get(key)) is None:
            unknown[signature] = None
        elif verifier.accepts(text, signature.body):
            good.setdefault(key, signature)
        else:
            raise NoteRefused(f"The signature of {signature.name} is wrong: the note was changed.")
    if not good:
        raise NoteRefused(
            "No known key has signed this note: do not trust it.",
            hint="Check that the verifier key is the one the owner of the log made public.",
        )
    return Note(text, tuple(good.values()), tuple(unknown))


def split_note(data: bytes) -> tuple[str, tuple[Signature, ...]]:
    """Text and signatures, nothing checked but the form: for a store's own writer only."""
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise NoteRefused("The note is not UTF-8: fetch it again.") from error
    text, blank, block = whole.rpartition("\n\n")
    if not blank or not block.endswith("\n") or _has_control(whole):
        raise NoteRefused("This is not a signed note: no text, blank line and signature lines.")
    lines = block.removesuffix("\n").split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteRefused(f"The note has more than {MAX_SIGNATURES} signatures: it is not read.")
    return text + "\n", tuple(Signature.parse(line) for line in lines)


def valid_name(name: str) -> bool:
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name)


def decode_base64(text: str) -> bytes:
    """RFC 4648 section 4, and only the one true encoding: stray bits would make copies differ."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteRefused("A line is not base64: fetch the text again.") from error
    if b64encode(data).decode() != text:
        raise NoteRefused("A line is not canonical base64: the text was changed.")
    return data


def _split_key(text: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise NoteRefused("This is not a note key: it must read name+id+key. Copy it in full.")
    name, key_id, encoded = parts
    return name, key_id, decode_base64(encoded)


def _algorithm(key: bytes) -> Algorithm:
    try:
        return Algorithm(key[0])
    except (IndexError, ValueError) as error:
        raise NoteRefused("The note key is of a kind we do not know: use Ed25519.") from error


def _same_id(verifier: Verifier, key_id: str) -> None:
    if verifier.key_id.hex() != key_id:
        raise NoteRefused(f"The key of {verifier.name} does not fit its id: copy it again in full.")


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _has_control(text: str) -> bool:
    return any(letter < " " and letter != "\n" for letter in text)
