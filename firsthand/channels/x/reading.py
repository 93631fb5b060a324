"""What came in on X, in order, read no more often than needed: every post read may cost.

X gives the newest first. What a budget or a fault cut off is not lost and not paid twice: what was
read is handed over, and the rest stays in the cursor as an open range.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from firsthand.channels.base import Batch, Cursor
from firsthand.channels.foreign import list_of, object_of
from firsthand.channels.x import thing
from firsthand.channels.x.budget import PAGE
from firsthand.channels.x.client import Client, Json
from firsthand.core.envelope import Inbound
from firsthand.core.errors import FirsthandError, Temporary

POST_FIELDS = {
    "post.fields": "created_at,conversation_id,display_text_range,entities,lang,note_post,attachments",
    "expansions": "author_id,in_reply_to_user_id,referenced_posts",
    "user.fields": "name,username",
}
DM_FIELDS = {
    "dm_event.fields": "id,text,event_type,created_at,dm_conversation_id,entities,attachments",
    "expansions": "sender_id,participant_ids",
    "user.fields": "name,username",
    "event_types": "MessageCreate",
}
FEWEST = 5
"""X reads no fewer posts in one request."""
MOST_PAGES = 40

Range = tuple[str, str]
"""Ids between which something is still to be read, both excluded; "" on an open end."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One of the things that are read: where, and in which folder they come."""

    name: str
    path: str
    folder: str


def streams(me: str) -> tuple[Stream, ...]:
    return (
        Stream("mentions", f"/2/users/{me}/mentions", "mention"),
        Stream("posts", f"/2/users/{me}/tweets", "post"),
        Stream("dms", "/2/dm_events", "direct"),
    )


def fetch(client: Client, me: str, cursor: Cursor, *, history: int) -> Iterator[Batch]:
    """All streams, each in batches, oldest first, with the cursor of all of them.

    `history`: the most things of a stream that was never read, rounded up to whole pages.
    """
    at: dict[str, Any] = dict(cursor)
    for stream in streams(me):
        fresh = stream.name not in at
        pages = -(-history // PAGE) if fresh else MOST_PAGES
        ranges: list[Range] = [(a, b) for a, b in at.get(stream.name, [["", ""]])]
        for index, (since, until) in enumerate(ranges):
            rest = ranges[index + 1 :]
            found, failure = _collect(client, stream, since, until, pages)
            hole = [(since, str(found[0]["id"]))] if failure else []
            for part, after in _parts(found, since, until):
                at = {**at, stream.name: [*hole, *after, *rest]}
                inbounds = tuple(_inbound(stream, each, me) for each in part)
                yield Batch(inbounds, at, more=bool(part) and part[-1] is not found[-1])
            if failure:
                raise failure


def newest(client: Client, stream: Stream, me: str, *, pages: int) -> Iterator[Inbound]:
    """Of a stream, the newest first, for whoever looks for something of late."""
    token = ""
    for _ in range(pages):
        page = _page(client, stream, "", "", token)
        for each in _things(page):
            yield _inbound(stream, each, me)
        token = str(object_of(page.get("meta")).get("next_token") or "")
        if not token:
            return


def _parts(found: list[Json], since: str, until: str) -> Iterator[tuple[list[Json], list[Range]]]:
    """What was found, in parts, each with the ranges that are open once it is kept."""
    for low in range(0, len(found) or 1, PAGE):
        part = found[low : low + PAGE]
        top = str(part[-1]["id"]) if part else since
        yield part, [] if until and low + PAGE >= len(found) else [(top, until)]


def _collect(
    client: Client, stream: Stream, since: str, until: str, pages: int
) -> tuple[list[Json], FirsthandError | None]:
    """The things of a range, oldest first, each with the users it names under `_users`; and what
    ended the reading before its time. Raises where nothing was read at all."""
    found: dict[int, Json] = {}
    token = ""
    for _ in range(pages):
        try:
            page = _page(client, stream, since, until, token)
        except Temporary as problem:
            # Direct messages cannot be asked for from the middle.
            if not found or stream.name == "dms":
                raise
            return [found[each] for each in sorted(found)], problem
        new = [each for each in _things(page) if _is_new(each, since)]
        found |= {int(each["id"]): each for each in new}
        token = str(object_of(page.get("meta")).get("next_token") or "")
        if not token or not new:
            break
    return [found[each] for each in sorted(found)], None


def _page(client: Client, stream: Stream, since: str, until: str, token: str) -> Json:
    """One page. A post may bring the one that it answers, which is counted as read too."""
    direct = stream.name == "dms"
    each = 1 if direct else 2
    size = max(1 if direct else FEWEST, min(PAGE, client.readable(PAGE * each) // each))
    params: dict[str, Any] = {"max_results": size, **(DM_FIELDS if direct else POST_FIELDS)}
    if token:
        params["pagination_token"] = token
    if not direct:
        params |= {k: v for k, v in (("since_id", since), ("until_id", until)) if v}
    if stream.name == "posts":
        params["exclude"] = "retweets"
    return client.read(stream.name, stream.path, params, reads=size * each)


def _things(page: Json) -> Iterator[Json]:
    users = [
        each for each in list_of(object_of(page.get("includes")).get("users")) if object_of(each)
    ]
    for each in list_of(page.get("data")):
        if re.fullmatch(r"\d{1,19}", str(object_of(each).get("id", ""))):
            yield {**each, "_users": users}


def _is_new(each: Json, since: str) -> bool:
    return int(each["id"]) > int(since or 0)


def _inbound(stream: Stream, each: Json, me: str) -> Inbound:
    data = {name: value for name, value in each.items() if name != "_users"}
    raw = thing.one(data, each["_users"])
    read = thing.read(raw)
    return Inbound(
        channel="x",
        remote_id=read.remote_id if read else str(data["id"]),
        raw=raw,
        received_at=read.at if read else None,
        mine=str(data.get("author_id") or data.get("sender_id") or "") == me,
        folder=stream.folder,
    )
