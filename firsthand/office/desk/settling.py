"""After handing out: undo while there is time, decide what nobody knows, try again, take back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from firsthand.core.errors import Denied, NotAllowed
from firsthand.office.models import Actor, Draft, Event, Submission
from firsthand.office.release import give_back, stop


@transaction.atomic
def undo(*, submission: Submission, actor: Actor, now: datetime) -> Draft:
    """Call a submission back while it is pending: its sender or the principal can."""
    row = _locked(submission)
    _must_be_sender(row, actor)
    row.step("undo")
    row.save()
    draft = give_back(draft_id=row.draft_id, event="undo", now=now)
    Event.record("submission.undone", actor=actor, about=row, now=now)
    return draft


@transaction.atomic
def settle(*, submission: Submission, actor: Actor, arrived: bool, now: datetime) -> None:
    """A person says what became of an uncertain submission: it arrived, or it is to be sent again."""
    row = _locked(submission)
    actor.must(row.right, target=row.target, now=now)
    _must_be(row, "uncertain", "be settled by a person")
    row.step("accept" if arrived else "retry")
    row.problem, row.lease_until, row.retry_at = "", None, None
    if arrived:
        row.sent_at = now
        row.answer = f"{actor.name} says that it arrived."
        # The draft stays `leaving` until outbox.file_sent has put the message into its thread.
    row.save()
    Event.record("submission.settled", actor=actor, about=row, now=now, data={"arrived": arrived})


@transaction.atomic
def retry(*, submission: Submission, actor: Actor, now: datetime) -> None:
    """Try a failed submission again: the same text, the same byline."""
    row = _locked(submission)
    actor.must(row.right, target=row.target, now=now)
    _must_be(row, "failed", "be tried again")
    row.step("retry")
    row.problem, row.lease_until, row.retry_at = "", None, None
    row.save()
    Event.record("submission.retried", actor=actor, about=row, now=now)


@transaction.atomic
def take_back(*, submission: Submission, actor: Actor, now: datetime) -> Draft:
    """Give up what has not left (failed, or waiting for its server): the draft can be changed again.

    Its entry in the log is corrected; call `ledger.publish` after the commit.
    """
    row = _locked(submission)
    _must_be_sender(row, actor)
    stop(submission=row, why=f"{actor.name} took it back.", now=now, actor=actor)
    return Draft.objects.get(pk=row.draft_id)


def _locked(submission: Submission) -> Submission:
    return Submission.objects.select_for_update().get(pk=submission.pk)


def _must_be(submission: Submission, state: str, what: str) -> None:
    """The table also knows these steps for a worker that holds a claim; people have none."""
    if submission.state != state:
        raise NotAllowed(f"A submission that is {submission.state} cannot {what}.")


def _must_be_sender(submission: Submission, actor: Actor) -> None:
    current = Actor.objects.get(pk=actor.pk)
    if not current.is_active:
        raise Denied(f"{current.name} no longer works for this office.")
    if not current.is_principal and submission.actor_id != current.pk:
        raise Denied("Only who sent it, or the principal, can call it back.")
