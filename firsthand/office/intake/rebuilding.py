"""Making everything derived anew from the raw bytes (invariant 6), in one transaction.

Numbers of messages and threads stay, and so does what people decided: the state of a thread, its
lane, who has it, who was let in. All else comes out as a fresh intake of the same bytes would.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from firsthand.core.envelope import Inbound
from firsthand.office import lanes, search
from firsthand.office.intake import counting, letters, writing
from firsthand.office.intake.batch import absorb, index, open_threads
from firsthand.office.intake.letters import Letter
from firsthand.office.intake.owners import Owners
from firsthand.office.intake.threads import Strand, Weaving
from firsthand.office.models import Account, Body, Draft, Message, Person, Thread
from firsthand.office.reading import FILE_ID, Read, aside, read_all, reason

log = logging.getLogger(__name__)

BATCH = 500

# Neither `at` nor the fingerprint: they say when and as what the message came here.
_FIELDS = [
    "thread_id", "message_id", "direction", "person_id", "actor_id", "from_address", "from_name",
    "to", "cc", "reply_to", "in_reply_to", "subject", "preview", "date", "automation", "list_id",
    "words", "questions", "attachments", "problems", "set_aside", "references",
]  # fmt: skip


def rebuild(*, now: datetime) -> int:
    """Derive all again; returns the number of messages. After a kill, nothing has changed."""
    with transaction.atomic():
        writing.alone()
        work = _Rebuilding(now)
        Message.objects.update(thread=None)
        Thread.objects.update(subject_key="", messages_count=0, needs_rank=True)
        Person.objects.update(received=0, answered=0, written=0, answer_words=0, last_at=None)
        search.clear()
        count = 0
        for batch in _batches():
            work.again(batch)
            count += len(batch)
        _let_go()
        return count


def _batches() -> Iterator[list[Message]]:
    """All messages by account in the order they came in, with their bytes."""
    for account in Account.objects.order_by("pk"):
        last = 0
        rows = Message.objects.filter(account=account).select_related("body", "account")
        while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
            yield batch
            last = batch[-1].pk


def _let_go() -> None:
    """Threads that have no message any more go, unless a draft hangs on them."""
    drafted = Draft.objects.exclude(thread=None).values("thread")
    empty = Thread.objects.filter(messages_count=0).exclude(pk__in=drafted)
    lanes.drop(list(empty.values_list("pk", flat=True)))
    empty.delete()


class _Rebuilding:
    """What has to be remembered from one batch to the next."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.owners = Owners.load()
        rows = Message.objects.exclude(thread=None).values_list("pk", "thread_id")
        self.thread_of = {pk: thread for pk, thread in rows.iterator() if thread}
        self.known = set(self.thread_of.values())
        self.used: set[int] = set()

    def again(self, batch: Sequence[Message]) -> None:
        """One batch; if a message makes our code fail, one by one, and that one is set aside."""
        reads = [_read(message, self.now) for message in batch]
        try:
            self._keep(batch, reads)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("A batch of %d failed; taking them one by one.", len(batch))
            for message, each in zip(batch, reads, strict=True):
                self._alone(message, each)

    def _alone(self, message: Message, each: Read) -> None:
        try:
            self._keep([message], [each])
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.exception("The message %d is set aside.", message.pk)
            self._keep([message], [aside(each, reason(error))])

    def _keep(self, batch: Sequence[Message], reads: Sequence[Read]) -> None:
        account = batch[0].account
        with transaction.atomic():
            found = letters.compose(reads, account=account, owners=self.owners)
            for letter, message in zip(found, batch, strict=True):
                letter.number, letter.at = message.pk, message.at
                # Who of us sent it is known better than its header tells.
                letter.actor = message.actor_id or letter.actor
            understood = [letter for letter in found if not letter.read.why]
            strands = Weaving(account, understood).weave(understood)
            self._reuse(strands)
            self._write(found, strands, account)

    def _reuse(self, strands: Sequence[Strand]) -> None:
        """A strand that begins gets the thread that one of its messages had, if it is free."""
        self.used |= {strand.id for strand in strands if strand.id}
        for strand in strands:
            before = (self.thread_of.get(letter.number) for letter in strand.letters)
            free = [thread for thread in before if thread and thread not in self.used]
            if strand.id is None and free:
                strand.id = free[0]
                self.used.add(free[0])

    def _write(self, found: list[Letter], strands: Sequence[Strand], account: Account) -> None:
        threads = open_threads(strands, account)
        before = counting.lines_before(strands, account.channel)
        for strand in strands:
            absorb(strand)
        counting.count(strands, before, threads, self.now, settled=self.known)
        rows = (letters.message_row(letter, account) for letter in found)
        writing.upsert(Message, letters.MESSAGE, rows, _FIELDS)
        writing.upsert(Body, letters.BODY, map(letters.body_row, found), ("text", "has_html"))
        index(found)


def _read(message: Message, now: datetime) -> Read:
    """The message as it once came. What a channel knew to be sent stays sent."""
    raw = zlib.decompress(bytes(message.body.raw))
    inbound = Inbound(
        channel=message.channel,
        remote_id=message.remote_id,
        raw=raw,
        received_at=message.at,
        mine=True if message.direction == "out" else None,
        folder=message.folder,
    )
    return read_all([inbound], now=now, archive=message.remote_id.startswith(FILE_ID))[0]
