"""A channel whose other end lives in this process: for tests, and for the sample office.

It keeps the whole contract of `channels.base`, faults included. It must never touch the network.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.core.envelope import Inbound, Outbound, Receipt
from firsthand.core.errors import FirsthandError, Permanent
from firsthand.core.reaction import Reaction

BATCH = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """The next send fails with `error`; `delivered` tells whether it had its effect before that."""

    error: FirsthandError
    delivered: bool = False


@dataclass(slots=True)
class MemoryServer:
    """The other end: what lies in the inbox, what was taken for delivery, what was copied to Sent,
    what was liked, boosted or followed.

    `refused` holds addresses and the words with which each is refused.
    """

    inbox: list[tuple[bytes, datetime]] = field(default_factory=list)
    taken: list[Outbound] = field(default_factory=list)
    copies: dict[str, Outbound] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    reactions: set[tuple[Reaction, str]] = field(default_factory=set)
    faults: deque[Fault] = field(default_factory=deque)
    news: Condition = field(default_factory=Condition)

    def arrive(self, raw: bytes, at: datetime) -> None:
        """A message comes in."""
        with self.news:
            self.inbox.append((raw, at))
            self.news.notify_all()


_servers: dict[str, MemoryServer] = {}


def server(address: str) -> MemoryServer:
    """The other end of the account with this address; made when first asked for."""
    return _servers.setdefault(address, MemoryServer())


class MemoryChannel:
    """See `channels.base.Channel`. The setting `recovery` chooses how unknown outcomes are settled."""

    def __init__(self, connection: Connection) -> None:
        self._server = server(connection.address)
        recovery = str(connection.settings.get("recovery", "blind"))
        self.capabilities = Capabilities(recovery, frozenset(Reaction), can_copy=True)
        self._known = len(self._server.inbox)

    def probe(self) -> tuple[str, ...]:
        count = len(self._server.inbox)
        return (f"The inbox in memory holds {count} messages.", "Sending stays in memory.")

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        start, end = int(cursor.get("next", 0)), len(self._server.inbox)
        self._known = end
        for low in range(start, end, BATCH):
            high = min(low + BATCH, end)
            cut = enumerate(self._server.inbox[low:high], low)
            inbounds = tuple(Inbound("memory", str(n), raw, at) for n, (raw, at) in cut)
            yield Batch(inbounds, {"next": high}, more=high < end)

    def wait(self, seconds: float) -> bool:
        with self._server.news:
            return self._server.news.wait_for(
                lambda: len(self._server.inbox) > self._known, timeout=seconds
            )

    def send(self, outbound: Outbound) -> Receipt:
        fault = self._server.faults.popleft() if self._server.faults else None
        if fault and not fault.delivered:
            raise fault.error
        receipt = self._take(outbound)
        if fault:
            raise fault.error
        return receipt

    def _take(self, outbound: Outbound) -> Receipt:
        if outbound.reaction:
            target = outbound.parent.remote_id if outbound.parent else outbound.to[0].address
            self._server.reactions.add((outbound.reaction, target))
            return Receipt("", outbound.date, "done")
        everybody = [a.address for a in (*outbound.to, *outbound.cc, *outbound.bcc)]
        refused = {a: self._server.refused[a] for a in everybody if a in self._server.refused}
        if len(refused) == len(everybody):
            words = "; ".join(f"{address}: {answer}" for address, answer in refused.items())
            raise Permanent(f"Nobody was accepted as a recipient ({words}).")
        known = self.find(outbound) if self.capabilities.recovery == "dedup" else None
        if known is None:
            self._server.taken.append(outbound)
        return Receipt("", outbound.date, "taken", refused)

    def find(self, outbound: Outbound) -> Receipt | None:
        ids = {taken.message_id for taken in self._server.taken}
        if outbound.message_id not in ids:
            return None
        return Receipt("", outbound.date, "taken before")

    def copy(self, outbound: Outbound) -> None:
        self._server.copies.setdefault(outbound.message_id, outbound)

    def close(self) -> None:
        """Nothing is held open."""
