"""Mastodon's API: notices and own posts in, posts and answers out (docs/channels/mastodon.md).

An Idempotency-Key lasts an hour and some servers know none, so whether something was sent is looked up:
by the address of its byline, which no two posts share.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.channels.mastodon import status as statuses
from firsthand.channels.mastodon.client import Api, limits, version
from firsthand.channels.mastodon.dialect import longest
from firsthand.channels.mastodon.incoming import Reader, newer, newest
from firsthand.channels.mastodon.outgoing import Writer
from firsthand.core.envelope import Outbound, Receipt
from firsthand.core.errors import Permanent
from firsthand.core.reaction import Reaction

EVERY = 3.0
"""Seconds between two looks: a hundred in five minutes, of the three hundred that Mastodon allows."""


class MastodonChannel:
    """See `channels.base.Channel`."""

    capabilities = Capabilities("lookup", frozenset(Reaction), can_edit=True)

    def __init__(self, connection: Connection) -> None:
        self._address = connection.address
        self._settings = connection.settings
        self._token = connection.secrets.get("token", "")
        self._opened: Api | None = None
        self._seen: str | None = None

    @property
    def _host(self) -> str:
        return self._address.rpartition("@")[2]

    @property
    def _api(self) -> Api:
        if self._opened is None:
            self._opened = Api(server_of(self._address, self._settings), self._token)
        return self._opened

    def probe(self) -> tuple[str, ...]:
        me = self._me()
        instance = self._api.instance()
        said = limits(instance).get("max_characters")
        most = said if isinstance(said, int) and said > 0 else None
        if most is not None and most < longest(self._settings):
            raise Permanent(
                f"Posts may have {most} characters there, not {longest(self._settings)}.",
                hint=f"Connect it with --longest {most}.",
            )
        room = f"Posts may have {most} characters there; {longest(self._settings)} are used."
        name = statuses.text_of(me, "display_name") or self._address
        return (
            f"Signed in as {name}.",
            f"The server is {version(instance)[:80] or 'of an unknown make'}.",
            room if most else f"Posts of {longest(self._settings)} characters are tried.",
        )

    def _me(self) -> Mapping[str, object]:
        try:
            me = self._api.me()
        except Permanent as problem:
            raise Permanent(
                f"The access token was refused: {problem.message}",
                hint="Make a new one with the scopes read and write, and connect again.",
            ) from problem
        found = statuses.full(statuses.text_of(me, "acct"), self._host)
        if found != self._address:
            raise Permanent(
                f"The access token is that of {found or 'nobody'}, not of {self._address}."
            )
        return me

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        reader = Reader(self._api, self._host, str(self._me().get("id", "")))
        for batch in reader.batches(cursor):
            yield batch
            if newer(str(batch.cursor.get("notices", "")), self._seen or ""):
                self._seen = str(batch.cursor["notices"])

    def wait(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while True:
            found = newest(self._api)
            if self._seen is None:
                self._seen = found
            if newer(found, self._seen):
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(EVERY, left))

    def send(self, outbound: Outbound) -> Receipt:
        return Writer(self._api, self._address).send(outbound)

    def find(self, outbound: Outbound) -> Receipt | None:
        return Writer(self._api, self._address).find(outbound)

    def copy(self, outbound: Outbound) -> None:
        """It stands in the profile already."""

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None


def server_of(address: str, settings: Mapping[str, object]) -> str:
    """Where the API is: the setting, or the server that the handle names."""
    told = str(settings.get("server") or "").strip().rstrip("/")
    if told:
        return told if "://" in told else f"https://{told}"
    return f"https://{address.rpartition('@')[2]}"
