"""Rows as the shapes of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firsthand.api import shapes
from firsthand.core.byline import Ai, Level
from firsthand.core.rights import Right
from firsthand.office.models import Actor, Draft, Grant, Message, Promise, Submission, Thread

if TYPE_CHECKING:
    from firsthand.office.attention import Item
    from firsthand.office.desk import Preview


def item(found: Item) -> shapes.Item:
    return shapes.Item(
        thread=found.thread,
        from_=found.name,
        subject=found.subject,
        channel=found.channel,
        lane=found.lane,
        score=found.score,
        minutes=found.minutes,
        waiting=found.waiting,
        reasons=list(found.reasons),
        preview=found.preview,
        draft=found.draft,
        assigned=found.assigned,
        given=found.given,
    )


def thread(found: Thread) -> shapes.Thread:
    return shapes.Thread(
        id=found.pk,
        subject=found.subject,
        channel=found.channel,
        lane=found.target.lane,
        state=found.state,
        latest=found.latest,
        snoozed_until=found.snoozed_until,
        assigned_to=found.assigned_to.key if found.assigned_to else None,
    )


def message(found: Message) -> shapes.Message:
    return shapes.Message(
        id=found.pk,
        from_=found.from_name or found.from_address,
        address=found.from_address,
        direction=found.direction,
        at=found.at,
        subject=found.subject,
        text=found.body.text,
        attachments=found.attachments,
    )


def conversation(found: Thread) -> shapes.Conversation:
    messages = found.messages.select_related("body").order_by("at", "pk")
    notes = found.notes.select_related("actor").order_by("pk")
    return shapes.Conversation(
        thread=thread(found),
        messages=[message(m) for m in messages],
        notes=[shapes.Note(id=n.pk, by=n.actor.key, at=n.at, text=n.text) for n in notes],
        drafts=list(found.drafts.order_by("pk").values_list("pk", flat=True)),
    )


def draft(found: Draft) -> shapes.Draft:
    return shapes.Draft(
        draft=found.pk,
        thread=found.thread_id,
        state=found.state,
        revision=found.revision,
        by=found.made_by.key,
        subject=found.subject,
        to=[address for address, _ in found.to],
    )


def open_draft(found: Draft, preview: Preview | None) -> shapes.OpenDraft:
    revisions = list(found.revisions.select_related("actor"))
    approved = found.approvals.order_by("pk").values_list("revision", flat=True)
    return shapes.OpenDraft(
        **draft(found).model_dump(),
        text=revisions[-1].text,
        seen=found.seen,
        cc=[address for address, _ in found.cc],
        bcc=[address for address, _ in found.bcc],
        revisions=[
            shapes.Revision(number=r.number, by=r.actor.key, at=r.at, text=r.text)
            for r in revisions
        ],
        approved_revisions=list(approved),
        rejections=list(found.rejections.order_by("pk").values_list("reason", flat=True)),
        preview=_outlook(preview) if preview else None,
    )


def _outlook(found: Preview) -> shapes.Outlook:
    return shapes.Outlook(
        level=found.level,
        ai=found.ai,
        sentence=found.sentence,
        may_send=found.right.allowed,
        because=found.right.because,
        promise_kept=found.promise.allowed,
        promise=found.promise.because,
    )


def submission(found: Submission) -> shapes.Submission:
    return shapes.Submission(
        submission=found.pk,
        draft=found.draft_id,
        state=found.state,
        level=Level(found.level),
        ai=Ai(found.ai),
        sentence=found.sentence,
        due_at=found.due_at,
        byline=str(found.statement["id"]),
        problem=found.problem,
    )


def grant(found: Grant) -> shapes.GrantTold:
    return shapes.GrantTold(
        id=found.pk,
        right=Right(found.right),
        channels=found.channels,
        accounts=found.accounts,
        lanes=found.lanes,
        expires=found.expires_at,
    )


def hand(found: Actor, grants: list[Grant] | None) -> shapes.Hand:
    return shapes.Hand(
        hand=found.key,
        name=found.name,
        kind=found.kind,
        active=found.is_active,
        grants=None if grants is None else [grant(g) for g in grants],
    )


def promise(found: Promise) -> shapes.Promise:
    return shapes.Promise(
        id=found.pk,
        sentence=found.sentence,
        floor=Level(found.floor),
        channel=found.channel,
        strength=found.strength,
        since=found.since,
        until=found.until,
    )
