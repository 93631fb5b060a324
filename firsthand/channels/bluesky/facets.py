"""What in a post's text is more than text: links, mentions and tags (app.bsky.richtext.facet).

Facets count bytes of UTF-8, not characters. What is foreign may point anywhere: such is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from firsthand.channels.bluesky.names import DID, handle

_FACET = "app.bsky.richtext.facet"
_LINK = re.compile(r"(?<![\w@/])https?://[^\s<>\"]+", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@/.])@((?:[a-zA-Z0-9-]+\.)+[a-zA-Z][a-zA-Z0-9-]*)")
_TAG = re.compile(r"(?<!\S)[#＃]((?=\S*[^\W\d_])[\w][\w·-]*)")
_LONGEST_TAG = 64
_MOST = 200
"""Facets of one foreign post that are looked at."""


@dataclass(frozen=True, slots=True)
class Facet:
    """Characters `start` to `end` of a text. `kind`: link, mention or tag; `value`: the address, the
    handle (a DID where it was read from a record), the tag without its sign.
    """

    start: int
    end: int
    kind: str
    value: str


def found(text: str) -> list[Facet]:
    """The links, mentions and tags that a text shows, in order, none inside another."""
    facets: list[Facet] = []
    for each in sorted((*_links(text), *_mentions(text), *_tags(text)), key=lambda f: f.start):
        if not facets or each.start >= facets[-1].end:
            facets.append(each)
    return facets


def _links(text: str) -> Iterator[Facet]:
    for match in _LINK.finditer(text):
        shown = match[0].rstrip(".,;:!?'…”“’»*_")
        while shown.endswith((")", "]")) and shown.count(shown[-1]) > shown.count(
            _OPENS[shown[-1]]
        ):
            shown = shown[:-1].rstrip(".,;:!?")
        if len(shown) > len("https://"):
            yield Facet(match.start(), match.start() + len(shown), "link", shown)


_OPENS = {")": "(", "]": "["}


def _mentions(text: str) -> Iterator[Facet]:
    for match in _MENTION.finditer(text):
        if named := handle(match[1]):
            yield Facet(match.start(), match.end(), "mention", named)


def _tags(text: str) -> Iterator[Facet]:
    for match in _TAG.finditer(text):
        if len(match[1]) <= _LONGEST_TAG:
            yield Facet(match.start(), match.end(), "tag", match[1])


def written(text: str, facets: Iterable[Facet], dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Facets as a record has them. `dids`: whose handle is whose; a mention of nobody stays text."""
    records = []
    for each in facets:
        features = {
            "link": {"$type": f"{_FACET}#link", "uri": each.value},
            "tag": {"$type": f"{_FACET}#tag", "tag": each.value},
            "mention": {"$type": f"{_FACET}#mention", "did": dids.get(each.value, "")},
        }
        if each.kind == "mention" and each.value not in dids:
            continue
        start = len(text[: each.start].encode())
        index = {"byteStart": start, "byteEnd": start + len(text[each.start : each.end].encode())}
        records.append({"$type": _FACET, "index": index, "features": [features[each.kind]]})
    return records


def read(text: str, records: object) -> list[Facet]:
    """The facets of a foreign record that make sense, in order, none overlapping another."""
    raw = text.encode("utf-8", "replace")
    facets: list[Facet] = []
    for record in records[:_MOST] if isinstance(records, list) else []:
        facets += _read(raw, record)
    facets.sort(key=lambda each: (each.start, each.end))
    apart: list[Facet] = []
    for each in facets:
        if not apart or each.start >= apart[-1].end:
            apart.append(each)
    return apart


def _read(raw: bytes, record: object) -> Iterator[Facet]:
    try:
        start, end = (record["index"][each] for each in ("byteStart", "byteEnd"))  # type: ignore[index]
        features = record["features"]  # type: ignore[index]
        if not (type(start) is type(end) is int and 0 <= start < end <= len(raw)):
            return
        first, last = (len(raw[:each].decode()) for each in (start, end))
        kind, value = next(filter(None, map(_feature, features[:5])), ("", ""))
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    if kind:
        yield Facet(first, last, kind, value)


def _feature(feature: Any) -> tuple[str, str] | None:
    kind = str(feature["$type"]).removeprefix(f"{_FACET}#")
    field = {"link": "uri", "mention": "did", "tag": "tag"}.get(kind)
    value = feature[field] if field else None
    if not isinstance(value, str) or (kind == "mention" and not DID.fullmatch(value)):
        return None
    return kind, value[:2000]


def hypertext(text: str, facets: Iterable[Facet]) -> str:
    """The text as HTML with its links, for the sanitizer; "" where it has none."""
    pieces, at, linked = [], 0, False
    for each in facets:
        if each.kind == "link" and each.value.lower().startswith(("https://", "http://")):
            shown = escape(text[each.start : each.end])
            pieces += [escape(text[at : each.start]), f'<a href="{escape(each.value)}">{shown}</a>']
            at, linked = each.end, True
    if not linked:
        return ""
    whole = "".join([*pieces, escape(text[at:])])
    return f"<p>{whole}</p>".replace("\n", "<br>")


def disguised(text: str, facets: Iterable[Facet]) -> list[str]:
    """Sentences about links that show the address of one host and lead to another."""
    told = []
    for each in facets:
        shown = _host(text[each.start : each.end])
        if each.kind == "link" and shown and (leads := _host(each.value)) != shown:
            told.append(f"A link shows {shown} and leads to {leads or 'somewhere else'}.")
    return told


def _host(shown: str) -> str:
    match = re.fullmatch(
        r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/:?#].*)?", shown.strip().lower()
    )
    return match[1].removeprefix("www.") if match else ""
