"""Handing a draft out. What is handed out waits in `pending` until it is due; only `outbox` lets it leave."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from firsthand.core.byline import Level
from firsthand.core.hours import must_be_to_come
from firsthand.core.rights import Right
from firsthand.office import consent
from firsthand.office.desk.consenting import touched_approval
from firsthand.office.models import Actor, Draft, Event, Office, Submission
from firsthand.office.outgoing import submission_of
from firsthand.office.stating import (
    Claim,
    claim_of,
    must_be_a_message,
    must_be_current,
    must_be_whole,
    must_have_seen,
    must_keep,
)
from firsthand.verifier.consent import Assertion


@transaction.atomic
def send(
    *,
    draft: Draft,
    actor: Actor,
    revision: int,
    seen: int,
    now: datetime,
    at: datetime | None = None,
    lower_to: Level | None = None,
    number: str | None = None,
    salt: bytes | None = None,
    evidence: Assertion | None = None,
) -> Submission:
    """Hand out the revision that the sender saw, in a thread whose newest message was `seen`.

    It may leave `at`, and never before the office's time to undo is over. `number` (22 characters
    fit for an address), `salt` (32 bytes) and `evidence`: of the `Proposal` that the sender's
    passkey signed; without it, the office alone signs. Raises Denied, Conflict, PromiseBroken,
    NotAllowed, Misuse.
    """
    if at is not None:
        must_be_to_come(at, now=now)
    row = Draft.objects.select_for_update().get(pk=draft.pk)
    actor.must(Right.SEND, target=row.target, now=now)
    _must_be_ready(row, revision, seen)
    claim = claim_of(row, actor, lower_to)
    must_keep(row, claim, now)
    made = _consented(row, actor, claim, number=number, salt=salt, now=now)
    if evidence:
        item = consent.evidence_of(actor=actor, assertion=evidence, statement=made.statement)
        made.evidence = [*made.evidence, item]
    made.hand_signed = consent.by_hand(claim.level, made.statement, made.evidence)
    _handed_out(row, seen, now)
    made.due_at = max(at or now, now + timedelta(seconds=Office.objects.get(pk=1).undo_seconds))
    made.save()
    data = {"level": made.level, "hand_signed": made.hand_signed}
    Event.record("submission.made", actor=actor, about=made, now=now, data=data)
    return made


def _must_be_ready(draft: Draft, revision: int, seen: int) -> None:
    """Raises unless it is fit to leave, and this very text and thread were before the sender."""
    must_be_current(draft, revision)
    must_be_a_message(draft)
    must_be_whole(draft)
    must_have_seen(draft, seen)


def _handed_out(draft: Draft, seen: int, now: datetime) -> None:
    """From here on it cannot be changed."""
    draft.step("send")
    draft.seen = seen
    draft.changed_at = now
    draft.save()


def _consented(
    draft: Draft,
    actor: Actor,
    claim: Claim,
    *,
    number: str | None,
    salt: bytes | None,
    now: datetime,
) -> Submission:
    """With the evidence of an approval by touch, where it is of this very statement."""
    approved = touched_approval(draft)
    if approved and number in (None, approved.number):
        made = submission_of(
            draft, actor, claim, number=approved.number, salt=bytes(approved.salt), now=now
        )
        made.evidence = [i for i in approved.evidence if consent.holds(i, made.statement)]
        if made.evidence:
            return made
    return submission_of(
        draft,
        actor,
        claim,
        number=number or secrets.token_urlsafe(16),
        salt=salt or secrets.token_bytes(32),
        now=now,
    )
