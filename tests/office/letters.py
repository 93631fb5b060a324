"""Raw letters for the tests of intake, attention and search."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

from firsthand.core.envelope import Inbound

ADA = "ada@ada.example"
STELLA = "Stella Kaur <stella@elsewhere.example>"


def at(day: int, hour: int = 9, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def letter(
    number: int | str,
    *,
    when: datetime,
    sender: str = STELLA,
    to: str = ADA,
    subject: str = "Your essay",
    text: str = "Would you read my chapter?",
    answers: int | str | None = None,
    **headers: str,
) -> bytes:
    """A mail with the Message-ID <letter-NUMBER@elsewhere.example>."""
    mail = EmailMessage()
    mail["Message-ID"] = f"<letter-{number}@elsewhere.example>"
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = format_datetime(when)
    if answers is not None:
        mail["In-Reply-To"] = f"<letter-{answers}@elsewhere.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def inbound(raw: bytes, *, remote_id: str = "", received_at: datetime | None = None) -> Inbound:
    return Inbound("mail", remote_id or sha256(raw).hexdigest(), raw, received_at)


def inbounds(*raws: bytes) -> list[Inbound]:
    return [inbound(raw) for raw in raws]
