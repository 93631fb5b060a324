"""Rights, given and taken back. The public log learns that, never whose or which."""

from __future__ import annotations

import json
import secrets
from datetime import datetime

from django.db import transaction

from firsthand.channels.base import must_be_channel
from firsthand.core.attention import Lane
from firsthand.core.entry import grant_entry, revoke_entry
from firsthand.core.errors import Denied, Misuse, NotAllowed
from firsthand.core.record import digest, encode_salt
from firsthand.core.rights import Right, Scope, Target
from firsthand.office import ledger
from firsthand.office.models import Actor, Event, Grant, Submission
from firsthand.office.release import recheck, stop

EVERYWHERE = Scope()
QUEUED = ("pending", "logged")


@transaction.atomic
def grant(
    *,
    hand: Actor,
    by: Actor,
    right: Right,
    now: datetime,
    scope: Scope = EVERYWHERE,
    expires: datetime | None = None,
) -> Grant:
    """Give `hand` a right in a scope until an end. Nobody gives what they do not have themselves."""
    by.must(Right.STAFF, target=Target(), now=now)
    row = Actor.objects.select_for_update().get(pk=hand.pk)
    _must_be_grantable(row, by, expires, now)
    _must_be_somewhere(scope)
    must_have(by, right=right, scope=scope, expires=expires, now=now)
    made = Grant.objects.create(
        actor=row,
        right=right,
        channels=sorted(scope.channels),
        accounts=sorted(scope.accounts),
        lanes=sorted(scope.lanes),
        starts_at=now,
        expires_at=expires,
        granted_by=by,
    )
    salt = secrets.token_bytes(32)
    commitment = digest(salt, json.dumps([row.key, right, made.pk], sort_keys=True).encode())
    ledger.append(leaves=[grant_entry(commitment=commitment, day=now.date())], now=now)
    told = {"hand": row.pk, "salt": encode_salt(salt), "commitment": commitment}
    Event.record("grant.made", actor=by, about=made, now=now, data=told)
    return made


def _must_be_somewhere(scope: Scope) -> None:
    """A mistyped channel or lane would be a right that holds nowhere, and nobody would see why."""
    for channel in sorted(scope.channels):
        must_be_channel(channel)
    for lane in sorted(scope.lanes - set(Lane)):
        raise Misuse(f"There is no lane “{lane[:60]}”.", hint=f"Known: {', '.join(Lane)}.")


def _must_be_grantable(hand: Actor, by: Actor, expires: datetime | None, now: datetime) -> None:
    if hand.is_principal:
        raise Misuse(f"{hand.name} is the principal and needs no grant.")
    if hand.pk == by.pk:
        raise Denied("Nobody grants a right to themselves.")
    if not hand.is_active:
        raise Misuse(f"{hand.name} no longer works for this office.")
    if expires is not None and expires <= now:
        raise Misuse("The grant would be over before it begins.", hint="Choose a later end.")


def must_have(
    by: Actor, *, right: Right, scope: Scope, expires: datetime | None, now: datetime
) -> None:
    """Raises Denied unless `by` has this right at least as far and as long."""
    current = Actor.objects.get(pk=by.pk)
    if current.is_principal and current.is_active:
        return
    for row in current.grants.all():
        fact = row.fact
        long = fact.expires is None or (expires is not None and expires <= fact.expires)
        if row.live(now) and fact.gives(right) and long and _within(scope, fact.scope):
            return
    raise Denied(
        f"{by.name} has no right to {right.sentence} {scope.sentence} for as long as that, "
        "and cannot give it to others."
    )


def _within(scope: Scope, whole: Scope) -> bool:
    sides = [
        (scope.channels, whole.channels),
        (scope.accounts, whole.accounts),
        (scope.lanes, whole.lanes),
    ]
    return all(not outer or (inner and inner <= outer) for inner, outer in sides)


@transaction.atomic
def revoke(*, grant: Grant, by: Actor, now: datetime) -> None:
    """Take a grant back. What only it carried stops at once. Call `ledger.publish` after the commit."""
    by.must(Right.STAFF, target=Target(), now=now)
    row = Grant.objects.select_for_update().get(pk=grant.pk)
    if row.revoked_at is not None:
        raise NotAllowed(f"Grant {row.pk} was revoked already.")
    end(row, by=by, now=now)
    for submission in queued(row.actor):
        decision = recheck(submission=submission, now=now)
        if not decision:
            stop(submission=submission, why=decision.because, now=now, actor=by)


def end(grant: Grant, *, by: Actor, now: datetime) -> None:
    """Mark a grant as revoked and tell the log."""
    grant.revoked_at, grant.revoked_by = now, by
    grant.save()
    made = Event.objects.filter(act="grant.made", about="grant", about_id=grant.pk).first()
    if made:
        entry = revoke_entry(commitment=made.data["commitment"], day=now.date())
        ledger.append(leaves=[entry], now=now)
    Event.record("grant.revoked", actor=by, about=grant, now=now, data={"hand": grant.actor_id})


def queued(hand: Actor) -> list[Submission]:
    """What a hand has handed out and nothing has taken up yet."""
    return list(Submission.objects.filter(actor=hand, state__in=QUEUED).order_by("pk"))
