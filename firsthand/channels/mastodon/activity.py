"""A post as its own server gives it to anybody (ActivityPub 3.2), for whoever checks a byline.

The server that is asked must be the author's own: nobody else can say what they wrote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from firsthand.channels.dialect import Get
from firsthand.channels.mastodon.content import to_text
from firsthand.channels.mastodon.status import read, table, tables, text_of
from firsthand.channels.mastodon.words import handle, handles, link_in
from firsthand.core.envelope import Sealed
from firsthand.core.errors import Misuse

ACTIVITY = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams", application/activity+json'
POSTS = {"Note", "Article", "Question", "Page"}


def lookup(address: str, get: Get) -> Sealed | None:
    """The post at an address; None where no post of the fediverse is there. Raises what `get` does."""
    if not address.startswith(("https://", "http://")):
        return None
    raw = get(address, ACTIVITY)
    post = read(raw)
    if post.get("type") not in POSTS or not {"attributedTo", "content"} <= set(post):
        return None
    actor = text_of(post, "attributedTo")
    if not host_of(actor) == host_of(text_of(post, "id")) == host_of(address):
        return None
    author = _author(read(get(actor, ACTIVITY)), actor, get)
    return sealed(json.dumps({"author": author, "post": post}).encode())


def sealed(raw: bytes) -> Sealed:
    """What a fetched post says for itself: `{"author": HANDLE, "post": {…}}`. Never raises."""
    whole = read(raw)
    post, author = table(whole, "post"), text_of(whole, "author")
    words = to_text(text_of(post, "content"), _mentions(post))
    link = link_in(words)
    return Sealed.posted(
        text=words,
        author=author,
        recipients=handles(words),
        subject=text_of(post, "summary"),
        message_id=text_of(post, "id"),
        in_reply_to=text_of(post, "inReplyTo"),
        link=link,
    )


def _mentions(post: Mapping[str, Any]) -> dict[str, str]:
    """The handle behind each address that a post names: of the same server, they come without it."""
    found = {}
    for tag in tables(post, "tag"):
        href, name = text_of(tag, "href"), text_of(tag, "name").lstrip("@").lower()
        if tag.get("type") == "Mention" and name:
            found[href] = name if "@" in name else f"{name}@{host_of(href)}"
    return found


def _author(actor: Mapping[str, Any], id: str, get: Get) -> str:
    """The handle of an actor (RFC 7033): its server may name another one, which must agree."""
    host, name = host_of(id), text_of(actor, "preferredUsername")
    if text_of(actor, "id") != id or not name:
        return ""
    said = _webfinger(f"{name}@{host}", host, id, get)
    domain = said.rpartition("@")[2]
    if not said or domain == host:
        return f"{name}@{host}".lower()
    return said if _webfinger(said, domain, id, get) == said else f"{name}@{host}".lower()


def _webfinger(account: str, host: str, actor: str, get: Get) -> str:
    """The handle that a server tells for an account, where it belongs to that actor."""
    scheme = urlsplit(actor).scheme
    where = (
        f"{scheme}://{host}/.well-known/webfinger?resource={quote(f'acct:{account}', safe=':@')}"
    )
    found = read(get(where, "application/jrd+json"))
    own = [text_of(each, "href") for each in tables(found, "links") if each.get("rel") == "self"]
    if actor not in own:
        return ""
    try:
        return handle(text_of(found, "subject"))
    except Misuse:
        return ""


def host_of(address: str) -> str:
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""
