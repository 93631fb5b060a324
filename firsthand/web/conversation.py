"""The messages and notes of a thread in order, each in its parts: new words, quotes, signature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from firsthand.channels.mail.compose import PROOF_TYPE, RECORD_TYPE
from firsthand.core.text import split
from firsthand.office.models import Message, Note, Submission, Thread

NEWEST = 40
SHOWN = (
    "thread", "account", "channel", "message_id", "direction", "actor__name", "from_address", "from_name",
    "to", "cc", "in_reply_to", "at", "attachments", "problems", "body__text", "body__has_html",
)  # fmt: skip
SAID = ("number", "level", "sentence", "hand_signed", "entry")
BYLINE_PARTS = (RECORD_TYPE, PROOF_TYPE)


@dataclass(frozen=True, slots=True)
class Item:
    """A message (with the byline under which it left, if it did) or a note."""

    at: datetime
    message: Message | None = None
    note: Note | None = None
    byline: Submission | None = None
    new: str = ""
    quoted: str = ""
    signature: str = ""
    has_html: bool = False
    files: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows. `seen`: the newest message among it; `left_out`: older ones not shown;
    `about`: the post of ours under which it was said.
    """

    items: tuple[Item, ...]
    seen: int
    left_out: int = 0
    about: Message | None = None


def conversation(thread: Thread, *, whole: bool = False, before: Sequence[Thread] = ()) -> Shown:
    """The newest messages of a thread (or all), with its notes among them.

    `before`: the threads on other channels that it goes on from; theirs come first.
    """
    threads = [thread, *before]
    messages = Message.objects.filter(thread__in=threads)
    rows = messages.select_related("body", "actor").only(*SHOWN)
    rows = rows.order_by("-at", "-pk")
    found = list(rows if whole else rows[:NEWEST])
    left_out = 0 if whole or len(found) < NEWEST else messages.count() - len(found)
    sent = Submission.objects.filter(draft__thread__in=threads).exclude(state="cancelled")
    bylines = {s.message_id: s for s in sent.only("message_id", *SAID)}
    items = [_item(message, bylines.get(message.message_id)) for message in found]
    notes = Note.objects.filter(thread__in=threads).select_related("actor")
    notes = notes.only("thread", "text", "at", "actor__name")
    items += [Item(note.at, note=note) for note in notes]
    items.sort(key=lambda item: item.at)
    about = None if left_out or not found else _about(found[-1])
    return Shown(tuple(items), thread.latest, left_out, about)


def _about(first: Message) -> Message | None:
    """What the first message answers, where that is a post of ours: a conversation of its own."""
    if not first.in_reply_to:
        return None
    rows = Message.objects.filter(account=first.account_id, message_id=first.in_reply_to)
    return rows.exclude(thread=first.thread_id).filter(direction="out").first()


def _item(message: Message, byline: Submission | None) -> Item:
    body = getattr(message, "body", None)
    text = body.text if body else ""
    if _interleaved(text):
        new, quoted, signature = text, "", ""
    else:
        parts = split(text)
        new, quoted, signature = parts.new, parts.quoted, parts.signature
    return Item(
        message.at,
        message=message,
        byline=byline,
        new=new,
        quoted=quoted,
        signature=signature,
        has_html=bool(body and body.has_html),
        files=_files(message),
    )


def _files(message: Message) -> tuple[dict[str, Any], ...]:
    """The files with their numbers; a byline that came along is shown as one, not as a file."""
    files = [{**file, "number": number} for number, file in enumerate(message.attachments)]
    return tuple(file for file in files if file["media_type"] not in BYLINE_PARTS)


def _interleaved(text: str) -> bool:
    """Whether the writer answers point by point between quotes: then the quotes must stay."""
    quoted = [line.startswith(">") for line in text.split("\n") if line.strip()]
    turns = sum(a and not b for a, b in pairwise(quoted))
    return turns >= 2
