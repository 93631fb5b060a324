"""X: mentions, own posts and direct messages in; answers, posts and direct messages out.

Whether a post had been made can be asked: its byline's link stands in it, and nowhere else
(`lookup`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.channels.foreign import object_of
from firsthand.channels.pace import Pace
from firsthand.channels.x import reading, thing
from firsthand.channels.x.client import Client
from firsthand.channels.x.dialect import X, sent
from firsthand.core.envelope import Outbound, Receipt
from firsthand.core.errors import Misuse, Permanent

_PAGES = 5
_EARLIER = timedelta(minutes=10)
"""X's clock and ours may differ."""


class XChannel:
    """See `channels.base.Channel`. Nothing is asked before the owner's limits allow it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._opened: Client | None = None
        self._pace = Pace(60 * _number(connection, "every", 15))
        self.capabilities = Capabilities("lookup", look=max(self._pace.every, 1.0))

    @property
    def _client(self) -> Client:
        if self._opened is None:
            self._opened = Client(self._connection)
        return self._opened

    def probe(self) -> tuple[str, ...]:
        """Reads the profile and the newest page of nothing: signing in costs one request."""
        me = self._who()
        self._client.look_at_cap()
        name = self._connection.address
        notes = self._connection.notebook.change(dict)
        left = X.usage(self._connection.settings, notes, self._connection.notebook.now())
        return (f"X knows the tokens as those of {name} (number {me}).", *left)

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        self._pace.looked()
        history = int(_number(self._connection, "history", 200))
        self._client.look_at_cap()
        yield from reading.fetch(self._client, self._me(), cursor, history=max(history, 1))

    def wait(self, seconds: float) -> bool:
        """X tells of no news, and asking costs: it is time again when the owner says so."""
        return self._pace.wait(seconds)

    def send(self, outbound: Outbound) -> Receipt:
        """An answer where `parent` is a post, a direct message where it is one or where somebody is
        addressed, else a post."""
        if outbound.attachments:
            raise Permanent("Files cannot be posted on X from here.", hint="Link to them instead.")
        if outbound.replaces:
            raise Permanent("What stands on X is not edited from here.")
        if outbound.reaction:
            raise Permanent("Likes, boosts and follows on X are not made from here.")
        parent = outbound.parent
        if parent and parent.folder == "direct":
            return self._message(outbound, f"/2/dm_conversations/{_conversation(parent.remote_id)}")
        if parent is None and outbound.to:
            person = self._number_of(outbound)
            return self._message(outbound, f"/2/dm_conversations/with/{person}")
        return self._post(outbound)

    def _post(self, outbound: Outbound) -> Receipt:
        me = self._me()
        body: dict[str, object] = {"text": outbound.text}
        if outbound.parent:
            body["reply"] = {"in_reply_to_tweet_id": outbound.parent.remote_id}
        number = str(self._client.create("send", "/2/tweets", body).get("id") or "")
        return _receipt(outbound, number, sent(outbound, number=number, me=me))

    def _message(self, outbound: Outbound, conversation: str) -> Receipt:
        me = self._me()
        made = self._client.create("dm", f"{conversation}/messages", {"text": outbound.text})
        number, place = (str(made.get(k) or "") for k in ("dm_event_id", "dm_conversation_id"))
        raw = sent(outbound, number=number, me=me, conversation=place)
        return _receipt(outbound, f"dm/{place}/{number}", raw)

    def find(self, outbound: Outbound) -> Receipt | None:
        """Our own newest posts or messages, back to when this one was made at the earliest."""
        me = self._me()
        private = bool(outbound.parent and outbound.parent.folder == "direct") or (
            outbound.parent is None and bool(outbound.to)
        )
        stream = next(s for s in reading.streams(me) if s.name == ("dms" if private else "posts"))
        link = outbound.link.partition("#")[0]
        for inbound in reading.newest(self._client, stream, me, pages=_PAGES):
            read = thing.read(inbound.raw)
            if read and link and link == X.received(inbound.raw).subject_id:
                return Receipt(
                    inbound.remote_id, read.at or outbound.date, "found", raw=inbound.raw
                )
            if read and read.at and read.at < outbound.date - _EARLIER:
                return None
        return None

    def copy(self, outbound: Outbound) -> None:
        """X keeps what was sent by itself."""

    def close(self) -> None:
        if self._opened:
            self._opened.close()
        self._opened = None

    def _me(self) -> str:
        """Our own number, asked once."""
        known = self._client.noted("me")
        return known if isinstance(known, str) and known else self._who()

    def _who(self) -> str:
        page = self._client.read("me", "/2/users/me", {"user.fields": "username"})
        told = object_of(page.get("data"))
        number, name = str(told.get("id") or ""), f"@{told.get('username') or ''}".lower()
        if not number.isdecimal():
            raise Permanent("X does not say whose tokens these are.")
        if name != self._connection.address:
            raise Permanent(
                f"These are the tokens of {name}, not of {self._connection.address}.",
                hint="Sign in at X as whom you mean, and make new tokens.",
            )
        self._client.note("me", number)
        return number

    def _number_of(self, outbound: Outbound) -> str:
        handle = outbound.to[0].address
        try:
            path = f"/2/users/by/username/{X.address(handle).lstrip('@')}"
            data = object_of(self._client.read("user", path, {}).get("data"))
        except (Misuse, Permanent) as problem:
            raise Permanent(f"X knows no recipient {handle}: {problem.message}") from problem
        number = str(data.get("id") or "")
        if not number.isdecimal():
            raise Permanent(f"X knows no recipient {handle}.")
        return number


def _number(connection: Connection, name: str, default: float) -> float:
    try:
        value = float(connection.settings.get(name) or default)
    except (TypeError, ValueError):
        return default
    return value if 0 <= value < 1e6 else default


def _conversation(remote_id: str) -> str:
    kind, _, rest = remote_id.partition("/")
    conversation = rest.rpartition("/")[0]
    if kind != "dm" or not conversation:
        raise Permanent("The conversation that this answers is not known.")
    return conversation


def _receipt(outbound: Outbound, remote_id: str, raw: bytes) -> Receipt:
    url = "" if remote_id.startswith("dm/") else f"{thing.POST}{remote_id}"
    return Receipt(remote_id, outbound.date, "created", url=url, raw=raw)
