"""What a web page says about one of ours: whether it links there, and in which words. Pure.

The page is a stranger's. It is made well formed and bounded by nh3 before anything else reads it, and
what cannot be understood is still a page that links to ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from firsthand.channels.html import to_text
from firsthand.channels.links import links_of, words_of
from firsthand.channels.mentions.microformats import Page
from firsthand.channels.mentions.thing import GESTURES

Item = Mapping[str, Any]
"""A microformat as JSON (microformats.org/wiki/microformats2-parsing)."""

LONGEST = 100_000
"""Characters of what one page says."""
EXCERPT = 1000
_HTML = {"text/html", "application/xhtml+xml"}
_KEPT = ("name", "published", "author", "content", "summary")
_TITLE = re.compile(r"(?is)<title[^>]{0,200}>(.{0,2000}?)</title")


def says(body: bytes, content_type: str, url: str, target: str) -> dict[str, Any] | None:
    """What the page at `url` says about `target`, as an h-entry; None: it does not link there.

    HTML links by its elements, JSON by a value, text by the address (Webmention 3.2.2).
    """
    kind = content_type.partition(";")[0].strip().lower()
    text = words_of(body, content_type)
    if kind in _HTML:
        linked = any(same(link.address, target) for link in links_of(text, url))
        return _from_html(text, url, target) if linked else None
    if kind == "application/json" or kind.endswith("+json"):
        return _mention(target, {}) if _holds(text, target) else None
    if kind.startswith("text/") and any(same(each, target) for each in text.split()):
        return _mention(target, {"content": _around(text, target)})
    return None


def same(address: str, target: str) -> bool:
    """Whether an address is that of `target`, or of a place in it."""
    return address == target or address.partition("#")[0] == target


def _holds(text: str, target: str) -> bool:
    try:
        left = [json.loads(text)]
    except (ValueError, RecursionError):
        return False
    while left:
        value = left.pop()
        if isinstance(value, str) and same(value, target):
            return True
        left += (
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        )
    return False


def _from_html(text: str, url: str, target: str) -> dict[str, Any]:
    entry = _entry(Page(text, url).entries(), target)
    if entry is None:
        title = _TITLE.search(text)
        named = " ".join(to_text(title[1]).split()) if title else ""
        return _mention(target, {"name": named[:300], "content": _around(to_text(text), target)})
    own = entry["properties"]
    kept = {name: own[name] for name in _KEPT if own.get(name)}
    how = next((how for how in GESTURES if how != "mention-of" and _cites(own, how, target)), "")
    if how:
        return _item({**_bounded(kept), how: [target]})
    shown = _first(own.get("content"))
    words = to_text(str(shown.get("html", ""))) if isinstance(shown, dict) else ""
    around = _around(words or to_text(text), target)
    return _mention(target, {**kept, "content": around})


def _mention(target: str, told: Item) -> dict[str, Any]:
    """A page that only links there: what stands around the link, not all that it says."""
    return _item({**{k: _list(v) for k, v in told.items() if v}, "mention-of": [target]})


def _item(properties: Item) -> dict[str, Any]:
    return {"type": ["h-entry"], "properties": dict(properties)}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _bounded(kept: Item) -> dict[str, Any]:
    """The content without what is beyond all sense; its HTML goes first, its words stay."""
    shown = _first(kept.get("content"))
    if isinstance(shown, dict):
        html = str(shown.get("html", ""))
        words = {"html": html} if len(html) <= LONGEST else {}
        return {**kept, "content": [{**words, "value": to_text(html)[:LONGEST]}]}
    return {**kept, "content": [str(shown or "")[:LONGEST]]} if shown else dict(kept)


def _around(words: str, target: str) -> str:
    """The line that holds the link, which `to_text` writes behind the linked words."""
    line = next((each for each in words.splitlines() if target in each), "")
    told = line.replace(f" ({target})", "").strip()
    return "" if told == target else told[:EXCERPT]


def _entry(entries: list[dict[str, Any]], target: str) -> Item | None:
    """The entry that refers to `target`, else the first one whose content links there, else the
    only one of the page."""
    for each in entries:
        if any(_cites(each["properties"], how, target) for how in GESTURES):
            return each
    for each in entries:
        shown = _first(each["properties"].get("content"))
        html = shown.get("html") if isinstance(shown, dict) else ""
        if isinstance(html, str) and target in html.replace("&amp;", "&"):
            return each
    return entries[0] if len(entries) == 1 else None


def _cites(own: Item, how: str, target: str) -> bool:
    return any(isinstance(each, str) and same(each, target) for each in own.get(how) or ())


def _first(values: Any) -> Any:
    return values[0] if isinstance(values, list) and values else None
