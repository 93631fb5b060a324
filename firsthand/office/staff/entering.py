"""How actors get in: one-time links for people, tokens for programs. Both are kept as hashes only."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from firsthand.core.errors import Denied, Misuse, NotAllowed
from firsthand.core.rights import Right, Target
from firsthand.office.models import Actor, Event, Invitation, Token
from firsthand.office.models.grant import token_hash
from firsthand.office.staff.granting import must_have

_USED_EVERY = timedelta(minutes=1)


@transaction.atomic
def invite(*, hand: Actor, by: Actor | None, now: datetime, lasts: timedelta) -> str:
    """A one-time link's token (`/enter/<token>`), shown only now. Older open links of the hand end.

    `by` None: only for the principal's own link, made by who has the office's shell.
    """
    row = Actor.objects.select_for_update().get(pk=hand.pk)
    _must_let_in(row, by, now)
    token = secrets.token_urlsafe(24)
    Invitation.objects.filter(actor=row, used_at=None, revoked_at=None).update(revoked_at=now)
    Invitation.objects.create(
        actor=row,
        token_hash=token_hash(token),
        made_by=by,
        made_at=now,
        expires_at=now + lasts,
    )
    Event.record("hand.invited", actor=by, about=row, now=now)
    return token


def _must_let_in(hand: Actor, by: Actor | None, now: datetime) -> None:
    """Whoever can sign in as somebody else would act in their name: never with more rights."""
    if not hand.is_active:
        raise Misuse(f"{hand.name} no longer works for this office.")
    if by is None:
        if not hand.is_principal:
            raise Denied("Somebody must stand for this link: say who invites.")
        return
    by.must(Right.STAFF, target=Target(), now=now)
    if hand.is_principal:
        by.must_be_principal("make a link that signs the principal in")
    for grant in hand.grants.all():
        if grant.live(now):
            fact = grant.fact
            must_have(by, right=fact.right, scope=fact.scope, expires=fact.expires, now=now)


@transaction.atomic
def accept(*, token: str, now: datetime) -> Actor:
    """Whom a one-time link lets in; it is used up by this. Raises Denied with the reason."""
    found = Invitation.objects.select_for_update().filter(token_hash=token_hash(token)).first()
    if found is None:
        raise Denied("This link is unknown here.", hint="Copy the whole address, or ask for one.")
    actor: Actor = Actor.objects.get(pk=found.actor_id)
    refusal = _refusal(found, actor, now)
    if refusal:
        raise Denied(refusal, hint="Ask for a new link.")
    if not Invitation.objects.filter(pk=found.pk, used_at=None).update(used_at=now):
        raise Denied("This link was used already.", hint="Ask for a new link.")
    Event.record("hand.entered", actor=actor, about=actor, now=now)
    return actor


def _refusal(invitation: Invitation, actor: Actor, now: datetime) -> str:
    if not actor.is_active:
        return f"{actor.name} no longer works for this office."
    if invitation.used_at:
        return "This link was used already: it works once."
    if invitation.revoked_at:
        return "This link was withdrawn."
    if invitation.expires_at <= now:
        return f"This link ended on {invitation.expires_at:%d %B %Y}."
    return ""


@transaction.atomic
def issue_token(
    *, hand: Actor, by: Actor, name: str, now: datetime, expires: datetime | None = None
) -> str:
    """A bearer token for a program that acts as `hand`, shown only now."""
    row = Actor.objects.select_for_update().get(pk=hand.pk)
    if row.is_principal:
        raise Misuse(
            f"A program cannot be {row.name}: it would sign what it writes as theirs.",
            hint="Add an agent or a rule, and give it a token.",
        )
    _must_let_in(row, by, now)
    label = " ".join(name.split())[:80]
    if not label or (expires is not None and expires <= now):
        raise Misuse("A token needs a name, and an end that is still to come.")
    token = f"fh_{secrets.token_urlsafe(32)}"
    made = Token.objects.create(
        actor=row, name=label, token_hash=token_hash(token), made_at=now, expires_at=expires
    )
    Event.record("token.issued", actor=by, about=made, now=now, data={"hand": row.pk})
    return token


def actor_of_token(*, token: str, now: datetime) -> Actor | None:
    """Whom a token acts as; None when it is unknown, over, revoked, or its actor is gone."""
    found = Token.objects.select_related("actor").filter(token_hash=token_hash(token)).first()
    if found is None or found.revoked_at or (found.expires_at and found.expires_at <= now):
        return None
    if not found.actor.is_active:
        return None
    if found.used_at is None or now - found.used_at >= _USED_EVERY:
        Token.objects.filter(pk=found.pk).update(used_at=now)
    return found.actor


@transaction.atomic
def revoke_token(*, token_id: int, by: Actor, now: datetime) -> None:
    """End a token at once: with the right to staff, or by its own actor."""
    found = Token.objects.select_for_update().filter(pk=token_id).first()
    if found is None or found.actor_id != by.pk:
        by.must(Right.STAFF, target=Target(), now=now)
    if found is None:
        raise Misuse(f"There is no token {token_id}.")
    if found.revoked_at:
        raise NotAllowed(f"The token “{found.name}” was revoked already.")
    found.revoked_at = now
    found.save()
    Event.record("token.revoked", actor=by, about=found, now=now, data={"hand": found.actor_id})
