"""Our own site: the channel of an office's public pages. Nothing is called: what is sent is public.

A post is read back as the JSON at `BASE/p/SLUG.json` (docs/log-format.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.channels.dialect import Dialect, Get, Mark
from firsthand.core.envelope import Address, Outbound, Parsed, Receipt, Sealed
from firsthand.core.errors import FirsthandError

JSON = "application/json"


class SiteDialect(Dialect):
    """A text as it was written, with a title; the byline stands beside it on the page."""

    name = "site"
    titled = True

    def final(self, text: str, mark: Mark) -> str:
        """The source itself: a post can be compared with it character by character."""
        return text

    def parse(self, raw: bytes) -> Parsed:
        value = _object(raw)
        if not value.get("post"):
            return Parsed(problems=("It is no post of a site.",), unreadable=True)
        return Parsed(
            message_id=_text(value, "post"),
            subject=_text(value, "title"),
            sender=Address(_text(value, "author").lower()),
            text=_text(value, "text"),
            date=_moment(_text(value, "at")),
            byline=_text(value, "byline"),
        )

    def received(self, raw: bytes) -> Sealed:
        value = _object(raw)
        link = _text(value, "byline")
        return Sealed(
            text=_text(value, "text"),
            author=_text(value, "author"),
            sender=_text(value, "author"),
            subject=_text(value, "title"),
            message_id=_text(value, "post"),
            subject_id=link.partition("#")[0],
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

    def lookup(self, address: str, get: Get) -> Sealed | None:
        """The newest revision of a post, at the post's own address (`https://HOST/p/SLUG`)."""
        try:
            parts = urlsplit(address)
            if "/p/" not in parts.path:
                return None
            document = _object(get(f"{address.partition('#')[0].rstrip('/')}.json", JSON))
        except (ValueError, FirsthandError):
            return None
        revisions = document.get("revisions")
        newest = revisions[0] if isinstance(revisions, list) and revisions else None
        if not isinstance(newest, dict):
            return None
        shared = {"post": document.get("post"), "author": parts.netloc}
        return self.received(json.dumps({**newest, **shared}).encode())

    def address(self, text: str) -> str:
        return text.strip().lower()


def _address(outbound: Outbound) -> str:
    """Where it stands. Each attempt to publish it there has an id of its own, by the fragment."""
    return outbound.message_id.partition("#")[0]


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


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
