"""Delivery: one attempt, one outcome, under one fence, whatever the channel answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from firsthand.channels.mail.compose import compose
from firsthand.channels.memory import Fault, MemoryServer
from firsthand.core.errors import FirsthandError, Permanent, Temporary, Uncertain
from firsthand.core.header import read_header
from firsthand.core.record import check, decode_salt, from_multikey
from firsthand.office import desk, ledger, outbox
from firsthand.office.models import (
    Account,
    Actor,
    Delivery,
    Event,
    Office,
    Submission,
)
from firsthand.office.outbox import sealed
from firsthand.tlog.verify import OfflineProof
from tests.office.outbox.acting import STELLA, TOM, Send, deliver_all, state

Hire = Callable[..., Actor]
LATER = timedelta(minutes=1)


class Killed(FirsthandError):
    """Stands for a kill: no code of ours catches it."""


def test_what_leaves_carries_its_byline_and_the_proof(
    office: Office, send: Send, far: MemoryServer, now: datetime
) -> None:
    submission = send(STELLA, TOM)
    outbox.log_due(now=now + LATER)
    deliver_all(now + LATER)
    (left,) = far.taken
    row = Submission.objects.get(pk=submission.pk)
    assert row.state == "sent"
    assert row.sent_at == now + LATER
    assert (left.message_id, left.text, left.automated) == (row.message_id, row.text, False)
    header = read_header(left.byline)
    assert (header.base, header.number, header.index) == (office.base, row.number, row.entry_id)
    assert header.salt == bytes(row.salt)
    assert row.entry is not None
    OfflineProof.parse(left.proof).check(bytes(row.entry.leaf), ledger.verifier())
    assert check(left.record, from_multikey(office.public_key))["seq"] == 1
    link = left.text.rsplit("#", 1)[1]
    assert decode_salt(link.strip()) == header.salt
    assert set(Delivery.objects.values_list("address", "state")) == {
        (STELLA.address, "accepted"),
        (TOM.address, "accepted"),
    }


def test_every_attempt_says_the_same(send: Send, now: datetime) -> None:
    submission = send()
    outbox.log_due(now=now + LATER)
    row = Submission.objects.get(pk=submission.pk)
    assert compose(sealed.outbound(row)) == compose(sealed.outbound(row))


def test_claims_are_taken_once(send: Send, now: datetime) -> None:
    for _ in range(3):
        send()
    outbox.log_due(now=now + LATER)
    claimed = [outbox.claim(now=now + LATER) for _ in range(4)]
    assert len({each.pk for each in claimed if each}) == 3
    assert claimed[3] is None
    assert all(each.fence == 1 and each.attempts == 1 for each in claimed if each)


def test_a_lost_claim_does_nothing(send: Send, far: MemoryServer, now: datetime) -> None:
    """A worker slept past its lease; another settled the attempt."""
    submission = send()
    outbox.log_due(now=now + LATER)
    slow = outbox.claim(now=now + LATER, lease=timedelta(minutes=1))
    assert slow is not None
    assert outbox.recover(now=now + timedelta(hours=1)) == 1
    assert state(submission) == "uncertain"
    outbox.deliver(slow, clock=lambda: now + LATER)
    assert far.taken == []
    assert state(submission) == "uncertain"


def test_an_expired_lease_is_no_claim(send: Send, far: MemoryServer, now: datetime) -> None:
    send()
    outbox.log_due(now=now + LATER)
    slow = outbox.claim(now=now + LATER, lease=timedelta(minutes=1))
    assert slow is not None
    outbox.deliver(slow, clock=lambda: now + timedelta(hours=1))
    assert far.taken == []


def test_an_outcome_after_the_fence_changed_is_not_written(
    send: Send, far: MemoryServer, account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission = send()
    outbox.log_due(now=now + LATER)
    claimed = outbox.claim(now=now + LATER)
    assert claimed is not None
    ticks = iter([now + LATER, now + LATER, now + LATER])

    class Slow:
        """The clock of a worker that is paused in the middle of the call."""

        def __call__(self) -> datetime:
            moment = next(ticks, None)
            if moment is None:
                return now + LATER
            if far.taken:
                outbox.recover(now=now + timedelta(days=1))
            return moment

    outbox.deliver(claimed, clock=Slow())
    assert len(far.taken) == 1
    assert state(submission) == "uncertain"
    assert Delivery.objects.count() == 0


def test_refused_for_now_is_tried_again_ever_later(
    send: Send, far: MemoryServer, now: datetime
) -> None:
    submission = send()
    outbox.log_due(now=now + LATER)
    moment, waits = now + LATER, []
    for _ in range(10):
        far.faults.append(Fault(Temporary("The server is busy.")))
        assert deliver_all(moment) == 1
        row = Submission.objects.get(pk=submission.pk)
        assert row.state == "logged"
        assert row.problem == "The server is busy."
        assert row.retry_at is not None
        assert deliver_all(row.retry_at - timedelta(seconds=1)) == 0
        waits.append(row.retry_at - moment)
        moment = row.retry_at
    assert waits[0] == timedelta(minutes=1)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=4)
    assert deliver_all(moment) == 1
    assert state(submission) == "sent"
    assert len(far.taken) == 1


def test_the_channel_may_ask_for_a_longer_wait(
    send: Send, far: MemoryServer, now: datetime
) -> None:
    submission = send()
    outbox.log_due(now=now + LATER)
    far.faults.append(Fault(Temporary("Slow down.", retry_at=now + timedelta(hours=9))))
    deliver_all(now + LATER)
    assert Submission.objects.get(pk=submission.pk).retry_at == now + timedelta(hours=9)


def test_after_two_days_it_is_given_up(send: Send, far: MemoryServer, now: datetime) -> None:
    submission = send()
    outbox.log_due(now=now + LATER)
    far.faults.append(Fault(Temporary("The server is busy.")))
    deliver_all(now + timedelta(days=3))
    row = Submission.objects.get(pk=submission.pk)
    assert row.state == "failed"
    assert "Given up" in row.problem
    assert "busy" in row.problem


def test_refused_for_good_fails_with_the_reason_and_can_be_retried(
    send: Send, far: MemoryServer, ada: Actor, now: datetime
) -> None:
    submission = send()
    outbox.log_due(now=now + LATER)
    far.faults.append(Fault(Permanent("No such mailbox.")))
    deliver_all(now + LATER)
    row = Submission.objects.get(pk=submission.pk)
    assert (row.state, row.problem) == ("failed", "No such mailbox.")
    assert deliver_all(now + timedelta(days=1)) == 0
    desk.retry(submission=row, actor=ada, now=now + LATER)
    assert deliver_all(now + LATER) == 1
    assert state(submission) == "sent"
    assert Submission.objects.get(pk=submission.pk).problem == ""


def test_some_refused_is_sent_with_their_words(
    send: Send, far: MemoryServer, now: datetime
) -> None:
    far.refused[TOM.address] = "550 No such mailbox"
    submission = send(STELLA, TOM)
    outbox.log_due(now=now + LATER)
    deliver_all(now + LATER)
    assert state(submission) == "sent"
    outcomes = {d.address: (d.state, d.answer) for d in Delivery.objects.all()}
    assert outcomes[TOM.address] == ("refused", "550 No such mailbox")
    assert outcomes[STELLA.address][0] == "accepted"


@pytest.mark.parametrize(
    ("recovery", "delivered", "after", "copies"),
    [
        ("blind", True, "uncertain", 1),
        ("blind", False, "uncertain", 0),
        ("dedup", True, "sent", 1),
        ("dedup", False, "sent", 1),
        ("lookup", True, "sent", 1),
        ("lookup", False, "sent", 1),
    ],
)
@pytest.mark.parametrize("how", ["told", "killed"])
def test_an_unknown_outcome_is_settled_by_what_the_channel_can(
    send: Send,
    far: MemoryServer,
    account: Account,
    now: datetime,
    recovery: str,
    delivered: bool,
    after: str,
    copies: int,
    how: str,
) -> None:
    Account.objects.update(settings={"recovery": recovery})
    submission = send()
    outbox.log_due(now=now + LATER)
    error = Uncertain("Who knows.") if how == "told" else Killed("killed")
    far.faults.append(Fault(error, delivered))
    claimed = outbox.claim(now=now + LATER)
    assert claimed is not None
    if how == "told":
        outbox.deliver(claimed, clock=lambda: now + LATER)
    else:
        with pytest.raises(Killed):
            outbox.deliver(claimed, clock=lambda: now + LATER)
        assert state(submission) == "sending"
        assert outbox.recover(now=now + LATER) == 0
        assert outbox.recover(now=now + timedelta(hours=1)) == 1
        assert outbox.recover(now=now + timedelta(hours=1)) == 0
    deliver_all(now + timedelta(hours=2))
    assert state(submission) == after
    assert [m.message_id for m in far.taken] == [submission.message_id] * copies


def test_an_account_of_another_office_fails_and_says_why(send: Send, now: datetime) -> None:
    submission = send()
    outbox.log_due(now=now + LATER)
    Account.objects.update(sealed=b"nonsense")
    deliver_all(now + LATER)
    row = Submission.objects.get(pk=submission.pk)
    assert row.state == "failed"
    assert "sealing.key" in row.problem


def test_a_channel_that_went_away_fails_and_recovers(send: Send, now: datetime) -> None:
    first = send()
    outbox.log_due(now=now + LATER)
    Account.objects.update(channel="pigeon")
    claimed = outbox.claim(now=now + LATER)
    assert claimed is not None
    assert outbox.recover(now=now + timedelta(hours=1)) == 1
    assert state(first) == "uncertain"


@pytest.mark.django_db(transaction=True)
def test_no_call_is_made_inside_a_transaction(send: Send, far: MemoryServer, now: datetime) -> None:
    submission = send()
    outbox.log_due(now=now + LATER)
    claimed = outbox.claim(now=now + LATER)
    assert claimed is not None
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        outbox.deliver(claimed, clock=lambda: now + LATER)
    assert far.taken == []
    outbox.deliver(claimed, clock=lambda: now + LATER)
    assert state(submission) == "sent"


def test_each_step_leaves_an_event(send: Send, far: MemoryServer, now: datetime) -> None:
    submission = send()
    outbox.log_due(now=now + LATER)
    deliver_all(now + LATER)
    acts = Event.objects.filter(about="submission", about_id=submission.pk).order_by("pk")
    assert list(acts.values_list("act", flat=True)) == [
        "submission.made",
        "submission.logged",
        "submission.sent",
    ]
