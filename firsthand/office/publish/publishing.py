"""Handing a post out: one submission for each account, on our own site first. Only `outbox` lets it leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from firsthand.core.byline import Level
from firsthand.core.errors import Conflict, Denied, Misuse, NotAllowed
from firsthand.core.hours import must_be_to_come
from firsthand.core.revising import Change, Written, proposed
from firsthand.core.rights import Right, Target
from firsthand.office import release
from firsthand.office.consent import Proposal, Touch
from firsthand.office.models import (
    Actor,
    Draft,
    Event,
    Office,
    Post,
    PostRevision,
)
from firsthand.office.publish.handing import TELLING, Handing
from firsthand.office.publish.hours import due_at
from firsthand.office.publish.revising import must_be_explained
from firsthand.office.stating import (
    claim_of,
    must_be_current,
    must_be_whole,
    must_keep,
)


@transaction.atomic
def publish(
    *,
    draft: Draft,
    actor: Actor,
    revision: int,
    now: datetime,
    at: datetime | None = None,
    queued: bool = False,
    lower_to: Level | None = None,
    touches: Sequence[Touch] = (),
) -> PostRevision:
    """Hand out the revision that the publisher saw, to our own site and to each chosen account.

    It may leave `at`, or at the next slot of the queue (`queued`), and never before the office's
    time to undo is over. `touches`: what the publisher's passkey answered to each `Proposal`; without
    them, the office alone signs. Raises Denied, Conflict, PromiseBroken, NotAllowed, Misuse.
    """
    row = Draft.objects.select_for_update().get(pk=draft.pk)
    if row.post_id:
        Post.objects.select_for_update().get(pk=row.post_id)
    handing = _handing(row, actor, revision, now, lower_to, touches)
    handing.hand_all(_due(actor, now, at, queued))
    handing.save()
    row.step("send")
    row.changed_at = now
    row.save()
    published = _made_public(handing)
    level = handing.rows[0].level
    data = {"revision": published.number, "kind": published.kind, "level": level}
    Event.record("post.published", actor=actor, about=handing.post, now=now, data=data)
    return published


def _made_public(handing: Handing) -> PostRevision:
    """The next public revision: it is once that on our own site, the first of all, is sent."""
    return PostRevision.objects.create(
        post=handing.post,
        number=handing.number,
        draft=handing.draft,
        submission=handing.rows[0],
        title=handing.draft.subject,
        text=handing.draft.current.text,
        kind=handing.kind or "",
        proposed=handing.suggested or "",
        note=handing.draft.note,
        actor=handing.actor,
        made_at=handing.now,
    )


def propose(*, draft: Draft, actor: Actor, revision: int, now: datetime) -> list[Proposal]:
    """What `actor`'s passkey would consent to: a statement for each place, in order. Nothing is saved.

    Not those of a thread's later parts: where they will stand is known only when they leave. Refuses
    what `publish` would refuse.
    """
    row = Draft.objects.get(pk=draft.pk)
    handing = _handing(row, actor, revision, now, None, ())
    handing.hand_all(now)
    made_ = [one for one in handing.rows if not one.envelope.get("chained")]
    return [Proposal(one.number, bytes(one.salt), one.statement) for one in made_]


def _handing(
    draft: Draft,
    actor: Actor,
    revision: int,
    now: datetime,
    lower_to: Level | None,
    touches: Sequence[Touch],
) -> Handing:
    """What is about to be published, once all is asked that may forbid it."""
    post = draft.post
    if post is None:
        raise Misuse("This is a message: it is sent, not published.")
    must_be_current(draft, revision)
    must_be_whole(draft)
    newest = _must_follow(post, draft)
    kind, suggested = _kind(draft, newest)
    claim = claim_of(draft, actor, lower_to)
    placements = list(post.placements.select_related("account"))
    for account in (draft.account, *(each.account for each in placements)):
        actor.must(Right.PUBLISH, target=Target(account.channel, account.pk), now=now)
        must_keep(draft, claim, now, channel=account.channel)
    return Handing(draft, post, actor, claim, now, kind, suggested, newest, placements, touches)


@transaction.atomic
def cancel(*, revision: PostRevision, actor: Actor, now: datetime) -> Draft:
    """Call back what of it is still pending: its publisher or the principal. The draft can be changed.

    Raises NotAllowed once it is out on our own site.
    """
    row = PostRevision.objects.select_for_update().get(pk=revision.pk)
    if row.actor_id != actor.pk:
        actor.must_be_principal("call back what somebody else published")
    elif not Actor.objects.get(pk=actor.pk).is_active:
        raise Denied(f"{actor.name} no longer works for this office.")
    waiting = row.draft.submissions.select_for_update().filter(state="pending")
    pending = list(waiting.order_by("-pk"))
    if row.submission not in pending:
        raise NotAllowed("It is public already.", hint="Revise it, or take it back.")
    for submission in pending:
        submission.step("undo")
        submission.save()
        Event.record("submission.undone", actor=actor, about=submission, now=now)
    return release.give_back(draft_id=row.draft_id, event="undo", now=now)


def proposal(draft: Draft) -> Change | None:
    """The kind of change that the texts show; None for a first text, or where nothing changed."""
    if draft.post is None or not draft.base:
        return None
    before = draft.post.public().filter(number=draft.base).first()
    return proposed(before.written, Written(draft.subject, draft.current.text)) if before else None


def _must_follow(post: Post, draft: Draft) -> PostRevision | None:
    """The public revision that the draft changes. Raises where another one is there or on its way."""
    newest = post.newest
    if post.leaving:
        raise Conflict("A revision of it is on its way.", hint="Wait for it, or call it back.")
    if draft.base != (newest.number if newest else 0):
        raise Conflict("Another revision was published meanwhile.", hint="Begin from that one.")
    return newest


def _kind(draft: Draft, newest: PostRevision | None) -> tuple[Change | None, Change | None]:
    """What the editor decided, and what the texts propose."""
    if newest is None:
        return None, None
    suggested = proposed(newest.written, Written(draft.subject, draft.current.text))
    decided = Change(draft.change) if draft.change else suggested
    if decided is None or (suggested is None and decided.weight < TELLING.weight):
        raise Misuse("Nothing changed that a reader could see.", hint="Change the text first.")
    must_be_explained(decided, draft.note)
    return decided, suggested


def _due(actor: Actor, now: datetime, at: datetime | None, queued: bool) -> datetime:
    undo = timedelta(seconds=Office.objects.get(pk=1).undo_seconds)
    if at is not None:
        must_be_to_come(at, now=now)
    return max(due_at(actor=actor, now=now, at=at, queued=queued), now + undo)
