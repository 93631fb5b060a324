"""Reading ahead: a second process reads the next portion of an archive while this one writes.

It is another program run (not a fork, which would share open databases and threads), and it has
neither Django nor the database. If it dies, all is read here once more: what was taken already is
known, so nothing is lost and nothing double.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from select import select
from typing import IO

from firsthand.office.archive import Portion, joined, portions

log = logging.getLogger(__name__)

MANY = 2_000_000
"""Bytes from which it pays to start a second process."""
FEWEST = 500
MOST = 4_000
BYTES = 24_000_000
"""How many messages one transaction takes: many cost the indexes less, few less memory. The first
ones may be small, so that nobody waits long for them."""
_CHILD = "from firsthand.office.archive import serve; serve()"
_PIPE = 1 << 20


def read_ahead(paths: Sequence[Path], *, channel: str, now: datetime) -> Iterator[Portion]:
    """As `archive.portions`, with the next ones being read elsewhere meanwhile.

    What is there already comes together, up to what one transaction takes.
    """
    if (os.cpu_count() or 1) > 1 and _are_many(paths):
        try:
            yield from _gathered(_elsewhere(paths, channel, now))
            return
        except (EOFError, OSError, pickle.UnpicklingError):
            log.warning("The process that read ahead is gone; reading goes on without it.")
    yield from _gathered((each, True) for each in portions(paths, channel=channel, now=now))


def _gathered(source: Iterable[tuple[Portion, bool]]) -> Iterator[Portion]:
    """Each comes with whether the next one is there: whoever writes never waits for more than a few."""
    parts: list[Portion] = []
    count, size, fewest = 0, 0, FEWEST
    for part, more in source:
        parts.append(part)
        count += len(part.reads)
        size += sum(read.size for read in part.reads)
        if count >= MOST or size >= BYTES or (count >= fewest and not more):
            yield joined(parts)
            parts, count, size, fewest = [], 0, 0, min(fewest * 2, MOST // 2)
    if parts:
        yield joined(parts)


def _elsewhere(
    paths: Sequence[Path], channel: str, now: datetime
) -> Iterator[tuple[Portion, bool]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        pipesize=_PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stdin and process.stdout
    pipe = process.stdout
    try:
        process.stdin.write(pickle.dumps((paths, channel, now)))
        while size := int.from_bytes(_exactly(pipe, 8), "little"):
            portion = pickle.loads(_exactly(pipe, size))
            yield portion, bool(select([pipe], [], [], 0)[0])
    finally:
        process.kill()
        with suppress(OSError):
            process.communicate()


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    """The next `size` bytes. Raises EOFError where they end before."""
    found = bytearray(size)
    rest = memoryview(found)
    while rest:
        count = pipe.readinto(rest)  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        rest = rest[count:]
    return bytes(found)


def _are_many(paths: Sequence[Path]) -> bool:
    size = 0
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else [path]:
            size += file.stat().st_size if file.is_file() else 0
            if size >= MANY:
                return True
    return False
