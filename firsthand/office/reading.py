"""One inbound message, read: parsed, counted, compressed. No rows and no Django: nothing here can
be half done, and another process can do it (`office.archive`).

Values are cut to what the rows hold, and freed of what no database stores (NUL, lone surrogates).
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from firsthand.channels.base import dialect_of
from firsthand.core.envelope import Address, Attachment, Automation, Inbound, Parsed
from firsthand.core.text import count_words, split
from firsthand.office import subjects

try:
    from isal.isal_zlib import compress
except ImportError:  # no wheel for this machine: the same format, slower
    from zlib import compress

log = logging.getLogger(__name__)

FILE_ID = "file:"
"""How the remote id of a message begins that was imported from disk."""

_PLAIN_QUESTION = re.compile(r"\?(?=[\s\"')\]]|$)")
_QUESTION = re.compile(r"[?？](?=[\s\"')\]»”]|$)|？|؟")
_MOST_QUESTIONS = 99
_MOST_REFERENCES = 30
_PREVIEW = 200
_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)
_SKEW = timedelta(days=1)

Pair = tuple[str, str]
"""An address and the name beside it."""


class Read(NamedTuple):
    """A message as the rows hold it. Flat and without the bytes as they came, because it crosses
    from one process to another; lists that only the rows want are JSON already.

    `raw` is compressed, in zlib's format; `size` is that of the bytes as they came; `why` is why it
    is set aside, "" where it was understood; `refers` are the Message-IDs it answers, nearest first.
    """

    remote_id: str
    folder: str
    mine: bool | None
    fingerprint: str
    at: datetime
    raw: bytes
    size: int
    why: str = ""
    problems: str = "[]"
    text: str = ""
    has_html: bool = False
    sender: Pair = ("", "")
    submitter: str = ""
    to: tuple[Pair, ...] = ()
    cc: tuple[Pair, ...] = ()
    to_kept: str = "[]"
    cc_kept: str = "[]"
    reply_to: str = "[]"
    message_id: str = ""
    in_reply_to: str = ""
    refers: tuple[str, ...] = ()
    references: str = "[]"
    subject: str = ""
    subject_key: str = ""
    is_answer: bool = False
    preview: str = ""
    date: datetime | None = None
    automation: str = Automation.NO.value
    list_id: str = ""
    words: int = 0
    questions: int = 0
    attachments: str = "[]"


def read_all(batch: Iterable[Inbound], *, now: datetime, archive: bool) -> list[Read]:
    """Read each; one that makes our own code fail is set aside with the reason (invariant 12)."""
    return [_guarded(inbound, now, archive) for inbound in batch]


def _guarded(inbound: Inbound, now: datetime, archive: bool) -> Read:
    try:
        return read(inbound, now=now, archive=archive)
    except Exception as error:
        log.exception("The message %s could not be read.", inbound.remote_id)
        return unread(inbound, reason(error), now=now)


def reason(error: Exception) -> str:
    """Why a message on which our own code failed is set aside."""
    return (
        f"Firsthand itself failed on this message ({type(error).__name__}: {error}). "
        "Its source is kept; a later version may read it (firsthand rebuild)."
    )


def read(inbound: Inbound, *, now: datetime, archive: bool) -> Read:
    """All that can be worked out from the bytes alone.

    `archive`: the bytes lay in a file, so that the message's own date tells more than the time of
    the file. Mail that a server handed over is dated by the server, because a sender can lie.
    """
    parsed = dialect_of(inbound.channel).parse(inbound.raw)
    if parsed.unreadable:
        return unread(inbound, (parsed.problems or ("It could not be read.",))[0], now=now)
    text, subject = clean(parsed.text), clean(parsed.subject, 500)
    new = split(text).new if _is_marked(text) else text.strip()
    to, cc = tuple(map(_pair, parsed.to)), tuple(map(_pair, parsed.cc))
    references = [clean(each, 300) for each in parsed.references]
    answers = [clean(each, 300) for each in parsed.in_reply_to]
    return Read(
        remote_id=inbound.remote_id[:300],
        folder=clean(inbound.folder, 200),
        mine=inbound.mine,
        fingerprint=fingerprint(parsed, text, inbound.raw),
        at=_at(inbound, parsed, now, archive),
        raw=compress(inbound.raw, 1),
        size=len(inbound.raw),
        problems=_json([clean(problem) for problem in parsed.problems]),
        text=text,
        has_html=bool(parsed.html),
        sender=_pair(parsed.sender),
        submitter=clean(parsed.submitter.address, 320) if parsed.submitter else "",
        to=to,
        cc=cc,
        to_kept=_json(to),
        cc_kept=_json(cc),
        reply_to=_json([_pair(each) for each in parsed.reply_to]),
        message_id=clean(parsed.message_id, 300),
        in_reply_to=next(iter((*answers, *references[-1:])), ""),
        refers=_refers(answers, references),
        references=_json(references[-_MOST_REFERENCES:]),
        subject=subject,
        subject_key=subjects.key(subject),
        is_answer=subjects.is_answer(subject),
        preview=" ".join((new or text)[: _PREVIEW * 3].split())[:_PREVIEW],
        date=parsed.date,
        automation=parsed.automation.value,
        list_id=clean(parsed.list_id, 200),
        words=count_words(new),
        questions=_questions(new),
        attachments=_json([_attachment(each) for each in parsed.attachments]),
    )


def unread(inbound: Inbound, why: str, *, now: datetime) -> Read:
    """A message that could not be handled: its bytes and the reason, nothing else."""
    return Read(
        remote_id=inbound.remote_id[:300],
        folder=clean(inbound.folder, 200),
        mine=inbound.mine,
        fingerprint=_digest(inbound.raw),
        at=inbound.received_at or now,
        raw=compress(inbound.raw, 1),
        size=len(inbound.raw),
        why=clean(why, 300),
        problems=_json([clean(why)]),
    )


def aside(read: Read, why: str) -> Read:
    """What `unread` would have made of the same message."""
    raw = zlib.decompress(read.raw)
    inbound = Inbound("", read.remote_id, raw, read.at, mine=read.mine, folder=read.folder)
    return unread(inbound, why, now=read.at)


def fingerprint(parsed: Parsed, text: str, raw: bytes) -> str:
    """What is the same for one message met in several places, and different for two.

    A Message-ID alone is not enough: it can be forged, and lists send two texts under one.
    """
    if not parsed.message_id or parsed.unreadable:
        return _digest(raw)
    date = parsed.date.isoformat() if parsed.date else ""
    facts = (parsed.message_id, parsed.sender.address, date, parsed.subject, text.strip())
    return hashlib.sha256("\0".join(facts).encode("utf-8", "replace")).hexdigest()


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw.replace(b"\r\n", b"\n").strip()).hexdigest()


def clean(text: str, most: int | None = None) -> str:
    """`text` as a database can hold it, cut to `most` characters."""
    text = text[:most]
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def clean_address(address: Address) -> Address:
    """As `clean`, for both parts."""
    both = address.address + address.name
    if len(both) <= 300 and both.isascii() and "\0" not in both:
        return address
    return replace(address, address=clean(address.address, 320), name=clean(address.name, 300))


def _pair(address: Address) -> Pair:
    cleaned = clean_address(address)
    return cleaned.address, cleaned.name


def _is_marked(text: str) -> bool:
    """Without these nothing is quoted or signed."""
    return text.startswith((">", "--")) or "\n>" in text or "\n--" in text


def _questions(text: str) -> int:
    # A pattern that begins with one certain character is looked for many times faster.
    pattern = _PLAIN_QUESTION if text.isascii() else _QUESTION
    return min(len(pattern.findall(text)), _MOST_QUESTIONS)


def _refers(answers: list[str], references: list[str]) -> tuple[str, ...]:
    nearest = (*answers, *reversed(references))[:_MOST_REFERENCES]
    return tuple(dict.fromkeys(each for each in nearest if each))


def _attachment(file: Attachment) -> dict[str, Any]:
    name, kind = clean(file.name, 255), clean(file.media_type, 127)
    return {"name": name, "media_type": kind, "size": len(file.content)}


def _json(values: Sequence[Any]) -> str:
    return json.dumps(values) if values else "[]"


def _at(inbound: Inbound, parsed: Parsed, now: datetime, archive: bool) -> datetime:
    latest = (inbound.received_at or now) + _SKEW
    stated = parsed.date if parsed.date and _EARLIEST <= parsed.date <= max(latest, now) else None
    if archive:
        stated = parsed.date if parsed.date and _EARLIEST <= parsed.date <= now + _SKEW else None
        return stated or inbound.received_at or now
    return inbound.received_at or stated or now
