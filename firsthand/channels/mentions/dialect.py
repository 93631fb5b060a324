"""How comments and webmentions are read (docs/channels/web.md). Nothing is written on this channel."""

from __future__ import annotations

import json

from firsthand.channels.dialect import Dialect, Mark
from firsthand.channels.mentions import thing
from firsthand.core.envelope import Address, Automation, Parsed, Sealed


class MentionsDialect(Dialect):
    """What others wrote about a page of ours; each is named by its own address."""

    name = "web"
    private = False

    def parse(self, raw: bytes) -> Parsed:
        found = thing.read(raw)
        if found is None:
            return Parsed(problems=("It is no comment and no mention of a page.",), unreadable=True)
        from firsthand.channels.html import to_text  # not needed by whoever only checks

        text = found.text if not found.html else to_text(found.html) or found.text
        said, silent = thing.GESTURES[found.how]
        return Parsed(
            message_id=found.number,
            in_reply_to=(found.answers,) if found.answers else (),
            references=(found.target,) if found.target else (),
            date=found.at,
            subject=_place(found.target),
            sender=Address(found.address, found.name[:200]),
            text=text if text and not silent else f"{said} {found.target}",
            html="" if silent else found.html,
            automation=Automation.NOTICE if silent else Automation.NO,
            problems=() if found.at else ("It does not say when it was written.",),
        )

    def final(self, text: str, mark: Mark) -> str:
        return f"{text.strip()}\n\n{mark.sentence} Check: {mark.link}".strip()

    def received(self, raw: bytes) -> Sealed:
        found = thing.read(raw)
        if found is None:
            return Sealed()
        return Sealed(
            text=found.text,
            author=found.address,
            sender=found.address,
            message_id=found.number,
            in_reply_to=found.answers,
        )

    def stone(self, *, message_id: str, author: str, in_reply_to: str, text: str) -> bytes:
        value = {"_parent": in_reply_to, "_id": message_id, "url": author, "message": text}
        return json.dumps({"form": "comment", "value": value}).encode()


def _place(target: str) -> str:
    """The page as a title: its address without the scheme."""
    return (target.partition("://")[2] or target).rstrip("/")


MENTIONS = MentionsDialect()
