"""Messages on disk, as portions that are read: mbox, Maildir, single files, trees of them; and
comments and webmentions that lie among them.

No rows and no Django, so that another process can do it (`intake.ahead`): `serve` is its program.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import NamedTuple

from firsthand.channels.mail.files import Found, walk
from firsthand.channels.mentions.files import Shelf
from firsthand.core.envelope import Inbound
from firsthand.office.reading import FILE_ID, Read, read_all

MESSAGES = 250
BYTES = 2_000_000
"""A portion is small, so that whoever waits for the first one waits a moment (`intake.ahead` puts
several into one transaction)."""
AHEAD = 16
"""So many portions are read before somebody takes them."""


class Portion(NamedTuple):
    """Messages that are read, and how far the reading is: `done` of `total` bytes.

    `skipped`: how many files are nothing of these; `unreadable`: those that could not be read, with
    the reason.
    `mentions`: comments and webmentions, which belong to the account `web`.
    """

    reads: list[Read]
    done: int
    total: int
    skipped: int = 0
    unreadable: tuple[str, ...] = ()
    mentions: tuple[Read, ...] = ()


def portions(paths: Sequence[Path], *, channel: str, now: datetime) -> Iterator[Portion]:
    """All messages under `paths`, in a stable order."""
    before = 0
    shelf = Shelf()
    for path in paths:
        done = total = 0
        for batch in _batches(walk(path)):
            done, total = batch[-1].size_done, batch[-1].size_total
            inbounds = [_inbound(found, channel) for found in batch if not found.problem]
            reads = read_all(inbounds, now=now, archive=True)
            unreadable = tuple(f"{f.path}: {f.problem}" for f in batch if f.unreadable)
            others = [found for found in batch if found.problem and not found.unreadable]
            held = [raws for raws in (_mentions(found, shelf) for found in others) if raws]
            said = read_all((each for raws in held for each in raws), now=now, archive=True)
            skipped = len(others) - len(held)
            so_far = before + done, before + total
            yield Portion(reads, *so_far, skipped, unreadable, tuple(said))
        before += total


def _batches(source: Iterable[Found]) -> Iterator[list[Found]]:
    batch: list[Found] = []
    size = 0
    for found in source:
        batch.append(found)
        size += len(found.raw)
        if len(batch) >= MESSAGES or size >= BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _inbound(found: Found, channel: str) -> Inbound:
    """What lies in a Sent folder was sent; elsewhere the addresses tell, because people file both."""
    return Inbound(
        channel=channel,
        remote_id=FILE_ID + hashlib.sha256(found.raw).hexdigest(),
        raw=found.raw,
        mine=True if found.sent else None,
        seen=found.seen,
        folder=found.folder,
    )


def _mentions(found: Found, shelf: Shelf) -> list[Inbound]:
    """What a file that is no mail says about pages of ours; []: nothing."""
    try:
        raws = shelf.things(found.path)
    except OSError:
        return []
    return [
        Inbound("web", FILE_ID + hashlib.sha256(raw).hexdigest(), raw, folder=found.folder)
        for raw in raws
    ]


def joined(parts: Sequence[Portion]) -> Portion:
    """Portions that follow each other, as one."""
    return Portion(
        [read for part in parts for read in part.reads],
        parts[-1].done,
        parts[-1].total,
        sum(part.skipped for part in parts),
        tuple(each for part in parts for each in part.unreadable),
        tuple(read for part in parts for read in part.mentions),
    )


def serve() -> None:
    """Read what standard input asks for, and hand the portions to standard output, each pickled and
    behind its length (8 bytes, little-endian); nothing (a length of 0) ends them.

    They are written by a thread, so that the next ones are being read while nobody takes these.
    """
    gc.disable()  # nothing here refers to itself, and a collection walks all that is being read
    paths, channel, now = pickle.load(sys.stdin.buffer)
    ready: Queue[bytes] = Queue(maxsize=AHEAD)
    writer = Thread(target=_write, args=(ready,), daemon=True)
    writer.start()
    for portion in portions(paths, channel=channel, now=now):
        ready.put(pickle.dumps(portion, protocol=5))
    ready.put(b"")
    writer.join()


def _write(ready: Queue[bytes]) -> None:
    data = None
    while data != b"":
        data = ready.get()
        try:
            sys.stdout.buffer.write(len(data).to_bytes(8, "little"))
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except OSError:
            os._exit(1)  # the import was killed: nobody will ever take what the reader still puts
