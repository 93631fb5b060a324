"""What leaves: posts, answers no wider than what they answer, changes, gestures; and how to find it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from firsthand.channels.mastodon import words
from firsthand.channels.mastodon.client import PAGE, Api, Object, id_of, limits, version
from firsthand.channels.mastodon.status import moment, sealed, table, tables, text_of, wrap
from firsthand.core.envelope import Outbound, Parent, Receipt
from firsthand.core.errors import Permanent, Temporary, Uncertain
from firsthand.core.reaction import Reaction
from firsthand.core.text import canonical

WIDTHS = ("direct", "private", "unlisted", "public")
_BY_FOLDER = {"direct": "direct", "followers": "private", "unlisted": "unlisted"}
PAGES = 5
"""How far back one's own posts are looked through for one that may have been sent."""
SKEW = timedelta(hours=2)


class Writer:
    """One account's pen."""

    def __init__(self, api: Api, address: str) -> None:
        self._api, self._address = api, address
        self._host = address.rpartition("@")[2]

    @cached_property
    def _instance(self) -> Object:
        return self._api.instance()

    @property
    def _reads_markup(self) -> bool:
        return "snac" in version(self._instance)

    def send(self, outbound: Outbound) -> Receipt:
        if outbound.reaction:
            return self._react(outbound, outbound.reaction)
        if outbound.replaces:
            return self._change(outbound)
        parent = self._parent(outbound.parent)
        visibility = self._visibility(outbound, parent)
        refused = self._unknown(outbound) if visibility == "direct" and parent is None else {}
        said: dict[str, Any] = {
            "status": self._text(outbound),
            "visibility": visibility,
            "content_type": "text/plain",
        }
        if parent is not None:
            said["in_reply_to_id"] = id_of(parent)
            if language := text_of(parent, "language"):
                said["language"] = language
        if outbound.attachments:
            said["media_ids"] = self._uploaded(outbound)
        made = self._api.post("/api/v1/statuses", said, key=outbound.message_id)
        return self._receipt(outbound, made, "posted", refused)

    def _parent(self, parent: Parent | None) -> Object | None:
        if parent is None:
            return None
        found = self._api.maybe(
            f"/api/v1/statuses/{id_of({'id': parent.remote_id.partition('/')[0]})}"
        )
        if found is None:
            raise Permanent("The post that this answers is gone, or hidden from the account.")
        return found

    def _visibility(self, outbound: Outbound, parent: Object | None) -> str:
        """Never wider than what is answered, now or when it came in; to somebody alone: private."""
        if outbound.parent is None or parent is None:
            return "direct" if outbound.to else "public"
        came = _BY_FOLDER.get(outbound.parent.folder, "public")
        now = text_of(parent, "visibility")
        return min(came, now if now in WIDTHS else "direct", key=WIDTHS.index)

    def _unknown(self, outbound: Outbound) -> dict[str, str]:
        """Those whom the server cannot find: a private message would reach nobody of them."""
        everybody = [each.address for each in (*outbound.to, *outbound.cc, *outbound.bcc)]
        if outbound.bcc:
            raise Permanent("Nobody can have a blind copy there.")
        refused = {
            each: "The server finds nobody of that name."
            for each in everybody
            if not self._account(each)
        }
        if everybody and len(refused) == len(everybody):
            raise Permanent(f"Nobody was accepted as a recipient ({', '.join(everybody)}).")
        return refused

    def _account(self, handle: str) -> str:
        """The id of whoever has that handle, "" where the server finds nobody: it asks others, too."""
        local = handle.removesuffix(f"@{self._host}")
        known = self._api.maybe(f"/api/v1/accounts/lookup?{urlencode({'acct': local})}")
        if known is not None:
            return id_of(known)
        found = self._api.one(
            "/api/v2/search", q=f"@{handle}", type="accounts", resolve="true", limit=5
        )
        alike = (
            each
            for each in tables(found, "accounts")
            if text_of(each, "acct").lower() in {handle, local}
        )
        return next(map(id_of, alike), "")

    def _text(self, outbound: Outbound) -> str:
        return words.unmarked(outbound.text) if self._reads_markup else outbound.text

    def _uploaded(self, outbound: Outbound) -> list[str]:
        most = limits(self._instance).get("max_media_attachments")
        if isinstance(most, int) and len(outbound.attachments) > most:
            raise Permanent(f"A post may carry {most} files there.", hint="Take some out.")
        return [self._api.upload(each) for each in outbound.attachments]

    def _change(self, outbound: Outbound) -> Receipt:
        """A new version of an own post; repeating it has no effect, but for the readers' notices."""
        where = f"/api/v1/statuses/{id_of({'id': outbound.replaces})}"
        old = self._api.maybe(where)
        if old is None:
            raise Permanent("The post that this changes is gone.")
        kept = [id_of(each) for each in tables(old, "media_attachments") if each.get("id")]
        said: dict[str, Any] = {
            "status": self._text(outbound),
            "media_ids": self._uploaded(outbound) if outbound.attachments else kept,
            "spoiler_text": text_of(old, "spoiler_text"),
            "content_type": "text/plain",
        }
        made = self._api.post(where, said, method="PUT")
        return self._receipt(outbound, made, "changed", {})

    def _react(self, outbound: Outbound, reaction: Reaction) -> Receipt:
        if reaction is Reaction.FOLLOW:
            who = self._account(outbound.to[0].address) if outbound.to else ""
            if not who:
                raise Permanent("The server finds nobody of that name to follow.")
            self._api.repeatable(f"/api/v1/accounts/{who}/follow")
            return Receipt("", outbound.date, "followed")
        if outbound.parent is None:
            raise Permanent("There is no post to do that to.")
        verb = "favourite" if reaction is Reaction.LIKE else "reblog"
        self._api.repeatable(
            f"/api/v1/statuses/{id_of({'id': outbound.parent.remote_id.partition('/')[0]})}/{verb}"
        )
        return Receipt("", outbound.date, reaction.past.lower())

    def find(self, outbound: Outbound) -> Receipt | None:
        """An own post with the link of this byline. Raises Uncertain where it might be out of sight."""
        if outbound.reaction:
            return None
        for each in self._candidates(outbound):
            if sealed(wrap(each, host=self._host)).link == outbound.link:
                return self._receipt(outbound, each, "posted before", {})
        alone = outbound.parent is None and bool(outbound.to)
        if alone and self._reads_markup:
            raise Uncertain("The server does not list private messages, so nobody can tell.")
        return None

    def _candidates(self, outbound: Outbound) -> Iterator[Object]:
        if outbound.replaces:
            old = self._api.maybe(f"/api/v1/statuses/{id_of({'id': outbound.replaces})}")
            yield from [old] if old else []
            return
        own = id_of(self._api.me())
        if outbound.parent:
            where = f"/api/v1/statuses/{id_of({'id': outbound.parent.remote_id.partition('/')[0]})}/context"
            yield from _by(own, tables(self._api.maybe(where) or {}, "descendants"))
        yield from self._recent(own, outbound)

    def _recent(self, own: str, outbound: Outbound) -> Iterator[Object]:
        """One's own posts, newest first, as far back as this one could have been made."""
        before: dict[str, str] = {}
        for _ in range(PAGES):
            page = self._api.many(
                f"/api/v1/accounts/{own}/statuses", limit=PAGE, exclude_reblogs="true", **before
            )
            yield from page
            if len(page) < PAGE:
                return
            last = min((id_of(each) for each in page), key=lambda id: (len(id), id))
            oldest = moment(page[-1].get("created_at"))
            if before.get("max_id") == last or (oldest and oldest < outbound.date - SKEW):
                return
            before = {"max_id": last}
        raise Uncertain("The account posts so much that it was not found among the newest.")

    def _receipt(
        self, outbound: Outbound, made: Object, answer: str, refused: dict[str, str]
    ) -> Receipt:
        """What the server made of it; told apart where it shows another text than was signed."""
        raw = wrap(
            made, host=self._host, parent=outbound.parent.message_id if outbound.parent else ""
        )
        try:
            id = id_of(made)
        except Temporary as problem:
            raise Uncertain(problem.message) from None
        if canonical(sealed(raw).text) != canonical(outbound.text):
            answer += "; the server shows it in other words than were signed"
        return Receipt(
            id,
            outbound.date,
            answer,
            refused,
            url=text_of(made, "url") or text_of(made, "uri"),
            raw=raw,
        )


def _by(own: str, found: Iterable[Object]) -> Iterator[Object]:
    return (each for each in found if text_of(table(each, "account"), "id") == own)
