"""Letting a hand go: everything that acts in their name ends at once, and nothing is forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import transaction

from firsthand.core.errors import Misuse, NotAllowed
from firsthand.core.rights import Right, Target
from firsthand.office.models import Actor, Event, Grant, Invitation, Passkey, Submission, Token
from firsthand.office.release import stop
from firsthand.office.staff.granting import end, queued
from firsthand.office.staff.passkeys import end_passkey

_ENDS = [
    ("sessions", "sign-in ends", "sign-ins end"),
    ("tokens", "token stops working", "tokens stop working"),
    ("grants", "grant is revoked", "grants are revoked"),
    ("invitations", "open link ends", "open links end"),
    ("passkeys", "passkey is revoked", "passkeys are revoked"),
]


@dataclass(frozen=True, slots=True)
class Stopped:
    """What ends with a hand, counted and told. `sentences` also tell what cannot be stopped."""

    sessions: int
    tokens: int
    grants: int
    invitations: int
    submissions: int
    passkeys: int
    sentences: tuple[str, ...] = ()


def would_stop(*, hand: Actor, now: datetime) -> Stopped:
    """What `offboard` would end now. Changes nothing."""
    submissions = queued(hand)
    counts = {
        "sessions": len(_sessions(hand, now)),
        "tokens": len(_tokens(hand, now)),
        "grants": len(_grants(hand, now)),
        "invitations": len(_invitations(hand, now)),
        "submissions": len(submissions),
        "passkeys": len(_passkeys(hand)),
    }
    return Stopped(**counts, sentences=tuple(_sentences(hand, counts, submissions)))


def _sentences(hand: Actor, counts: dict[str, int], queue: list[Submission]) -> list[str]:
    told = []
    for what, one, many in _ENDS:
        if counts[what]:
            told.append(_count(counts[what], one, many) + ".")
    told += [f"“{each.subject or '(no subject)'}” is stopped before it leaves." for each in queue]
    sending = Submission.objects.filter(actor=hand, state="sending").count()
    if sending:
        told.append(
            _count(sending, "message is", "messages are")
            + " being sent at this moment and cannot be stopped."
        )
    return told


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


@transaction.atomic
def offboard(*, hand: Actor, by: Actor, now: datetime) -> Stopped:
    """End a hand's work here. Their name stays in the bylines of what they made.

    Call `ledger.publish` after the commit.
    """
    by.must(Right.STAFF, target=Target(), now=now)
    row = Actor.objects.select_for_update().get(pk=hand.pk)
    if row.is_principal:
        raise Misuse("The principal cannot be offboarded: it is their office.")
    if not row.is_active:
        raise NotAllowed(f"{row.name} was offboarded already.")
    stopped = would_stop(hand=row, now=now)
    row.offboarded_at = now
    row.save()
    Session.objects.filter(pk__in=[session.pk for session in _sessions(row, now)]).delete()
    Token.objects.filter(actor=row, revoked_at=None).update(revoked_at=now)
    Invitation.objects.filter(actor=row, used_at=None, revoked_at=None).update(revoked_at=now)
    for passkey in _passkeys(row):
        end_passkey(passkey, by=by, now=now)
    for grant in row.grants.filter(revoked_at=None):
        end(grant, by=by, now=now)
    for submission in queued(row):
        why = f"{row.name} no longer works for this office."
        stop(submission=submission, why=why, now=now, actor=by)
    Event.record(
        "hand.offboarded", actor=by, about=row, now=now, data={"stopped": list(stopped.sentences)}
    )
    return stopped


def _sessions(hand: Actor, now: datetime) -> list[Session]:
    alive = Session.objects.filter(expire_date__gt=now)
    return [each for each in alive if each.get_decoded().get("_auth_user_id") == str(hand.pk)]


def _tokens(hand: Actor, now: datetime) -> list[Token]:
    found = Token.objects.filter(actor=hand, revoked_at=None)
    return [token for token in found if not token.expires_at or token.expires_at > now]


def _grants(hand: Actor, now: datetime) -> list[Grant]:
    return [grant for grant in hand.grants.filter(revoked_at=None) if grant.live(now)]


def _passkeys(hand: Actor) -> list[Passkey]:
    return list(hand.passkeys.filter(revoked_at=None).order_by("pk"))


def _invitations(hand: Actor, now: datetime) -> list[Invitation]:
    found = Invitation.objects.filter(actor=hand, used_at=None, revoked_at=None)
    return list(found.filter(expires_at__gt=now))
