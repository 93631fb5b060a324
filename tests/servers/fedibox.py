"""An account on the mock, as its owner and the outside world see it: the far end of the contract."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from firsthand.channels.base import Channel, Connection, dialect_of, open_channel
from firsthand.channels.dialect import Mark
from firsthand.channels.mastodon.content import to_text
from firsthand.channels.mastodon.status import wrap
from firsthand.channels.mastodon.words import link_in
from firsthand.core.envelope import Address, Outbound
from tests.servers.mastodon_mock import HOST, Mock, Trio

_numbers = count(1)
MASTODON = dialect_of("mastodon")


@dataclass(frozen=True, slots=True)
class Fedibox:
    """Ada's account, and two friends on another server who write to her."""

    mock: Mock
    people: Trio
    opened: list[Channel] = field(default_factory=list)

    @property
    def author(self) -> Address:
        return Address(self.people.ada, "Ada Ferrer")

    @property
    def friends(self) -> tuple[Address, Address]:
        return Address(self.people.stan), Address(self.people.tom)

    @property
    def nobody(self) -> Address:
        return Address("nobody@away.example")

    def ask(self, path: str, who: str = "", **question: Any) -> Any:
        token = self.people.token(who or self.people.ada)
        return self.mock.request("GET", path, token, params=question)

    def post(self, text: str, who: str = "", **more: Any) -> dict[str, Any]:
        """A post of somebody, Stan's if not told."""
        token = self.people.token(who or self.people.stan)
        said = {"status": text, **more}
        made: dict[str, Any] = self.mock.request("POST", "/api/v1/statuses", token, json=said)
        return made

    def mention(self, text: str, **more: Any) -> dict[str, Any]:
        """Stan writes to Ada, who is on his friend's own server and goes by her bare name there."""
        return self.post(f"@{self.people.ada.partition('@')[0]} {text}", **more)

    def addressed(self, message: Outbound) -> Outbound:
        link = f"https://ada.example/b/{message.message_id.partition('@')[0]}#salt"
        to = tuple(each.address for each in (*message.to, *message.cc))
        text = MASTODON.final(message.text, Mark("", "^HB", link, to=to))
        return replace(message, text=text, link=link, subject="", initials="^HB")

    def channel(self, token: str = "", **settings: Any) -> Channel:
        known = {"server": self.mock.base, **settings}
        secrets = {"token": token or self.people.token(self.people.ada)}
        channel = open_channel("mastodon", Connection(self.people.ada, known, secrets))
        self.opened.append(channel)
        return channel

    def close(self) -> None:
        """Close every channel that was given out."""
        for each in self.opened:
            each.close()

    def arrive(self, count: int = 1) -> list[bytes]:
        made = [self.mention(f"number {next(_numbers)}")["id"] for _ in range(count)]
        seen = {id: self.ask(f"/api/v1/statuses/{id}") for id in made}
        return [wrap(seen[id], host=HOST) for id in made]

    def received(self, friend: Address) -> list[str]:
        notices = self.ask("/api/v1/notifications", friend.address, limit=40)
        links = [link_in(to_text(each["status"]["content"])) for each in reversed(notices)]
        return [f"{each.rpartition('/b/')[2].partition('#')[0]}@ada.example" for each in links]

    def own(self) -> list[dict[str, Any]]:
        """What stands in Ada's profile, newest first."""
        me = self.ask("/api/v1/accounts/verify_credentials")["id"]
        return list(self.ask(f"/api/v1/accounts/{me}/statuses", limit=40))

    def copies(self) -> list[str]:
        return []

    def unread(self) -> int:
        return int(self.ask("/api/v1/notifications/unread_count")["count"])


def new_fedibox(mock: Mock) -> Fedibox:
    """An account that nobody used before."""
    return Fedibox(mock, mock.trio())
