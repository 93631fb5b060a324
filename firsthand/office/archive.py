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

FIRST = 500
MESSAGES = 4000
BYTES = 24_000_000
"""A portion is one transaction: a large one costs the indexes less, a small one less memory. The
first ones are small, so that nobody waits long for them."""


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
    size, most = 0, FIRST
    for found in source:
        batch.append(found)
        size += len(found.raw)
        if len(batch) >= min(most, MESSAGES) or size >= BYTES:
            yield batch
            batch, size, most = [], 0, most * 2
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


def serve() -> None:
    """Read what standard input asks for, and hand the portions to standard output.

    They are written by a thread, so that the next one is being read while nobody takes this one.
    """
    gc.disable()  # nothing here refers to itself, and a collection walks all that is being read
    paths, channel, now = pickle.load(sys.stdin.buffer)
    ready: Queue[Portion | None] = Queue(maxsize=1)
    writer = Thread(target=_write, args=(ready,), daemon=True)
    writer.start()
    for portion in portions(paths, channel=channel, now=now):
        ready.put(portion)
    ready.put(None)
    writer.join()


def _write(ready: Queue[Portion | None]) -> None:
    portion: Portion | None = Portion([], 0, 0)
    while portion is not None:
        portion = ready.get()
        try:
            sys.stdout.buffer.write(pickle.dumps(portion, protocol=5))
            sys.stdout.buffer.flush()
        except OSError:
            os._exit(1)  # the import was killed: nobody will ever take what the reader still puts
