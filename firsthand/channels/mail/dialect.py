"""How mail reads and writes (docs/channels/mail.md)."""

from __future__ import annotations

from email.message import EmailMessage
from typing import ClassVar

from firsthand.channels.dialect import Dialect, Mark
from firsthand.channels.mail import addresses
from firsthand.channels.mail.compose import ascii_address, compose, received_parts
from firsthand.channels.mail.parse import parse
from firsthand.core.envelope import MAIL_ADDRESS, Address, Outbound, Parsed, Sealed
from firsthand.core.errors import Misuse
from firsthand.core.text import split


class MailDialect(Dialect):
    """A letter: addressed, titled, signed, and its byline a sentence under the text."""

    name = "mail"
    addressed = True
    quotes = True
    titled = True
    suffix = "eml"

    def parse(self, raw: bytes) -> Parsed:
        return parse(raw)

    def final(self, text: str, mark: Mark) -> str:
        """The text, a signature where it has none, the byline's line."""
        body = text.rstrip()
        if mark.signature.strip() and not split(text).signature:
            body = f"{body}\n\n-- \n{mark.signature.strip().removeprefix('--').strip()}"
        return f"{body}\n\n{mark.sentence} Check: {mark.link}".lstrip("\n")

    def received(self, raw: bytes) -> Sealed:
        return received_parts(raw)

    def compose(self, outbound: Outbound) -> bytes:
        return compose(outbound)

    def stone(self, *, message_id: str, author: str, in_reply_to: str, text: str) -> bytes:
        stone = EmailMessage()
        stone["From"] = author
        stone["Message-ID"] = f"<{message_id}>"
        if in_reply_to:
            stone["In-Reply-To"] = f"<{in_reply_to}>"
        stone.set_content(text)
        return stone.as_bytes()

    def address(self, text: str) -> str:
        found = text.strip().lower()
        if not MAIL_ADDRESS.fullmatch(found):
            raise Misuse(f"“{text.strip()[:60]}” is no address.", hint="Correct or remove it.")
        return found

    def account(self, text: str) -> str:
        found = text.strip().lower()
        if "@" not in found:
            raise Misuse(f"“{found[:60]}” is no e-mail address.")
        return found

    def wire(self, address: str) -> str:
        return ascii_address(address)

    def recipients(self, typed: str) -> tuple[Address, ...]:
        found = addresses.read(typed.replace(";", ",").replace("\n", ","))
        wrong = [each for each in found if "@" not in each.address]
        if wrong or (typed.strip(" ,;\r\n") and not found):
            shown = wrong[0].address if wrong else typed.strip()
            raise Misuse(f"“{shown[:60]}” is no address: write it as name@place.example.")
        return found

    def reply_subject(self, subject: str) -> str:
        """`Re: …`, once."""
        subject = " ".join(subject.split())
        return subject if subject.lower().startswith("re:") else f"Re: {subject}".strip()

    def subject_id(self, message_id: str, link: str) -> str:
        """RFC 2392."""
        return f"mid:{message_id}"


class MemoryDialect(MailDialect):
    """Letters that never leave this process."""

    name: ClassVar[str] = "memory"

    def address(self, text: str) -> str:
        return Dialect.address(self, text)

    def account(self, text: str) -> str:
        return Dialect.account(self, text)


MAIL = MailDialect()
MEMORY = MemoryDialect()
