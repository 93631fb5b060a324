"""A Facebook Page: comments and messages in, answers and posts out.

Whether something had been sent is asked where it would stand, by its byline's link (`lookup`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.channels.facebook import thing
from firsthand.channels.facebook.client import Client, Json
from firsthand.channels.facebook.dialect import FACEBOOK, sent
from firsthand.channels.pace import Pace
from firsthand.core.envelope import Inbound, Outbound, Receipt
from firsthand.core.errors import Permanent, Uncertain

SIZE = 100
STANDARD = timedelta(hours=24)
"""The standard messaging window, from the person's newest message."""
HUMAN = timedelta(days=7)
"""The same for people, with the tag HUMAN_AGENT."""
LATE = timedelta(minutes=10)
"""How much later than its time a thing may become visible."""
POST = "id,message,created_time,from"
COMMENT = f"{POST},parent{{id,from}}"
MESSAGE = f"{POST},to"


class FacebookChannel:
    """See `channels.base.Channel`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._page = connection.address
        self._opened: Client | None = None
        self._pace = Pace(60 * self._number("every", 10))
        self.capabilities = Capabilities("lookup", look=max(self._pace.every, 1.0))

    @property
    def _client(self) -> Client:
        if self._opened is None:
            self._opened = Client(self._connection)
        return self._opened

    def probe(self) -> tuple[str, ...]:
        found = self._client.get(self._page, {"fields": "id,name"})
        if str(found.get("id")) != self._page:
            raise Permanent(f"Facebook knows no Page {self._page}.")
        name = " ".join(str(found.get("name") or "without a name").split())[:100]
        notes = self._connection.notebook.change(dict)
        settings = self._connection.settings
        return (
            f"The token opens the Page {name}.",
            *FACEBOOK.usage(settings, notes, self._client.now()),
        )

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        """Everything since the cursor's time, oldest first; what may have come late is looked for."""
        self._pace.looked()
        at = thing.when(cursor.get("at"))
        seen = [str(each) for each in cursor.get("seen", [])]
        found = {each.remote_id: each for each in self._news(at - LATE if at else None)}
        new = sorted(
            (each for each in found.values() if each.remote_id not in seen),
            key=lambda each: (each.received_at or datetime.max.replace(tzinfo=UTC), each.remote_id),
        )
        times = {each.remote_id: each.received_at for each in found.values()}
        for low in range(0, len(new), SIZE):
            part = new[low : low + SIZE]
            at = max(filter(None, [at, *(each.received_at for each in part)]), default=None)
            seen += [each.remote_id for each in part]
            recent = [s for s in seen if at is None or (times.get(s) or at) >= at - LATE]
            kept = {"at": at.isoformat() if at else "", "seen": recent}
            yield Batch(tuple(part), kept, more=low + SIZE < len(new))

    def wait(self, seconds: float) -> bool:
        """Facebook tells of news by webhooks only; here it is time again when the owner says so."""
        return self._pace.wait(seconds)

    def send(self, outbound: Outbound) -> Receipt:
        if outbound.attachments:
            raise Permanent("Files cannot be sent to Facebook from here.", hint="Link to them.")
        if outbound.replaces or outbound.reaction:
            raise Permanent("On Facebook nothing is edited or liked from here.")
        parent = outbound.parent
        if parent and parent.folder == "direct":
            return self._answer_message(outbound, _conversation(parent.remote_id))
        if parent is None and outbound.to:
            raise Permanent(
                "Facebook lets a Page answer a recipient, not write first.",
                hint="Wait until they write to the Page.",
            )
        place = parent.remote_id if parent else self._page
        edge = "comments" if parent else "feed"
        made = self._client.post(f"{place}/{edge}", {"message": outbound.text})
        number = _made(made, "id")
        kind = "comment" if parent else "post"
        raw = sent(outbound, kind=kind, number=number, place="")
        return Receipt(number, outbound.date, "created", url=f"{thing.SITE}{number}", raw=raw)

    def _answer_message(self, outbound: Outbound, conversation: str) -> Receipt:
        """Within the window that Facebook gives, counted from the person's newest message."""
        last = next(
            (m for m in self._messages(conversation) if m.author and m.author != self._page), None
        )
        if last is None or last.at is None:
            raise Permanent("There is no message in this conversation that could be answered.")
        allowed = self._allowed(self._client.now() - last.at, automated=outbound.automated)
        body = {
            "recipient": json.dumps({"id": last.author}),
            "message": json.dumps({"text": outbound.text}),
            **allowed,
        }
        number = _made(self._client.post(f"{self._page}/messages", body), "message_id")
        raw = sent(outbound, kind="message", number=number, place=conversation)
        return Receipt(f"message/{conversation}/{number}", outbound.date, "created", raw=raw)

    def _allowed(self, age: timedelta, *, automated: bool) -> dict[str, str]:
        if age <= STANDARD:
            return {"messaging_type": "RESPONSE"}
        human = str(self._connection.settings.get("human_agent", "")).lower() == "yes"
        if age <= HUMAN and human and not automated:
            return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        if age <= HUMAN and human:
            why = "after 24 hours only people may answer, and no person saw this text"
        elif age <= HUMAN:
            why = "24 hours have passed, and this account is not allowed the tag HUMAN_AGENT"
        else:
            why = "more than 7 days have passed"
        raise Permanent(
            f"Facebook's rules forbid this answer: {why}.",
            hint="It can be answered again when they write again.",
        )

    def find(self, outbound: Outbound) -> Receipt | None:
        link = outbound.link.partition("#")[0]
        for inbound in self._where(outbound):
            read = thing.read(inbound.raw)
            if link and read and FACEBOOK.received(inbound.raw).subject_id == link:
                url = "" if read.direct else read.global_id
                at = read.at or outbound.date
                return Receipt(inbound.remote_id, at, "found", url=url, raw=inbound.raw)
        return None

    def _where(self, outbound: Outbound) -> Iterator[Inbound]:
        """What stands where it would stand, if it had been sent."""
        parent = outbound.parent
        if parent and parent.folder == "direct":
            place = _conversation(parent.remote_id)
            yield from self._edge("message", place, f"{place}/messages", {"fields": MESSAGE})
        elif parent:
            newest = {"fields": COMMENT, "order": "reverse_chronological"}
            yield from self._edge("comment", "", f"{parent.remote_id}/comments", newest)
        else:
            for post in self._posts():
                yield self._inbound("post", post, "")

    def copy(self, outbound: Outbound) -> None:
        """Facebook keeps what was sent by itself."""

    def close(self) -> None:
        if self._opened:
            self._opened.close()
        self._opened = None

    def _news(self, since: datetime | None) -> Iterator[Inbound]:
        """Of the newest posts their comments, and the messages of conversations with news."""
        begin = {"since": str(int(since.timestamp()))} if since else {}
        for post in self._posts():
            yield from self._late(self._inbound("post", post, ""), since)
            asked = {"fields": COMMENT, "filter": "stream", "order": "chronological", **begin}
            for each in self._edge("comment", post["id"], f"{post['id']}/comments", asked):
                yield from self._late(each, since)
        asked = {"fields": "id,updated_time", "platform": "messenger", "limit": "50"}
        for talk in self._client.pages(f"{self._page}/conversations", asked):
            changed = thing.when(talk.get("updated_time"))
            if since and changed and changed < since:
                return
            place = str(talk.get("id") or "")
            for each in self._edge("message", place, f"{place}/messages", {"fields": MESSAGE}):
                if since and each.received_at and each.received_at < since:
                    break
                yield each

    def _late(self, inbound: Inbound, since: datetime | None) -> Iterator[Inbound]:
        if not (since and inbound.received_at and inbound.received_at < since):
            yield inbound

    def _posts(self) -> list[Json]:
        most = int(self._number("posts", 10))
        asked = {"fields": POST, "limit": str(min(max(most, 1), SIZE))}
        page = self._client.get(f"{self._page}/feed", asked).get("data")
        found = page if isinstance(page, list) else []
        return [each for each in found if isinstance(each, dict) and thing.is_id(each.get("id"))]

    def _messages(self, conversation: str) -> Iterator[thing.Thing]:
        """The newest first."""
        asked = {"fields": MESSAGE}
        for each in self._edge("message", conversation, f"{conversation}/messages", asked):
            if read := thing.read(each.raw):
                yield read

    def _edge(self, kind: str, place: str, path: str, asked: dict[str, str]) -> Iterator[Inbound]:
        for each in self._client.pages(path, {"limit": str(SIZE), **asked}):
            if thing.is_id(each.get("id")):
                yield self._inbound(kind, each, place)

    def _inbound(self, kind: str, value: Json, place: str) -> Inbound:
        raw = thing.pack(kind, value, place)
        read = thing.read(raw)
        author: Any = value.get("from")
        return Inbound(
            channel="facebook",
            remote_id=read.remote_id if read else str(value["id"]),
            raw=raw,
            received_at=read.at if read else None,
            mine=isinstance(author, dict) and str(author.get("id")) == self._page,
            folder={"message": "direct", "comment": "mention"}.get(kind, "post"),
        )

    def _number(self, name: str, default: float) -> float:
        try:
            value = float(self._connection.settings.get(name) or default)
        except (TypeError, ValueError):
            return default
        return value if 0 <= value < 1e6 else default


def _made(answer: Json, name: str) -> str:
    if not thing.is_id(answer.get(name)):
        raise Uncertain("Facebook took it, but did not say what came of it.")
    return str(answer[name])


def _conversation(remote_id: str) -> str:
    kind, _, rest = remote_id.partition("/")
    conversation = rest.partition("/")[0]
    if kind != "message" or not conversation:
        raise Permanent("The conversation that this answers is not known.")
    return conversation
