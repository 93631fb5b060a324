"""What a passkey is asked to sign before a text leaves: its exact statement, with nothing saved yet."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime

from firsthand.core.errors import Denied
from firsthand.core.rights import Right
from firsthand.office import consent
from firsthand.office.consent import Proposal
from firsthand.office.models import Actor, Approval, Draft, Submission
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


def propose(
    *,
    draft: Draft,
    actor: Actor,
    revision: int,
    seen: int,
    now: datetime,
    sender: Actor | None = None,
) -> Proposal:
    """What `actor`'s passkey would consent to: a send of their own, or (the principal) one by `sender`.

    Refuses what `send` would refuse. Raises Denied, Conflict, PromiseBroken, Misuse.
    """
    row = Draft.objects.get(pk=draft.pk)
    by = sender or actor
    if by.pk != actor.pk:
        actor.must_be_principal("approve a text")
    by.must(Right.SEND, target=row.target, now=now)
    must_be_current(row, revision)
    must_be_a_message(row)
    must_be_whole(row)
    must_have_seen(row, seen)
    claim = claim_of(row, by, approved=by.pk != actor.pk)
    must_keep(row, claim, now)
    approved = touched_approval(row) if by.pk == actor.pk else None
    if approved and fits(row, by, claim, approved, now):
        return _proposal(row, by, claim, approved.number, bytes(approved.salt), now)
    number, salt = secrets.token_urlsafe(16), secrets.token_bytes(32)
    return _proposal(row, by, claim, number, salt, now)


def _proposal(
    draft: Draft, sender: Actor, claim: Claim, number: str, salt: bytes, now: datetime
) -> Proposal:
    made = submission_of(draft, sender, claim, number=number, salt=salt, now=now).statement
    return Proposal(number, salt, made)


def sender_of(*, draft: Draft, now: datetime) -> Actor:
    """Who is expected to send a draft once it is approved: its writer, else whoever else may.

    Raises Denied where no hand may.
    """
    for hand in _hands(draft):
        if not hand.is_principal and hand.may(Right.SEND, target=draft.target, now=now):
            return hand
    name = Actor.objects.get(is_principal=True).name
    raise Denied(f"Nobody but {name} may send this.", hint="Send it yourself instead.")


def _hands(draft: Draft) -> Iterator[Actor]:
    yield draft.made_by
    yield draft.current.actor
    people = Actor.objects.filter(is_principal=False, kind="human", offboarded_at=None)
    yield from people.order_by("pk")


def touched_approval(draft: Draft) -> Approval | None:
    """The approval of the current revision by touch, unless a send used its number up."""
    rows = draft.approvals.filter(revision=draft.revision, actor__is_principal=True)
    found = rows.exclude(number="").first()
    if found and Submission.objects.filter(number=found.number).exists():
        return None
    return found


def fits(draft: Draft, sender: Actor, claim: Claim, approval: Approval, now: datetime) -> bool:
    """Whether what was touched is what `sender` would send now."""
    made = submission_of(
        draft, sender, claim, number=approval.number, salt=bytes(approval.salt), now=now
    )
    return any(consent.holds(item, made.statement) for item in approval.evidence)
