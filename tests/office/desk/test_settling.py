"""After handing out: undo, decide, try again, take back; and the last look before it leaves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from firsthand.core.byline import Level
from firsthand.core.entry import decode
from firsthand.core.errors import Denied, NotAllowed
from firsthand.core.rights import Right
from firsthand.office import desk, ledger, release, staff
from firsthand.office.models import Actor, Approval, Draft, LogEntry, Submission, Thread


@pytest.fixture
def pending(gwen: Actor, thread: Thread, now: datetime) -> Submission:
    draft = desk.draft(actor=gwen, text="Gladly.", now=now, thread=thread)
    return desk.send(draft=draft, actor=gwen, revision=1, seen=thread.latest, now=now)


def logged(submission: Submission, now: datetime, state: str = "logged") -> Submission:
    """As the outbox leaves it behind, without a network."""
    leaf = b'{"ai":"none","kind":"byline","v":1}'
    entry = ledger.append(leaves=[leaf], now=now)[0]
    submission.state, submission.entry, submission.seq = state, entry, submission.pk
    submission.save()
    return submission


def test_undo_gives_the_draft_back(pending: Submission, gwen: Actor, now: datetime) -> None:
    draft = desk.undo(submission=pending, actor=gwen, now=now)
    pending.refresh_from_db()
    assert (draft.state, pending.state) == ("writing", "cancelled")
    again = desk.send(draft=draft, actor=gwen, revision=1, seen=draft.seen, now=now)
    assert again.number != pending.number


@pytest.mark.parametrize("who", ["hal", "stan", "rev", "gone"])
def test_only_the_sender_and_the_principal_undo(
    request: pytest.FixtureRequest, pending: Submission, ada: Actor, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    with pytest.raises(Denied):
        desk.undo(submission=pending, actor=actor, now=now)
    with pytest.raises(Denied):
        desk.take_back(submission=pending, actor=actor, now=now)
    with pytest.raises(Denied):
        desk.settle(
            submission=logged(pending, now, "uncertain"), actor=actor, arrived=True, now=now
        )
    with pytest.raises(Denied):
        desk.retry(submission=pending, actor=actor, now=now)


def test_what_is_logged_is_not_undone_but_taken_back(
    pending: Submission, ada: Actor, now: datetime
) -> None:
    logged(pending, now)
    with pytest.raises(NotAllowed, match="A submission that is logged cannot be undone"):
        desk.undo(submission=pending, actor=ada, now=now)
    draft = desk.take_back(submission=pending, actor=ada, now=now)
    pending.refresh_from_db()
    assert (pending.state, draft.state) == ("stopped", "writing")
    correction = decode(bytes(LogEntry.objects.latest("index").leaf))
    assert (correction["kind"], correction["of"]) == ("correction", pending.entry_id)


def test_a_failed_letter_is_tried_again_or_taken_back(
    pending: Submission, gwen: Actor, now: datetime
) -> None:
    logged(pending, now, "failed")
    desk.retry(submission=pending, actor=gwen, now=now)
    pending.refresh_from_db()
    assert pending.state == "logged"
    with pytest.raises(NotAllowed, match="cannot be tried again"):
        desk.retry(submission=pending, actor=gwen, now=now)
    Submission.objects.update(state="failed")
    assert desk.take_back(submission=pending, actor=gwen, now=now).state == "writing"


@pytest.mark.parametrize(("arrived", "state"), [(True, "sent"), (False, "logged")])
def test_a_person_settles_what_is_uncertain(
    pending: Submission, ada: Actor, now: datetime, arrived: bool, state: str
) -> None:
    logged(pending, now, "uncertain")
    desk.settle(submission=pending, actor=ada, arrived=arrived, now=now)
    pending.refresh_from_db()
    assert pending.state == state
    assert pending.sent_at == (now if arrived else None)


@pytest.mark.parametrize("state", ["logged", "sending", "sent", "failed"])
def test_people_do_not_settle_what_a_worker_holds(
    pending: Submission, ada: Actor, now: datetime, state: str
) -> None:
    logged(pending, now, state)
    for arrived in (True, False):
        with pytest.raises(NotAllowed, match=f"A submission that is {state} cannot be settled"):
            desk.settle(submission=pending, actor=ada, arrived=arrived, now=now)
    if state in ("sending", "sent"):
        with pytest.raises(NotAllowed):
            desk.take_back(submission=pending, actor=ada, now=now)


def test_the_last_look_finds_nothing_wrong(pending: Submission, now: datetime) -> None:
    assert release.recheck(submission=pending, now=now)


def test_a_promise_made_since_stops_it(pending: Submission, ada: Actor, now: datetime) -> None:
    staff.promise(by=ada, floor=Level.APPROVED, channel="mail", now=now)
    decision = release.recheck(submission=pending, now=now)
    assert "This would leave as on behalf" in decision.because
    assert not decision


def test_a_grant_that_ended_since_stops_it(
    pending: Submission, ada: Actor, gwen: Actor, thread: Thread, now: datetime
) -> None:
    late = now + timedelta(days=2)
    for grant in gwen.grants.filter(right=Right.SEND):
        staff.revoke(grant=grant, by=ada, now=now)
    staff.grant(hand=gwen, by=ada, right=Right.SEND, now=now, expires=late)
    draft = desk.draft(actor=gwen, text="Later.", now=now, thread=thread)
    sent = desk.send(draft=draft, actor=gwen, revision=1, seen=thread.latest, now=now, at=late)
    assert release.recheck(submission=sent, now=now)
    refused = release.recheck(submission=sent, now=late)
    assert "ended on 24 November 2026" in refused.because
    assert not refused


def test_an_approval_that_vanished_stops_it(
    ada: Actor, gwen: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=gwen, text="Gladly.", now=now, thread=thread)
    desk.approve(draft=draft, actor=ada, revision=1, now=now)
    sent = desk.send(draft=draft, actor=gwen, revision=1, seen=thread.latest, now=now)
    assert release.recheck(submission=sent, now=now)
    Approval.objects.all().delete()
    assert not release.recheck(submission=sent, now=now)


def test_another_revision_stops_it(pending: Submission, now: datetime) -> None:
    Draft.objects.update(revision=2)
    pending.refresh_from_db()
    assert not release.recheck(submission=pending, now=now)
