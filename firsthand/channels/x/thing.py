"""A post or a direct message of X as the API gives one: its JSON, taken apart without believing it.

The raw form is the answer of `GET /2/tweets/{id}` or `GET /2/dm_events/{id}` (X API v2, document
version 2.167): `{"data": …, "includes": {"users": [those it names]}}`, keys sorted. Links come
wrapped (t.co); readers, and bylines, see what they stand for (`expanded_url`).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firsthand.channels.foreign import list_of, moment_of, object_of

Json = dict[str, Any]

POST = "https://x.com/i/web/status/"
_WRAPPED = re.compile(r"https?://t\.co/\w+")
_PLAIN = re.compile(r"\bhttp://(?=(?:[\w-]+\.)+[^\W\d_]{2,}(?:[/?#:\s]|$))", re.IGNORECASE)
_LEADING = re.compile(r"(?:@\w{1,15}\s+)+(?=\S)|(?:@\w{1,15}\s*)+$")
_DEEPEST = 2_000_000


@dataclass(frozen=True, slots=True)
class Thing:
    """What is known of one. `peer`: whom it answers or was written to; `text`: as readers see it."""

    id: str = ""
    direct: bool = False
    conversation: str = ""
    text: str = ""
    author: str = ""
    author_name: str = ""
    peer: str = ""
    answers: str = ""
    at: datetime | None = None
    language: str = ""
    links: tuple[str, ...] = ()
    media: bool = False
    mentions: tuple[str, ...] = ()

    @property
    def global_id(self) -> str:
        """The same everywhere and for ever, unlike an address with a handle in it."""
        return f"dm-{self.id}@x.com" if self.direct else f"{POST}{self.id}"

    @property
    def remote_id(self) -> str:
        """By which the account knows it; of a direct message also its conversation."""
        return f"dm/{self.conversation}/{self.id}" if self.direct else self.id


def one(data: Mapping[str, Any], users: Iterable[Mapping[str, Any]]) -> bytes:
    """The raw form of one thing out of a page of them."""
    named = {str(data.get(name, "")) for name in ("author_id", "sender_id", "in_reply_to_user_id")}
    named |= {str(each) for each in list_of(data.get("participant_ids"))}
    included = sorted((u for u in users if str(u.get("id")) in named), key=lambda u: str(u["id"]))
    value = {"data": data, "includes": {"users": included}}
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()


def read(raw: bytes) -> Thing | None:
    """What can be understood; None where it is no such thing. Never raises."""
    if len(raw) > _DEEPEST:
        return None
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    value = object_of(value)
    data = object_of(value.get("data"))
    if not re.fullmatch(r"\d{1,19}", str(data.get("id", ""))):
        return None
    users = {
        str(u["id"]): u
        for u in list_of(object_of(value.get("includes")).get("users"))
        if isinstance(u, dict) and "id" in u
    }
    return _direct(data, users) if "dm_conversation_id" in data else _post(data, users)


def _post(data: Json, users: Mapping[str, Json]) -> Thing:
    # Live answers may still call them by the names of before: tweet.
    note = object_of(data.get("note_post") or data.get("note_tweet"))
    whole = note if note.get("text") else data
    references = list_of(data.get("referenced_posts") or data.get("referenced_tweets"))
    answered = next(
        (
            str(each.get("id"))
            for each in map(object_of, references)
            if each.get("type") == "replied_to"
        ),
        "",
    )
    text = _unwrapped(str(whole.get("text") or ""), object_of(whole.get("entities")))
    return Thing(
        id=str(data["id"]),
        conversation=str(data.get("conversation_id") or ""),
        text=_LEADING.sub("", text, count=1) if answered and _LEADING.match(text) else text,
        author=_handle(users, data.get("author_id")),
        author_name=_name(users, data.get("author_id")),
        peer=_handle(users, data.get("in_reply_to_user_id")) if answered else "",
        answers=f"{POST}{answered}" if answered else "",
        at=moment_of(data.get("created_at")),
        language=str(data.get("lang") or "")[:20],
        links=_links(object_of(whole.get("entities"))),
        media=bool(list_of(object_of(data.get("attachments")).get("media_keys"))),
        mentions=_mentions(object_of(whole.get("entities"))),
    )


def _direct(data: Json, users: Mapping[str, Json]) -> Thing:
    sender = str(data.get("sender_id") or "")
    others = [str(each) for each in list_of(data.get("participant_ids")) if str(each) != sender]
    entities = object_of(data.get("entities"))
    return Thing(
        id=str(data["id"]),
        direct=True,
        conversation=str(data["dm_conversation_id"]),
        text=_unwrapped(str(data.get("text") or ""), entities),
        author=_handle(users, sender),
        author_name=_name(users, sender),
        peer=_handle(users, others[0]) if len(others) == 1 else "",
        at=moment_of(data.get("created_at")),
        links=_links(entities),
        media=bool(list_of(object_of(data.get("attachments")).get("media_keys"))),
    )


def _unwrapped(text: str, entities: Json) -> str:
    """The text with its links as they were meant, and `&`, `<`, `>` unescaped; pictures' links cut."""
    full: dict[str, str] = {}
    for each in map(object_of, list_of(entities.get("urls"))):
        url, expanded = str(each.get("url") or ""), str(each.get("expanded_url") or "")
        if _WRAPPED.fullmatch(url) and expanded:
            full[url] = "" if each.get("media_key") else expanded
    # The escapes are undone before the links are put in: a link keeps its own `&amp;`.
    parts = re.split(f"({_WRAPPED.pattern})", text)
    shown = (full.get(part, part) if i % 2 else html.unescape(part) for i, part in enumerate(parts))
    return plain("".join(shown)).strip()


def plain(text: str) -> str:
    """`text` in the form that both sides agree on: without the `http://` of public names, which X
    shows to nobody, and puts where somebody typed a name alone."""
    return _PLAIN.sub("", text)


def _links(entities: Json) -> tuple[str, ...]:
    found = (str(object_of(e).get("expanded_url") or "") for e in list_of(entities.get("urls")))
    return tuple(each for each in found if each)


def _mentions(entities: Json) -> tuple[str, ...]:
    found = (str(object_of(e).get("username") or "") for e in list_of(entities.get("mentions")))
    return tuple(f"@{each.lower()}" for each in found if each)


def leading_mentions(text: str) -> tuple[str, ...]:
    """Those that X would hide before an answer."""
    found = _LEADING.match(text.lstrip())
    return tuple(word.lower() for word in found.group().split()) if found else ()


def _handle(users: Mapping[str, Json], number: Any) -> str:
    name = str(users.get(str(number), {}).get("username") or "")
    return f"@{name.lower()}" if re.fullmatch(r"\w{1,15}", name, re.ASCII) else ""


def _name(users: Mapping[str, Json], number: Any) -> str:
    return " ".join(str(users.get(str(number), {}).get("name") or "").split())[:200]
