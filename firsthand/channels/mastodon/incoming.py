"""What comes in: posts that name the account, changes of them, and its own posts made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from firsthand.channels.base import Batch, Cursor
from firsthand.channels.mastodon.client import PAGE, Api, Object, id_of
from firsthand.channels.mastodon.status import moment, table, text_of, wrap
from firsthand.core.envelope import Inbound
from firsthand.core.errors import Temporary

COUNTED = {"favourite", "reblog", "follow", "follow_request", "quote"}
FIRST = "0"
MOST = 80
"""Of one page, for servers that give more than Mastodon, which gives PAGE or this."""
DEEPEST = 50
"""Pages that are read backwards at once."""
_FOLDERS = {"public": "mention", "unlisted": "unlisted", "private": "followers", "direct": "direct"}


def newer(one: str, other: str) -> bool:
    """Whether one id was given after another: longer is later, then the order of letters."""
    return (len(one), one) > (len(other), other)


def newest(api: Api) -> str:
    """The id of the newest notice, "" where there is none."""
    found = api.many("/api/v1/notifications", limit=1)
    return max((id_of(each) for each in found), key=lambda id: (len(id), id), default="")


def folder_of(status: Object) -> str:
    """Who may read a status; what is not known passes for private, so that an answer is."""
    return _FOLDERS.get(text_of(status, "visibility"), "direct")


class Reader:
    """Reads upwards by id, a page at a time, with a cursor after each."""

    def __init__(self, api: Api, host: str, own_id: str) -> None:
        self._api, self._host, self._own_id = api, host, own_id
        self._uris: dict[str, str] = {}

    def batches(self, cursor: Cursor) -> Iterator[Batch]:
        """Everything since `cursor`: notices first, then what the owner wrote, then changes."""
        at = dict(cursor)
        for page, more in self._pages("/api/v1/notifications", at.get("notices")):
            inbounds = [each for notice in page if (each := self._notice(notice))]
            at |= {"notices": id_of(page[-1]), "counted": _counted(at.get("counted"), page)}
            yield Batch(tuple(inbounds), dict(at), more=more)
        own, since = f"/api/v1/accounts/{self._own_id}/statuses", str(at.get("own_at") or "")
        for page, more in self._pages(own, at.get("own"), exclude_reblogs="true"):
            new = [each for each in page if not each.get("reblog") and not _is_old(each, since)]
            inbounds = [self._inbound(each, None) for each in new]
            made = max(text_of(each, "created_at") for each in page)
            at |= {"own": id_of(page[-1]), "own_at": max(made, str(at.get("own_at") or ""))}
            yield Batch(tuple(inbounds), dict(at), more=more)
        yield from self._changes(at)

    def _pages(
        self, path: str, after: object, **question: str
    ) -> Iterator[tuple[list[Object], bool]]:
        """Pages from the oldest unknown upwards."""
        last = after if isinstance(after, str) and after else FIRST
        while True:
            page = self._api.many(path, min_id=last, limit=MOST, **question)
            full = len(page) >= PAGE
            fresh = _above(page, last)
            if full and fresh:
                fresh = [*self._below(path, id_of(fresh[0]), last, **question), *fresh]
            if not fresh:
                return
            last = id_of(fresh[-1])
            yield fresh, full

    def _below(self, path: str, first: str, last: str, **question: str) -> list[Object]:
        """What lies between the cursor and a page: a server that ignores `min_id` gives the newest."""
        found: list[Object] = []
        for _ in range(DEEPEST):
            page = self._api.many(path, max_id=first, limit=MOST, **question)
            older = [each for each in _above(page, last) if newer(first, id_of(each))]
            if not older:
                break
            first, found = id_of(older[0]), [*older, *found]
        return found

    def _notice(self, notice: Object) -> Inbound | None:
        status = table(notice, "status")
        if notice.get("type") in COUNTED or not status:
            return None
        author = text_of(table(status, "account"), "id")
        if author == self._own_id:  # a poll of one's own that ended, a favourite of an unknown kind
            return None
        return self._inbound(status, notice)

    def _inbound(self, status: Object, notice: Object | None) -> Inbound:
        at, folder = moment((notice or status).get("created_at")), folder_of(status)
        return Inbound(
            "mastodon",
            id_of(status),
            wrap(status, host=self._host, parent=self._parent(status)),
            received_at=at,
            mine=notice is None,
            folder="post" if notice is None and folder == "mention" else folder,
        )

    def _parent(self, status: Object) -> str:
        """The global id of what a status answers; "" where it is gone or hidden."""
        self._remember(status)
        local = status.get("in_reply_to_id")
        if not isinstance(local, str) or not local:
            return ""
        if local not in self._uris:
            found = self._api.maybe(f"/api/v1/statuses/{id_of({'id': local})}")
            self._uris[local] = text_of(found or {}, "uri")
        return self._uris[local]

    def _remember(self, status: Object) -> None:
        self._uris[id_of(status)] = text_of(status, "uri")

    def _changes(self, at: dict[str, Any]) -> Iterator[Batch]:
        """New versions of what came lately. No notice tells of them, so the newest page is compared."""
        page = self._api.many("/api/v1/notifications", limit=MOST)
        before = at.get("edited")
        before = before if isinstance(before, dict) else {}
        now: dict[str, str] = {}
        changed = []
        for notice in sorted(page, key=lambda each: (len(id_of(each)), id_of(each))):
            status = table(notice, "status")
            if notice.get("type") in COUNTED or not status:
                continue
            if text_of(table(status, "account"), "id") == self._own_id:
                continue
            # Not by its id: some servers give a changed status another one.
            uri, edited = text_of(status, "uri"), text_of(status, "edited_at")
            if edited and uri not in now and uri in before and before[uri] != edited:
                changed.append(self._changed(status, edited))
            now[uri] = edited
        if now != before:
            yield Batch(tuple(changed), {**at, "edited": now})

    def _changed(self, status: Object, edited: str) -> Inbound:
        at = moment(edited)
        if at is None:
            raise Temporary("The server tells an unreadable time of a change.")
        raw = wrap(status, host=self._host, parent=self._parent(status), edit=True)
        return Inbound(
            "mastodon",
            f"{id_of(status)}/{edited}",
            raw,
            received_at=at,
            mine=False,
            folder=folder_of(status),
        )


def _above(page: list[Object], last: str) -> list[Object]:
    """Those after an id, oldest first."""
    fresh = [each for each in page if newer(id_of(each), last)]
    return sorted(fresh, key=lambda each: (len(id_of(each)), id_of(each)))


def _is_old(status: Object, since: str) -> bool:
    """Whether an own status was read before: some servers give a changed one a new id."""
    return bool(text_of(status, "edited_at")) and text_of(status, "created_at") <= since


def _counted(before: object, page: list[Object]) -> Mapping[str, int]:
    """How often each kind of notice without words came, as far as this account was read."""
    counts = {str(k): int(v) for k, v in before.items()} if isinstance(before, dict) else {}
    for kind in (text_of(each, "type") for each in page):
        if kind in COUNTED:
            counts[kind] = counts.get(kind, 0) + 1
    return counts
