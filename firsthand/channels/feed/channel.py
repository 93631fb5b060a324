"""One feed, asked seldom: by its own rules, and never more often than every quarter of an hour."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.channels.feed.dialect import HINT, READ_ONLY
from firsthand.channels.feed.markup import Broken
from firsthand.channels.feed.reading import Item, moment, read
from firsthand.channels.reachable import is_loopback
from firsthand.channels.web import Answer, Web
from firsthand.core.envelope import Inbound, Outbound, Receipt
from firsthand.core.errors import FirsthandError, Permanent, Temporary

SIZE = 100
OFTEN = timedelta(minutes=15)
"""Not more often, whatever is set; a feed on this machine bothers nobody."""
SELDOM = timedelta(days=1)
"""What a server may ask for at most."""
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.8, "
    "text/xml;q=0.8, */*;q=0.5"
)
_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})")


class FeedChannel:
    """See `channels.base.Channel`. When it may be asked again stands in the account's notebook."""

    def __init__(self, connection: Connection) -> None:
        self._feed = connection.address
        self._notebook = connection.notebook
        here = is_loopback(self._feed)
        asked = timedelta(minutes=_number(connection.settings.get("every")))
        self._every = min(asked if here else max(asked, OFTEN), SELDOM)
        self._web = Web(public_only=True, loopback=here, elsewhere=True)
        self.capabilities = Capabilities("blind", look=max(self._every.total_seconds(), 1.0))

    def probe(self) -> tuple[str, ...]:
        items = self._items(self._asked({}).good())
        title = next((each["source"] for each in items if each.get("source")), "")
        named = f"“{title[:100]}”" if title else "without a title, or empty"
        count = f"{len(items)} item{'' if len(items) == 1 else 's'}"
        return (f"A feed {named}, with {count}.", "It can be read only.")

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        """What is in the feed and was not handed over, the oldest first. An item that was changed is
        not new: feeds touch their items for many reasons. Nothing is asked before it is time."""
        now = self._notebook.now()
        if self._early(now):
            return
        self._note(now + self._every, "")
        try:
            answer = self._asked(cursor)
            items = None if answer.status == 304 else self._items(answer.good())
        except FirsthandError as problem:
            raise self._later(problem, now) from problem
        self._note(now + max(self._every, _fresh(answer)), "")
        if items is not None:
            yield from self._batches(items, cursor, answer, now)

    def _early(self, now: datetime) -> bool:
        """Whether it is too early. Raises what went wrong the last time, as long as that holds."""
        notes = self._notebook.change(dict)
        due, problem = moment(str(notes.get("next", ""))), str(notes.get("problem", ""))
        if due is None or now >= due or due > now + SELDOM:
            return False
        if problem:
            raise Temporary(problem, retry_at=due)
        return True

    def _later(self, problem: FirsthandError, now: datetime) -> FirsthandError:
        """The same, tried again no sooner than a feed may be asked, or than the server said."""
        said = getattr(problem, "retry_at", None) or now
        due = min(max(now + self._every, said), now + SELDOM)
        told = f"{problem.message} {problem.hint}".strip()
        self._note(due, told)
        return problem if isinstance(problem, Permanent) else Temporary(told, retry_at=due)

    def _note(self, due: datetime, problem: str) -> None:
        self._notebook.change(
            lambda notes: notes.update({"next": due.isoformat(), "problem": problem})
        )

    def _asked(self, cursor: Cursor) -> Answer:
        conditions = {"If-None-Match": "etag", "If-Modified-Since": "modified"}
        kept = {k: str(cursor[name]) for k, name in conditions.items() if cursor.get(name)}
        return self._web.ask("GET", self._feed, headers={"Accept": ACCEPT, **kept})

    def _items(self, answer: Answer) -> list[Item]:
        kind = answer.headers.get("content-type", "")
        try:
            return read(answer.body, kind, answer.url, self._feed)
        except Broken as problem:
            raise Temporary(f"{answer.host} gave no feed that can be read: {problem}.") from None

    def _batches(
        self, items: list[Item], cursor: Cursor, answer: Answer, now: datetime
    ) -> Iterator[Batch]:
        """The validators go with the last one: until then the feed has to be read once more."""
        before = {str(each) for each in cursor.get("seen", [])}
        seen = [each["key"] for each in items if each["key"] in before]
        new = [each for each in reversed(items) if each["key"] not in before]
        if all("at" in each for each in new):
            new.sort(key=lambda each: each["at"])
        headers = answer.headers
        last = {
            "etag": _validator(headers.get("etag", "")),
            "modified": _validator(headers.get("last-modified", "")),
        }
        for low in range(0, max(len(new), 1), SIZE):
            part, more = new[low : low + SIZE], low + SIZE < len(new)
            seen += [each["key"] for each in part]
            kept = {"seen": list(seen), **({} if more else last)}
            if part or kept != cursor:
                yield Batch(tuple(self._inbound(each, now) for each in part), kept, more)

    def _inbound(self, item: Item, now: datetime) -> Inbound:
        at = moment(item.get("at", ""))
        kept = {name: value for name, value in item.items() if name != "id"}
        raw = json.dumps(kept, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
        at = min(at, now) if at else None
        return Inbound("feed", item["key"], raw, received_at=at, mine=False, folder="feed")

    def wait(self, seconds: float) -> bool:
        """No feed tells of news: wait until it may be asked again, or the time is over."""
        due = moment(str(self._notebook.change(dict).get("next", "")))
        left = (due - self._notebook.now()).total_seconds() if due else 0.0
        time.sleep(max(0.0, min(left, seconds)))
        return left <= seconds

    def send(self, outbound: Outbound) -> Receipt:
        raise Permanent(READ_ONLY, hint=HINT)

    def find(self, outbound: Outbound) -> Receipt | None:
        return None

    def copy(self, outbound: Outbound) -> None:
        """Nothing is sent, so nothing is copied."""

    def close(self) -> None:
        self._web.close()


def _fresh(answer: Answer) -> timedelta:
    """For how long the server says that nothing changes (RFC 9111 5.2.2.1)."""
    found = _MAX_AGE.search(answer.headers.get("cache-control", "").lower())
    return min(timedelta(seconds=int(found[1])), SELDOM) if found else timedelta()


def _validator(text: str) -> str:
    """One that can be sent back in a header as it is, or none."""
    return text if len(text) <= 500 and text.isascii() and text.isprintable() else ""


def _number(value: object) -> float:
    """Minutes. What is no number counts as the usual."""
    try:
        found = float(str(value))
    except ValueError:
        return 30.0
    return found if 0 < found < 1e6 else 30.0
