"""Delivery: one claim, one look, one call, one outcome, all under the same fence.

No call is made inside a transaction. Who comes back from a call after the lease ran out finds
another fence and writes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from firsthand.channels.base import Channel
from firsthand.core.envelope import Outbound, Receipt
from firsthand.core.errors import FirsthandError, Permanent, Temporary, Uncertain
from firsthand.core.lifecycle import step
from firsthand.office import ledger, release
from firsthand.office.models import Delivery, Event, Submission
from firsthand.office.outbox.sealed import outbound
from firsthand.office.reaching import channel_of, is_blind

LEASE = timedelta(minutes=15)
"""Longer than the longest call: see PATIENCE in channels/mail/smtp.py."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
LONGEST_ASKED = timedelta(days=1)
"""However long a server asks us to stay away: it may lie."""
GIVE_UP = timedelta(days=2)
_CANDIDATES = 20

Clock = Callable[[], datetime]
logger = logging.getLogger(__name__)


def claim(*, now: datetime, lease: timedelta = LEASE) -> Submission | None:
    """Take the next logged submission for one attempt, or None. Only what is published may go."""
    ready = Submission.objects.filter(
        Q(retry_at=None) | Q(retry_at__lte=now), state="logged", entry__lt=ledger.published()
    ).exclude(account__state="paused")
    for pk, fence in ready.order_by("due_at", "pk").values_list("pk", "fence")[:_CANDIDATES]:
        claimed = Submission.objects.filter(pk=pk, state="logged", fence=fence).update(
            state=step("submission", "logged", "claim"),
            fence=fence + 1,
            lease_until=now + lease,
            attempts=F("attempts") + 1,
        )
        if claimed:
            return Submission.objects.get(pk=pk)
    return None


def deliver(submission: Submission, *, clock: Clock) -> None:
    """Make the one attempt that `submission` was claimed for, and write down what came of it."""
    fence = submission.fence
    # Durable: inside a transaction of somebody else the call below would be, too.
    with transaction.atomic(durable=True):
        decision = release.recheck(submission=submission, now=clock())
    if not decision:
        _withdraw(submission.pk, fence, decision.because, clock())
        return
    try:
        with channel_of(submission.account, clock=clock) as channel:
            sealed = _prepared(submission)
            receipt = _call(channel, sealed, submission, clock)
            copies = channel.capabilities.can_copy and not sealed.reaction
            if receipt:
                _sent(submission.pk, fence, receipt, clock(), copies=copies)
    except Temporary as problem:
        _again(submission.pk, fence, problem, clock())
    except Permanent as problem:
        _outcome(submission.pk, fence, "fail", problem, clock())
    except Uncertain as problem:
        if _blind(submission):
            _outcome(submission.pk, fence, "lose", problem, clock())
        else:
            _again(submission.pk, fence, problem, clock())


def _blind(submission: Submission) -> bool:
    """Whether a person must settle an unknown outcome. A repeated reaction has no effect."""
    return not submission.draft.reaction and is_blind(submission.account)


def _prepared(submission: Submission) -> Outbound:
    """Nothing has been called yet, so whatever goes wrong here had no effect for certain."""
    try:
        return outbound(submission)
    except FirsthandError as problem:
        raise Permanent(f"It could not be put together: {problem.message}") from problem
    except (LookupError, TypeError, ValueError) as problem:
        logger.exception("submission %s cannot be put together", submission.pk)
        raise Permanent("It could not be put together: an error in the program.") from problem


def _call(
    channel: Channel, sealed: Outbound, submission: Submission, clock: Clock
) -> Receipt | None:
    """The call itself; None when the claim was lost meanwhile."""
    ask_first = channel.capabilities.recovery == "lookup" and not sealed.reaction
    if ask_first and submission.attempts > 1:
        receipt = channel.find(sealed)
        if receipt:
            return receipt
    mine = Submission.objects.filter(
        pk=submission.pk, fence=submission.fence, state="sending", lease_until__gt=clock()
    )
    return channel.send(sealed) if mine.exists() else None


def _held(pk: int, fence: int) -> Submission | None:
    """The row, locked, if the claim still stands. Only inside a transaction."""
    rows = Submission.objects.select_for_update().filter(pk=pk, fence=fence, state="sending")
    return rows.first()


@transaction.atomic
def _sent(pk: int, fence: int, receipt: Receipt, now: datetime, *, copies: bool) -> None:
    if (row := _held(pk, fence)) is None:
        logger.warning("submission %s was sent after its lease ran out", pk)
        return
    row.step("accept")
    row.sent_at, row.answer, row.problem = now, receipt.answer, ""
    row.remote_id, row.url, row.returned = receipt.remote_id, receipt.url, receipt.raw
    row.lease_until = None
    row.retry_at = now if copies else None  # of a sent one: when its copy is due
    row.save()
    Delivery.objects.bulk_create(_deliveries(row, receipt, now))
    data = {"refused": sorted(receipt.refused)} if receipt.refused else {}
    Event.record("submission.sent", actor=None, about=row, now=now, data=data)


def _deliveries(row: Submission, receipt: Receipt, now: datetime) -> list[Delivery]:
    people = {pair[0]: None for kind in ("to", "cc", "bcc") for pair in row.envelope[kind]}
    return [
        Delivery(
            submission=row,
            address=address,
            state="refused" if address in receipt.refused else "accepted",
            answer=receipt.refused.get(address, receipt.answer),
            at=now,
        )
        for address in people
    ]


@transaction.atomic
def _outcome(pk: int, fence: int, event: str, problem: FirsthandError, now: datetime) -> None:
    if row := _held(pk, fence):
        row.step(event)
        row.problem, row.lease_until, row.retry_at = problem.message, None, None
        row.save()
        data = {"why": problem.message}
        Event.record(f"submission.{row.state}", actor=None, about=row, now=now, data=data)


def _again(pk: int, fence: int, problem: FirsthandError, now: datetime) -> None:
    """Wait longer each time; after two days a person is asked instead."""
    with transaction.atomic():
        row = _held(pk, fence)
        if row is None:
            return
        if row.entry is None or now - row.entry.at < GIVE_UP:
            row.step("retry")
            wait = min(FIRST_WAIT * 2 ** min(row.attempts - 1, 12), LONGEST_WAIT)
            asked = problem.retry_at if isinstance(problem, Temporary) else None
            row.retry_at = max(now + wait, min(asked or now, now + LONGEST_ASKED))
            row.problem, row.lease_until = problem.message, None
            row.save()
            return
    if isinstance(problem, Uncertain):
        _outcome(pk, fence, "lose", problem, now)
    else:
        tried = f"Given up after {GIVE_UP.days} days. The last answer: {problem.message}"
        _outcome(pk, fence, "fail", Permanent(tried), now)


def _withdraw(pk: int, fence: int, why: str, now: datetime) -> None:
    with transaction.atomic():
        row = _held(pk, fence)
        if row is None:
            return
        row.step("retry")
        row.lease_until = None
        row.save()
        release.stop(submission=row, why=why, now=now)
    ledger.publish()
