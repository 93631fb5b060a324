"""The HTML of a post as the plain text that its reader sees. Pure, bounded, never raises."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from firsthand.channels.mastodon.words import tidy

LARGEST = 500_000
_PARAGRAPHS = {"p", "ul", "ol", "pre", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
_HIDDEN = {"script", "style", "template", "title", "head"}


def to_text(html: str, mentions: Mapping[str, str] | None = None) -> str:
    """The words of a post, tidied. `mentions`: the handle behind the address of each that it names.

    A link that shows other words than where it leads is told as `words (address)`.
    """
    reader = _Reader(mentions or {})
    with suppress(AssertionError, ValueError, RecursionError):
        reader.feed(html[:LARGEST])
        reader.close()
    return tidy("".join(reader.said))


class _Reader(HTMLParser):
    def __init__(self, mentions: Mapping[str, str]) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._mentions = mentions
        self._link: tuple[str, str, int] | None = None
        self._hidden = 0
        self._quotes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "br":
            self._line()
        elif tag == "blockquote":
            self.said.append("\n\n")
            self._quotes += 1
            self.said.append("> ")
        elif tag in _PARAGRAPHS:
            self.said.append("\n\n")
        elif tag == "li":
            self.said.append("\n- ")
        elif tag == "a":
            self._end_link()
            self._link = (given.get("href", ""), given.get("class", ""), len(self.said))
        elif tag == "img" and given.get("alt"):
            self.said.append(given["alt"])

    def handle_endtag(self, tag: str) -> None:
        if tag in _HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag == "a":
            self._end_link()
        elif tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
            self.said.append("\n\n")
        elif tag in _PARAGRAPHS:
            self.said.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.said.append(data.replace("\n", " "))

    def _line(self) -> None:
        self.said.append("\n> " if self._quotes else "\n")

    def _end_link(self) -> None:
        if self._link is None:
            return
        (href, kind, start), self._link = self._link, None
        shown = "".join(self.said[start:])
        if "mention" in kind.split() and "hashtag" not in kind.split():
            self.said[start:] = [_named(shown, href, self._mentions)]
        elif shown and not _leads_there(shown, href) and "hashtag" not in kind.split():
            self.said.append(f" ({href})")


def _named(shown: str, href: str, mentions: Mapping[str, str]) -> str:
    """A mention with its server, which the address knows where the words leave it out."""
    words = shown.strip().lstrip("@")
    name = words.partition("@")[0]
    known = mentions.get(href)
    if known is None:
        host = _host(href)
        alike = {
            h for url, h in mentions.items() if _host(url) == host and h.startswith(f"{name}@")
        }
        known = alike.pop() if len(alike) == 1 else f"{name}@{host}"
    if known.lower() != words.lower() and known.partition("@")[0].lower() != words.lower():
        return f"{shown} ({href})"
    return f"@{known.lower()}"


def _leads_there(shown: str, href: str) -> bool:
    return _plain(shown) == _plain(href) or not href


def _plain(address: str) -> str:
    """An address without the differences that servers make: escapes, a last slash, IDNA."""
    address = unquote(address.strip())
    host = _host(address)
    with suppress(UnicodeError):
        address = address.replace(host, host.encode("idna").decode(), 1) if host else address
    return address.rstrip("/")


def _host(address: str) -> str:
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""
