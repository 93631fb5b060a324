"""Our own site: the channel of an office's public pages. Nothing is called: what is sent is public.

A post is read back as the JSON at `BASE/p/SLUG.json` (docs/log-format.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import ClassVar

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.channels.dialect import Dialect, Mark
from firsthand.channels.foreign import moment_of, object_in, text_of
from firsthand.core.envelope import Address, Outbound, Parsed, Receipt, Sealed

JSON = "application/json"


class SiteDialect(Dialect):
    """A text as it was written, with a title; the byline stands beside it on the page."""

    name = "site"
    titled = True

    def final(self, text: str, mark: Mark) -> str:
        """The source itself: a post can be compared with it character by character."""
        return text

    def parse(self, raw: bytes) -> Parsed:
        value = object_in(raw)
        if not value.get("post"):
            return Parsed(problems=("It is no post of a site.",), unreadable=True)
        return Parsed(
            message_id=text_of(value, "post"),
            subject=text_of(value, "title"),
            sender=Address(text_of(value, "author").lower()),
            text=text_of(value, "text"),
            date=moment_of(text_of(value, "at")),
            byline=text_of(value, "byline"),
        )

    def received(self, raw: bytes) -> Sealed:
        value = object_in(raw)
        link = text_of(value, "byline")
        return Sealed.posted(
            text=text_of(value, "text"),
            author=text_of(value, "author"),
            subject=text_of(value, "title"),
            message_id=text_of(value, "post"),
            link=link,
        )

    def compose(self, outbound: Outbound) -> bytes:
        return json.dumps(
            {
                "post": _address(outbound),
                "author": outbound.author.address,
                "title": outbound.subject,
                "text": outbound.text,
                "at": outbound.date.isoformat(),
                "byline": outbound.link,
            },
            ensure_ascii=False,
        ).encode()

    def stone(self, *, message_id: str, author: str, in_reply_to: str, text: str) -> bytes:
        return json.dumps(
            {"post": message_id, "author": author, "title": "", "text": text}
        ).encode()

    def address(self, text: str) -> str:
        return text.strip().lower()


def _address(outbound: Outbound) -> str:
    """Where it stands. Each attempt to publish it there has an id of its own, by the fragment."""
    return outbound.message_id.partition("#")[0]


SITE: SiteDialect = SiteDialect()


class SiteChannel:
    """See `channels.base.Channel`. The rows are the site: sending succeeds, and repeating it too."""

    capabilities: ClassVar[Capabilities] = Capabilities("dedup", can_edit=True)

    def __init__(self, connection: Connection) -> None:
        self._host = connection.address

    def probe(self) -> tuple[str, ...]:
        return (f"Our own pages at {self._host}.",)

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        return iter(())

    def wait(self, seconds: float) -> bool:
        return False

    def send(self, outbound: Outbound) -> Receipt:
        return Receipt(_address(outbound), outbound.date, url=_address(outbound))

    def find(self, outbound: Outbound) -> Receipt | None:
        return None

    def copy(self, outbound: Outbound) -> None:
        """Nobody else shows what was sent."""

    def close(self) -> None:
        """Nothing is held open."""
