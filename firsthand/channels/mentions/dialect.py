"""How comments and webmentions are read (docs/channels/web.md). Nothing is written on this channel."""

from __future__ import annotations

import json
from collections.abc import Iterator

from firsthand.channels.dialect import Dialect, Mark
from firsthand.channels.mentions import thing
from firsthand.core.envelope import Address, Automation, Parsed, Sealed


class MentionsDialect(Dialect):
    """What others wrote about a page of ours; each is named by its own address."""

    name = "web"
    private = False
    sends = False

    def parse(self, raw: bytes) -> Parsed:
        found = thing.read(raw)
        if found is None:
            return Parsed(problems=("It is no comment and no mention of a page.",), unreadable=True)
        _, silent = thing.GESTURES[found.how]
        notice = silent or found.gone
        return Parsed(
            message_id=found.number,
            in_reply_to=(found.answers,) if found.answers else (),
            references=(found.target,) if found.target else (),
            date=None if found.changed or found.gone else found.at,
            subject=_place(found.target),
            sender=Address(found.address, found.name[:200]),
            text=_text(found),
            html="" if notice else found.html,
            automation=Automation.NOTICE if notice else Automation.NO,
            problems=tuple(_problems(found)),
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


def _text(found: thing.Thing) -> str:
    """Its words; of a page that we fetched also its title and where it is."""
    said, silent = thing.GESTURES[found.how]
    if found.gone:
        return f"Taken back: this page does not link to {found.target} any more.\n\n{found.source}"
    words = found.text
    if found.html:
        from firsthand.channels.html import to_text  # not needed by whoever only checks

        words = to_text(found.html) or words
    if not found.source:
        return words if words and not silent else f"{said} {found.target}"
    title = found.title if found.title not in words else ""
    words = "" if silent else words
    return "\n\n".join(filter(None, [title, words or f"{said} {found.target}", found.source]))


def _problems(found: thing.Thing) -> Iterator[str]:
    if found.elsewhere:
        yield f"It says that {found.elsewhere[:200]} wrote it, which is another site: not checked."
    if found.changed:
        yield "It was changed after it had come in."
    elif not found.at and not found.source:
        yield "It does not say when it was written."


def _place(target: str) -> str:
    """The page as a title: its address without the scheme."""
    return (target.partition("://")[2] or target).rstrip("/")


MENTIONS = MentionsDialect()
