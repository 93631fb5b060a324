"""What a feed says: RSS 0.9x to 2.0, RSS 1.0, Atom 1.0 (RFC 4287), JSON Feed 1.0 and 1.1. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, tostring

from firsthand.channels.feed.markup import Broken, decoded, tree
from firsthand.channels.html import to_text

Item = dict[str, str]
"""As `dialect` reads it: only what the feed said."""

MOST = 1000
"""Items of one feed; those further down are older."""
LONGEST = 400_000
"""Characters of an item's content."""
_SHORT = 1000
_ATOM = "http://www.w3.org/2005/Atom"
_CORE = {"", _ATOM, "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"}
_CORE |= {"http://backend.userland.com/rss2"}
_DC = "http://purl.org/dc/elements/1.1/"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_MARKUP = re.compile(r"&#?\w{1,30};|</?[a-zA-Z]")
_PAGE = re.compile(
    r"(?is)\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*+)*<(?:!doctype\s+html|html|head)\b"
)
_OFFER = re.compile(
    r"(?i)<link\b[^>]{0,500}application/(?:rss|atom|feed)\+(?:xml|json)[^>]{0,500}>"
)
_HREF = re.compile(r"""(?i)\shref\s*=\s*["']?([^"'\s>]{1,500})""")
_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)


def read(body: bytes, content_type: str, url: str, feed: str) -> list[Item]:
    """Its items as they stand there, the newest usually first. `url`: where it was found at last.

    Raises Broken for what is no feed.
    """
    text = decoded(body, content_type)
    if text.lstrip()[:1] == "{":
        found = _from_json(text, url)
    elif _PAGE.match(text):
        raise Broken(_instead(text, url))
    else:
        found = _from_xml(tree(text), url)
    known: dict[str, Item] = {}
    for item in found:
        kept = {k: v for k, v in item.items() if v}
        kept |= {"feed": feed, "key": _key(item)}
        known.setdefault(kept["key"], kept)
        if len(known) >= MOST:
            break
    return list(known.values())


def moment(text: str) -> datetime | None:
    """A date by RFC 3339 or RFC 822; without a zone it counts as UTC; None for an absurd one."""
    text = text.strip()[:100]
    for way in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = way(text)
            found = found if found.tzinfo else found.replace(tzinfo=UTC)
            found = found.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return found if found >= _OLDEST else None
    return None


def _key(item: Item) -> str:
    """By its id, or link, or else by what it says: what does not change when an item is touched."""
    named = (
        item["id"]
        or item["link"]
        or "\n".join((item["title"], item["at"], item["html"] or item["text"]))
    )
    return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:32]


def _instead(text: str, url: str) -> str:
    """Of a web page: that it is one, and which feed it offers."""
    offer = _OFFER.search(text[:200_000])
    href = _HREF.search(offer[0]) if offer else None
    told = f": its feed is {_joined(url, href[1])}" if href else ""
    return f"it is a web page{told}"


def _from_json(text: str, url: str) -> Iterator[Item]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Broken("it is no JSON that can be read") from None
    if not str(value.get("version", "")).startswith("https://jsonfeed.org/version/"):
        raise Broken("it is JSON, but no JSON Feed")
    items = value.get("items")
    for each in items if isinstance(items, list) else []:
        if isinstance(each, dict):
            yield _json_item(each, value, url)


def _json_item(each: Mapping[str, Any], feed: Mapping[str, Any], url: str) -> Item:
    link = _said(each, "url") or _said(each, "external_url")
    number = each.get("id")
    return {
        "id": str(number) if isinstance(number, int | float) else _said(each, "id"),
        "source": _line(_said(feed, "title")),
        "link": _joined(url, link),
        "base": url,
        "title": _line(_said(each, "title")),
        "author": _line(_names(each) or _names(feed)),
        "at": _at(_said(each, "date_published") or _said(each, "date_modified")),
        "html": _said(each, "content_html")[:LONGEST],
        "text": (_said(each, "content_text") or _said(each, "summary"))[:LONGEST],
    }


def _names(value: Mapping[str, Any]) -> str:
    authors = value.get("authors")
    listed = authors if isinstance(authors, list) else [value.get("author")]
    return ", ".join(filter(None, (_said(a, "name") for a in listed[:10] if isinstance(a, dict))))


def _said(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found.encode("utf-8", "replace").decode() if isinstance(found, str) else ""


def _from_xml(root: Element, url: str) -> Iterator[Item]:
    kind = _local(root)
    if kind == "html":
        raise Broken("it is a web page")
    if kind not in {"rss", "RDF", "feed"}:
        raise Broken("it is XML, but no feed")
    base = _joined(url, root.get(_BASE, "")) or url
    if kind == "feed":
        source = _plain(_first(root, "title"))
        author = _person(root)
        for entry in _all(root, "entry"):
            yield _entry(entry, source, author, base)
        return
    channel = _first(root, "channel")
    source = _plain(_first(channel, "title")) if channel is not None else ""
    for holder in [root] if kind == "RDF" or channel is None else [channel]:
        for item in _all(holder, "item"):
            yield _rss_item(item, source, base)


def _rss_item(item: Element, source: str, base: str) -> Item:
    guid = _first(item, "guid")
    number = _inner(guid)
    link = _inner(_first(item, "link"))
    if not link and guid is not None and guid.get("isPermaLink", "true").lower() == "true":
        link = number if number.startswith(("http://", "https://")) else ""
    creator = item.find(f"{{{_DC}}}creator")
    dated = _inner(_first(item, "pubDate")) or _inner(item.find(f"{{{_DC}}}date"))
    content = _inner(item.find(f"{{{_CONTENT}}}encoded"))
    return {
        "id": number,
        "source": source,
        "link": _joined(base, link),
        "base": _joined(base, link) or base,
        "title": _plain(_first(item, "title")),
        "author": _line(_inner(creator) or _inner(_first(item, "author"))),
        "at": _at(dated),
        "html": (content or _inner(_first(item, "description")))[:LONGEST],
        "text": "",
    }


def _entry(entry: Element, source: str, author: str, base: str) -> Item:
    base = _joined(base, entry.get(_BASE, "")) or base
    content = _first(entry, "content")
    if content is None or content.get("src"):
        content = _first(entry, "summary")
    base = (_joined(base, content.get(_BASE, "")) or base) if content is not None else base
    html, text = _construct(content)
    dated = _inner(_first(entry, "published")) or _inner(_first(entry, "updated"))
    return {
        "id": _inner(_first(entry, "id")),
        "source": source,
        "link": _joined(base, _alternate(entry)),
        "base": base,
        "title": _plain(_first(entry, "title")),
        "author": _person(entry) or author,
        "at": _at(dated),
        "html": html[:LONGEST],
        "text": text[:LONGEST],
    }


def _alternate(entry: Element) -> str:
    links = [each for each in _all(entry, "link") if each.get("href")]
    pages = (each for each in links if each.get("rel", "alternate") == "alternate")
    found = next(pages, None)
    return "" if found is None else found.get("href", "")


def _person(holder: Element) -> str:
    names = [_inner(_first(each, "name")) for each in _all(holder, "author")[:10]]
    return _line(", ".join(filter(None, names)))


def _construct(element: Element | None) -> tuple[str, str]:
    """The HTML and the text of a text construct (RFC 4287 3.1); one of them is empty."""
    if element is None:
        return "", ""
    kind = element.get("type", "text").lower()
    if kind == "xhtml" or kind.endswith("+xml"):
        for each in element.iter():
            each.tag = str(each.tag).rpartition("}")[2]
            each.attrib = {k: v for k, v in each.attrib.items() if "}" not in k}
        return "".join(tostring(e, "unicode", "html") for e in element), ""
    inner = _inner(element)
    return (inner, "") if kind in {"html", "text/html"} else ("", inner)


def _plain(element: Element | None) -> str:
    """A title as a line of text. RSS does not say whether one is HTML; it is where it looks like it."""
    if element is None:
        return ""
    html, text = _construct(element)
    typed = element.get("type") is not None
    if html or (
        not typed and not str(element.tag).startswith(f"{{{_ATOM}}}") and _MARKUP.search(text)
    ):
        return _line(to_text(html or text))
    return _line(text)


def _at(text: str) -> str:
    found = moment(text)
    return found.isoformat() if found else ""


def _joined(base: str, link: str) -> str:
    """An address on the web, or ""."""
    link = "".join(link.split())[:2000]
    if not link:
        return ""
    try:
        found = urljoin(base, link)
        return found if urlsplit(found).scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def _line(text: str) -> str:
    return " ".join(text[: 4 * _SHORT].split())[:_SHORT]


def _inner(element: Element | None) -> str:
    return "" if element is None else "".join(element.itertext()).strip()


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _first(holder: Element, name: str) -> Element | None:
    return next(iter(_all(holder, name)), None)


def _all(holder: Element, name: str) -> list[Element]:
    """Children by that name in a feed's own namespaces: `media:title` is another thing."""
    return [e for e in holder if _local(e) == name and _space(e) in _CORE]


def _space(element: Element) -> str:
    return str(element.tag).rpartition("}")[0].removeprefix("{")
