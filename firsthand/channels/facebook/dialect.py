"""How a Facebook Page reads and writes (docs/channels/facebook.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from firsthand.channels import spending
from firsthand.channels.dialect import Dialect, Mark, Setting
from firsthand.channels.facebook import thing
from firsthand.channels.spending import limits_of
from firsthand.core.envelope import Address, Outbound, Parsed, Sealed
from firsthand.core.errors import Misuse

BASE = "https://graph.facebook.com/v25.0"
LONGEST = 2000
_BYLINE = re.compile(r"https?://\S+/b/[^\s#]+#[\w-]{43}(?![\w-])")
_NUMBER = re.compile(r"\d{1,40}")


class FacebookDialect(Dialect):
    """A Page's post, an answer to a comment, or to a message; the byline is a sentence and a link."""

    name = "facebook"
    connecting = (
        "A Facebook Page, by its number: comments and messages in, answers and posts out. Messages "
        "can be answered for 24 hours, as Facebook's rules say."
    )
    settings = (
        Setting("every", "Minutes between two looks.", default="10"),
        Setting("posts", "How many of the newest posts are looked at for comments.", default="10"),
        Setting("most_requests", "The most requests a month (nothing: no limit).", default=""),
        Setting(
            "human_agent",
            "“yes” if Facebook allowed your app the tag HUMAN_AGENT: people may answer for 7 days.",
            default="no",
        ),
        Setting("base", "The address of the Graph API, with its version.", default=BASE),
        Setting("token", "The Page's access token.", secret=True),
    )

    def parse(self, raw: bytes) -> Parsed:
        found = thing.read(raw)
        if found is None:
            return Parsed(problems=("This is nothing of a Facebook Page.",), unreadable=True)
        post = f"{thing.SITE}{found.place}"
        return Parsed(
            message_id=found.global_id,
            in_reply_to=(found.answers,) if found.answers else (),
            references=(post,) if found.kind == "comment" and found.place else (),
            date=found.at,
            sender=Address(found.author, found.author_name),
            to=(Address(found.peer),) if found.peer else (),
            subject="Message" if found.direct else "",  # which threads them by person
            text=found.text,
            problems=() if found.author else ("Facebook does not say who wrote this.",),
        )

    def final(self, text: str, mark: Mark) -> str:
        """The text, and the byline in words. Raises Misuse for more than one recipient."""
        if len(mark.to) > 1:
            raise Misuse("On Facebook an answer goes to one person.", hint="Take the others out.")
        return f"{text.strip()}\n\n{mark.sentence} Check: {mark.link}".strip()

    def received(self, raw: bytes) -> Sealed:
        found = thing.read(raw)
        if found is None:
            return Sealed()
        words = reversed(found.text.split())
        link = next((each for each in words if _BYLINE.fullmatch(each)), "")
        return Sealed.posted(
            text=found.text,
            author=found.author,
            recipients=(found.peer,) if found.peer else (),
            message_id=found.global_id,
            in_reply_to=found.answers,
            link=link,
        )

    def stone(self, *, message_id: str, author: str, in_reply_to: str, text: str) -> bytes:
        direct = message_id.endswith("@messenger.com")
        number = message_id.removesuffix("@messenger.com").removeprefix(thing.SITE)
        value: dict[str, Any] = {"id": number or "0", "message": text, "from": {"id": author}}
        if direct or not in_reply_to:
            return thing.pack("message" if direct else "post", value)
        value["parent"] = {"id": in_reply_to.removeprefix(thing.SITE)}
        return thing.pack("comment", value)

    def address(self, text: str) -> str:
        found = text.strip()
        if not (found.isascii() and _NUMBER.fullmatch(found)):
            raise Misuse(
                f"“{found[:60]}” is no number of a Page or a person on Facebook.",
                hint="It has digits only; a Page shows its own under Page transparency.",
            )
        return found

    def answered(self, message_id: str) -> str:
        """A message stands in its conversation, under no other."""
        return "" if message_id.endswith("@messenger.com") else message_id

    def longest(self, settings: Mapping[str, Any]) -> int | None:
        return LONGEST

    def usage(
        self, settings: Mapping[str, Any], notes: Mapping[str, Any], now: datetime
    ) -> tuple[str, ...]:
        posts = str(settings.get("posts") or "10")
        lines = [
            *spending.told(notes, limits_of(settings), now),
            f"The next look uses 2 requests, one for each of {posts} posts, and one for each "
            "conversation with news.",
            "The next answer uses 1 request; to a message, 2.",
        ]
        kept = notes.get("usage")
        for who, values in kept.items() if isinstance(kept, dict) else ():
            most = max(values.values(), default=0)
            lines.append(f"Facebook says that {most} % of what it allows {who} in an hour is used.")
        return tuple(lines)


def sent(outbound: Outbound, *, kind: str, number: str, place: str) -> bytes:
    """Our own, as it will come back: the Graph API answers with the number only."""
    value: dict[str, Any] = {
        "id": number,
        "message": outbound.text,
        "created_time": outbound.date.isoformat(),
        "from": {"id": outbound.author.address, "name": outbound.author.name},
    }
    peer = outbound.to[0].address if outbound.to else ""
    if kind == "message":
        value["to"] = {"data": [{"id": peer}]}
    elif kind == "comment" and outbound.parent:
        value["parent"] = {
            "id": outbound.parent.remote_id,
            **({"from": {"id": peer}} if peer else {}),
        }
    return thing.pack(kind, value, place)


FACEBOOK = FacebookDialect()
