"""Bluesky, or any server that speaks ATProto (docs/channels/bluesky.md).

A post is recorded under a key that follows from its message, so a second attempt finds the first
one: an outcome that is not known is settled by trying again (`dedup`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.channels.bluesky import identity
from firsthand.channels.bluesky.posting import Poster
from firsthand.channels.bluesky.reacting import react
from firsthand.channels.bluesky.reading import Reader, notices
from firsthand.channels.bluesky.repository import Repository
from firsthand.channels.bluesky.session import Session
from firsthand.channels.bluesky.xrpc import Server, Unanswered
from firsthand.channels.web import SILENCE, Web
from firsthand.core.envelope import Outbound, Receipt
from firsthand.core.reaction import Reaction

POLL = 3.0
"""Seconds between looks for news."""


class BlueskyChannel:
    """See `channels.base.Channel`. The server is looked for on first use."""

    capabilities = Capabilities("dedup", frozenset(Reaction), can_edit=True)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session: Session | None = None
        self._web: Web | None = None
        self._top: object = None

    def probe(self) -> tuple[str, ...]:
        session = self._signed_in()
        tokens = session.tokens(fresh=True)
        signed_in = f"Signed in to {session.server.address} as {tokens.handle} ({tokens.did})."
        try:
            notices(session, limit=1)
        except Unanswered as problem:
            return (signed_in, problem.message)
        return (signed_in, "Mentions, replies and quotes can be read, and posting works.")

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        session = self._signed_in()
        return Reader(session, cursor).batches()

    def wait(self, seconds: float) -> bool:
        """ATProto tells no client of news, so it is asked every POLL seconds."""
        until = time.monotonic() + seconds
        if self._top is None:
            self._top = self._newest()
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(POLL, left))
            newest = self._newest()
            if newest != self._top:
                self._top = newest
                return True
        return False

    def send(self, outbound: Outbound) -> Receipt:
        repository = Repository(self._signed_in())
        if outbound.reaction:
            return react(repository, outbound, outbound.reaction)
        return Poster(repository).post(outbound)

    def find(self, outbound: Outbound) -> Receipt | None:
        return Poster(Repository(self._signed_in())).find(outbound)

    def copy(self, outbound: Outbound) -> None:
        """Nothing to do: the owner's own programs show the same repository."""

    def close(self) -> None:
        if self._web:
            self._web.close()
        self._session = self._web = None

    def _signed_in(self) -> Session:
        if self._session is None:
            patience = float(self._connection.settings.get("timeout") or SILENCE)
            self._web = self._web or Web(silence=patience)
            secret = self._connection.secrets.get("password", "")
            server = Server(self._server(), self._web)
            self._session = Session(server, self._connection.address, secret)
        return self._session

    def _server(self) -> str:
        """The address that was given, else the one that the handle leads to."""
        given = str(self._connection.settings.get("pds") or "").strip().rstrip("/")
        if given:
            return given if "://" in given else f"https://{given}"
        return identity.identify(self._connection.address, _get).pds

    def _newest(self) -> object:
        """What the newest notice is; "" where nobody can tell."""
        try:
            page = notices(self._signed_in(), limit=1)
        except Unanswered:
            return ""
        listed = page.get("notifications")
        first = listed[0] if isinstance(listed, list) and listed else {}
        return (first.get("uri"), first.get("indexedAt"), first.get("reason")) if first else ""


def _get(address: str, accept: str) -> bytes:
    """For `identity`: documents name these addresses, so private networks are refused."""
    with Web(public_only=True, loopback=identity.is_local(), limit=200_000) as web:
        answer = web.get(address, accept=accept)
    if answer.status >= 500:
        answer.good()
    return answer.body if answer.status == 200 else b""
