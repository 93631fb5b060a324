"""The office's own log when things fail: at each write of a file, at the commit, and both ways.

*Failed*: it did not happen. *Failed but persisted*: it happened, and nobody was told. Afterwards the
same acts run again, and a stranger audits what came out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connections, transaction

from firsthand.channels.memory import MemoryServer
from firsthand.core.entry import decode
from firsthand.office import ledger, outbox
from firsthand.office.models import LogEntry, LogHead, Office, Submission
from firsthand.tlog.errors import Refused
from firsthand.tlog.note import Algorithm, Signer
from firsthand.tlog.store import LocalStore
from firsthand.tlog.tiles import CHECKPOINT
from firsthand.tlog.verify import fsck
from firsthand.tlog.witness import Policy
from tests.office.outbox.acting import Send, deliver_all
from tests.office.outbox.conftest import account as memory_account
from tests.office.outbox.conftest import far, send

__all__ = ["far", "send"]
account = memory_account
WITNESS = Signer("rev.example/w1", bytes(31) + b"\x07", Algorithm.COSIGNATURE)


class Crash(Exception):
    """The power went."""


class Crashing(LocalStore):
    """Loses power at one write, before or after it has happened."""

    def __init__(self, root: Path, at: int, persisted: bool) -> None:
        super().__init__(root)
        self.left, self.persisted = at, persisted

    def write(self, path: str, data: bytes) -> None:
        self.left -= 1
        if self.left != -1 or self.persisted:
            super().write(path, data)
        if self.left == -1:
            raise Crash(path)


def audit(entries: int) -> None:
    """From outside: every entry, every tile, the root; and numbers without a gap or a double."""
    found = fsck(LocalStore(settings.LOG_FOLDER), ledger.verifier(), paths=ledger.store().paths())
    assert found.problems == ()
    assert found.entries == LogEntry.objects.count() == LogHead.objects.get().size == entries
    numbers = sorted(n for n in Submission.objects.values_list("seq", flat=True) if n)
    assert numbers == list(range(1, len(numbers) + 1))
    bylines = [decode(bytes(e.leaf)) for e in LogEntry.objects.filter(kind="byline")]
    assert len(bylines) == len(numbers) == len({str(b["record"]) for b in bylines})


@pytest.mark.parametrize("persisted", [False, True])
@pytest.mark.parametrize("at", range(4))
def test_a_crash_at_any_write_of_the_files(
    send: Send, far: MemoryServer, now: datetime, at: int, persisted: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ledger.publish()
    before = LogEntry.objects.count()
    for _ in range(3):
        send()
    later = now + timedelta(minutes=1)
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "store", lambda: Crashing(Path(settings.LOG_FOLDER), at, persisted))
        crashed = False
        try:
            outbox.log_due(now=later)
        except Crash:
            crashed = True
    assert crashed == (at < 3)  # a bundle, a tile, the checkpoint
    assert fsck(LocalStore(settings.LOG_FOLDER), ledger.verifier()).ok
    if crashed and not (persisted and at == 2):
        assert outbox.claim(now=later) is None  # logged, but not for all to see
    assert outbox.log_due(now=later) == 0
    assert deliver_all(later) == 3
    audit(before + 3)


def next_commit_fails(patch: pytest.MonkeyPatch, *, persisted: bool) -> None:
    """The next commit fails, or is done and says that it failed."""
    database = connections["default"]
    commit: Callable[[], None] = database.commit
    calls = iter([True])

    def fail() -> None:
        if not next(calls, False):
            commit()
            return
        if persisted:
            commit()
        raise OperationalError("the disk is gone")

    patch.setattr(database, "commit", fail)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("persisted", [False, True])
def test_a_crash_at_the_commit(
    send: Send, far: MemoryServer, now: datetime, persisted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = LogEntry.objects.count()
    for _ in range(3):
        send()
    later = now + timedelta(minutes=1)
    next_commit_fails(monkeypatch, persisted=persisted)
    with pytest.raises(OperationalError, match="the disk is gone"):
        outbox.log_due(now=later)
    assert LogEntry.objects.count() == before + 3 * persisted
    assert ledger.published() < before + 3
    assert outbox.claim(now=later) is None
    assert outbox.log_due(now=later) == 3 * (not persisted)
    assert deliver_all(later) == 3
    assert len(far.taken) == 3
    audit(before + 3)


def test_a_head_rolled_back_with_its_act_was_never_shown(
    send: Send, now: datetime, office: Office
) -> None:
    ledger.publish()
    shown, head = ledger.shown(), LogHead.objects.values().get()
    send()
    with transaction.atomic():
        ledger.append(leaves=[bytes(LogEntry.objects.get(pk=0).leaf)], now=now)
        transaction.set_rollback(True)
    assert LogHead.objects.values().get() == head
    ledger.publish()
    assert ledger.shown() == shown


# Every byte that is shown


def test_every_changed_byte_is_refused(office: Office, send: Send, now: datetime) -> None:
    """Checkpoint, cosignature, tiles, entries: one bit anywhere, and a reader refuses."""
    for _ in range(4):
        send()
    outbox.log_due(now=now + timedelta(minutes=1))
    store, verifier = ledger.store(), ledger.verifier()
    text = (store.read(CHECKPOINT) or b"").decode().rpartition("\n\n")[0] + "\n"
    line = WITNESS.cosign(text, time=1_764_000_000)
    ledger.cosign(checkpoint=store.read(CHECKPOINT) or b"", signatures=[line])
    ledger.publish()
    policy = Policy((WITNESS.verifier,), quorum=1)
    folder, unseen = Path(settings.LOG_FOLDER), []
    for path in list(store.paths()):
        good = (folder / path).read_bytes()
        for at in range(len(good)):
            (folder / path).write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
            if _accepted(store, policy):
                unseen.append((path, at))
        (folder / path).write_bytes(good)
    assert unseen == []
    assert fsck(store, verifier).ok and _accepted(store, policy)


def _accepted(store: LocalStore, policy: Policy) -> bool:
    verifier = ledger.verifier()
    try:
        policy.check(store.read(CHECKPOINT) or b"", verifier)
    except Refused:
        return False
    return fsck(store, verifier, paths=store.paths()).ok


def test_cosignatures_are_kept_when_the_same_head_is_shown_again(
    office: Office, now: datetime
) -> None:
    ledger.publish()
    head = ledger.shown() or b""
    text = head.decode().rpartition("\n\n")[0] + "\n"
    for seconds in (1_764_000_000, 1_764_000_060):
        ledger.cosign(checkpoint=head, signatures=[WITNESS.cosign(text, time=seconds)])
        ledger.publish()
        ledger.publish()
        assert Policy((WITNESS.verifier,), quorum=1).proved_at(ledger.shown() or b"") == seconds
    (Path(settings.LOG_FOLDER) / CHECKPOINT).write_bytes(head)  # as an older process might
    ledger.publish()
    assert Policy((WITNESS.verifier,), quorum=1).proved_at(ledger.shown() or b"")
