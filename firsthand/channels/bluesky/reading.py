"""What came in: the notices that an AppView keeps, and the posts of one's own repository.

Both lists are ordered by times that their makers state, so what is new need not stand at the end:
each look goes back OVERLAP before the newest that is known, and passes over what it had.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from firsthand.channels.base import Batch, Cursor
from firsthand.channels.bluesky.dialect import dump, moment
from firsthand.channels.bluesky.names import POST, key_time, place, time_key
from firsthand.channels.bluesky.session import Session
from firsthand.channels.bluesky.xrpc import Refused, Unanswered
from firsthand.core.envelope import Inbound

PAGE = 100
OVERLAP = timedelta(hours=1)
MOST_PAGES = 100
"""Of notices, in one go: at the first look at a busy account, older ones are left where they are."""
QUEUED = {"mention", "reply", "quote"}
"""Reasons of notices that somebody may want to answer. All others are counted."""
_MOST_KNOWN = 1_000
_EVER = datetime(2020, 1, 1, tzinfo=UTC)  # before there was anything
_SHOWN = ("did", "handle", "displayName", "labels")
_KEPT = ("uri", "cid", "reason", "reasonSubject", "record", "labels", "indexedAt")
NO_APPVIEW = (
    "{server} has no AppView that answers, so mentions and replies cannot be seen. "
    "Own posts are read, and posting works."
)


@dataclass(slots=True)
class Known:
    """What was had of one list: the newest moment, and the names of all within OVERLAP before it."""

    newest: datetime = _EVER
    recent: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Known:
        """Out of a cursor, whatever stands in it."""
        newest, recent = moment(stored.get("newest")), stored.get("recent")
        pairs = recent.items() if isinstance(recent, dict) else ()
        return cls(newest or _EVER, {str(key): int(at) for key, at in pairs})

    @property
    def floor(self) -> datetime:
        """Whatever is older was had."""
        return max(self.newest - OVERLAP, _EVER)

    def add(self, uri: str, at: datetime) -> bool:
        """Whether it is new; it is known from now on."""
        name = hashlib.blake2s(uri.encode("utf-8", "replace"), digest_size=6).hexdigest()
        if name in self.recent or at < self.floor:
            return False
        self.newest = max(self.newest, at)
        self.recent[name] = int(at.timestamp())
        return True

    def stored(self) -> dict[str, Any]:
        oldest = int(self.floor.timestamp())
        kept = sorted(((at, key) for key, at in self.recent.items() if at >= oldest))
        self.recent = {key: at for at, key in kept[-_MOST_KNOWN:]}
        return {"newest": self.newest.isoformat(), "recent": dict(self.recent)}


@dataclass(slots=True)
class Reader:
    """One run through both lists. The cursor: what is known of each, and what was only counted."""

    session: Session
    cursor: Cursor

    def batches(self) -> Iterator[Batch]:
        """Own posts first: they can be read where no AppView answers. Raises Temporary or Refused."""
        posts, notices = (Known.of(_mapping(self.cursor, each)) for each in ("posts", "notices"))
        counted = Counter(_mapping(self.cursor, "counted"))
        last: Cursor = self.cursor
        for inbounds in self._own_posts(posts):
            last = _stored(posts, notices, counted)
            yield Batch(inbounds, last, more=True)
        found = self._notices(notices.floor)
        for start in range(0, len(found), PAGE):
            inbounds = tuple(_taken(found[start : start + PAGE], notices, counted))
            more = start + PAGE < len(found)
            stored = _stored(posts, notices, counted)
            if inbounds or stored != last:
                yield Batch(inbounds, stored, more=more)
                last = stored

    def _own_posts(self, known: Known) -> Iterator[tuple[Inbound, ...]]:
        """From the oldest on, by keys; those made elsewhere are what ranks learn from."""
        tokens = self.session.tokens()
        start = time_key(known.floor) if known.newest > _EVER else ""
        while True:
            page = self.session.ask(
                "com.atproto.repo.listRecords",
                repo=tokens.did, collection=POST, limit=PAGE, reverse="true",
                **({"cursor": start} if start else {}),
            )  # fmt: skip
            who = {"did": tokens.did, "handle": tokens.handle}
            found = [own for each in _items(page, "records") if (own := _own(each, who, known))]
            if found:
                yield tuple(found)
            start = str(page.get("cursor") or "")
            if not start or not page.get("records"):
                return

    def _notices(self, floor: datetime) -> list[dict[str, Any]]:
        """Back to `floor`, then turned round: the oldest first. Each a kept mention, or a tally."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            page = notices(self.session, limit=PAGE, **cursor)
            listed = [each for each in _items(page, "notifications") if _at(each) >= floor]
            found += map(_slim, listed)
            cursor = {"cursor": str(page.get("cursor") or "")}
            if not listed or not cursor["cursor"]:
                break
        return sorted(found, key=_at)


def notices(session: Session, **question: Any) -> dict[str, Any]:
    """A page of notices. Raises Unanswered where the account's server has no AppView."""
    try:
        return session.ask("app.bsky.notification.listNotifications", **question)
    except Unanswered:
        raise Unanswered(NO_APPVIEW.format(server=session.server.address)) from None
    except Refused as problem:
        if problem.name in {"MethodNotImplemented", "XRPCNotSupported", "InvalidRequest"}:
            raise Unanswered(NO_APPVIEW.format(server=session.server.address)) from None
        raise


def _slim(notice: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a notice: the post and its author, not how the reader stands to them."""
    if notice.get("reason") not in QUEUED:
        return {each: notice.get(each) for each in ("uri", "reason", "indexedAt")}
    kept = {each: notice[each] for each in _KEPT if each in notice}
    return {
        **kept,
        "author": {each: notice["author"][each] for each in _SHOWN if each in _author(notice)},
    }


def _author(notice: dict[str, Any]) -> dict[str, Any]:
    found = notice.get("author")
    return found if isinstance(found, dict) else {}


def _taken(found: list[dict[str, Any]], known: Known, counted: Counter[str]) -> Iterator[Inbound]:
    for notice in found:
        at, reason = _at(notice), str(notice.get("reason"))[:40]
        # Of one post there is one notice; of one's own posts many are liked by the same person.
        if not known.add(str(notice.get("uri")), at):
            continue
        if reason in QUEUED:
            yield Inbound(
                "bluesky", str(notice.get("uri")), dump(notice), at, mine=False, folder=reason
            )
        else:
            counted[reason] += 1


def _own(item: dict[str, Any], who: dict[str, str], known: Known) -> Inbound | None:
    named = place(str(item.get("uri")))
    if named is None or named.repo != who["did"] or not isinstance(item.get("value"), dict):
        return None
    at = key_time(named.rkey) or moment(item["value"].get("createdAt"))
    if at is None or not known.add(str(named), at):
        return None
    post = {"uri": str(named), "cid": item.get("cid"), "author": who, "record": item["value"]}
    return Inbound("bluesky", str(named), dump(post), at, mine=True, seen=True, folder="post")


def _at(notice: dict[str, Any]) -> datetime:
    return moment(notice.get("indexedAt")) or _EVER


def _items(page: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = page.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _mapping(cursor: Cursor, name: str) -> dict[str, Any]:
    found = cursor.get(name)
    return dict(found) if isinstance(found, dict) else {}


def _stored(posts: Known, notices: Known, counted: Counter[str]) -> dict[str, Any]:
    return {"posts": posts.stored(), "notices": notices.stored(), "counted": dict(counted)}
