"""Importing from disk: mbox, Maildir, single files, whole trees of them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.db import connection

from firsthand.office.intake.ahead import read_ahead
from firsthand.office.intake.batch import NAMED, Taken
from firsthand.office.intake.owners import Owners
from firsthand.office.intake.reviving import revive
from firsthand.office.intake.taking import take_batch
from firsthand.office.models import Account

Progress = Callable[[int, int, int], None]
"""Called with bytes done, bytes in all, and messages read so far."""


def import_paths(
    *,
    paths: Sequence[Path | str],
    account: Account,
    now: datetime,
    progress: Progress | None = None,
) -> Taken:
    """Take in every message, comment and mention under `paths`.

    After a kill, the same import goes on where it was.
    """
    owners = Owners.load()
    taken = Taken()
    web: Account | None = None
    places = [Path(path) for path in paths]
    with _collecting_rarely(), _syncing_rarely():
        for portion in read_ahead(places, channel=account.channel, now=now):
            taken += take_batch(portion.reads, account=account, owners=owners, now=now)
            if portion.mentions:
                web = web or Account.of_mentions(now)
                taken += take_batch(portion.mentions, account=web, owners=owners, now=now)
            taken += Taken(
                skipped=portion.skipped,
                unreadable=len(portion.unreadable),
                names=portion.unreadable[:NAMED],
            )
            if progress:
                progress(portion.done, portion.total, taken.read)
        for each in filter(None, (account, web)):
            revive(account=each, now=now)
    return taken


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Python looks for cycles after every few hundred new values; here come millions without any."""
    usual = gc.get_threshold()
    gc.set_threshold(500_000, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def _syncing_rarely() -> Iterator[None]:
    """What is imported is on the disk when the import is done, not after every portion of it.

    A crash of the machine may take the last portions along, and the same import brings them again;
    the commits of other processes are on the disk as ever.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
