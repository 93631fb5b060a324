"""A post, comment or message of a Page as the Graph API gives one, taken apart without believing it.

The raw form is `{"kind": …, "object": …, "place": …}`, keys sorted: the object as it came (Graph API
v25.0: PagePost, Comment, Message), and the post or the conversation in which it was read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from firsthand.channels.foreign import list_of, moment_of, object_of

Json = dict[str, Any]

SITE = "https://www.facebook.com/"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.=+-]{0,199}")
_LARGEST = 2_000_000
_ZONE = re.compile(r"([+-]\d\d)(\d\d)$")


@dataclass(frozen=True, slots=True)
class Thing:
    """What is known of one. `peer`: whom it answers or was written to, by number."""

    kind: str
    id: str
    place: str = ""
    text: str = ""
    author: str = ""
    author_name: str = ""
    peer: str = ""
    answers: str = ""
    at: datetime | None = None

    @property
    def direct(self) -> bool:
        return self.kind == "message"

    @property
    def global_id(self) -> str:
        return f"{self.id}@messenger.com" if self.direct else f"{SITE}{self.id}"

    @property
    def remote_id(self) -> str:
        """By which the account knows it; of a message also its conversation."""
        return f"message/{self.place}/{self.id}" if self.direct else self.id


def pack(kind: str, value: Mapping[str, Any], place: str = "") -> bytes:
    """The raw form."""
    whole = {"kind": kind, "object": value, "place": place}
    return json.dumps(whole, ensure_ascii=False, sort_keys=True).encode()


def read(raw: bytes) -> Thing | None:
    """What can be understood; None where it is no such thing. Never raises."""
    try:
        whole = json.loads(raw) if len(raw) <= _LARGEST else None
    except (ValueError, RecursionError):
        return None
    whole = object_of(whole)
    value = whole.get("object")
    if not isinstance(value, dict) or whole.get("kind") not in {"post", "comment", "message"}:
        return None
    number, place = str(value.get("id") or ""), str(whole.get("place") or "")
    if not is_id(number):
        return None
    author, parent = object_of(value.get("from")), object_of(value.get("parent"))
    text = str(value.get("message") or "").replace("\r\n", "\n").strip()
    found = Thing(
        kind=whole["kind"],
        id=number,
        place=place,
        text=text,
        author=str(author.get("id") or "")[:40],
        author_name=" ".join(str(author.get("name") or "").split())[:200],
        at=when(value.get("created_time")),
    )
    if found.kind == "comment":
        answered = str(parent.get("id") or "") or place
        peer = str(object_of(parent.get("from")).get("id") or "")[:40]
        return replace(found, answers=f"{SITE}{answered}" if answered else "", peer=peer)
    if found.direct:
        people = [object_of(each) for each in list_of(object_of(value.get("to")).get("data"))]
        return replace(found, peer=str(people[0].get("id") or "")[:40] if len(people) == 1 else "")
    return found


def is_id(value: Any) -> bool:
    """Whether it may stand in a path of the API, and names something."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def when(value: Any) -> datetime | None:
    """Graph's times: `2026-11-22T08:00:00+0000`."""
    return moment_of(_ZONE.sub(r"\1:\2", str(value)))
