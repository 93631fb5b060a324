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
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from firsthand.office.archive import Portion, portions

log = logging.getLogger(__name__)

MANY = 2_000_000
"""Bytes from which it pays to start a second process."""
_CHILD = "from firsthand.office.archive import serve; serve()"
_PIPE = 1 << 20


def read_ahead(paths: Sequence[Path], *, channel: str, now: datetime) -> Iterator[Portion]:
    """As `archive.portions`, with the next one being read elsewhere meanwhile."""
    if (os.cpu_count() or 1) > 1 and _are_many(paths):
        try:
            yield from _elsewhere(paths, channel, now)
            return
        except (EOFError, OSError, pickle.UnpicklingError):
            log.warning("The process that read ahead is gone; reading goes on without it.")
    yield from portions(paths, channel=channel, now=now)


def _elsewhere(paths: Sequence[Path], channel: str, now: datetime) -> Iterator[Portion]:
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pipesize=_PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stdin and process.stdout
    try:
        pickle.dump((paths, channel, now), process.stdin)
        process.stdin.flush()
        while (portion := pickle.load(process.stdout)) is not None:
            yield portion
    finally:
        process.kill()
        with suppress(OSError):
            process.communicate()


def _are_many(paths: Sequence[Path]) -> bool:
    size = 0
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else [path]:
            size += file.stat().st_size if file.is_file() else 0
            if size >= MANY:
                return True
    return False
