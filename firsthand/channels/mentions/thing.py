"""A comment or a webmention, whichever form it is kept in (docs/channels/web.md).

One thing that came in is JSON: `form`, the `value` as it stood in its file, and what only its place
tells: `answers`, the id of the comment that it answers. What we fetched ourselves names its `source`,
the page; a later version of it says when it was `changed`, or found `gone`.

Forms: `comment` (Staticman, as Jekyll and Hugo keep it), `jf2` (webmention.io's export), `mf2` (parsed
microformats2), `as` (ActivityStreams 1 and 2). Pure, standard library only.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from firsthand.channels.foreign import object_in, object_of

Value = Mapping[str, Any]

_HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")
_MAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,189}")
GESTURES = {
    "like-of": ("Likes", True),
    "repost-of": ("Reposts", True),
    "bookmark-of": ("Bookmarks", True),
    "in-reply-to": ("Answers", False),
    "mention-of": ("Mentions", False),
}
"""The ways to refer to a page: what one says of itself, and whether its words are nobody's own."""
_VERBS = {
    "like": "like-of",
    "favorite": "like-of",
    "share": "repost-of",
    "announce": "repost-of",
}


class Thing(NamedTuple):
    """What could be understood. `how` is a key of `GESTURES`, `target` the page of ours."""

    number: str
    target: str
    how: str
    name: str = ""
    mail: str = ""
    site: str = ""
    at: datetime | None = None
    text: str = ""
    html: str = ""
    answers: str = ""
    title: str = ""
    source: str = ""
    changed: str = ""
    gone: bool = False
    elsewhere: str = ""
    """The page of a writer who is on another site than the source: nobody checked that."""

    @property
    def address(self) -> str:
        """The writer: by e-mail where it is given, else by a page of theirs, else by the hash of an
        e-mail. Nobody who gives none of these is taken for somebody else."""
        if _MAIL.fullmatch(self.mail):
            return self.mail.lower()
        if self.site:
            return self.site.lower().rstrip("/")
        return (
            f"md5:{self.mail}" if _HASH.fullmatch(self.mail) else f"anonymous:{self.number.lower()}"
        )


def pack(form: str, value: Value, **place: str) -> bytes:
    """The bytes that are kept of one thing; the same for the same thing in every file.

    `place`: `answers`; of what we fetched `source`, `changed`, `gone`.
    """
    whole = {"form": form, "value": value, **{k: v for k, v in place.items() if v}}
    return json.dumps(whole, ensure_ascii=True, sort_keys=True).encode()


def read(raw: bytes) -> Thing | None:
    """None where it is none. Never raises."""
    try:
        return _read(object_in(raw))
    except (ValueError, RecursionError):
        return None


def _read(whole: Value) -> Thing | None:
    reader = _READERS.get(_text(whole.get("form")))
    value = object_of(whole.get("value"))
    found = reader(value) if reader and value else None
    if found and (source := _page(whole.get("source"))):
        return _fetched(found, source, _text(whole.get("changed")), _text(whole.get("gone")))
    return found._replace(answers=_text(whole.get("answers")) or found.answers) if found else None


def _fetched(found: Thing, source: str, changed: str, gone: str) -> Thing:
    """As what we saw ourselves: a page of that address. Who wrote it is believed to be on its site,
    and nowhere else: any page could name another writer, or any mail address."""
    number, later = name_of(source, found.target), changed or gone
    own = _site(found.site) == _site(source)
    origin = "/".join(source.split("/")[:3])
    return found._replace(
        number=f"{number}-{later}" if later else number,
        answers=number if later else "",
        mail="",
        site=found.site if own else source if found.site else origin,
        elsewhere="" if own else found.site,
        source=source,
        changed=changed,
        gone=bool(gone),
    )


def name_of(source: str, target: str) -> str:
    """The id of a mention that we fetched: one page may mention several of ours."""
    named = f"{source}#{urlsplit(target).path}"
    return named if len(named) <= 240 else f"web:{hashlib.sha256(named.encode()).hexdigest()}"


def _site(page: str) -> str:
    return (urlsplit(page).hostname or "").removeprefix("www.")


def form_of(value: object) -> str:
    """Which form a value of a file has, by what nothing else has; "": none that is known."""
    if not isinstance(value, dict):
        return ""
    if "wm-target" in value or "wm-property" in value:
        return "jf2"
    if isinstance(value.get("properties"), dict) and isinstance(value.get("type"), list):
        return "mf2" if _mf2(value) else ""
    if "message" in value and "name" in value and ("date" in value or "timestamp" in value):
        return "comment"
    return "as" if _activity(value) else ""


def _comment(value: Value) -> Thing | None:
    text = _text(value.get("message"))
    if not text:
        return None
    target = _text(value.get("_parent")) or _text(value.get("slug")) or _text(value.get("post"))
    number = _text(value.get("_id")) or _text(value.get("id")) or _digest(value)
    return Thing(
        number=f"{target}#{number}",
        target=target,
        how="in-reply-to",
        name=_text(value.get("name")),
        mail=_text(value.get("email")),
        site=_page(value.get("url")),
        at=_moment(value.get("date")) or _moment(value.get("timestamp")),
        text=text.replace("\r\n", "\n"),
    )


def _jf2(value: Value) -> Thing | None:
    how = _text(value.get("wm-property")) or next(
        (each for each in GESTURES if value.get(each)), ""
    )
    target = _page(value.get("wm-target")) or _page(value.get(how))
    if how not in GESTURES or not target:
        return None
    author, content = _first(value.get("author")), _first(value.get("content"))
    written = content if isinstance(content, dict) else {"text": content}
    kind = _text(written.get("content-type"))
    html = _text(written.get("html")) or (kind == "text/html" and _text(written.get("value"))) or ""
    return Thing(
        number=_page(value.get("url")) or _page(value.get("wm-source")) or _digest(value),
        target=target,
        how=how,
        name=_text(author) or _text(object_of(author).get("name")),
        site=_page(object_of(author).get("url")),
        at=_moment(value.get("published")) or _moment(value.get("wm-received")),
        text=_text(written.get("text")) or _text(written.get("value")) or _text(value.get("name")),
        html=html,
    )


def _mf2(value: Value) -> Thing | None:
    own = object_of(value.get("properties"))
    if not own or not _entry(value):
        return None
    found = ((how, _cited(own.get(how))) for how in GESTURES)
    how, target = next(((how, page) for how, page in found if page), ("", ""))
    if not target:
        return None
    author, content = _first(own.get("author")), _first(own.get("content"))
    card = object_of(object_of(author).get("properties"))
    written = content if isinstance(content, dict) else {"value": content}
    return Thing(
        number=_page(_first(own.get("url"))) or _text(_first(own.get("uid"))) or _digest(value),
        target=target,
        how=how,
        name=_text(_first(card.get("name"))) or ("" if card else _text(author)),
        mail=_text(_first(card.get("email"))).removeprefix("mailto:"),
        site=_page(_first(card.get("url"))) or _page(author),
        at=_moment(_first(own.get("published"))),
        text=_text(written.get("value")) or _text(_first(own.get("name"))),
        html=_text(written.get("html")),
        title=_text(_first(own.get("name"))),
    )


def _activity(value: Value) -> Thing | None:
    verb = (_text(value.get("verb")) or _text(value.get("type"))).lower()
    how, about = _VERBS.get(verb, ""), value.get("object")
    if verb in {"post", "create"} and isinstance(about, dict):
        value = {"actor": value.get("actor"), **about}
    if not how:
        how, about = "in-reply-to", value.get("inReplyTo")
    target = _cited(about)
    if not target:
        return None
    named = [_first(value.get(each)) for each in ("author", "actor", "attributedTo")]
    whole = (each for each in named if isinstance(each, dict))
    card = next(whole, None) or {"url": next(filter(None, named), None)}
    return Thing(
        number=_page(_first(value.get("url"))) or _text(value.get("id")) or _digest(value),
        target=target,
        how=how,
        name=_text(card.get("displayName")) or _text(card.get("name")),
        mail=_text(card.get("email")),
        site=_page(_first(card.get("url"))) or _page(card.get("id")),
        at=_moment(value.get("published")),
        html=_text(value.get("content")),
    )


_READERS: dict[str, Callable[[Value], Thing | None]] = {
    "comment": _comment,
    "jf2": _jf2,
    "mf2": _mf2,
    "as": _activity,
}


def _entry(value: Value) -> bool:
    kinds = value.get("type")
    return isinstance(kinds, list) and ("h-entry" in kinds or "h-cite" in kinds)


def _cited(values: object) -> str:
    """The first address among values that are addresses or things with an address."""
    for each in values if isinstance(values, list) else [values]:
        inner = each.get("properties") if isinstance(each, dict) else None
        source = inner if isinstance(inner, dict) else each
        page = _first(source.get("url") or source.get("id")) if isinstance(source, dict) else source
        if found := _page(page):
            return found
    return ""


def _first(value: object) -> Any:
    return (value[0] if value else None) if isinstance(value, list) else value


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _page(value: object) -> str:
    found = _text(_first(value))
    if not found.lower().startswith(("https://", "http://")):
        return ""
    try:
        return found if urlsplit(found).hostname else ""
    except ValueError:
        return ""


def _digest(value: Value) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def _moment(value: object) -> datetime | None:
    """A time as blogs write it; one without a zone is UTC, one of digits seconds since 1970."""
    text = str(value).strip() if isinstance(value, str | int) else ""
    try:
        if text.isascii() and text.isdigit() and 9 <= len(text) <= 13:
            return datetime.fromtimestamp(int(text) / (1000 if len(text) > 10 else 1), UTC)
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
