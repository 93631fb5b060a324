"""The entries of a web page by their microformats, as JSON: microformats2 and the older hentry. Pure.

Of our own because the library for it takes exponential time over a page that nests what it reads
(docs/decisions/0023). Each element is looked at once; only the properties that a mention has are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import nh3

from firsthand.channels.html import bounded
from firsthand.channels.links import joined

Item = dict[str, Any]

MOST = 100
"""Entries of one page."""
_WANTED = set(
    "name author content summary published url email in-reply-to like-of repost-of bookmark-of".split()
)
_OLDER = {
    "hentry": "h-entry", "vcard": "h-card", "entry-title": "p-name", "fn": "p-name",
    "entry-content": "e-content", "entry-summary": "p-summary", "published": "dt-published",
    "author": "p-author", "url": "u-url",
}  # fmt: skip
"""Classes of hentry and hCard (microformats.org/wiki/microformats2-parsing, backward compatibility)."""
_ENTRIES = {"h-entry", "h-event", "h-review", "h-recipe"}
_CITED = {"h-cite", *_ENTRIES}
_ROOT = re.compile(r"<(/?)(?:html|body)(?=[\s>])", re.IGNORECASE)
_TOKEN = re.compile(r"<(/?)([a-z][a-z0-9]*)((?:[^>\"]|\"[^\"]*\")*)>")
_ATTRIBUTE = re.compile(r'\s([a-z]+)="([^"]*)"')
_TAGS = set(
    "a abbr address article aside b bdi bdo blockquote br cite code data dd del details dfn div dl "
    "dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p "
    "pre q s samp section small span strong sub summary sup table tbody td tfoot th thead time tr u "
    "ul var audio video source area base link".split()
)
_VOID = {"area", "base", "br", "hr", "img", "link", "source"}
_ATTRIBUTES = set("class href src datetime title value alt rel".split())


@dataclass(slots=True, eq=False)
class Node:
    """An element. `start` and `end`: where its inside stands; `root`: the microformat around it."""

    tag: str
    told: dict[str, str]
    classes: frozenset[str]
    root: Node | None
    start: int
    end: int = 0
    own: list[Node] = field(default_factory=list)
    """Of a microformat: the elements in it that belong to no other one within."""

    @property
    def is_root(self) -> bool:
        return any(each.startswith("h-") for each in self.classes)


class Page:
    """A page made well formed, and its elements."""

    def __init__(self, html: str, url: str) -> None:
        self._text = nh3.clean(
            bounded(_ROOT.sub(r"<\1div", html)),
            tags=_TAGS,
            attributes={"*": _ATTRIBUTES},
            clean_content_tags={"script", "style", "template"},
            url_schemes={"http", "https", "mailto"},
            link_rel=None,
        )
        self._url = url
        self._based = False

    def entries(self) -> list[Item]:
        """The entries, outermost first where one stands in another."""
        found = [node for node in self._nodes() if node.classes & _ENTRIES]
        return [self._item(node, "h-entry") for node in found[:MOST]]

    def _nodes(self) -> list[Node]:
        nodes: list[Node] = []
        open_: list[Node] = []
        for token in _TOKEN.finditer(self._text):
            closing, tag, written = token.groups()
            if closing:
                while open_ and (node := open_.pop()):
                    node.end = token.start()
                    if node.tag == tag:
                        break
                continue
            node = self._node(tag, written, open_[-1] if open_ else None, token.end())
            nodes.append(node)
            if tag not in _VOID:
                open_.append(node)
        for node in open_:
            node.end = len(self._text)
        return nodes

    def _node(self, tag: str, written: str, above: Node | None, start: int) -> Node:
        told = {name: unescape(value) for name, value in _ATTRIBUTE.findall(written)}
        words = told.pop("class", "").split()[:50]
        newer = any(each.startswith("h-") for each in words)
        root = (above if above.is_root else above.root) if above else None
        older = root is not None and "hentry" in root.told
        if not newer and ({"hentry"} & set(words) or older):
            told |= {"hentry": ""}
            words = [_OLDER.get(each, "") for each in words]
            if older and "bookmark" in told.get("rel", "").split():
                words.append("u-url")
        if tag == "base" and "href" in told and not self._based:
            self._url, self._based = joined(self._url, told["href"]) or self._url, True
        node = Node(tag, told, frozenset(words), root, start, start)
        if root is not None:
            root.own.append(node)
        return node

    def _item(self, root: Node, kind: str) -> Item:
        properties: dict[str, list[Any]] = {}
        for node in root.own:
            for each in node.classes:
                prefix, _, name = each.partition("-")
                if name in _WANTED and prefix in {"p", "u", "dt", "e"} and name not in properties:
                    properties[name] = [self._value(node, prefix, name)]
        return {"type": [kind], "properties": properties}

    def _value(self, node: Node, prefix: str, name: str) -> Any:
        if name == "author":
            return self._author(node)
        if prefix == "e":
            return {"html": self._text[node.start : node.end]}
        if node.classes & _CITED:
            return next(self._addresses(node), "")
        if prefix == "u":
            return self._address(node) or self._line(node)
        if prefix == "dt":
            return node.told.get("datetime") or node.told.get("value") or self._line(node)
        return self._line(node)

    def _author(self, node: Node) -> Any:
        if not node.is_root:
            page = self._address(node)
            told = {"name": [self._line(node)], **({"url": [page]} if page else {})}
            return {"type": ["h-card"], "properties": told}
        card = self._item(node, "h-card")
        told = card["properties"]
        told.setdefault("name", [self._line(node)])
        if page := next(self._addresses(node), ""):
            told.setdefault("url", [page])
        return card

    def _addresses(self, root: Node) -> Iterator[str]:
        """Where a card or a citation leads: what it says, else what it is, else what is in it."""
        said = [each for each in root.own if "u-url" in each.classes]
        inside = [each for each in root.own if each.tag == "a"]
        for each in [*said, root, *inside]:
            if found := self._address(each):
                yield found

    def _address(self, node: Node) -> str:
        name = {"a": "href", "area": "href", "link": "href"}.get(node.tag, "src")
        return joined(self._url, node.told[name]) if name in node.told else ""

    def _line(self, node: Node) -> str:
        """What a reader sees of it, in one line; of a picture the words instead of it."""
        inside = self._text[node.start : node.end][:20_000]
        seen = " ".join(_TOKEN.sub(self._alternative, inside).split())
        return unescape(seen or node.told.get("alt") or node.told.get("value", ""))[:300]

    @staticmethod
    def _alternative(token: re.Match[str]) -> str:
        found = dict(_ATTRIBUTE.findall(token[3]))
        return f" {found.get('alt', '')} " if token[2] == "img" else " "
