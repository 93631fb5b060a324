"""What follows a call, or a death in the middle of one: recovery, the thread, the copy in Sent."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import Q

from firsthand.channels.base import dialect_of
from firsthand.core.envelope import Inbound, Outbound
from firsthand.core.errors import FirsthandError
from firsthand.office.models import Account, Draft, Event, Message, Submission, Thread
from firsthand.office.outbox.sealed import outbound
from firsthand.office.reaching import channel_of, is_blind

BATCH = 200
COPY_LEASE = timedelta(minutes=10)
COPY_WITHIN = timedelta(days=7)
UNKNOWN = (
    "The program ended while this was being handed over, so nobody knows whether it arrived. "
    "Ask a recipient, then settle it."
)
logger = logging.getLogger(__name__)


class Take(Protocol):
    """`office.intake.take`, handed in by the worker: acts meet in rows and never call each other."""

    def __call__(self, *, account: Account, inbounds: Iterable[Inbound], now: datetime) -> object:
        """Take in what a channel handed over."""


def recover(*, now: datetime) -> int:
    """Settle attempts whose worker is gone: sent again where that is safe, else `uncertain`."""
    expired = Submission.objects.filter(state="sending", lease_until__lte=now)
    pairs = expired.select_related("account", "draft").order_by("pk")[:BATCH]
    return sum(_recover(each, now) for each in pairs)


def _recover(stranded: Submission, now: datetime) -> bool:
    blind = not stranded.draft.reaction and is_blind(stranded.account)
    with transaction.atomic():
        rows = Submission.objects.select_for_update().filter(
            pk=stranded.pk, fence=stranded.fence, state="sending"
        )
        row = rows.first()
        if row is None:
            return False
        row.step("lose" if blind else "retry")
        row.fence += 1  # whoever still holds the old one comes too late
        row.lease_until = row.retry_at = None
        row.problem = UNKNOWN if blind else "The last attempt was cut off; it is made again."
        row.save()
        act = "submission.uncertain" if blind else "submission.recovered"
        Event.record(act, actor=None, about=row, now=now)
    return True


def file_sent(*, now: datetime, take: Take) -> int:
    """Put what was sent into its thread, which answers it; the number filed.

    A sent submission whose draft is still `leaving` is not filed yet, whoever marked it sent; of a
    post, which leaves several times, each says so itself.
    """
    letters = Q(draft__post=None, draft__state="leaving")
    posts = Q(draft__post__isnull=False, filed_at=None, erased_on=None)
    rows = Submission.objects.filter(letters | posts, state="sent")
    filed = 0
    for submission in rows.select_related("account", "draft").order_by("pk")[:BATCH]:
        try:
            _file_post(submission, take, now) if submission.draft.post_id else _file(
                submission, take, now
            )
        except FirsthandError:
            logger.exception("submission %s cannot be filed", submission.pk)
        else:
            filed += 1
    return filed


def _file_post(submission: Submission, take: Take, now: datetime) -> None:
    """A new version of what is filed already is no message more."""
    if submission.replaces_id is None:
        _take(submission, take, now)
    with transaction.atomic():
        draft = Draft.objects.select_for_update().get(pk=submission.draft_id)
        if draft.state == "leaving":
            draft.step("sent")
            draft.changed_at = now
            draft.save()
        if message := _filed(submission):
            Message.objects.filter(pk=message.pk).update(actor=submission.actor_id)
        Submission.objects.filter(pk=submission.pk).update(filed_at=now)


def _take(submission: Submission, take: Take, now: datetime) -> None:
    raw = bytes(submission.returned)
    inbound = Inbound(
        channel=submission.channel,
        remote_id=_filed_as(submission),
        raw=raw or dialect_of(submission.channel).compose(outbound(submission)),
        received_at=submission.sent_at or now,
        mine=True,
        seen=True,
    )
    take(account=submission.account, inbounds=[inbound], now=now)


def _file(submission: Submission, take: Take, now: datetime) -> None:
    if submission.draft.reaction:
        _done(submission, now)  # nothing was said that a thread could hold
        return
    _take(submission, take, now)
    with transaction.atomic():
        draft = Draft.objects.select_for_update().get(pk=submission.draft_id)
        if draft.state != "leaving":
            return
        draft.step("sent")
        draft.changed_at = now
        draft.save()
        message = _filed(submission)
        if message is None or message.thread_id is None:
            logger.error("submission %s was filed in no thread", submission.pk)
            return
        Message.objects.filter(pk=message.pk).update(actor=submission.actor_id)
        _answer(message.thread_id, draft, submission, now)


def _done(submission: Submission, now: datetime) -> None:
    with transaction.atomic():
        draft = Draft.objects.select_for_update().get(pk=submission.draft_id)
        if draft.state == "leaving":
            draft.step("sent")
            draft.changed_at = now
            draft.save()


def _filed_as(submission: Submission) -> str:
    """What its channel knows it by, so that the same thing is recognised when it is fetched."""
    return submission.remote_id or f"out/{submission.number}"


def _filed(submission: Submission) -> Message | None:
    """The message row: ours, or the one that the server's own Sent folder brought before."""
    rows = Message.objects.filter(account=submission.account_id, direction="out")
    own = rows.filter(remote_id=_filed_as(submission)).first()
    return own or rows.filter(message_id=submission.message_id).first()


def _answer(thread_id: int, draft: Draft, submission: Submission, now: datetime) -> None:
    """An answer closes its thread, but not over a message that its sender had not seen."""
    thread = Thread.objects.select_for_update().get(pk=thread_id)
    if draft.thread_id is None:
        Draft.objects.filter(pk=draft.pk).update(thread=thread)
    unseen = Message.objects.filter(thread=thread, direction="in", pk__gt=draft.seen, at__lte=now)
    first = unseen.order_by("at").first() if draft.thread_id and draft.seen else None
    if first is None:
        thread.state_by_id = submission.actor_id
    else:
        thread.step("arrive")
        thread.waiting_since, thread.state_at, thread.state_by = first.at, now, None
    thread.needs_rank = True
    thread.save()
    if thread.person_id:  # the ranks of their other letters say how often they got an answer
        others = Thread.objects.filter(person_id=thread.person_id, state="open")
        others.exclude(pk=thread.pk).update(needs_rank=True)


def copy_sent(*, now: datetime) -> int:
    """Copy what was sent to where the owner's own mail program looks for it; the number copied.

    A failed copy changes nothing about the message: it is tried again for a week.
    """
    due = Submission.objects.filter(
        state="sent", copied_at=None, retry_at__lte=now, sent_at__gt=now - COPY_WITHIN
    )
    copied = 0
    for submission in due.select_related("account").order_by("pk")[:BATCH]:
        # The next try is set before this one, so that neither a crash nor a second worker repeats it.
        mine = Submission.objects.filter(pk=submission.pk, retry_at=submission.retry_at)
        if mine.update(retry_at=now + COPY_LEASE):
            copied += _copy(submission, now)
    return copied


def _copy(submission: Submission, now: datetime) -> bool:
    try:
        with channel_of(submission.account, clock=lambda: now) as channel:
            channel.copy(_as_sent(submission))
    except FirsthandError as problem:
        logger.warning("no copy of submission %s in Sent yet: %s", submission.pk, problem)
        return False
    Submission.objects.filter(pk=submission.pk).update(copied_at=now, retry_at=None)
    return True


def _as_sent(submission: Submission) -> Outbound:
    """With the proof that is filed, so that both copies of the office are the same to the byte."""
    message = _filed(submission)
    value = outbound(submission)
    if message is None:
        return value
    raw = zlib.decompress(bytes(message.body.raw))
    proof = dialect_of(submission.channel).received(raw).proof
    return replace(value, proof=proof) if proof else value
