"""What is new on a blog since the last look, by numbers: times may repeat, and clocks change.

The API cannot be asked for comments above a number, so the cursor holds how many there were and the
last one's number; where comments were deleted since, the look begins further back. Comments that were
changed, or came back from spam, are found among the newest hundred.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firsthand.channels.base import Batch
from firsthand.channels.wordpress.api import Api, Json
from firsthand.channels.wordpress.dialect import moment
from firsthand.core.envelope import Inbound
from firsthand.core.errors import Temporary

PAGE = 100
_IDLE = 5
"""Pages without anything new, after which no honest server has more."""
_FIELDS = {
    "comments": (
        "id,post,parent,author,author_name,author_email,author_url,date_gmt,content,link,status,type"
    ),
    "posts": "id,author,date_gmt,title,content,link,status",
}
_SORT = {"context": "edit", "orderby": "id", "per_page": PAGE}


def pack(home: str, kind: str, value: Mapping[str, Any], *, me: int, edited: str = "") -> bytes:
    """One thing as `dialect` reads it. `kind`: comments or posts."""
    kept = {name: value[name] for name in _FIELDS[kind].split(",") if name in value}
    whole: Json = {"home": home, "own": value.get("author") == me, kind[:-1]: kept}
    if edited:
        whole["edited"] = edited
    return json.dumps(whole, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


@dataclass(slots=True)
class Look:
    """One look at a blog."""

    api: Api
    cursor: dict[str, Any]

    def batches(self) -> Iterator[Batch]:
        """New comments, own posts, then what changed; each batch with the cursor to keep."""
        begun_at = int(self._place("comments")["last"])
        yield from self._new("comments", {"status": "all"})
        yield from self._new("posts", {"status": "publish", "author": self.api.me["id"]})
        yield from self._changed(begun_at)

    def _place(self, kind: str) -> dict[str, int]:
        found = self.cursor.get(kind)
        return dict(found) if isinstance(found, dict) else {"count": 0, "last": 0}

    def _new(self, kind: str, question: Mapping[str, Any]) -> Iterator[Batch]:
        place, idle = self._place(kind), 0
        start, last = max(0, place["count"] - 1), place["last"]
        while idle < _IDLE:
            page = self._page(kind, order="asc", offset=start, **question)
            if start and (not page or page[0]["id"] > last):
                start = max(0, start - PAGE)  # some were deleted since
                continue
            new = [each for each in page if each["id"] > last]
            idle = 0 if new else idle + 1
            last = max([last, *(each["id"] for each in page)])
            count, more = start + len(page), len(page) >= PAGE
            self.cursor = {**self.cursor, kind: {"count": count, "last": last}}
            if new:
                yield Batch(tuple(self._inbound(kind, each) for each in new), self.cursor, more)
            if not more:
                return
            start = count - 1
        raise Temporary("The blog tells the same comments over and over.")

    def _changed(self, begun_at: int) -> Iterator[Batch]:
        newest = self._page("comments", order="desc", status="all")
        seen = self.cursor.get("seen")
        known: dict[str, str] = seen if isinstance(seen, dict) else {}
        now = {str(each["id"]): digest_of(each) for each in newest}
        found = []
        for each in reversed(newest if isinstance(seen, dict) else []):
            before = known.get(str(each["id"]))
            if each["id"] > begun_at or before == now[str(each["id"])]:
                continue
            if before is None:  # back from spam, or never seen: known by its number if it was taken
                found.append(self._inbound("comments", each))
            elif each.get("author") != self.api.me["id"]:
                found.append(self._inbound("comments", each, now[str(each["id"])]))
        if now != seen:
            self.cursor = {**self.cursor, "seen": now}
            yield Batch(tuple(found), self.cursor)

    def _page(self, kind: str, **question: Any) -> list[Json]:
        asked = {**_SORT, "_fields": _FIELDS[kind], **question}
        return self.api.things(f"wp/v2/{kind}", **asked)

    def _inbound(self, kind: str, value: Json, edited: str = "") -> Inbound:
        me = self.api.me["id"]
        return Inbound(
            channel="wordpress",
            remote_id=f"{kind}/{value['id']}" + (f"/{edited}" if edited else ""),
            raw=pack(self.api.home, kind, value, me=me, edited=edited),
            received_at=moment(value.get("date_gmt")),
            mine=value.get("author") == me,
            folder=_folder(kind, value),
        )


def digest_of(comment: Mapping[str, Any]) -> str:
    """What changes when somebody changes the text."""
    content = comment.get("content")
    text = content.get("raw") if isinstance(content, dict) else ""
    return hashlib.sha256(str(text).encode("utf-8", "replace")).hexdigest()[:12]


def _folder(kind: str, value: Mapping[str, Any]) -> str:
    if kind == "posts":
        return "post"
    if value.get("type") in {"pingback", "trackback"}:
        return "mention"
    return "held" if value.get("status") == "hold" else "comment"
