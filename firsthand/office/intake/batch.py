"""One batch into the rows: what is new in it, its persons, threads, messages, search and counts.

Call it inside a transaction: all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from firsthand.office import lanes, search
from firsthand.office.intake import counting, letters, looking, standing, writing
from firsthand.office.intake.letters import Letter
from firsthand.office.intake.owners import Owners
from firsthand.office.intake.standing import Standing
from firsthand.office.intake.threads import Strand, Weaving
from firsthand.office.models import Account, Body, Message, Note, Submission, Thread
from firsthand.office.reading import Read

NAMED = 3
"""So many unreadable files are named; the rest are a number."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of messages: `read` == `new` + `duplicates` + `set_aside`.

    Of files: `skipped` are neither mail nor mentions, `unreadable` could not be read; `names` tells of
    the first.
    """

    read: int = 0
    new: int = 0
    duplicates: int = 0
    set_aside: int = 0
    skipped: int = 0
    unreadable: int = 0
    names: tuple[str, ...] = ()

    def __add__(self, other: Taken) -> Taken:
        return Taken(
            self.read + other.read,
            self.new + other.new,
            self.duplicates + other.duplicates,
            self.set_aside + other.set_aside,
            self.skipped + other.skipped,
            self.unreadable + other.unreadable,
            (self.names + other.names)[:NAMED],
        )


def keep(reads: Sequence[Read], *, account: Account, owners: Owners, now: datetime) -> Taken:
    """Keep what is new of `reads`, in their order."""
    writing.alone()
    fresh = unknown(reads, account, owners)
    found = letters.compose(fresh, account=account, owners=owners)
    understood = [letter for letter in found if not letter.read.why]
    strands = Weaving(account, understood).weave(understood)
    _write(found, strands, account, now)
    aside = len(found) - len(understood)
    return Taken(len(reads), len(understood), len(reads) - len(found), aside)


def unknown(reads: Sequence[Read], account: Account, owners: Owners) -> list[Read]:
    """Those not kept yet, by where they lay and by what they are; once each."""
    remote = _kept(account, "remote_id", [read.remote_id for read in reads])
    prints = _kept(account, "fingerprint", [read.fingerprint for read in reads])
    sent = _sent_here(reads, account, owners)
    fresh: list[Read] = []
    for read in reads:
        known = read.remote_id in remote or read.fingerprint in prints
        if known or read.message_id in sent:
            continue
        remote.add(read.remote_id)
        prints.add(read.fingerprint)
        fresh.append(read)
    return fresh


def _kept(account: Account, column: str, values: Sequence[str]) -> set[str]:
    found = looking.find(Message, (column,), column, values, account_id=account.pk)
    return {value for (value,) in found}


def _sent_here(reads: Sequence[Read], account: Account, owners: Owners) -> set[str]:
    """Message-IDs of own letters that come back, from the Sent folder, perhaps with a changed byte."""
    ids = {read.message_id for read in reads if read.message_id and owners.sent(read)}
    here = looking.find(Submission, ("message_id",), "message_id", ids, account_id=account.pk)
    return _kept(account, "message_id", [message_id for (message_id,) in here])


def _write(
    found: Sequence[Letter], strands: Sequence[Strand], account: Account, now: datetime
) -> None:
    for letter, number in zip(found, writing.numbers(Message, len(found)), strict=True):
        letter.number = number
    threads = open_threads(strands, account)
    before = counting.lines_before(strands, account.channel)
    for strand in strands:
        absorb(strand)
    counting.count(strands, before, threads, now)
    rows = (letters.message_row(letter, account) for letter in found)
    writing.insert(Message, letters.MESSAGE, rows)
    writing.insert(Body, letters.BODY, map(letters.body_row, found))
    index(found)


def index(found: Sequence[Letter]) -> None:
    """Make the letters of a batch findable."""
    search.add(
        search.Entry(
            each.number, each.at, each.read.sender, each.read.to + each.read.cc,
            each.read.subject, each.read.text,
        )
        for each in found
        if not each.read.why
    )  # fmt: skip


def open_threads(strands: Sequence[Strand], account: Account) -> dict[int, Standing]:
    """The threads of the strands by number: locked rows, and new ones that are not written yet."""
    threads = standing.load([strand.id for strand in strands if strand.id])
    begun = [strand for strand in strands if not strand.id]
    for strand, pk in zip(begun, writing.numbers(Thread, len(begun)), strict=True):
        strand.id = pk
        threads[pk] = Standing(
            pk, account.pk, account.channel, strand.first, strand.last, begun=True
        )
    for strand in strands:
        for letter in strand.letters:
            letter.thread = strand.id
    return threads


def absorb(strand: Strand) -> None:
    """Move what hangs on threads that turned out to be this one, and let go of them."""
    if not strand.absorbed:
        return
    gone = Thread.objects.filter(pk__in=strand.absorbed)
    Message.objects.filter(thread__in=gone).update(thread_id=strand.id)
    Note.objects.filter(thread__in=gone).update(thread_id=strand.id)
    lanes.drop(strand.absorbed)
    gone.delete()
