"""Release: nothing leaves without a number, a record and an entry that the world can see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from firsthand.channels.memory import MemoryServer
from firsthand.core.byline import Level
from firsthand.core.entry import record_hash
from firsthand.core.record import check, from_multikey, text_digest
from firsthand.core.rights import Right
from firsthand.office import ledger, outbox, staff
from firsthand.office.models import (
    Account,
    Actor,
    LogEntry,
    Office,
    Submission,
)
from firsthand.tlog.verify import fsck
from tests.office.outbox.acting import Send, deliver_all, state

Hire = Callable[..., Actor]
LATER = timedelta(minutes=1)


def test_what_is_not_due_waits(send: Send, now: datetime) -> None:
    submission = send()
    assert outbox.log_due(now=now) == 0
    assert state(submission) == "pending"
    assert outbox.claim(now=now) is None


def test_release_numbers_seals_and_logs(office: Office, send: Send, now: datetime) -> None:
    submissions = [send() for _ in range(3)]
    assert outbox.log_due(now=now + LATER) == 3
    rows = list(Submission.objects.order_by("seq"))
    assert [row.seq for row in rows] == [1, 2, 3]
    assert {row.pk for row in rows} == {each.pk for each in submissions}
    assert Office.objects.get().next_seq == 4
    for row in rows:
        value = check(bytes(row.record), from_multikey(office.public_key))
        assert value["seq"] == row.seq
        assert value["credentialSubject"]["digestMultibase"] == text_digest(
            bytes(row.salt), row.text
        )
        assert row.entry is not None
        assert record_hash(bytes(row.record)).encode() in bytes(row.entry.leaf)
        assert row.entry.index < ledger.published()
    assert fsck(ledger.store(), ledger.verifier()).ok


def test_numbers_have_no_gap_over_batches(send: Send, now: datetime) -> None:
    for _ in range(5):
        send()
    while outbox.log_due(now=now + LATER, limit=2):
        pass
    numbers = Submission.objects.order_by("seq").values_list("seq", flat=True)
    assert list(numbers) == [1, 2, 3, 4, 5]


def test_no_state_beyond_pending_without_an_entry(send: Send) -> None:
    submission = send()
    with pytest.raises(IntegrityError), transaction.atomic():
        Submission.objects.filter(pk=submission.pk).update(state="sending")


def test_what_is_logged_but_not_shown_cannot_be_claimed(
    send: Send, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a kill between the commit and the publication."""
    submission = send()
    publish = ledger.publish
    monkeypatch.setattr(ledger, "publish", lambda: 0)
    outbox.log_due(now=now + LATER)
    assert state(submission) == "logged"
    assert outbox.claim(now=now + LATER) is None
    monkeypatch.setattr(ledger, "publish", publish)
    assert outbox.log_due(now=now + LATER) == 0
    assert outbox.claim(now=now + LATER) is not None


def test_a_right_that_ended_meanwhile_stops_it(
    hire: Hire, ada: Actor, send: Send, now: datetime
) -> None:
    gwen = hire("Gwen Osei", Right.DRAFT, Right.EDIT)
    grant = staff.grant(
        hand=gwen, by=ada, right=Right.SEND, now=now, expires=now + timedelta(seconds=30)
    )
    submission = send(by=gwen)
    assert outbox.log_due(now=now + LATER) == 0
    row = Submission.objects.get(pk=submission.pk)
    assert row.state == "stopped"
    assert f"grant {grant.pk} ended" in row.problem
    assert row.draft.state == "writing"
    assert row.entry is None


def test_a_promise_made_meanwhile_stops_it(
    gwen: Actor, ada: Actor, send: Send, now: datetime
) -> None:
    submission = send(by=gwen, at=now + timedelta(days=2))
    staff.promise(by=ada, floor=Level.APPROVED, channel="", now=now + timedelta(days=1))
    assert outbox.log_due(now=now + timedelta(days=3)) == 0
    assert state(submission) == "stopped"


def test_a_stop_after_the_log_is_corrected_there(
    gwen: Actor, ada: Actor, send: Send, far: MemoryServer, now: datetime
) -> None:
    submission = send(by=gwen)
    outbox.log_due(now=now + LATER)
    claimed = outbox.claim(now=now + LATER)
    assert claimed is not None
    for grant in gwen.grants.filter(right=Right.SEND):
        grant.revoked_at = now
        grant.save()
    outbox.deliver(claimed, clock=lambda: now + LATER)
    assert state(submission) == "stopped"
    assert far.taken == []
    last = LogEntry.objects.order_by("-index").first()
    assert last is not None
    assert last.kind == "correction"
    assert ledger.published() == last.index + 1


def test_one_that_cannot_be_sealed_does_not_hold_up_the_others(send: Send, now: datetime) -> None:
    bad, good = send(), send()
    Submission.objects.filter(pk=bad.pk).update(statement={**bad.statement, "huge": 2**70})
    assert outbox.log_due(now=now + LATER) == 1
    assert (state(bad), state(good)) == ("stopped", "logged")
    assert Submission.objects.get(pk=good.pk).seq == 1


def test_a_paused_account_keeps_its_mail(send: Send, account: Account, now: datetime) -> None:
    submission = send()
    outbox.log_due(now=now + LATER)
    Account.objects.update(state="paused")
    late = send()
    assert outbox.log_due(now=now + LATER) == 0
    assert outbox.claim(now=now + LATER) is None
    Account.objects.update(state="ok")
    outbox.log_due(now=now + LATER)
    assert deliver_all(now + LATER) == 2
    assert state(submission) == state(late) == "sent"
