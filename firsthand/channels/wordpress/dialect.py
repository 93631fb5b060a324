"""How a WordPress blog reads and writes (docs/channels/wordpress.md).

One thing that came in is JSON: `home` (the blog's own address), `own` (whether the owner wrote it), and
the `comment` or `post` as the REST API gave it. Comments are named by addresses that survive new
permalinks: `HOME/?p=POST#comment-NUMBER`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from firsthand.channels.dialect import Dialect, Get, Mark, Setting
from firsthand.channels.foreign import text_of
from firsthand.channels.wordpress.markup import from_markup, tidy
from firsthand.core.envelope import Address, Automation, Parsed, Sealed
from firsthand.core.errors import FirsthandError, Misuse

_HOST = re.compile(r"[a-z0-9.\-]{1,200}(?::\d{1,5})?(?:/[a-z0-9._~\-/]{0,100})?")
_NAMED = re.compile(r"(?P<home>https?://[^?#\s]+)/\?p=(?P<post>\d+)(?:#comment-(?P<comment>\d+))?")
_CHECK = re.compile(r"https?://\S+/b/\S+")
_TAG = re.compile(r"<link\b[^>]{0,1000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_API = "https://api.w.org/"
JSON = "application/json"


class WordPressDialect(Dialect):
    """Comments and posts of a blog; the byline is the last line of each."""

    name = "wordpress"
    titled = True
    connecting = "A WordPress blog: its comments come in, answers and posts go out."
    settings = (
        Setting("user", "the name that you sign in to WordPress with"),
        Setting("password", "an application password (Users, Profile in WordPress)", secret=True),
        Setting("site", "the blog's address, where it is not https://ADDRESS", default=""),
        Setting("category", "the categories that posts go into, with commas", default=""),
        Setting("poll", "seconds between two looks for new comments", default="10"),
    )

    def account(self, text: str) -> str:
        """The blog's address without its scheme, as WordPress itself calls its home."""
        found = text.strip().lower().partition("://")[2] or text.strip().lower()
        found = found.rstrip("/")
        if not _HOST.fullmatch(found):
            raise Misuse(
                f"“{text.strip()[:60]}” is no blog's address.", hint="Write it as ada.example."
            )
        return found

    def wire(self, address: str) -> str:
        """Who is answered shows in the place of a comment only: e-mail addresses are not public."""
        return "" if "@" in address or "://" in address else address

    def parse(self, raw: bytes) -> Parsed:
        thing = Thing.read(raw)
        if thing is None:
            return Parsed(problems=("It is no comment or post of a blog.",), unreadable=True)
        from firsthand.channels.html import to_text  # not needed by whoever only checks

        return Parsed(
            message_id=thing.message_id,
            in_reply_to=(thing.parent,) if thing.parent else (),
            references=(thing.original,) if thing.edited else (),
            date=thing.date,
            subject=thing.title,
            sender=thing.sender,
            text=to_text(thing.html),
            html=thing.html,
            automation=Automation.NOTICE if thing.is_link else Automation.NO,
            problems=("It was changed after it had come in.",) if thing.edited else (),
        )

    def final(self, text: str, mark: Mark) -> str:
        return tidy(f"{tidy(text)}\n\n{mark.sentence} Check: {mark.link}")

    def received(self, raw: bytes) -> Sealed:
        thing = Thing.read(raw)
        if thing is None:
            return Sealed()
        text = from_markup(thing.html)
        links = _CHECK.findall(text)
        link = links[-1] if links else ""
        author = thing.account
        return Sealed.posted(
            text=text,
            author=author,
            # Whom a comment answers is named by its place, see `wire`.
            recipients=("",) if "#comment-" in thing.parent else (),
            subject=thing.title,
            message_id=thing.message_id,
            in_reply_to=thing.parent,
            link=link,
        )

    def stone(self, *, message_id: str, author: str, in_reply_to: str, text: str) -> bytes:
        named = _NAMED.fullmatch(message_id)
        parent = _NAMED.fullmatch(in_reply_to)
        kind = "comment" if named and named["comment"] else "post"
        value = {
            "id": int(named[kind]) if named else 0,
            "post": int(named["post"]) if named else 0,
            "parent": int((parent and parent["comment"]) or 0),
            "content": {"rendered": f"<p>{text}</p>"},
        }
        home = named["home"] if named else f"https://{author}"
        return json.dumps({"home": home, "own": True, kind: value}).encode()

    def lookup(self, address: str, get: Get) -> Sealed | None:
        """A comment or a post at the address that a reader sees. What a page says of another host
        is not believed.
        """
        try:
            found = _look_up(address, get)
        except (ValueError, TypeError, KeyError, FirsthandError):
            return None
        return self.received(json.dumps(found).encode()) if found else None


class Thing:
    """A comment or a post, as far as it makes sense."""

    def __init__(
        self, home: str, kind: str, value: Mapping[str, Any], whole: Mapping[str, Any]
    ) -> None:
        self._kind, self._value = kind, value
        self.home = home.rstrip("/")
        self.own = whole.get("own") is True
        self.edited = str(whole.get("edited") or "")
        self.account = self.home.partition("://")[2].lower()
        self.number = _number(value.get("id"))
        self.html = _inner(value, "content")
        self.title = from_markup(_inner(value, "title")) if kind == "post" else ""
        self.is_link = value.get("type") in {"pingback", "trackback"}

    @staticmethod
    def read(raw: bytes) -> Thing | None:
        """None where it is none."""
        try:
            whole = json.loads(raw)
        except (ValueError, RecursionError):
            return None
        for kind in ("comment", "post"):
            value = whole.get(kind) if isinstance(whole, dict) else None
            home = whole.get("home") if isinstance(whole, dict) else None
            if isinstance(value, dict) and isinstance(home, str) and _number(value.get("id")):
                return Thing(home, kind, value, whole)
        return None

    @property
    def original(self) -> str:
        """The id of the thing itself, whatever its version."""
        if self._kind == "post":
            return f"{self.home}/?p={self.number}"
        return f"{self.home}/?p={_number(self._value.get('post'))}#comment-{self.number}"

    @property
    def message_id(self) -> str:
        return f"{self.original}-{self.edited}" if self.edited else self.original

    @property
    def parent(self) -> str:
        """The comment that it answers. A comment on the post itself begins a conversation."""
        if self.edited:
            return self.original
        parent = _number(self._value.get("parent")) if self._kind == "comment" else 0
        post = _number(self._value.get("post"))
        return f"{self.home}/?p={post}#comment-{parent}" if parent else ""

    @property
    def date(self) -> datetime | None:
        return moment(self._value.get("date_gmt"))

    @property
    def sender(self) -> Address:
        """By e-mail where it is given, else by the writer's address on the web."""
        name = from_markup(text_of(self._value, "author_name"))[:200]
        if self.own:
            return Address(self.account, name)
        written = (
            text_of(self._value, "author_email").strip()
            or text_of(self._value, "author_url").strip()
        )
        return Address(written.lower() or self.original, name)


def moment(text: object) -> datetime | None:
    """A time of the REST API, which is UTC and does not say so."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def _look_up(address: str, get: Get) -> dict[str, Any] | None:
    parts = urlsplit(address)
    page = get(address.partition("#")[0], "text/html")[:2_000_000].decode("utf-8", "replace")
    links = [_attributes(tag) for tag in _TAG.findall(page)]
    root = next((each["href"] for each in links if each.get("rel") == _API), "")
    if not root or urlsplit(root).netloc != parts.netloc:
        return None
    home = str(json.loads(get(_path(root, "", "?_fields=home"), JSON))["home"])
    if urlsplit(home).netloc != parts.netloc:
        return None
    comment = re.fullmatch(r"comment-(\d+)", parts.fragment)
    if comment:
        kind, path = "comment", f"wp/v2/comments/{comment[1]}"
    else:
        own = (each for each in links if each.get("type") == JSON)
        posts = (re.search(r"wp/v2/posts/(\d+)$", each.get("href", "")) for each in own)
        number = next((found[1] for found in posts if found), "")
        if not number:
            return None
        kind, path = "post", f"wp/v2/posts/{number}"
    return {"home": home, "own": True, kind: json.loads(get(_path(root, path), JSON))}


def _path(root: str, path: str, question: str = "") -> str:
    """An address under the root, which is a folder or, without permalinks, a question."""
    if "rest_route=" in root:
        return f"{root}{path}{question.replace('?', '&')}"
    return f"{root}{path}{question}"


def _attributes(tag: str) -> dict[str, str]:
    from html import unescape

    return {name.lower(): unescape(a or b) for name, a, b in _ATTRIBUTE.findall(tag)}


def _inner(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return text_of(found, "rendered") if isinstance(found, dict) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


WORDPRESS = WordPressDialect()
