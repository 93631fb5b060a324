"""What is decided about an exact revision: handed in, approved, sent back, thrown away."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from firsthand.core.errors import Misuse
from firsthand.core.record import Json
from firsthand.core.rights import Right
from firsthand.office import consent
from firsthand.office.desk.consenting import sender_of
from firsthand.office.models import Actor, Approval, Draft, Event, Rejection
from firsthand.office.outgoing import submission_of
from firsthand.office.stating import claim_of, must_be_current, must_be_whole
from firsthand.verifier.consent import Assertion


@transaction.atomic
def ask(*, draft: Draft, actor: Actor, now: datetime) -> None:
    """Hand a draft in for the principal's approval."""
    row = _locked(draft)
    _must_handle(row, actor, now)
    row.step("ask")
    row.save()
    Event.record("draft.asked", actor=actor, about=row, now=now, data={"revision": row.revision})


@transaction.atomic
def approve(
    *,
    draft: Draft,
    actor: Actor,
    revision: int,
    now: datetime,
    seen: int | None = None,
    number: str = "",
    salt: bytes = b"",
    evidence: Assertion | None = None,
) -> Approval:
    """The principal stands behind this exact revision. Raises Conflict when it is not the newest.

    `seen`: the newest message of the thread that the principal had before them. `number`, `salt` and
    `evidence`: of the `Proposal`, sent by `sender_of` the draft, that the principal's passkey signed.
    """
    row = _locked(draft)
    actor.must_be_principal("approve a text")
    must_be_current(row, revision)
    row.step("approve")
    row.seen = row.seen if seen is None else seen
    row.save()
    approval, _ = Approval.objects.get_or_create(
        draft=row, revision=revision, actor=actor, defaults={"at": now}
    )
    if evidence:
        approval.evidence = [_evidence(row, actor, number, salt, evidence, now)]
        approval.number, approval.salt, approval.at = number, salt, now
        approval.save()
    data = {"revision": revision, "touched": bool(evidence)}
    Event.record("draft.approved", actor=actor, about=row, now=now, data=data)
    return approval


def _evidence(
    draft: Draft, actor: Actor, number: str, salt: bytes, touch: Assertion, now: datetime
) -> Json:
    must_be_whole(draft)
    sender = sender_of(draft=draft, now=now)
    claim = claim_of(draft, sender, approved=True)
    made = submission_of(draft, sender, claim, number=number, salt=salt, now=now)
    return consent.evidence_of(actor=actor, assertion=touch, statement=made.statement)


@transaction.atomic
def reject(*, draft: Draft, actor: Actor, reason: str, now: datetime) -> Rejection:
    """Send a draft back to its writer, who reads the reason. It voids an approval."""
    row = _locked(draft)
    actor.must(Right.EDIT, target=row.target, now=now)
    if not reason.strip():
        raise Misuse("Say why, so that the writer can do better.")
    row.step("reject")
    row.save()
    row.approvals.filter(revision=row.revision).delete()
    rejection = Rejection.objects.create(
        draft=row, revision=row.revision, actor=actor, reason=reason.strip(), at=now
    )
    Event.record("draft.rejected", actor=actor, about=row, now=now, data={"reason": reason.strip()})
    return rejection


@transaction.atomic
def discard(*, draft: Draft, actor: Actor, now: datetime) -> None:
    """Throw a draft away; its revisions stay on record."""
    row = _locked(draft)
    _must_handle(row, actor, now)
    row.step("discard")
    row.changed_at = now
    row.save()
    Event.record("draft.discarded", actor=actor, about=row, now=now)


def _locked(draft: Draft) -> Draft:
    return Draft.objects.select_for_update().get(pk=draft.pk)


def _must_handle(draft: Draft, actor: Actor, now: datetime) -> None:
    own = draft.made_by_id == actor.pk
    actor.must(Right.DRAFT if own else Right.EDIT, target=draft.target, now=now)
