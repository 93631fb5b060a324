"""How X reads and writes (docs/channels/x.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from firsthand.channels.dialect import Dialect, Mark, Setting
from firsthand.channels.spending import limits_of
from firsthand.channels.x import budget, thing
from firsthand.channels.x.weight import LONGEST, weight
from firsthand.core.envelope import Address, Outbound, Parsed, Sealed
from firsthand.core.errors import Misuse

_HANDLE = re.compile(r"@?([A-Za-z0-9_]{1,15})")
_BYLINE = re.compile(r"https?://\S+/b/[^\s#]+#[\w-]{43}(?![\w-])")

BASE = "https://api.x.com"


class XDialect(Dialect):
    """A post of 280, an answer, or a direct message; the byline is the initials and a link."""

    name = "x"
    connecting = (
        "A profile on X: mentions and direct messages in, answers, posts and direct messages out, "
        "through the official API, which X sells. Nothing is asked beyond the limits given here."
    )
    settings = (
        Setting("client_id", "The client ID of your app at X (OAuth 2.0)."),
        Setting("every", "Minutes between two looks. Each look is three requests.", default="15"),
        Setting("most_requests", "The most requests a month (nothing: no limit).", default=""),
        Setting("budget", "The most money a month, for what is read and sent.", default=""),
        Setting("price_read", "What X charges for each post or message read.", default=""),
        Setting("price_send", "What X charges for each post or message sent.", default=""),
        Setting("history", "The most posts to read of each kind at first.", default="200"),
        Setting("longest", "The longest post: 280, more with X Premium.", default=str(LONGEST)),
        Setting("base", "The address of the API.", default=BASE),
        Setting("token", "The user's access token (OAuth 2.0).", secret=True),
        Setting("refresh_token", "Its refresh token, if it has one.", secret=True, default=""),
        Setting("client_secret", "The app's secret, if it has one.", secret=True, default=""),
        Setting("app_token", "The app's own token, to see X's cap.", secret=True, default=""),
    )

    def parse(self, raw: bytes) -> Parsed:
        found = thing.read(raw)
        if found is None:
            return Parsed(problems=("This is no post and no message of X.",), unreadable=True)
        root = f"{thing.POST}{found.conversation}"
        known = not found.direct and found.conversation and root != found.global_id
        return Parsed(
            message_id=found.global_id,
            in_reply_to=(found.answers,) if found.answers else (),
            references=(root,) if known else (),
            date=found.at,
            sender=Address(found.author, found.author_name),
            to=(Address(found.peer),) if found.peer else (),
            subject="Direct message" if found.direct else "",  # which threads them by person
            text=found.text,
            language=found.language,
            problems=("Its pictures or films are not shown here.",) if found.media else (),
        )

    def final(self, text: str, mark: Mark) -> str:
        """The text, the initials and the link. Raises Misuse where X would not show all of it."""
        body = thing.plain(text.strip())
        if len(mark.to) > 1:
            raise Misuse(
                "On X an answer or a message goes to one person.",
                hint="Take the others out, and name them in the text with @ instead.",
            )
        if mark.answers and (hidden := thing.leading_mentions(body)):
            raise Misuse(
                f"X would hide “{' '.join(hidden)}” at the beginning of an answer.",
                hint="X names whom you answer by itself. Put a word before any other name.",
            )
        byline = f"{mark.initials} {thing.plain(mark.link)}".strip()
        return f"{body}\n\n{byline}".strip()

    def received(self, raw: bytes) -> Sealed:
        found = thing.read(raw)
        if found is None:
            return Sealed()
        carried = [*found.links, *re.findall(r"\S+", found.text)]
        link = next((each for each in reversed(carried) if _BYLINE.fullmatch(each)), "")
        return Sealed.posted(
            text=found.text,
            author=found.author,
            recipients=(found.peer,) if found.peer else (),
            message_id=found.global_id,
            in_reply_to=found.answers,
            link=link,
        )

    def stone(self, *, message_id: str, author: str, in_reply_to: str, text: str) -> bytes:
        number = "".join(re.findall(r"\d+", message_id)[-1:])[:19] or "0"
        data: dict[str, Any] = {"id": number, "text": text, "author_id": "1"}
        if message_id.startswith("dm-"):
            data = {"id": number, "text": text, "sender_id": "1", "dm_conversation_id": "0"}
        elif in_reply_to.startswith(thing.POST):
            answered = in_reply_to.removeprefix(thing.POST)
            data["referenced_posts"] = [{"type": "replied_to", "id": answered}]
        return thing.one(data, [{"id": "1", "username": author.lstrip("@")}])

    def address(self, text: str) -> str:
        found = _HANDLE.fullmatch(text.strip())
        if not found:
            raise Misuse(
                f"“{text.strip()[:60]}” is no name on X.", hint="Write it as @name: 15 letters."
            )
        return f"@{found[1].lower()}"

    def answered(self, message_id: str) -> str:
        """A direct message stands in its conversation, under no other."""
        return "" if message_id.startswith("dm-") else message_id

    def length(self, text: str) -> int:
        return weight(text)

    def longest(self, settings: Mapping[str, Any]) -> int | None:
        given = str(settings.get("longest") or LONGEST)
        return int(given) if given.isdecimal() else LONGEST

    def usage(
        self, settings: Mapping[str, Any], notes: Mapping[str, Any], now: datetime
    ) -> tuple[str, ...]:
        return budget.told(notes, limits_of(settings), now)


def sent(outbound: Outbound, *, number: str, me: str, conversation: str = "") -> bytes:
    """Our own, as it will come back: for the receipt, because creating one answers with the id only."""
    peer = outbound.to[0].address if outbound.to else ""
    users = [
        {"id": me, "username": outbound.author.address.lstrip("@"), "name": outbound.author.name}
    ]
    if peer:
        users.append({"id": "0", "username": peer.lstrip("@")})
    data: dict[str, Any] = {
        "id": number,
        "text": outbound.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
        "created_at": outbound.date.isoformat(),
    }
    if conversation:
        data |= {"sender_id": me, "dm_conversation_id": conversation, "participant_ids": [me]}
        data["participant_ids"] += ["0"] if peer else []
    else:
        data["author_id"] = me
        if outbound.parent:
            data |= {
                "referenced_posts": [{"type": "replied_to", "id": outbound.parent.remote_id}],
                "in_reply_to_user_id": "0",
            }
    return thing.one(data, users)


X = XDialect()
