"""RFC 3161 timestamps of a log's heads: what is asked, the file that keeps one, what it proves.

A clockmaker who has nothing to do with the office signs: I saw this SHA-256 at this time. What is
stamped is the text of a checkpoint, so that keys and cosignatures do not matter. The code that reads
an answer is `rfc3161-client`, an extra that nobody else needs. See docs/log-format.md, "Timestamps".
"""

from __future__ import annotations

import math
import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from types import ModuleType
from typing import Self

from cryptography import x509

from firsthand.core.errors import Misuse
from firsthand.tlog.checkpoint import Checkpoint
from firsthand.tlog.errors import NoteRefused, StampRefused
from firsthand.tlog.note import decode_base64, split_note

HEADER = "firsthand-timestamp/1"
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
"""Media types, RFC 3161 section 3.4."""
MAX_ANSWER = 64_000
"""Bytes: an answer brings its certificates, and is still seldom longer than 10,000."""
_SHA256 = "2.16.840.1.101.3.4.2.1"
_NUMBER = re.compile(r"[1-9]\d{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A checkpoint and a TimeStampResp over its text (DER). Its form only is known to be right."""

    answer: bytes
    checkpoint: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Raises StampRefused for anything but the one true way of writing it."""
        head, _, checkpoint = data.partition(b"\n\n")
        first, _, answer = head.decode("ascii", "replace").partition("\n")
        try:
            stamp = cls(decode_base64(answer), checkpoint)
        except NoteRefused:
            raise StampRefused("The timestamp is not in base64.") from None
        if first != HEADER or stamp.encode() != data:
            raise StampRefused("This is no file of a timestamp, or it was changed.")
        return stamp

    def encode(self) -> bytes:
        return f"{HEADER}\n{b64encode(self.answer).decode()}\n\n".encode() + self.checkpoint

    def head(self) -> Checkpoint:
        """What is stamped, its signatures not checked. Raises NoteRefused."""
        return Checkpoint.parse(split_note(self.checkpoint)[0])

    def proved_at(self, roots: bytes, *, nonce: int | None = None) -> int:
        """The second (since the epoch) by which the checkpoint's text was there; see `check`."""
        return check(self.answer, imprint(self.checkpoint), roots, nonce=nonce)

    def made_by(self) -> str:
        """Whom the signer's certificate names. True only where `proved_at` raised nothing."""
        signed = _client().decode_timestamp_response(self.answer).signed_data
        numbers = {signer.serial_number for signer in signed.signer_infos}
        signers = map(x509.load_der_x509_certificate, signed.certificates)
        names = [one.subject for one in signers if one.serial_number in numbers]
        return _common_name(names[0]) if names else ""


def listed(sizes: list[int]) -> bytes:
    """The file that lists the sizes of the stamped heads, smallest first, one a line."""
    return "".join(f"{size}\n" for size in sorted(sizes)).encode()


def sizes_in(data: bytes) -> list[int]:
    """The sizes in that file; lines that are none are passed over."""
    lines = data.decode("ascii", "replace").split("\n")
    return sorted({int(line) for line in lines if _NUMBER.fullmatch(line)})


def imprint(checkpoint: bytes) -> bytes:
    """What is stamped: the SHA-256 of the checkpoint's text, its last newline included."""
    return sha256(split_note(checkpoint)[0].encode()).digest()


def request(checkpoint: bytes) -> tuple[bytes, int]:
    """A TimeStampReq that asks for the certificate as well, and its nonce."""
    client = _client()
    text = split_note(checkpoint)[0].encode()
    builder = client.TimestampRequestBuilder(text, client.HashAlgorithm.SHA256)
    made = builder.build()
    return bytes(made.as_bytes()), int(made.nonce)


def read_roots(pem: bytes) -> list[x509.Certificate]:
    """The certificates in a PEM file, each once. Raises Misuse where there is none."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise Misuse(
            "This is no certificate of a timestamp authority.", hint="Give a file in PEM."
        ) from None
    return list(dict.fromkeys(found))


def check(answer: bytes, digest: bytes, roots: bytes, *, nonce: int | None = None) -> int:
    """The second by which somebody whom one of `roots` (PEM) vouches for had seen this SHA-256.

    The certificates must have been good at the time that is told, not today. The latest second that
    the stated accuracy allows (RFC 3161 section 2.4.2) is taken. Raises StampRefused.
    """
    client, trusted = _client(), read_roots(roots)
    try:
        said = client.decode_timestamp_response(answer)
        info = said.tst_info
        algorithm = info.message_imprint.hash_algorithm.dotted_string
        _vouched(client, said, digest, trusted, nonce)
        late = _seconds(info.accuracy)
        when = info.gen_time
        seconds: float = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() + late
    except (client.VerificationError, ValueError, TypeError, OverflowError) as problem:
        raise StampRefused(f"The timestamp proves nothing: {_why(problem)}") from None
    if algorithm != _SHA256:
        raise StampRefused("The timestamp is over another kind of digest than SHA-256.")
    return math.ceil(seconds)


def _vouched(
    client: ModuleType,
    said: object,
    digest: bytes,
    trusted: list[x509.Certificate],
    nonce: int | None,
) -> None:
    """By all certificates together (some may stand between others), else by one of them alone:
    OpenSSL looks at one only of those that have the same name.
    """
    failure: Exception | None = None
    for roots in (trusted, *([each] for each in trusted)):
        try:
            client.VerifierBuilder(roots=roots, nonce=nonce).build().verify(said, digest)
        except client.VerificationError as problem:
            failure = failure or problem
        else:
            return
    if failure:
        raise failure


def must_be_installed() -> None:
    """Raises Misuse where the library is not: better before anybody is asked."""
    _client()


def _seconds(accuracy: object) -> float:
    parts = (("seconds", 1), ("millis", 1e-3), ("micros", 1e-6))
    return sum((getattr(accuracy, name, None) or 0) * each for name, each in parts)


def _why(problem: Exception) -> str:
    """The library's sentence; where that is OpenSSL's inner life, what a reader can do with it."""
    told = " ".join(str(problem).split())[:200].rstrip(".") + "."
    if "pkcs7" in told.lower():
        return "it was changed, or no certificate that you named vouches for it at its time."
    return told


def _common_name(name: x509.Name) -> str:
    """As one line; the whole name where there is no common one."""
    common = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    told = common[0].value if common else name.rfc4514_string()
    return " ".join(str(told).split())[:100]


def _client() -> ModuleType:
    """The library, which only those need who ask for timestamps or read them."""
    try:
        import rfc3161_client
    except ImportError:
        raise Misuse(
            "Timestamps need a library that is not installed.",
            hint="Install the extra: firsthand[timestamps] or firsthand-verify[timestamps].",
        ) from None
    return rfc3161_client
