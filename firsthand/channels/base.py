"""The contract of a channel. Everything that crosses it is frozen; errors say what to do next."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, Protocol

from firsthand.channels.dialect import Dialect
from firsthand.channels.notebook import Notebook, Scratch
from firsthand.core.envelope import Inbound, Outbound, Receipt
from firsthand.core.errors import Misuse
from firsthand.core.reaction import Reaction

Cursor = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Connection:
    """An account as its channel needs it: the address, the settings, the opened credentials.

    `notebook`: what it is to remember between calls, for channels that count or renew.
    """

    address: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    notebook: Notebook = field(default_factory=Scratch, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can do. `recovery` tells how an unknown outcome is settled:

    `dedup`: send again under the same key, the server drops the second; `lookup`: ask first;
    `blind`: nobody can tell, a person decides. `reactions`: a repeated one must have no effect.
    `look`: seconds after which an account is read even if `wait` told of no news.
    """

    recovery: str
    reactions: frozenset[Reaction] = frozenset()
    can_edit: bool = False
    can_copy: bool = False
    look: float = 60.0


@dataclass(frozen=True, slots=True)
class Batch:
    """Some of what came in, with the cursor to store once it is kept. `more`: fetch again at once."""

    inbounds: tuple[Inbound, ...]
    cursor: Cursor
    more: bool = False


class Channel(Protocol):
    """One account's connection to the world. Raises Temporary, Permanent or Uncertain, nothing else."""

    capabilities: Capabilities

    def probe(self) -> tuple[str, ...]:
        """Sign in both ways, change nothing, and say in plain words what was found."""

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        """What came in since `cursor` ({}: from the beginning), in batches of bounded size."""

    def wait(self, seconds: float) -> bool:
        """Wait until something may have come in (True) or the time is over (False)."""

    def send(self, outbound: Outbound) -> Receipt:
        """Send once. Only `office.outbox` calls this. Uncertain: the outcome is unknown."""

    def find(self, outbound: Outbound) -> Receipt | None:
        """Whether it had been sent before (for `lookup`); None: it had not."""

    def copy(self, outbound: Outbound) -> None:
        """Put a copy where the owner's own program shows what was sent; repeating has no effect."""

    def close(self) -> None:
        """Let go of connections."""


class Kind(NamedTuple):
    """Where the code of a kind is: its channel, and its dialect. Loaded only where it is used.

    `public`: what leaves on it may stand where anybody can look it up.
    """

    channel: str
    dialect: str
    public: bool = True


KINDS: dict[str, Kind] = {
    "mail": Kind(
        "firsthand.channels.mail.channel:MailChannel",
        "firsthand.channels.mail.dialect:MAIL",
        public=False,
    ),
    "mail via folder": Kind(
        "firsthand.channels.mail.folder:FolderChannel",
        "firsthand.channels.mail.dialect:MAIL",
        public=False,
    ),
    "x": Kind("firsthand.channels.x.channel:XChannel", "firsthand.channels.x.dialect:X"),
    "bluesky": Kind(
        "firsthand.channels.bluesky.channel:BlueskyChannel",
        "firsthand.channels.bluesky.dialect:BLUESKY",
    ),
    "mastodon": Kind(
        "firsthand.channels.mastodon.channel:MastodonChannel",
        "firsthand.channels.mastodon.dialect:MASTODON",
    ),
    "facebook": Kind(
        "firsthand.channels.facebook.channel:FacebookChannel",
        "firsthand.channels.facebook.dialect:FACEBOOK",
    ),
    "memory": Kind(
        "firsthand.channels.memory:MemoryChannel",
        "firsthand.channels.mail.dialect:MEMORY",
        public=False,
    ),
    "site": Kind("firsthand.channels.site:SiteChannel", "firsthand.channels.site:SITE"),
    "board": Kind("firsthand.channels.board:BoardChannel", "firsthand.channels.board:BOARD"),
    "wordpress": Kind(
        "firsthand.channels.wordpress.channel:WordPressChannel",
        "firsthand.channels.wordpress.dialect:WORDPRESS",
    ),
    "feed": Kind(
        "firsthand.channels.feed.channel:FeedChannel",
        "firsthand.channels.feed.dialect:FEED",
        public=False,
    ),
    "web": Kind(
        "firsthand.channels.mentions.channel:MentionsChannel",
        "firsthand.channels.mentions.dialect:MENTIONS",
        public=False,
    ),
}


_UNCONNECTED = ("memory", "board", "site", "web")


def kinds() -> list[str]:
    """The kinds of accounts that a person can connect; not those for trying things, nor the web itself."""
    return [name for name in KINDS if name not in _UNCONNECTED and " via " not in name]


def must_be_channel(name: str) -> None:
    """That rights and promises may speak of it. Raises Misuse for a name that no channel has."""
    if name not in KINDS or " via " in name:
        known = ", ".join([*kinds(), "site", "web"])
        raise Misuse(
            f"There is no channel “{' '.join(name.split())[:60]}”.", hint=f"Known: {known}."
        )


def public_dialects() -> Iterator[Dialect]:
    """Of the kinds on which a stranger may look up what left."""
    yield from (dialect_of(name) for name, kind in KINDS.items() if kind.public)


def open_channel(kind: str, connection: Connection) -> Channel:
    """The channel of that kind for this account. Raises Misuse for an unknown kind.

    The setting `via` chooses another way to the same kind of account.
    """
    if via := connection.settings.get("via"):
        kind = f"{kind} via {via}"
    channel: Channel = _named(_kind(kind).channel)(connection)
    return channel


def dialect_of(kind: str) -> Dialect:
    """How that kind reads and writes. Raises Misuse for an unknown kind."""
    dialect: Dialect = _named(_kind(kind).dialect)
    return dialect


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Misuse(f"There is no channel {name!r}.", hint=f"Known: {', '.join(KINDS)}.")
    return KINDS[name]


@cache
def _named(place: str) -> Any:
    module, name = place.split(":")
    return getattr(importlib.import_module(module), name)
