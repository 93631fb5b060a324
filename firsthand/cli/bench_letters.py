"""Letters for the benchmarks: those of a folder, or the sample's, as often over as are wanted.

A repetition has other ids, an earlier date and another subject, so that it is new mail in new
conversations, and of the same kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from itertools import count, islice
from pathlib import Path
from typing import NamedTuple

from firsthand.channels.mail.files import walk

EARLIER = timedelta(hours=7)
"""How much earlier than the last a repetition is."""

_HEAD = re.compile(rb"\r?\n\r?\n")
_IDS = re.compile(
    rb"^(?:message-id|in-reply-to|references):[^\n]*(?:\n[ \t][^\n]*)*",
    re.IGNORECASE | re.MULTILINE,
)
_SUBJECT = re.compile(rb"^subject:[^\r\n]*", re.IGNORECASE | re.MULTILINE)
_DATE = re.compile(rb"^date:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


class Posted(NamedTuple):
    """A letter and the folder where it lies."""

    raw: bytes
    folder: str


def letters(path: Path | None, *, most: int | None, now: datetime) -> Iterator[Posted]:
    """`most` letters; as many as there are, where none is told."""
    if most is None:
        yield from _once(path, now)
        return
    yield from islice(_again_and_again(path, now), most)


def _again_and_again(path: Path | None, now: datetime) -> Iterator[Posted]:
    sample = list(_once(None, now)) if path is None else []
    for turn in count():
        empty = True
        for each in sample or _once(path, now):
            empty = False
            yield Posted(again(each.raw, turn), each.folder) if turn else each
        if empty:
            return


def _once(path: Path | None, now: datetime) -> Iterator[Posted]:
    if path is None:
        from firsthand.sample.letters import mailbox

        yield from (Posted(letter.raw, letter.folder) for letter in mailbox(now))
        return
    for found in walk(path):
        if not found.problem:
            yield Posted(found.raw, found.folder)


def again(raw: bytes, turn: int) -> bytes:
    """The letter as if it were another one, of an earlier day."""
    end = found.start() if (found := _HEAD.search(raw)) else len(raw)
    head, rest = raw[:end], raw[end:]
    mark = b"%d." % turn
    head = _IDS.sub(lambda ids: ids[0].replace(b"<", b"<" + mark), head)
    head = _SUBJECT.sub(lambda subject: subject[0] + b" (%d)" % turn, head, count=1)
    return _DATE.sub(lambda date: _earlier(date, turn), head, count=1) + rest


def _earlier(date: re.Match[bytes], turn: int) -> bytes:
    try:
        at = parsedate_to_datetime(date[1].decode("ascii"))
    except ValueError:
        return date[0]
    return b"Date: " + format_datetime(at - EARLIER * turn).encode("ascii")


def write_maildir(path: Path | None, to: Path, *, most: int | None, now: datetime) -> int:
    """Lay the letters into a Maildir, as mail programs do; how many they are."""
    for name in ("cur", "new", "tmp"):
        (to / name).mkdir(parents=True)
    total = 0
    for total, each in enumerate(letters(path, most=most, now=now), start=1):
        (to / "cur" / f"{1_000_000_000 + total}.{total}.bench:2,S").write_bytes(each.raw)
    return total


def write_boxes(path: Path | None, to: Path, *, most: int | None, now: datetime) -> int:
    """Lay the letters into one mbox for each folder; how many they are."""
    to.mkdir()
    total = 0
    for each in letters(path, most=most, now=now):
        total += 1
        quoted = re.sub(rb"^(>*From )", rb">\1", each.raw, flags=re.MULTILINE)
        with (to / f"{each.folder.replace('/', '.')}.mbox").open("ab") as box:
            box.write(b"From bench@firsthand.invalid Thu Jan  1 00:00:00 1970\n" + quoted + b"\n\n")
    return total
