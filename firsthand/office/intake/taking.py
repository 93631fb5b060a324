"""Taking in: batches, each in one transaction, so that a kill at any instruction loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from firsthand.core.envelope import Inbound
from firsthand.office.intake.batch import Taken, keep
from firsthand.office.intake.owners import Owners
from firsthand.office.models import Account
from firsthand.office.reading import Read, aside, read_all, reason

log = logging.getLogger(__name__)

BATCH = 500
_MOST_BYTES = 64 * 1024 * 1024
Progress = Callable[[Taken], None]

__all__ = ["Taken", "take", "take_batch"]


def take(
    *,
    account: Account,
    inbounds: Iterable[Inbound],
    now: datetime,
    progress: Progress | None = None,
) -> Taken:
    """Keep what is new of `inbounds`. Taking the same again adds nothing.

    `progress` gets the counts so far after each batch.
    """
    owners = Owners.load()
    taken = Taken()
    for batch in _batches(inbounds):
        reads = read_all(batch, now=now, archive=False)
        taken += take_batch(reads, account=account, owners=owners, now=now)
        if progress:
            progress(taken)
    return taken


def take_batch(
    reads: Sequence[Read],
    *,
    account: Account,
    owners: Owners,
    now: datetime,
    cursor: Mapping[str, Any] | None = None,
) -> Taken:
    """One batch in one transaction, with the account's `cursor` if given.

    If a message makes our code fail, each half of the batch is tried, until that one is alone and
    set aside (invariant 12). A database that does not answer is no message's fault: that is raised.
    """
    try:
        with transaction.atomic():
            taken = keep(reads, account=account, owners=owners, now=now)
            _advance(account, cursor)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("A batch of %d messages failed.", len(reads))
        taken = sum(_apart(reads, account, owners, now, error), Taken())
        with transaction.atomic():
            _advance(account, cursor)
    return taken


def _apart(
    reads: Sequence[Read], account: Account, owners: Owners, now: datetime, error: Exception
) -> Iterator[Taken]:
    """What becomes of a batch that failed with `error`."""
    if len(reads) > 1:
        half = len(reads) // 2
        yield take_batch(reads[:half], account=account, owners=owners, now=now)
        yield take_batch(reads[half:], account=account, owners=owners, now=now)
        return
    for each in reads:
        with transaction.atomic():
            yield keep([aside(each, reason(error))], account=account, owners=owners, now=now)


def _advance(account: Account, cursor: Mapping[str, Any] | None) -> None:
    if cursor is not None:
        Account.objects.filter(pk=account.pk).update(cursor=dict(cursor))


def _batches(inbounds: Iterable[Inbound]) -> Iterable[list[Inbound]]:
    """At most BATCH messages, and not many more bytes than fit in memory with ease."""
    source = iter(inbounds)
    while first := list(islice(source, 1)):
        batch, size = first, len(first[0].raw)
        while len(batch) < BATCH and size < _MOST_BYTES and (more := list(islice(source, 1))):
            batch += more
            size += len(more[0].raw)
        yield batch
