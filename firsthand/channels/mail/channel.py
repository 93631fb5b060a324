"""E-mail: IMAP in, SMTP out (docs/channels/mail.md).

Plain SMTP cannot be asked whether it had taken a message, so an outcome that is not known stays so
(`blind`) until a person settles it.
"""

from __future__ import annotations

from collections.abc import Iterator

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.channels.mail.compose import compose
from firsthand.channels.mail.imap import LARGEST, Imap
from firsthand.channels.mail.servers import server_of
from firsthand.channels.mail.smtp import Smtp
from firsthand.core.envelope import Outbound, Receipt
from firsthand.core.errors import Misuse, Permanent


class MailChannel:
    """See `channels.base.Channel`. Settings are read on first use, so that it can always be made."""

    capabilities = Capabilities("blind", can_copy=True)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._imap: Imap | None = None
        self._smtp: Smtp | None = None

    def probe(self) -> tuple[str, ...]:
        try:
            return (*self._reader().check(), self._sender().check())
        finally:
            self.close()

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        return self._reader().fetch(cursor)

    def wait(self, seconds: float) -> bool:
        return self._reader().wait(seconds)

    def send(self, outbound: Outbound) -> Receipt:
        """The envelope's sender is the account, so that bounces come back to the office."""
        message = _composed(outbound)
        people = {a.address: None for a in (*outbound.to, *outbound.cc, *outbound.bcc)}
        on_the_wire = {_wire(address): address for address in people}
        accepted = self._sender().send(
            sender=_wire(self._connection.address), recipients=list(on_the_wire), message=message
        )
        refused = {on_the_wire[to]: words for to, words in accepted.refused.items()}
        # Mail names neither a time of acceptance (the date of the message is the nearest that is
        # known) nor the message: its own id is ours already.
        return Receipt("", outbound.date, accepted.answer, refused)

    def find(self, outbound: Outbound) -> Receipt | None:
        """Never known: SMTP has no such question."""
        return None

    def copy(self, outbound: Outbound) -> None:
        self._reader().copy(_composed(outbound), message_id=outbound.message_id, at=outbound.date)

    def close(self) -> None:
        if self._imap:
            self._imap.close()
        if self._smtp:
            self._smtp.close()
        self._imap = self._smtp = None

    def _reader(self) -> Imap:
        if self._imap is None:
            settings = self._connection.settings
            self._imap = Imap(
                server_of(self._connection, "imap"),
                sent_folder=str(settings.get("sent_folder", "")),
                largest=int(settings.get("largest", LARGEST)),
            )
        return self._imap

    def _sender(self) -> Smtp:
        if self._smtp is None:
            # Not this machine's name, which is nobody's business.
            domain = self._connection.address.rpartition("@")[2]
            self._smtp = Smtp(server_of(self._connection, "smtp"), greeting=_idna(domain))
        return self._smtp


def _composed(outbound: Outbound) -> bytes:
    try:
        return compose(outbound)
    except Misuse as problem:
        raise Permanent(problem.message, hint=problem.hint) from problem


def _wire(address: str) -> str:
    """The address as SMTP takes it: the domain in IDNA (`compose` refused what cannot be sent)."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{_idna(domain)}"


def _idna(domain: str) -> str:
    try:
        return domain if domain.startswith("[") else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
