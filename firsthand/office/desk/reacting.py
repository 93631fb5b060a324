"""Likes, boosts and follows: acts like any other, so granted, sealed, logged and counted.

Nothing is written, so no promise about answers binds them; they can be undone while they wait.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from firsthand.channels.base import dialect_of
from firsthand.core.errors import Misuse, NotAllowed
from firsthand.core.reaction import Reaction
from firsthand.core.rights import Right, Target
from firsthand.office.models import (
    Account,
    Actor,
    Draft,
    Event,
    Message,
    Office,
    Revision,
    Submission,
)
from firsthand.office.outgoing import reaction_of
from firsthand.office.reaching import reactions_of

OVER = ("cancelled", "stopped", "failed")


@transaction.atomic
def react(*, actor: Actor, message: Message, reaction: Reaction, now: datetime) -> Submission:
    """Like or boost a message that came in, from the account that it came to.

    Raises Denied, NotAllowed where the channel has no such thing, Misuse where it was done already.
    """
    if reaction is Reaction.FOLLOW or message.direction != "in" or message.thread is None:
        raise Misuse("Only what came in can be liked or boosted.")
    thread = message.thread
    actor.must(Right.REACT, target=thread.target, now=now)
    if reaction is Reaction.BOOST and message.folder == "direct":
        raise NotAllowed("It was written in private: boosting it would show it to everybody.")
    draft = Draft(thread=thread, account=message.account, answers=message, seen=thread.latest)
    return _hand_out(draft, actor, reaction, now)


@transaction.atomic
def follow(*, actor: Actor, account: Account, address: str, now: datetime) -> Submission:
    """Follow somebody from an account. Raises as `react` does."""
    actor.must(Right.REACT, target=Target(account.channel, account.pk), now=now)
    clean = dialect_of(account.channel).address(address)
    return _hand_out(Draft(account=account, to=[[clean, ""]]), actor, Reaction.FOLLOW, now)


def _hand_out(draft: Draft, actor: Actor, reaction: Reaction, now: datetime) -> Submission:
    account = draft.account
    if reaction not in reactions_of(account):
        raise NotAllowed(f"{account.address} ({account.channel}) cannot {reaction.value}.")
    _must_be_new(draft, reaction)
    draft.channel, draft.reaction, draft.made_by = account.channel, reaction.value, actor
    draft.made_at = draft.changed_at = now
    draft.revision = 1
    draft.step("send")
    draft.save()
    Revision.objects.create(draft=draft, number=1, actor=actor, at=now)
    number, salt = secrets.token_urlsafe(16), secrets.token_bytes(32)
    made = reaction_of(draft, actor, number=number, salt=salt, now=now)
    made.due_at = now + timedelta(seconds=Office.objects.get(pk=1).undo_seconds)
    made.save()
    data = {"level": made.level, "act": reaction.value}
    Event.record("submission.made", actor=actor, about=made, now=now, data=data)
    return made


def _must_be_new(draft: Draft, reaction: Reaction) -> None:
    before = Submission.objects.filter(draft__reaction=reaction.value, account=draft.account)
    before = before.filter(draft__answers=draft.answers).exclude(state__in=OVER)
    if draft.answers is None:
        before = before.filter(draft__to=draft.to)
    if before.exists():
        raise Misuse(f"It was done already: {reaction.past.lower()}.")
