"""How a feed is read (docs/channels/feed.md). Nothing is written on one.

One thing that came in is JSON of what the feed said of an item: `feed` (its address), `source` (its
title), `key` (what it is known by), `link`, `base` (what relative links in it start from), `title`,
`author`, `at` and its `html` or `text`. What a feed did not say is left out.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any
from urllib.parse import urljoin, urlsplit

from firsthand.channels.dialect import Dialect, Mark, Setting
from firsthand.channels.foreign import moment_of, object_in, text_of
from firsthand.channels.reachable import web_address
from firsthand.core.envelope import Address, Automation, Parsed, Sealed
from firsthand.core.errors import Misuse, Permanent

LONGEST = 254
READ_ONLY = "A feed can only be read: nothing can be sent or answered there."
HINT = "Open the item's page, or write to its author on another account."
_LINK = re.compile(r"""(<[a-z][^<>]{0,2000}?\s(?:href|src)\s*=\s*)("[^"<>]*"|'[^'<>]*')""", re.I)


class FeedDialect(Dialect):
    """An item is something to read, for everybody, which waits for no answer."""

    name = "feed"
    sends = False
    addressed = True  # so that no post can be put there
    connecting = (
        "A feed to read, by its address: RSS, Atom or JSON Feed; also the feed of a search for your "
        "name. Nothing can be sent there."
    )
    settings = (Setting("every", "minutes between two looks, 15 at least", default="30"),)

    def account(self, text: str) -> str:
        """The feed's address as it is asked for; https where none is said. Raises Misuse."""
        found = text.strip()
        found = re.sub(r"(?i)\Afeed:(?://)?(?=https?:)", "", found)
        found = re.sub(r"(?i)\Afeed://", "https://", found)
        found = found if "://" in found else f"https://{found}"
        try:
            parts, _ = web_address(found)
        except Permanent as problem:
            raise Misuse(
                f"“{text.strip()[:60]}” is no feed's address.",
                hint="Write it as https://blog.example/feed.xml, without a password in it.",
            ) from problem
        netloc = parts.netloc.lower()
        found = parts._replace(netloc=netloc, path=parts.path or "/", fragment="").geturl()
        if len(found) > LONGEST or not found.isascii() or len(found.split()) != 1:
            raise Misuse(f"A feed's address has at most {LONGEST} plain characters.")
        return found

    def address(self, text: str) -> str:
        raise Misuse(READ_ONLY, hint=HINT)

    def parse(self, raw: bytes) -> Parsed:
        item = object_in(raw)
        feed, key = text_of(item, "feed"), text_of(item, "key")
        if not feed or not key:
            return Parsed(problems=("It is no item of a feed.",), unreadable=True)
        source, author = text_of(item, "source"), text_of(item, "author")
        html, link = _html(item), text_of(item, "link")
        return Parsed(
            # Made of what we asked: a feed must not pass an item off as somebody's post.
            message_id=f"{feed}#{key}",
            date=moment_of(text_of(item, "at")),
            subject=text_of(item, "title"),
            sender=Address(sender_of(feed), source or author),
            text="\n\n".join(filter(None, (_by(author, source), _words(item, html), link))),
            html=_page(html, _by(author, source), link),
            automation=Automation.BULK,
            list_id=source,
        )

    def final(self, text: str, mark: Mark) -> str:
        raise Misuse(READ_ONLY, hint=HINT)

    def received(self, raw: bytes) -> Sealed:
        return Sealed()

    def stone(self, *, message_id: str, author: str, in_reply_to: str, text: str) -> bytes:
        """Nothing of ours is ever there; this is what an erased item would leave."""
        feed, _, key = message_id.partition("#")
        return json.dumps({"feed": feed, "key": key or "erased", "text": text}).encode()


def sender_of(feed: str) -> str:
    """What items are from: the feed without its scheme, which the owner's own account has."""
    parts = urlsplit(feed)
    return f"{parts.netloc}{parts.path}".rstrip("/").lower()[:200]


def _by(author: str, source: str) -> str:
    return f"By {author}" if author and author != source else ""


def _html(item: dict[str, Any]) -> str:
    """With links that lead somewhere: those of a feed may be relative to it."""
    base = text_of(item, "base") or text_of(item, "feed")

    def whole(found: re.Match[str]) -> str:
        quote, address = found[2][0], found[2][1:-1]
        try:
            return f"{found[1]}{quote}{urljoin(base, address.strip())}{quote}"
        except ValueError:
            return found[0]

    return _LINK.sub(whole, text_of(item, "html"))


def _words(item: dict[str, Any], html: str) -> str:
    if not html:
        return text_of(item, "text").strip()
    from firsthand.channels.html import to_text  # not needed by whoever only checks

    return to_text(html).strip()


def _page(html: str, by: str, link: str) -> str:
    if not html:
        return ""
    head = f"<p>{escape(by)}</p>" if by else ""
    foot = f'<p><a href="{escape(link)}">{escape(link)}</a></p>' if link else ""
    return f"{head}{html}{foot}"


FEED = FeedDialect()
