"""The last look before something leaves, and the stop of what must not.

Used by the desk, the staff and the outbox alike; sends nothing.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from firsthand.core.byline import Level, level_of
from firsthand.core.entry import correction_entry
from firsthand.core.envelope import Automation
from firsthand.core.promises import PromiseFact, may_leave
from firsthand.core.rights import Decision
from firsthand.office import ledger
from firsthand.office.making import making_of
from firsthand.office.models import Actor, Draft, Event, PostRevision, Promise, Submission


def promises() -> list[PromiseFact]:
    """All promises, as facts; each knows when it holds."""
    return [promise.fact for promise in Promise.objects.order_by("pk")]


def recheck(*, submission: Submission, now: datetime) -> Decision:
    """Whether what was handed in may still leave, by the rights, promises and rows of now."""
    draft = submission.draft
    fit = ("leaving", "sent") if draft.post_id else ("leaving",)
    if draft.revision != submission.revision or draft.state not in fit:
        return Decision(False, "The draft is not what it was when it was handed in.")
    if submission.follows and submission.follows.state in ("cancelled", "stopped"):
        return Decision(False, "What it was to follow did not leave.")
    right = submission.actor.may(submission.right, target=submission.target, now=now)
    if not right:
        return right
    level = Level(submission.level)
    making = making_of(draft=draft, revision=submission.revision, sent_by=submission.actor)
    if level.height > level_of(making).height:
        return Decision(False, f"It is not {level.words} any more: an approval is missing.")
    if draft.reaction:
        return right  # no words, so no answer: neither a loop nor a promise is at stake
    loop = no_loop(draft=draft, level=level_of(making))
    if not loop:
        return loop
    name = Actor.objects.get(is_principal=True).name
    return may_leave(promises(), level=level, channel=submission.channel, principal=name, now=now)


def no_loop(*, draft: Draft, level: Level) -> Decision:
    """RFC 3834 section 2: a machine never answers a machine, or they would write for ever."""
    answers = draft.answers
    automatic = answers is not None and answers.automation != Automation.NO
    if answers is not None and automatic and level is Level.AUTOMATED:
        kind = answers.automation.replace("_", " ")
        return Decision(
            False,
            f"The message it answers is automatic ({kind}): a machine must not answer it alone. "
            "A person can send it, or approve it.",
        )
    return Decision(True, "It answers no machine.")


@transaction.atomic
def stop(*, submission: Submission, why: str, now: datetime, actor: Actor | None = None) -> None:
    """Stop what has not left; its draft goes back to be written. A log entry is corrected.

    Raises NotAllowed where it is being sent, or was. Call `ledger.publish` after the commit.
    """
    row = Submission.objects.select_for_update().get(pk=submission.pk)
    row.step("stop")
    row.problem = why
    row.lease_until = row.retry_at = None
    row.save()
    if row.entry_id is not None:
        entry = correction_entry(of=row.entry_id, why="stopped", day=now.date())
        ledger.append(leaves=[entry], now=now)
    give_back(draft_id=row.draft_id, event="stop", now=now)
    Event.record("submission.stopped", actor=actor, about=row, now=now, data={"why": why})


def give_back(*, draft_id: int, event: str, now: datetime) -> Draft:
    """After one of its submissions ended unsent: the text can be written on.

    Not so a post that is still on its way to another account, or is out there.
    """
    draft = Draft.objects.select_for_update().get(pk=draft_id)
    if draft.post_id and draft.submissions.exclude(state__in=_ENDED).exists():
        return draft
    if draft.post_id:
        PostRevision.objects.filter(draft=draft).delete()
    draft.step(event)
    draft.changed_at = now
    draft.save()
    return draft


_ENDED = ("cancelled", "stopped")
