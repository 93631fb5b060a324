"""Handing a post out: one submission for each account, on our own site first. Only `outbox` lets it leave."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from firsthand.channels.base import dialect_of
from firsthand.core.byline import Level, ai_of, level_of, lowered, sentence
from firsthand.core.envelope import Parent
from firsthand.core.errors import Conflict, Denied, Misuse, NotAllowed
from firsthand.core.revising import Change, Written, proposed
from firsthand.core.rights import Right, Target
from firsthand.office import release
from firsthand.office.making import Version, made
from firsthand.office.models import (
    Account,
    Actor,
    Draft,
    Event,
    Message,
    Office,
    Placement,
    Post,
    PostRevision,
    Submission,
)
from firsthand.office.publish.forming import address_of, mark_like, note_for, texts_for
from firsthand.office.publish.hours import due_at, spread_out
from firsthand.office.reaching import can_edit
from firsthand.office.stating import (
    Claim,
    Way,
    claim_of,
    must_be_current,
    must_be_whole,
    must_keep,
    submission_of,
)

TELLING = Change.SUBSTANCE
"""From this kind on, readers are told where a text cannot be changed."""


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
) -> PostRevision:
    """Hand out the revision that the publisher saw, to our own site and to each chosen account.

    It may leave `at`, or at the next slot of the queue (`queued`), and never before the office's
    time to undo is over. Raises Denied, Conflict, PromiseBroken, NotAllowed, Misuse.
    """
    row = Draft.objects.select_for_update().get(pk=draft.pk)
    if row.post_id is None:
        raise Misuse("This is a message: it is sent, not published.")
    post = Post.objects.select_for_update().get(pk=row.post_id)
    must_be_current(row, revision)
    must_be_whole(row)
    newest = _must_follow(post, row)
    kind, suggested = _kind(row, newest)
    claim = claim_of(row, actor, lower_to)
    placements = list(post.placements.select_related("account"))
    for account in (row.account, *(each.account for each in placements)):
        actor.must(Right.PUBLISH, target=Target(account.channel, account.pk), now=now)
        must_keep(row, claim, now, channel=account.channel)
    due = _due(actor, now, at, queued)
    handing = _Handing(row, post, actor, claim, now, kind, newest.number + 1 if newest else 1)
    first = handing.hand(_site_way(handing, newest), due)
    for placement, moment in zip(placements, spread_out(due, len(placements) + 1)[1:], strict=True):
        handing.carry(placement, first, moment)
    row.step("send")
    row.changed_at = now
    row.save()
    published = PostRevision.objects.create(
        post=post,
        number=handing.number,
        draft=row,
        submission=first,
        title=row.subject,
        text=row.current.text,
        kind=kind or "",
        proposed=suggested or "",
        note=row.note,
        actor=actor,
        made_at=now,
    )
    data = {"revision": published.number, "kind": published.kind, "level": first.level}
    Event.record("post.published", actor=actor, about=post, now=now, data=data)
    return published


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
    if decided.weight > TELLING.weight and not draft.note:
        raise Misuse("Say what was wrong: readers see it.", hint="Write a note.")
    return decided, suggested


def _due(actor: Actor, now: datetime, at: datetime | None, queued: bool) -> datetime:
    undo = timedelta(seconds=Office.objects.get(pk=1).undo_seconds)
    if at is not None and at <= now:
        raise Misuse("Choose a time that is still to come.")
    return max(due_at(actor=actor, now=now, at=at, queued=queued), now + undo)


def _site_way(handing: _Handing, newest: PostRevision | None) -> Way:
    """Our own page, at an address that is known beforehand."""
    base = address_of(handing.post, Office.objects.get(pk=1))
    return Way(
        handing.draft.account,
        handing.draft.current.text,
        handing.draft.subject,
        address=f"{base}/{handing.number}" if newest else base,
        replaced=newest.submission if newest else None,
        revision=handing.number,
        change=handing.kind,
    )


@dataclass(frozen=True, slots=True)
class _Handing:
    """One act of publishing: what it makes submissions from."""

    draft: Draft
    post: Post
    actor: Actor
    claim: Claim
    now: datetime
    kind: Change | None
    number: int

    def hand(
        self,
        way: Way,
        due: datetime,
        *,
        follows: Submission | None = None,
        claim: Claim | None = None,
    ) -> Submission:
        """One submission, saved."""
        made_ = submission_of(
            self.draft,
            self.actor,
            claim or self.claim,
            number=secrets.token_urlsafe(16),
            salt=secrets.token_bytes(32),
            now=self.now,
            way=way,
        )
        made_.due_at, made_.follows = due, follows
        made_.envelope |= {"source": way.text}
        made_.save()
        data = {"level": made_.level, "hand_signed": False}
        Event.record("submission.made", actor=self.actor, about=made_, now=self.now, data=data)
        return made_

    def carry(self, placement: Placement, site: Submission, due: datetime) -> None:
        """Bring the text to one account: new, in place of the earlier one, or as a note about it."""
        account, office = placement.account, Office.objects.get(pk=1)
        mark, address = mark_like(self.claim, office), address_of(self.post, office)
        texts = texts_for(self.draft, account, placement.form, mark, address)
        if not texts:
            raise Misuse(f"Not even the beginning fits on {account.address}.")
        earlier = standing(self.post, account)
        if not earlier:
            self._anew(account, texts, site, due)
        elif can_edit(account) and len(earlier) == len(texts):
            self._replace(earlier, texts, site, due)
        elif self.kind and self.kind.weight >= TELLING.weight:
            self._tell(account, earlier[0], site, due, address)

    def _anew(
        self, account: Account, texts: Sequence[str], site: Submission, due: datetime
    ) -> None:
        before = site
        for at, text in enumerate(texts):
            made_ = self.hand(Way(account, text, self._title(account)), due, follows=before)
            if at:
                made_.envelope |= {"chained": True}
                made_.save()
            before = made_

    def _replace(
        self, earlier: Sequence[Submission], texts: Sequence[str], site: Submission, due: datetime
    ) -> None:
        for old, text in zip(earlier, texts, strict=True):
            title = self._title(old.account)
            if old.envelope.get("source") == text and old.subject == title:
                continue
            place = old.envelope.get("parent")
            way = Way(
                old.account,
                text,
                title,
                replaced=old,
                revision=self.number,
                change=self.kind,
                parent=Parent(*place) if place else None,
            )
            self.hand(way, due, follows=site)

    def _tell(
        self, account: Account, first: Submission, site: Submission, due: datetime, address: str
    ) -> None:
        """Where nothing can be changed, readers are told under the text that it changed."""
        claim = self._claim_of_note()
        must_keep(self.draft, claim, self.now, channel=account.channel)
        texts = note_for(self.draft, account, mark_like(claim, Office.objects.get(pk=1)), address)
        if not texts:
            raise Misuse(f"Not even a note fits on {account.address}.")
        way = Way(account, texts[0], parent=_parent(first))
        told = self.hand(way, due, follows=site, claim=claim)
        told.envelope |= {"note": True}
        told.save()

    def _claim_of_note(self) -> Claim:
        """The note is its writer's own text, whoever wrote the post."""
        writer = self.draft.current.actor
        approved = self.draft.approvals.filter(
            revision=self.draft.revision, actor__is_principal=True
        ).select_related("actor")
        making = made(
            [Version(writer.party, self.draft.note or self.draft.subject)],
            sent_by=self.actor,
            thread=None,
            answers=None,
            approved_by=tuple(each.actor.key for each in approved),
            published=True,
        ).making
        level, ai = lowered(level_of(making), self.claim.level), ai_of(making)
        return Claim(making, level, ai, sentence(making, level, ai))

    def _title(self, account: Account) -> str:
        return self.draft.subject if dialect_of(account.channel).titled else ""


def standing(post: Post, account: Account) -> list[Submission]:
    """What of a post stands on an account now, in order: the newest text of each of its parts."""
    rows = Submission.objects.filter(
        draft__post=post, account=account, state="sent", erased_on=None
    )
    found: dict[int, Submission] = {}
    for row in rows.select_related("account").order_by("pk"):
        if row.replaces_id:
            at = next((first for first, now in found.items() if now.pk == row.replaces_id), None)
            if at is not None:
                found[at] = row
        elif not row.envelope.get("note"):
            found[row.pk] = row
    return list(found.values())


def _parent(submission: Submission) -> Parent:
    rows = Message.objects.filter(account=submission.account_id, remote_id=submission.remote_id)
    message_id, folder = rows.values_list("message_id", "folder").first() or ("", "")
    return Parent(submission.remote_id, message_id, folder)
