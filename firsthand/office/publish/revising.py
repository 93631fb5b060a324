"""The next revision of a text that is public: begun from what is public, by one person at a time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from firsthand.core.errors import Conflict, Denied, Misuse, NotAllowed
from firsthand.core.revising import Change
from firsthand.core.rights import Right
from firsthand.office.models import (
    Account,
    Actor,
    Draft,
    Event,
    Placement,
    Post,
    PostRevision,
    Rejection,
)
from firsthand.office.publish.composing import Credited, own_site, set_credits
from firsthand.office.revisions import revise as write
from firsthand.office.stating import must_be_worth_drafting
from firsthand.office.typed import clean_line, clean_text

_OVER = ("sent", "discarded")


@transaction.atomic
def revise(
    *,
    post: Post,
    actor: Actor,
    now: datetime,
    text: str | None = None,
    title: str | None = None,
    change: Change | None = None,
    note: str = "",
    over: bool = False,
    pasted: int = 0,
    ai_declared: bool = False,
) -> Draft:
    """Begin the next revision of a public post: a draft of its own, to be approved and published.

    `change`: the kind that the editor decides on; None: as proposed. What is None stays as it is.
    `over`: where somebody has begun one already, put that draft away, with the reason, and begin anew
    from what is public: the principal over anybody's, whoever may publish over those of who may not.
    Raises Conflict where one was begun, NotAllowed where nothing is public yet, Denied, Misuse.
    """
    row = Post.objects.select_for_update().get(pk=post.pk)
    site = _must_draft(row, actor, now)
    newest = _must_be_revisable(row)
    must_be_explained(change, note)
    begun = _under_way(row, actor, over, now)
    _as_published(row, newest)
    made = _next(newest, site, actor, now)
    made.subject = newest.title if title is None else clean_line(title)
    made.change, made.note = change or "", clean_line(note)
    words = newest.text if text is None else clean_text(text)
    write(made, actor, words, now, pasted=pasted, ai_declared=ai_declared)
    Event.record("post.revision_begun", actor=actor, about=row, now=now, data={"draft": made.pk})
    if begun:
        _put_away(begun, made, actor, now)
    return made


def _must_draft(post: Post, actor: Actor, now: datetime) -> Account:
    """Our own site, where the actor may write this one: their own, or anybody's with the right to edit."""
    site = own_site(now)
    target = Draft(account=site, channel=site.channel).target
    own = post.made_by_id == actor.pk
    actor.must(Right.DRAFT if own else Right.EDIT, target=target, now=now)
    must_be_worth_drafting(actor, channel=site.channel, now=now)
    return site


def _next(newest: PostRevision, site: Account, actor: Actor, now: datetime) -> Draft:
    """The draft of the revision after `newest`; not saved, and without words yet."""
    return Draft(
        post=newest.post,
        base=newest.number,
        account=site,
        channel=site.channel,
        made_by=actor,
        made_at=now,
        changed_at=now,
    )


def must_be_explained(change: Change | None, note: str) -> None:
    """Readers are told why a text is corrected or taken back. Raises Misuse."""
    if change and change.wants_note and not note.strip():
        raise Misuse("Say what was wrong: readers see it.", hint="Write a note (--note WHY).")


def may_go_over(begun: Draft, actor: Actor, now: datetime) -> bool:
    """Whether `actor` may put away the next revision that somebody has begun, and begin it anew."""
    if begun.state == "leaving":
        return False
    if actor.is_principal or begun.made_by_id == actor.pk:
        return True
    if begun.made_by.is_principal or begun.state == "approved":
        return False
    target = begun.target
    theirs = begun.made_by.may(Right.PUBLISH, target=target, now=now)
    return bool(actor.may(Right.PUBLISH, target=target, now=now)) and not theirs


def _must_be_revisable(post: Post) -> PostRevision:
    newest = post.newest
    if newest is None:
        raise NotAllowed("It is not public yet: change its draft.")
    if newest.submission.erased_on:
        raise NotAllowed("Its newest revision was erased: write a new post instead.")
    if newest.kind == Change.RETRACTION:
        raise NotAllowed("It was taken back: write a new post instead.")
    return newest


def _under_way(post: Post, actor: Actor, over: bool, now: datetime) -> Draft | None:
    """The next revision that somebody has begun, which the actor may and will put away; or none."""
    begun = post.drafts.exclude(state__in=_OVER).first()
    if begun:
        _must_go_over(begun, actor, over, now)
    return begun


def _must_go_over(begun: Draft, actor: Actor, over: bool, now: datetime) -> None:
    if begun.state == "leaving":
        raise Conflict("A revision of it is on its way.", hint="Wait for it, or call it back.")
    may = may_go_over(begun, actor, now)
    if over and not may:
        raise Denied(
            f"Draft {begun.pk}, by {begun.made_by.name}, can be put away by the principal only."
        )
    if not over:
        go_over = ", or go over it (--over)" if may else ""
        raise Conflict(
            f"{begun.made_by.name} has begun the next revision already (draft {begun.pk}).",
            hint=f"Change that one, throw it away first{go_over}.",
        )


def _put_away(begun: Draft, instead: Draft, actor: Actor, now: datetime) -> None:
    """The draft ends; its revisions stay, and whoever opens it reads why."""
    reason = f"The next revision is begun anew, in draft {instead.pk}."
    Rejection.objects.create(
        draft=begun, revision=begun.revision, actor=actor, reason=reason, at=now
    )
    begun.step("discard")
    begun.changed_at = now
    begun.save()
    data = {"revision": begun.revision, "draft": instead.pk}
    Event.record("draft.superseded", actor=actor, about=begun, now=now, data=data)


def _as_published(post: Post, newest: PostRevision) -> None:
    """Where it stands, who is credited and who pays: as public, whatever a draft that ended changed."""
    public = newest.draft.current.envelope
    credits = [Credited(name, role, url) for name, role, url in public["credits"]]
    set_credits(post, credits, *public["sponsor"])
    post.placements.all().delete()
    for account, form in public["places"]:
        Placement.objects.create(post=post, account_id=account, form=form)
