"""How Bluesky reads and writes (docs/channels/bluesky.md): short posts, disclosed by initials.

The raw form of a post is `{"uri", "cid", "author", "record", …}`, as a notification has it. The
byline stands in the record under BYLINE, and as a link under the initials that end the text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from firsthand.channels.bluesky import facets, graphemes, identity
from firsthand.channels.bluesky.names import DID, NOBODY, POST, Place, handle, place
from firsthand.channels.dialect import Dialect, Get, Mark, Setting
from firsthand.core.envelope import Address, Attachment, Automation, Parsed, Sealed
from firsthand.core.errors import Misuse, Permanent

BYLINE = "org.firsthand.byline"
LONGEST = 300
MOST_PICTURES = 4
LARGEST_PICTURE = 2_000_000
"""Bytes (app.bsky.embed.images)."""
_BYTES_EACH = 10  # 3000 bytes are the most, for 300 characters
_LARGEST = 2_000_000
_MOST_TEXT = 20_000
_UNREADABLE = "It is not a post as Bluesky has them."


class BlueskyDialect(Dialect):
    """Posts, all of them public."""

    name = "bluesky"
    private = False
    connecting = "An account on Bluesky, or on any server that speaks ATProto, by an app password."
    settings = (
        Setting("pds", "The address of its server; found from the handle if not told.", default=""),
        Setting("password", "App password", secret=True),
    )

    def parse(self, raw: bytes) -> Parsed:
        post = load(raw)
        record = post.get("record")
        if not isinstance(record, dict) or not isinstance(record.get("text"), str):
            return Parsed(problems=(_UNREADABLE,), unreadable=True)
        text = record["text"][:_MOST_TEXT]
        marked = facets.read(text, record.get("facets"))
        parent, root = (_reference(record, each) for each in ("parent", "root"))
        return Parsed(
            message_id=_text(post, "uri"),
            in_reply_to=(parent,) if parent else (),
            references=tuple(dict.fromkeys(each for each in (root, parent) if each)),
            date=moment(record.get("createdAt")),
            sender=author(post),
            to=tuple(_mentioned(text, marked)),
            text=text + _shown(record.get("embed")),
            html=facets.hypertext(text, marked),
            automation=Automation.NOTICE if _by_machine(record) else Automation.NO,
            language=str(next(iter(_list(record, "langs")), ""))[:10],
            byline=_link(record, text, marked),
            problems=tuple(facets.disguised(text, marked)),
        )

    def final(self, text: str, mark: Mark) -> str:
        """Those written to who are neither answered nor named, the text, the initials."""
        named = {each.value for each in facets.found(text) if each.kind == "mention"}
        missing = [each for each in mark.to if each not in named and each != mark.answers]
        return " ".join([*(f"@{each}" for each in missing), text.strip(), mark.initials]).strip()

    def refuses_file(self, media_type: str, size: int, *, beside: int) -> str:
        if beside >= MOST_PICTURES:
            return f"A post has {MOST_PICTURES} pictures at most."
        if not media_type.startswith("image/") or size > LARGEST_PICTURE:
            return "Only pictures of up to 2 MB can go along."
        return ""

    def length(self, text: str) -> int:
        """Characters as readers see them; where those are of very many bytes, tens of bytes."""
        return max(graphemes.count(text), -(-len(text.encode("utf-8", "replace")) // _BYTES_EACH))

    def longest(self, settings: Mapping[str, Any]) -> int | None:
        return LONGEST

    def address(self, text: str) -> str:
        found = text.strip().lower()
        if name := handle(found):
            return name
        if DID.fullmatch(text.strip()):
            return text.strip()
        raise Misuse(f"“{found[:60]}” is no handle: write it as name.bsky.social.")

    def received(self, raw: bytes) -> Sealed:
        post = load(raw)
        record = post.get("record")
        if not isinstance(record, dict) or not isinstance(record.get("text"), str):
            return Sealed()
        text, who = record["text"], author(post).address
        link = _link(record, text, facets.read(text, record.get("facets")))
        claimed = _byline(record)
        return Sealed.posted(
            text=text,
            author=who,
            recipients=tuple(str(each).lower() for each in _list(claimed, "to")),
            message_id=_text(post, "uri"),
            in_reply_to=_reference(record, "parent"),
            link=link,
        )

    def stone(self, *, message_id: str, author: str, in_reply_to: str, text: str) -> bytes:
        record: dict[str, Any] = {"$type": POST, "text": text}
        if in_reply_to:
            record["reply"] = {"parent": {"uri": in_reply_to}}
        return dump({"uri": message_id, "author": {"handle": author}, "record": record})

    def lookup(self, address: str, get: Get) -> Sealed | None:
        """A post where its author's own server has it, with the pictures that were signed."""
        named = place(address)
        if named is None or named.collection != POST:
            return None
        who = identity.identify(named.repo, get)
        where = Place(who.did, POST, named.rkey)
        question = {"repo": who.did, "collection": POST, "rkey": named.rkey}
        body = get(_xrpc(who.pds, "com.atproto.repo.getRecord", question), "application/json")
        found = load(body)
        if not isinstance(found.get("value"), dict) or found.get("uri") != str(where):
            raise Permanent("There is no such post.")
        post = {**found, "author": {"did": who.did, "handle": who.handle}, "record": found["value"]}
        sealed = self.received(dump(post))
        pictures = [
            get(_xrpc(who.pds, "com.atproto.sync.getBlob", {"did": who.did, "cid": cid}), "")
            for cid in pictures_of(found["value"])
        ]
        files = tuple(Attachment("", "image/*", each) for each in pictures)
        return replace(sealed, attachments=files)


def load(raw: bytes) -> dict[str, Any]:
    """A JSON object out of foreign bytes; an empty one where it is none."""
    if len(raw) > _LARGEST:
        return {}
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def dump(post: Mapping[str, Any]) -> bytes:
    """The raw form of a post: the same bytes for the same post."""
    return json.dumps(post, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")


def author(post: Mapping[str, Any]) -> Address:
    """Who wrote it: by the handle, or by the DID where the handle leads nowhere."""
    found = post.get("author")
    who = found if isinstance(found, dict) else {}
    name = handle(_text(who, "handle"))
    address = name if name and name != NOBODY else _text(who, "did")
    return Address(address, " ".join(_text(who, "displayName").split())[:200])


def moment(text: object) -> datetime | None:
    """A time as records state it, aware; None where it is absent or absurd."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def pictures_of(record: Mapping[str, Any]) -> list[str]:
    """The CIDs of the pictures in a post, in order."""
    found = []
    for image in _list(_embedded(record.get("embed")), "images")[:4]:
        with suppress(KeyError, TypeError):
            found.append(str(image["image"]["ref"]["$link"]))
    return found


def _xrpc(server: str, method: str, question: Mapping[str, str]) -> str:
    return f"{server}/xrpc/{method}?{urlencode(question)}"


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return value[:2000] if isinstance(value, str) else ""


def _list(found: Mapping[str, Any], name: str) -> list[Any]:
    value = found.get(name)
    return value[:100] if isinstance(value, list) else []


def _reference(record: Mapping[str, Any], which: str) -> str:
    """The address of the post that this one answers, or of the thread's first one."""
    try:
        uri = record["reply"][which]["uri"]
    except (KeyError, TypeError):
        return ""
    return uri[:2000] if isinstance(uri, str) and uri.startswith("at://") else ""


def _mentioned(text: str, marked: list[facets.Facet]) -> list[Address]:
    """Those mentioned, by the name that the text shows; a record gives only their DIDs."""
    found: dict[str, None] = {}
    for each in marked:
        if each.kind == "mention":
            shown = handle(text[each.start : each.end])
            found.setdefault(shown or each.value, None)
    return [Address(each) for each in found]


def _byline(record: Mapping[str, Any]) -> dict[str, Any]:
    found = record.get(BYLINE)
    return found if isinstance(found, dict) else {}


def _link(record: Mapping[str, Any], text: str, marked: list[facets.Facet]) -> str:
    """Where its byline can be checked, salt included: under the last words, or in the field."""
    last = marked[-1] if marked else None
    if last and last.kind == "link" and last.end == len(text.rstrip()) and "/b/" in last.value:
        return last.value
    return _text(_byline(record), "url")


def _by_machine(record: Mapping[str, Any]) -> bool:
    labels = record.get("labels")
    values = _list(labels, "values") if isinstance(labels, dict) else []
    said = {each.get("val") for each in values if isinstance(each, dict)}
    return "bot" in said or _text(_byline(record), "level") == "automated"


def _embedded(embed: object) -> dict[str, Any]:
    """An embed; of a quote with pictures, the pictures."""
    found = embed if isinstance(embed, dict) else {}
    media = found.get("media")
    return media if isinstance(media, dict) else found


def _shown(embed: object) -> str:
    """What a reader sees beside the text: pictures by what they show, cards, quoted posts."""
    found = _embedded(embed)
    lines = [f"[Picture: {_text(each, 'alt') or 'not described'}]" for each in _pictures(found)]
    card = found.get("external")
    if isinstance(card, dict):
        lines.append(f"[Link: {_text(card, 'title')} {_text(card, 'uri')}]")
    quoted = embed.get("record") if isinstance(embed, dict) else None
    quoted = quoted.get("record", quoted) if isinstance(quoted, dict) else None
    if isinstance(quoted, dict) and (where := place(_text(quoted, "uri"))):
        lines.append(f"[Quotes {where.page}]")
    return "".join(f"\n{line}" for line in lines)


def _pictures(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [each for each in _list(found, "images") if isinstance(each, dict)]


BLUESKY = BlueskyDialect()
