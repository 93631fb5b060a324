"""How posts of the fediverse are read, written and disclosed (docs/channels/mastodon.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import Any, ClassVar

from firsthand.channels.dialect import Dialect, Get, Mark, Setting
from firsthand.channels.mastodon import activity, status, words
from firsthand.core.envelope import Parsed, Sealed
from firsthand.core.errors import Misuse

LONGEST = 500


class MastodonDialect(Dialect):
    """A short text to those at its head; initials and the link under it."""

    name: ClassVar[str] = "mastodon"
    connecting: ClassVar[str] = "A profile on Mastodon, or on what speaks its API: NAME@SERVER."
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "server", "Its address, where it is not https:// and the handle's server.", default=""
        ),
        Setting("longest", "How many characters a post may have there.", default=str(LONGEST)),
        Setting("token", "An access token with the scopes read and write.", secret=True),
    )

    def parse(self, raw: bytes) -> Parsed:
        return status.parse(raw)

    def final(self, text: str, mark: Mark) -> str:
        words.must_be_whole_names(text)
        return words.tidy(f"{words.addressed(text, mark.to)}\n\n{mark.initials} {mark.link}")

    def received(self, raw: bytes) -> Sealed:
        whole = status.read(raw)
        if "post" in whole:
            return activity.sealed(raw)
        found = status.sealed(raw)
        return replace(found, recipients=words.handles(found.text))

    def lookup(self, address: str, get: Get) -> Sealed | None:
        return activity.lookup(address, get)

    def stone(self, *, message_id: str, author: str, in_reply_to: str, text: str) -> bytes:
        name, _, host = author.partition("@")
        left = {"uri": message_id, "content": escape(text), "account": {"acct": name}}
        return status.wrap(left, host=host, parent=in_reply_to)

    def address(self, text: str) -> str:
        return words.handle(text)

    def named(self, text: str, to: tuple[str, ...]) -> tuple[str, ...]:
        return words.handles(text)

    def length(self, text: str) -> int:
        return words.length(text)

    def longest(self, settings: Mapping[str, Any]) -> int | None:
        return longest(settings)


def longest(settings: Mapping[str, Any]) -> int:
    """The setting of that name. Raises Misuse where it is no number."""
    try:
        return int(settings.get("longest") or LONGEST)
    except (TypeError, ValueError):
        raise Misuse("The setting “longest” is a number of characters.") from None


MASTODON: MastodonDialect = MastodonDialect()
