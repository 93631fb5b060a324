"""A sealed letter with its log, made with fixed keys: the model that every check starts from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firsthand.channels.mail.compose import compose
from firsthand.core import record as records
from firsthand.core.byline import Ai, Level, Making, Party
from firsthand.core.entry import byline_entry, correction_entry
from firsthand.core.envelope import Address, Attachment, Outbound
from firsthand.core.header import Header
from firsthand.tlog.merkle import Frontier
from firsthand.tlog.note import Signer
from firsthand.tlog.store import MemoryStore
from firsthand.tlog.verify import prove_offline
from firsthand.tlog.writer import publish, sequence, sign_checkpoint

BASE = "https://ada.example"
NOW = datetime(2026, 11, 22, 9, 12, 44, tzinfo=UTC)
OFFICE = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
THIEF = Ed25519PrivateKey.from_private_bytes(b"\2" * 32)
SIGNER = Signer("ada.example/byline-log", b"\3" * 32)
ISSUER = records.Issuer(BASE, str(SIGNER.verifier))
SALT = b"\4" * 32
ADA = Party("ada", "Ada Ferrer", "AF", principal=True)
HAL = Party("hal", "Hal Brandt", "HB")
TEXT = (
    "Dear Friederike,\n\nthe ferry goes at nine. Bring the map.\n\nAda\n\n"
    f"Drafted by Hal Brandt; Ada Ferrer read it and sent it. "
    f"Check: {BASE}/b/n1#{records.encode_salt(SALT)}"
)
OUTBOUND = Outbound(
    message_id="n1@ada.example",
    author=Address("ada@ada.example", "Ada Ferrer"),
    sender=Address("ada@ada.example", "Ada Ferrer"),
    to=(Address("friederike@haus.example", "Friederike Halm"),),
    cc=(Address("verlag@haus.example"),),
    subject="Die Fähre",
    text=TEXT,
    date=NOW,
    in_reply_to="q1@haus.example",
    references=("q1@haus.example",),
    attachments=(Attachment("map.txt", "text/plain", b"north is up\n"),),
)


@dataclass
class SealedLetter:
    """The pieces; `raw` is the mail as it would be received."""

    store: MemoryStore = field(default_factory=MemoryStore)
    record: bytes = b""
    raw: bytes = b""
    proof: bytes = b""
    index: int = 0


def content() -> records.Content:
    """What the byline of `OUTBOUND` commits to."""
    return records.Content(
        id=f"mid:{OUTBOUND.message_id}",
        channel="mail",
        text=records.text_digest(SALT, TEXT),
        place=records.place_digest(
            SALT,
            author=OUTBOUND.author.address,
            to=[*(a.address for a in (*OUTBOUND.to, *OUTBOUND.cc))],
            in_reply_to=OUTBOUND.in_reply_to,
            subject=OUTBOUND.subject,
        ),
        attachments=tuple(records.digest(SALT, a.content) for a in OUTBOUND.attachments),
    )


def seal(key: Ed25519PrivateKey = OFFICE, *, logged: bool = True) -> SealedLetter:
    """The letter, signed with `key`; in the log as entry 2 of 4, or not at all."""
    making = Making((ADA, HAL), {"hal": 9}, ("hal",), sent_by="ada", approved_by=("ada",))
    statement = records.statement(
        issuer=ISSUER,
        number="n1",
        content=content(),
        making=making,
        level=Level.APPROVED,
        ai=Ai.NONE,
    )
    record = records.seal(
        statement, seq=7, at=NOW, issuer=ISSUER, key=records.OfficeKey("office-1", key)
    )
    leaf = byline_entry(
        level=Level.APPROVED, ai=Ai.NONE, channel="mail", day=NOW.date(), record=record
    )
    others = [correction_entry(of=n, why="stopped", day=date(2026, 11, 21)) for n in range(4)]
    leaves = [*others[:2], leaf, *others[2:3]] if logged else others
    letter = SealedLetter(record=record, index=2)
    frontier = sequence(Frontier(), leaves)
    publish(
        letter.store,
        entries=lambda start, end: leaves[start:end],
        size=len(leaves),
        checkpoint=sign_checkpoint(SIGNER.name, frontier, SIGNER),
    )
    letter.proof = prove_offline(letter.store, SIGNER.verifier, 2).encode()
    header = Header(BASE, "n1", 2, Level.APPROVED, SALT)
    letter.raw = compose(replace(OUTBOUND, byline=str(header), record=record, proof=letter.proof))
    return letter
