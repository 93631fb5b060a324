"""An account on the test's Bluesky, as its owner and the others there see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from firsthand.channels.base import Channel, Connection, open_channel
from firsthand.channels.bluesky.dialect import BYLINE, dump
from firsthand.core.envelope import Address, Outbound, Parent
from tests.servers.bluesky import Bluesky, Somebody, until

SALT = "A" * 43


@dataclass(frozen=True, slots=True)
class Skybox:
    """Ada's account, with an app password, and two others that wrote to her once, long ago."""

    server: Bluesky
    ada: Somebody
    others: tuple[Somebody, Somebody]
    password: str
    greetings: tuple[dict[str, str], dict[str, str]]
    opened: list[Channel] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def author(self) -> Address:
        return Address(self.ada.handle, "Ada Ferrer")

    @property
    def friends(self) -> tuple[Address, Address]:
        one, two = self.others
        return Address(one.handle), Address(two.handle)

    @property
    def nobody(self) -> Address:
        return Address("nobody-at-all.test")

    def parent(self, friend: Address) -> Parent:
        """What a friend wrote, to be answered; it does not mention Ada, so it is no news to her."""
        known = dict(zip(self.friends, self.greetings, strict=True))
        uri = known.get(friend, self.greetings[0])["uri"]
        return Parent(uri, uri, "mention")

    def addressed(self, message: Outbound) -> Outbound:
        link = f"https://ada.example/b/{len(self.ids)}#{SALT}"
        self.ids[link] = message.message_id
        parent = self.parent(message.to[0]) if message.to else None
        text = f"{message.text.strip()} ^AF"
        return replace(message, text=text, parent=parent, link=link, initials="^AF")

    def channel(self, **changes: Any) -> Channel:
        secrets = {"password": changes.pop("password", self.password)}
        settings = {"pds": self.server.pds, **changes}
        channel = open_channel("bluesky", Connection(self.ada.handle, settings, secrets))
        self.opened.append(channel)
        return channel

    def close(self) -> None:
        """Close every channel that was given out."""
        for channel in self.opened:
            channel.close()

    def arrive(self, count: int = 1) -> list[bytes]:

        made = [self.others[0].mention(self.ada, f"number {n}")["uri"] for n in range(count)]
        until(lambda: self.noticed(made[-1]), "the mentions were not noticed", 60)
        listed = {each["uri"]: each for each in self.notices()}
        return [dump(as_kept(listed[uri])) for uri in made]

    def notices(self) -> list[dict[str, Any]]:
        """All notices of Ada, the newest first."""
        return pages(lambda **more: self.ada.ask("app.bsky.notification.listNotifications", **more))

    def noticed(self, uri: str) -> bool:
        return any(each["uri"] == uri for each in self.ada.notices())

    def received(self, friend: Address) -> list[str]:
        """Of what Ada posted, that which this friend was told of; the AppView knows all by then.

        In the order it was made: posts of one second have none.
        """
        (who,) = (each for each in self.others if each.handle == friend.address)
        posts = {each["uri"]: each["value"] for each in self.ada.posts()}
        until(lambda: self._known(list(posts)), "the AppView does not know all posts")
        links = [
            posts[each["uri"]][BYLINE]["url"] for each in who.notices() if each["uri"] in posts
        ]
        return [self.ids[link] for link in sorted(links, key=list(self.ids).index)]

    def _known(self, uris: list[str]) -> bool:
        found = self.ada.ask("app.bsky.feed.getPosts", uris=uris[:25])["posts"] if uris else []
        return len(found) == len(uris[:25])

    def copies(self) -> list[str]:
        return []

    def unread(self) -> int:
        return int(self.ada.ask("app.bsky.notification.getUnreadCount")["count"])


def pages(ask: Callable[..., dict[str, Any]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = ask(limit=100, **cursor)
        found += page["notifications"]
        if not page.get("cursor") or not page["notifications"]:
            return found
        cursor = {"cursor": page["cursor"]}


def as_kept(notice: dict[str, Any]) -> dict[str, Any]:
    """A notice without what is not the post's or its author's own."""
    unkept = {"isRead"}
    author = {key: notice["author"][key] for key in ("did", "handle", "displayName", "labels")}
    return {**{key: notice[key] for key in notice if key not in unkept}, "author": author}


def new_skybox(server: Bluesky) -> Skybox:
    """An account that nobody used before."""
    ada, stella, tom = (server.somebody(name) for name in ("ada", "stella", "tom"))
    greetings = stella.post("Good morning from Stella."), tom.post("Good morning from Tom.")
    box = Skybox(server, ada, (stella, tom), ada.app_password(), greetings)
    uris = [each["uri"] for each in greetings]
    until(lambda: len(ada.ask("app.bsky.feed.getPosts", uris=uris)["posts"]) == 2, "not indexed")
    return box
