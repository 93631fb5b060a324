"""A message as learning sees it: who, when, to whom, and its own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from firsthand.core.envelope import Automation, Parsed
from firsthand.core.errands import greets
from firsthand.core.text import split

_LONGEST = 20_000
_MARK = re.compile(
    r"\s*(?:(re|aw|antw|antwort|sv|vs|odp|rif|r|ref|réf|ynt|回复|答复|返信|답장|отв|ответ)|"
    r"(fwd?|fw|wg|vb|vl|pd|rv|tr|enc|i|转发|轉寄|転送|전달|пересл))"
    r"\s*(?:\[\d{1,4}\]|\(\d{1,4}\)|\^\d+)?\s*[:：]",
    re.IGNORECASE,
)
_TAG = re.compile(r"\s*\[[^\[\]]{1,60}\](?=\s*\S)")
# Mail programs of offices quote with a block of fields instead of marks on the lines.
_FIELDS = re.compile(
    r"^[ \t>]*(?:from|to|sent by|von|an|de|à)\s*:[^\n]*\n(?:[^\n]*\n){0,6}?"
    r"[ \t>]*(?:cc|subject|sent|date|betreff|gesendet|objet|envoyé)\s*:",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message, in or out. `key` is the caller's; `thread` joins a conversation ("" for none).

    `at` is aware. `mine`: written by the owner. `direct` and `copied` say whether the owner stands
    in To or Cc, `place` how many stand before them in To; `others` are all the other recipients.
    `answers` and `forwards` are what the subject says of itself; `greets`: the first line names the
    owner.
    """

    key: str
    at: datetime
    sender: str
    subject: str
    text: str
    thread: str = ""
    mine: bool = False
    direct: bool = False
    copied: bool = False
    others: tuple[str, ...] = ()
    place: int = 0
    greets: bool = False
    answers: bool = False
    forwards: bool = False
    automation: Automation = Automation.NO


def subject_key(subject: str) -> str:
    """A subject without the marks of answers and forwards; "" where nothing is left to compare."""
    at = 0
    while found := (_MARK.match(subject, at) or _TAG.match(subject, at)):
        at = found.end()
    return " ".join(subject[at:].split()).casefold()[:200]


def own_words(text: str) -> str:
    """What the writer of `text` added to what they quote or forward."""
    text = text[:_LONGEST]
    block = _FIELDS.search(text)
    return split(text[: block.start()] if block else text).new


def letter(
    parsed: Parsed,
    *,
    key: str,
    at: datetime,
    own: frozenset[str],
    names: tuple[str, ...],
) -> Letter:
    """A parsed message as a letter. `own`: every address of the owner, in lower case; `names`: theirs."""
    return of_fields(
        key=key,
        at=at,
        sender=parsed.sender.address,
        to=[each.address for each in parsed.to],
        cc=[each.address for each in parsed.cc],
        subject=parsed.subject,
        text=parsed.text,
        automation=parsed.automation,
        thread=subject_key(parsed.subject),
        mine=parsed.sender.address in own,
        own=own,
        names=names,
    )


def of_fields(
    *,
    key: str,
    at: datetime,
    sender: str,
    to: Sequence[str],
    cc: Sequence[str],
    subject: str,
    text: str,
    automation: Automation,
    thread: str,
    mine: bool,
    own: frozenset[str],
    names: tuple[str, ...],
) -> Letter:
    """A letter of the fields of a message; `text` with what it quotes."""
    text = own_words(text)
    mark = _MARK.match(subject)
    return Letter(
        key=key,
        at=at,
        sender=sender,
        subject=subject,
        text=text,
        thread=thread,
        mine=mine,
        direct=not own.isdisjoint(to),
        copied=not own.isdisjoint(cc),
        others=tuple(sorted({*to, *cc} - own - {"", sender})),
        place=next((place for place, each in enumerate(to) if each in own), 0),
        greets=greets(text, names),
        answers=bool(mark and mark[1]),
        forwards=bool(mark and mark[2]),
        automation=automation,
    )
