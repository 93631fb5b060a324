"""An account on the test's mail server, as its owner and the outside world see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from imapclient import IMAPClient

from firsthand.channels.base import Channel, Connection, open_channel
from firsthand.channels.mail.parse import parse
from firsthand.core.envelope import Address, Outbound
from tests.servers.dovecot import Dovecot

PASSWORD = "secret of ada"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An account on the test's mail server, and two friends on the same one."""

    server: Dovecot
    author: Address
    friends: tuple[Address, Address]
    nobody: Address
    opened: list[Channel] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "imap_host": self.server.host,
            "imap_port": self.server.imap_port,
            "imap_security": "plain",
            "smtp_host": self.server.host,
            "smtp_port": self.server.smtp_port,
            "smtp_security": "plain",
            "timeout": 10,
        }

    def addressed(self, message: Outbound) -> Outbound:
        return message

    def channel(self, secrets: dict[str, str] | None = None, **changes: Any) -> Channel:
        given = {"password": PASSWORD} if secrets is None else secrets
        settings = {**self.settings, **changes}
        channel = open_channel("mail", Connection(self.author.address, settings, given))
        self.opened.append(channel)
        return channel

    def close(self) -> None:
        """Close every channel that was given out."""
        for channel in self.opened:
            channel.close()

    @contextmanager
    def imap(self, folder: str = "INBOX") -> Iterator[IMAPClient]:
        """The owner's own mail program."""
        with IMAPClient(self.server.host, self.server.imap_port, ssl=False) as client:
            client.login(self.author.address, PASSWORD)
            client.select_folder(folder)
            yield client

    def arrive(self, count: int = 1) -> list[bytes]:
        with self.imap() as client:
            raws = [letter(next(_numbers)) for _ in range(count)]
            client.multiappend("INBOX", raws)
        return raws

    def received(self, friend: Address) -> list[str]:
        return [parse(raw).message_id for raw in self.server.messages(friend.address)]

    def copies(self) -> list[str]:
        sent = self.server.messages(self.author.address, "Sent")
        return [parse(raw).message_id for raw in sent]

    def unread(self) -> int:
        with self.imap() as client:
            return len(client.search("UNSEEN"))


def letter(number: int, body: bytes = b"Hello,\r\nan 8-bit \xfc and a long line.\r\n") -> bytes:
    return (
        b"From: Stella <stella@x.example>\r\nTo: ada@ada.example\r\nSubject: Letter %d\r\n"
        b"Message-ID: <%d@x.example>\r\n\r\n" % (number, number)
    ) + body


def new_mailbox(dovecot: Dovecot) -> Mailbox:
    """A mailbox that nobody used before."""
    number = next(_numbers)
    names = [f"{who}-{number}@ada.example" for who in ("channel-ada", "stella", "tom")]
    for name in names:
        dovecot.add_user(name, PASSWORD)
    ada, stella, tom = map(Address, names)
    return Mailbox(
        dovecot, Address(ada.address, "Ada Ferrer"), (stella, tom), Address("bounce@x.example")
    )
