"""The links of a foreign web page, in the order of the document. Pure, bounded, never raising.

Read from nh3's output, which is well formed whatever the page is: comments, scripts and what only
looks like a tag are gone by then, as they are for a browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import nh3

from firsthand.channels.feed.markup import decoded
from firsthand.channels.html import bounded

_ADDRESSES = {
    "a": "href", "area": "href", "link": "href", "img": "src", "video": "src", "audio": "src",
    "source": "src", "iframe": "src", "blockquote": "cite", "q": "cite", "ins": "cite",
    "del": "cite",
}  # fmt: skip
_NO_CONTENT = {"script", "style", "template", "title", "textarea", "xmp", "noembed", "noframes"}
_TAG = re.compile(r"<([a-z][a-z0-9]*)((?:[^>\"]|\"[^\"]*\")*)>")
_ATTRIBUTE = re.compile(r'\s([a-z]+)="([^"]*)"')
_META = re.compile(rb"""(?i)<meta[^>]{0,300}?charset\s*=\s*["']?([\w.:-]{1,40})""")
_HEAD = 4096
"""Within so many bytes a page must say its encoding (HTML 13.2.3.2 wants 1024)."""


class Link(NamedTuple):
    """One link: the element, the words of its `rel` in lower case, and where it leads, absolute."""

    tag: str
    rel: frozenset[str]
    address: str


def words_of(body: bytes, content_type: str) -> str:
    """A page as characters, by its header, its first bytes, or what its head says."""
    said = _META.search(body[:_HEAD])
    if said and "charset" not in content_type.lower():
        content_type = f"{content_type}; charset={said[1].decode('ascii')}"
    return decoded(body, content_type)


def links_of(html: str, url: str) -> Iterator[Link]:
    """Every link of a page that stands at `url`; the page's own `base` counts (HTML 4.2.3)."""
    tags = {*_ADDRESSES, "base"}
    clean = nh3.clean(
        bounded(html),
        tags=tags,
        clean_content_tags=_NO_CONTENT - tags,
        attributes={tag: {"href", "src", "cite", "rel"} for tag in tags},
        url_schemes={"http", "https"},
        link_rel=None,
    )
    base = url
    for tag, written in _TAG.findall(clean):
        found = {name: unescape(value) for name, value in _ATTRIBUTE.findall(written)}
        if tag == "base":
            base = joined(url, found["href"]) or base if base == url and "href" in found else base
            continue
        name = _ADDRESSES[tag]
        if name in found and (address := joined(base, found[name])):
            yield Link(tag, frozenset(found.get("rel", "").lower().split()), address)


def joined(base: str, link: str) -> str:
    """An address on the web, or ""."""
    try:
        found = urljoin(base, "".join(link.split("\n")).strip())
        return found if urlsplit(found).scheme in {"http", "https"} else ""
    except ValueError:
        return ""
