"""A WordPress blog through its REST API (docs/channels/wordpress.md).

What an attempt had done is found by its byline's link, which no other text has: `lookup`. A post is made
as a draft first and then published, which repeated has no effect.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, ClassVar

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.channels.wordpress.api import Api, Json, number_in
from firsthand.channels.wordpress.dialect import moment
from firsthand.channels.wordpress.markup import title_markup, to_markup
from firsthand.channels.wordpress.reading import PAGE, Look, pack
from firsthand.core.envelope import Outbound, Receipt
from firsthand.core.errors import Misuse, Permanent, Temporary

_COMMENT = r".*/\?p=\d+#comment-(\d+)"
_POST = r".*/\?p=(\d+)"
_PLACE = r"(?:comments|posts)/(\d+)"


class WordPressChannel:
    """See `channels.base.Channel`."""

    capabilities: ClassVar[Capabilities] = Capabilities("lookup", can_edit=True)

    def __init__(self, connection: Connection) -> None:
        self._settings = connection.settings
        self._api = Api(connection)
        self._newest: int | None = None

    def probe(self) -> tuple[str, ...]:
        home, me = self._api.home, self._api.me
        self._api.categories(str(self._settings.get("category", "")))
        count = len(self._api.things("wp/v2/comments", status="all", per_page=PAGE, _fields="id"))
        some = f"{count} comments" if count < PAGE else f"{PAGE} comments or more"
        return (f"WordPress at {home} with {some}.", f"Answers and posts are {me.get('name')}'s.")

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        self._newest = self._look()
        yield from Look(self._api, dict(cursor)).batches()

    def wait(self, seconds: float) -> bool:
        """Look every few seconds (the setting `poll`): WordPress tells nobody of news."""
        if self._newest is None:
            self._newest = self._look()
        until = time.monotonic() + seconds
        pause = _pause(self._settings.get("poll"))
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(pause, left))
            newest = self._look()
            if newest != self._newest:
                self._newest = newest
                return True
        return False

    def _look(self) -> int:
        newest = self._api.things(
            "wp/v2/comments", status="all", orderby="id", order="desc", per_page=1, _fields="id"
        )
        return int(newest[0]["id"]) if newest else 0

    def send(self, outbound: Outbound) -> Receipt:
        if outbound.attachments:
            raise Permanent("Files cannot be sent to a blog.", hint="Put a link into the text.")
        if outbound.replaces:
            return self._change(outbound)
        if outbound.parent:
            return self._comment(outbound)
        if outbound.to or outbound.cc or outbound.bcc:
            raise Permanent(
                "A blog has no private messages, so no recipient can be reached.",
                hint="Write a post, or a mail.",
            )
        return self._post(outbound)

    def _comment(self, outbound: Outbound) -> Receipt:
        if outbound.subject:
            raise Permanent("A comment has no title.", hint="Take the subject out.")
        post, parent = _place(outbound)
        said = {"post": post, "parent": parent, "content": to_markup(outbound.text)}
        made = self._api.object("POST", "wp/v2/comments", json=said)
        return self._receipt("comments", made, outbound, "commented")

    def _post(self, outbound: Outbound) -> Receipt:
        """Twice made, the draft that is left over is seen by nobody."""
        draft = self._ours("posts", outbound, status="draft")
        if draft is None:
            said: Json = {**_article(outbound), "status": "draft"}
            if names := str(self._settings.get("category", "")):
                said["categories"] = self._api.categories(names)
            draft = self._api.object("POST", "wp/v2/posts", json=said, effect=False)
        place = f"wp/v2/posts/{_id(draft)}"
        made = self._api.object("POST", place, json={"status": "publish"})
        return self._receipt("posts", made, outbound, "published")

    def _change(self, outbound: Outbound) -> Receipt:
        """A new version of our own comment or post; repeating it has no effect."""
        kind, number = outbound.replaces.partition("/")[0], _number(outbound.replaces)
        new = _article(outbound) if kind == "posts" else {"content": to_markup(outbound.text)}
        made = self._api.object("POST", f"wp/v2/{kind}/{number}", json=new)
        return self._receipt(kind, made, outbound, "changed")

    def find(self, outbound: Outbound) -> Receipt | None:
        if outbound.replaces:
            kind, number = outbound.replaces.partition("/")[0], _number(outbound.replaces)
            there = self._api.object("GET", f"wp/v2/{kind}/{number}", params={"context": "edit"})
            found = there if _carries(there, outbound.link) else None
        elif outbound.parent:
            kind = "comments"
            found = self._ours(kind, outbound, status="all", post=_place(outbound)[0])
        else:
            kind = "posts"
            found = self._ours(kind, outbound, status="publish")
        return self._receipt(kind, found, outbound, "found there") if found else None

    def _ours(self, kind: str, outbound: Outbound, **question: Any) -> Json | None:
        """What carries this byline's link, among the newest hundred of our own."""
        newest = self._api.things(
            f"wp/v2/{kind}", context="edit", author=self._api.me["id"], orderby="id",
            order="desc", per_page=PAGE, **question,
        )  # fmt: skip
        return next((each for each in newest if _carries(each, outbound.link)), None)

    def _receipt(self, kind: str, made: Json, outbound: Outbound, answer: str) -> Receipt:
        if made.get("status") == "hold":
            answer = f"{answer}, and held for moderation"
        return Receipt(
            remote_id=f"{kind}/{_id(made)}",
            at=moment(made.get("date_gmt")) or outbound.date,
            answer=answer,
            url=str(made.get("link") or ""),
            raw=pack(self._api.home, kind, made, me=self._api.me["id"]),
        )

    def copy(self, outbound: Outbound) -> None:
        """The blog shows it."""

    def close(self) -> None:
        self._api.close()


def _article(outbound: Outbound) -> Json:
    return {"title": title_markup(outbound.subject), "content": to_markup(outbound.text)}


def _carries(thing: Json, link: str) -> bool:
    content = thing.get("content")
    raw = content.get("raw") if isinstance(content, dict) else None
    return bool(link) and isinstance(raw, str) and f'"{link}"' in raw


def _place(outbound: Outbound) -> tuple[int, int]:
    """The post and the comment that it answers (0: the post itself)."""
    named = outbound.parent.message_id if outbound.parent else ""
    try:
        post = number_in(named, _POST)
        return post, number_in(named, _COMMENT) if "#comment-" in named else 0
    except Misuse as problem:
        raise Permanent(problem.message) from None


def _number(remote_id: str) -> int:
    try:
        return number_in(remote_id, _PLACE)
    except Misuse as problem:
        raise Permanent(problem.message) from None


def _id(thing: Json) -> int:
    if not isinstance(thing.get("id"), int):
        raise Temporary("The blog's answer names nothing.")
    return int(thing["id"])


def _pause(given: object) -> float:
    try:
        return min(max(float(str(given or 10)), 0.2), 600.0)
    except ValueError:
        return 10.0
