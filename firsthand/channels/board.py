"""A notice board in this process: short public posts that can be changed, for tests and the sample.

What hangs there is JSON. It must never touch the network.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.channels.dialect import Dialect, Mark
from firsthand.channels.foreign import object_in
from firsthand.channels.memory import Fault
from firsthand.core.envelope import Address, Inbound, Outbound, Parsed, Receipt, Sealed

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Notice:
    """One post that hangs there."""

    id: str
    author: str
    text: str
    link: str = ""
    parent: str = ""

    def raw(self) -> bytes:
        return json.dumps(
            {
                "id": self.id,
                "author": self.author,
                "text": self.text,
                "link": self.link,
                "parent": self.parent,
            }
        ).encode()


@dataclass(slots=True)
class Board:
    """The other end: the notices by their ids, each change that was made, and what will go wrong."""

    notices: dict[str, Notice] = field(default_factory=dict)
    edits: list[Notice] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    came: list[tuple[bytes, datetime]] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)


_boards: dict[str, Board] = {}


def board(address: str) -> Board:
    """The board of the account with this address; made when first asked for."""
    return _boards.setdefault(address, Board())


class BoardDialect(Dialect):
    """Short texts; initials and the link under them."""

    name: ClassVar[str] = "board"

    def parse(self, raw: bytes) -> Parsed:
        value = object_in(raw)
        if not value.get("id"):
            return Parsed(problems=("It is no notice.",), unreadable=True)
        parent = str(value.get("parent") or "")
        return Parsed(
            message_id=str(value["id"]),
            in_reply_to=(parent,) if parent else (),
            sender=Address(str(value.get("author", "")).lower()),
            text=str(value.get("text", "")),
        )

    def final(self, text: str, mark: Mark) -> str:
        return f"{text.rstrip()}\n\n{mark.initials} {mark.link}"

    def received(self, raw: bytes) -> Sealed:
        value = object_in(raw)
        link = str(value.get("link", ""))
        author = str(value.get("author", ""))
        return Sealed.posted(
            text=str(value.get("text", "")),
            author=author,
            message_id=str(value.get("id", "")),
            in_reply_to=str(value.get("parent") or ""),
            link=link,
        )

    def stone(self, *, message_id: str, author: str, in_reply_to: str, text: str) -> bytes:
        return Notice(message_id, author, text, parent=in_reply_to).raw()

    def longest(self, settings: Mapping[str, Any]) -> int | None:
        return int(settings.get("longest", LONGEST))


BOARD: BoardDialect = BoardDialect()


class BoardChannel:
    """See `channels.base.Channel`. Settings: `recovery`, and `edit` (`no`: nothing can be changed)."""

    def __init__(self, connection: Connection) -> None:
        self._address = connection.address
        self._board = board(connection.address)
        recovery = str(connection.settings.get("recovery", "dedup"))
        self.capabilities = Capabilities(recovery, can_edit=connection.settings.get("edit") != "no")

    def probe(self) -> tuple[str, ...]:
        return (f"{len(self._board.notices)} notices hang there.",)

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        start = int(cursor.get("next", 0))
        new = self._board.came[start:]
        if new:
            inbounds = tuple(
                Inbound("board", str(object_in(raw).get("id")), raw, at, folder="mention")
                for raw, at in new
            )
            yield Batch(inbounds, {"next": start + len(new)})

    def wait(self, seconds: float) -> bool:
        return False

    def send(self, outbound: Outbound) -> Receipt:
        fault = self._board.faults.popleft() if self._board.faults else None
        if fault and not fault.delivered:
            raise fault.error
        receipt = self._hang(outbound)
        if fault:
            raise fault.error
        return receipt

    def _hang(self, outbound: Outbound) -> Receipt:
        known = self._board.keys.get(outbound.message_id)
        place = known or outbound.replaces or f"{self._address}/{len(self._board.notices) + 1}"
        parent = outbound.parent.remote_id if outbound.parent else ""
        notice = Notice(place, self._address, outbound.text, outbound.link, parent)
        if known is None:
            self._board.keys[outbound.message_id] = place
            if outbound.replaces:
                self._board.edits.append(notice)
            self._board.notices[place] = notice
        return Receipt(
            place,
            outbound.date,
            "hung up",
            url=f"https://{place}",
            raw=self._board.notices[place].raw(),
        )

    def find(self, outbound: Outbound) -> Receipt | None:
        place = self._board.keys.get(outbound.message_id)
        if place is None:
            return None
        notice = self._board.notices[place]
        return Receipt(
            place, outbound.date, "hung up before", url=f"https://{place}", raw=notice.raw()
        )

    def copy(self, outbound: Outbound) -> None:
        """It hangs there for all to see."""

    def close(self) -> None:
        """Nothing is held open."""
