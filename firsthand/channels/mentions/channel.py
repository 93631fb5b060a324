"""Comments and webmentions come from files and from who tells us of them; nothing is sent here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.core.envelope import Outbound, Receipt
from firsthand.core.errors import Permanent


class MentionsChannel:
    """See `channels.base.Channel`."""

    capabilities: ClassVar[Capabilities] = Capabilities("blind")

    def __init__(self, connection: Connection) -> None:
        self._address = connection.address

    def probe(self) -> tuple[str, ...]:
        return ("Comments, webmentions and pingbacks.",)

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        return iter(())

    def wait(self, seconds: float) -> bool:
        return False

    def send(self, outbound: Outbound) -> Receipt:
        raise Permanent("Nothing can be sent to a page of somebody else.", hint="Publish a post.")

    def find(self, outbound: Outbound) -> Receipt | None:
        return None

    def copy(self, outbound: Outbound) -> None:
        """Nothing is sent, so there is nothing to copy."""

    def close(self) -> None:
        """Nothing is held open."""
