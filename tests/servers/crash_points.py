"""The points at which crashing.py kills a worker: before or after a step, for each kind of channel."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

from firsthand.channels.bluesky.channel import BlueskyChannel
from firsthand.channels.bluesky.posting import Poster
from firsthand.channels.bluesky.repository import Repository
from firsthand.channels.bluesky.xrpc import Server
from firsthand.channels.mail.channel import MailChannel
from firsthand.channels.mail.smtp import Smtp
from firsthand.channels.mastodon.channel import MastodonChannel
from firsthand.channels.mastodon.client import Api
from firsthand.channels.mastodon.outgoing import Writer
from firsthand.channels.site import SiteChannel
from firsthand.channels.web import Web
from firsthand.channels.wordpress.api import Api as Blog
from firsthand.channels.wordpress.channel import WordPressChannel
from firsthand.office import intake, ledger, outbox, release
from firsthand.office.models import Event
from firsthand.office.outbox import delivering, following, releasing
from firsthand.tlog.store import LocalStore

DEAD = 9


@dataclass(frozen=True, slots=True)
class Point:
    """Where to die: before or after the `nth` call of a function."""

    owner: Any
    name: str
    after: bool = False
    nth: int = 1

    def arm(self) -> None:
        real, calls = getattr(self.owner, self.name), 0

        def deadly(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == self.nth and not self.after:
                os._exit(DEAD)
            result = real(*args, **kwargs)
            if calls == self.nth and self.after:
                os._exit(DEAD)
            return result

        setattr(self.owner, self.name, deadly)


FIRST = {
    "release: looked at": Point(release, "recheck", after=True),
    "release: sealed": Point(releasing, "seal", after=True),
    "release: entries ordered": Point(ledger, "append", after=True),
    "release: written, not committed": Point(Event, "record", after=True),
    "release: committed, not published": Point(ledger, "publish"),
    "publish: nothing written": Point(LocalStore, "write"),
    "publish: entries written": Point(LocalStore, "write", after=True),
    "publish: all but the checkpoint": Point(LocalStore, "write", nth=3),
    "publish: checkpoint written": Point(LocalStore, "write", after=True, nth=3),
    "publish: published": Point(ledger, "publish", after=True),
    "claim: not yet taken": Point(delivering, "step", after=True),
    "deliver: claimed": Point(outbox, "deliver"),
    "deliver: put together": Point(delivering, "outbound", after=True),
}
RECORDED = {
    "record: not written": Point(delivering, "_sent"),
    "record: written, not committed": Point(delivering, "_deliveries", after=True),
    "record: committed": Point(delivering, "_sent", after=True),
}
TAKEN = {
    "file: composed": Point(following, "Inbound", after=True),
    "file: taken in": Point(intake, "take", after=True),
}
LAST = {
    **RECORDED,
    **TAKEN,
    "file: answered, not committed": Point(following, "_answer", after=True),
    "file: committed": Point(following, "_file", after=True),
}
MAIL = {
    "deliver: before the call": Point(MailChannel, "send"),
    "deliver: signed in": Point(Smtp, "_open", after=True),
    "deliver: addressed": Point(Smtp, "_announce", after=True),
    "deliver: dot written": Point(Smtp, "_answer"),
    "deliver: answer read": Point(Smtp, "_answer", after=True),
    "deliver: call returned": Point(MailChannel, "send", after=True),
}
COPY = {
    "copy: claimed": Point(MailChannel, "copy"),
    "copy: made, not recorded": Point(MailChannel, "copy", after=True),
}
BLUESKY = {
    "deliver: before the call": Point(BlueskyChannel, "send"),
    "deliver: signed in": Point(Poster, "_where", after=True),
    "deliver: looked whether it is there": Point(Repository, "get", after=True),
    "deliver: made up": Point(Repository, "put"),
    "deliver: recorded, not known": Point(Server, "tell", after=True, nth=2),
    "deliver: answer read": Point(Repository, "put", after=True),
    "deliver: call returned": Point(BlueskyChannel, "send", after=True),
}
MASTODON = {
    "deliver: before the call": Point(MastodonChannel, "send"),
    "deliver: the parent read": Point(Writer, "_parent", after=True),
    "deliver: before the post": Point(Api, "post"),
    "deliver: posted, not known": Point(Api, "_object", nth=3),
    "deliver: answer read": Point(Api, "post", after=True),
    "deliver: call returned": Point(MastodonChannel, "send", after=True),
}
WORDPRESS = {
    "deliver: before the call": Point(WordPressChannel, "send"),
    "deliver: the blog's API found": Point(Blog, "_find_root", after=True),
    "deliver: before the comment": Point(Web, "ask", nth=2),
    "deliver: commented, not known": Point(Web, "ask", after=True, nth=2),
    "deliver: answer read": Point(WordPressChannel, "_receipt"),
    "deliver: call returned": Point(WordPressChannel, "send", after=True),
}
SITE = {
    "site: before the call": Point(SiteChannel, "send"),
    "site: call returned": Point(SiteChannel, "send", after=True),
    **RECORDED,
    **TAKEN,
    "file: committed": Point(following, "_file_post", after=True),
}


def second(points: dict[str, Point], *names: str) -> dict[str, Point]:
    """Some of these, the second time that they are passed: for the blog, after our own site."""
    told = {name: name.partition(": ")[2] for name in names or points}
    return {f"blog: {told[name]}": replace(points[name], nth=2) for name in told}


BLOG = {
    "blog: looked at": Point(release, "recheck", after=True, nth=3),
    **second(FIRST, "release: sealed", "release: entries ordered"),
    **second(FIRST, "deliver: claimed", "deliver: put together"),
    "blog: before the call": Point(WordPressChannel, "send"),
    "blog: looked for a draft": Point(WordPressChannel, "_ours", after=True),
    "blog: before the draft": Point(Web, "ask", nth=4),
    "blog: drafted, not known": Point(Web, "ask", after=True, nth=4),
    "blog: before it is published": Point(Web, "ask", nth=5),
    "blog: published, not known": Point(Web, "ask", after=True, nth=5),
    "blog: answer read": Point(WordPressChannel, "_receipt"),
    "blog: call returned": Point(WordPressChannel, "send", after=True),
    **second(RECORDED),
    **second(TAKEN, "file: taken in"),
    "blog: filed": Point(following, "_file_post", after=True, nth=2),
}
POINTS = {
    "mail": {**FIRST, **MAIL, **LAST, **COPY},
    "bluesky": {**FIRST, **BLUESKY, **LAST},
    "mastodon": {**FIRST, **MASTODON, **LAST},
    "wordpress": {**FIRST, **WORDPRESS, **LAST},
    "posts": {**FIRST, **SITE, **BLOG},
}
