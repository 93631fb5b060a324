"""The desk: what waits for a decision, what is being written, what is on its way."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from firsthand.core.errors import FirsthandError, Misuse
from firsthand.core.rights import Right
from firsthand.office import desk as acts
from firsthand.office import erasing, ledger
from firsthand.office.models import Draft, Submission
from firsthand.office.sight import Sight
from firsthand.web import touch
from firsthand.web.asking import actor_of, clock, in_place, sight_of

MOST = 50
HEAVY = ("record", "statement", "text", "salt", "evidence")


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The desk; also shown in answer to an act that was refused."""
    sight, actor = sight_of(request), actor_of(request)
    sight.must_somewhere(Right.READ)
    context = {
        "waiting": _drafts(sight, state="waiting"),
        "mine": _drafts(sight, state__in=["writing", "approved"], made_by=actor),
        "theirs": [
            d for d in _drafts(sight, state__in=["writing", "approved"]) if d.made_by != actor
        ],
        "rejected": _drafts(sight, state="rejected"),
        "scheduled": _submissions(sight, state__in=["pending", "logged", "sending"]),
        "uncertain": _submissions(sight, state="uncertain"),
        "failed": _submissions(sight, state="failed"),
        "stopped": [s for s in _submissions(sight, state="stopped") if s.draft.state == "writing"],
        "sent": _submissions(sight, state="sent", erased_on=None),
        "now": clock(),
    }
    return render(request, "desk.html", context)


def _drafts(sight: Sight, **where: Any) -> list[Draft]:
    rows = Draft.objects.filter(**where).select_related("made_by", "thread__rank", "thread__person")
    return [d for d in rows.order_by("-changed_at")[:MOST] if sight.may(Right.READ, d.target)]


def _submissions(sight: Sight, **where: Any) -> list[Submission]:
    rows = Submission.objects.filter(**where).defer(*HEAVY)
    rows = rows.select_related("actor", "draft__thread__rank", "draft__thread__person")
    found = rows.order_by("-made_at")[:MOST]
    return [s for s in found if sight.may(Right.READ, s.draft.target)]


def _submission(request: HttpRequest, pk: int) -> Submission:
    rows = Submission.objects.select_related("draft__thread__rank", "draft__account")
    found = get_object_or_404(rows, pk=pk)
    sight_of(request).must(Right.READ, found.draft.target)
    return found


@require_POST
@in_place(page)
def approve(request: HttpRequest) -> HttpResponse:
    """Several drafts at once, each in the revision that was shown; one touch may sign for all."""
    actor, now, chosen = actor_of(request), clock(), touch.items(request)
    if not chosen:
        raise Misuse("Choose at least one.")
    touches = touch.given(request, "approve")
    for done, (pk, revision, seen) in enumerate(chosen):
        found = get_object_or_404(Draft.objects.select_related("thread__rank"), pk=pk)
        sight_of(request).must(Right.READ, found.target)
        kept = touches.get(pk)
        try:
            acts.approve(
                draft=found,
                actor=actor,
                revision=revision,
                seen=seen,
                now=now,
                number=kept.number if kept else "",
                salt=kept.salt if kept else b"",
                evidence=kept.evidence if kept else None,
            )
        except FirsthandError:
            _approved(request, done)
            raise
    _approved(request, len(chosen))
    return redirect("desk")


def _approved(request: HttpRequest, count: int) -> None:
    if count:
        messages.success(request, f"{count} approved, each exactly as it was shown.")


@require_POST
@in_place(page)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold back what has not left; its text is a draft again."""
    draft = acts.undo(submission=_submission(request, pk), actor=actor_of(request), now=clock())
    messages.success(request, "Held back. It did not leave, and is a draft again.")
    if draft.thread_id:
        return redirect("thread", pk=draft.thread_id)
    return redirect("draft", pk=draft.pk)


@require_POST
@in_place(page)
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody can tell whether it arrived: a person says so."""
    arrived = request.POST.get("arrived") == "yes"
    acts.settle(
        submission=_submission(request, pk), actor=actor_of(request), arrived=arrived, now=clock()
    )
    messages.success(request, "Noted as sent." if arrived else "It is sent once more.")
    return redirect("desk")


@require_POST
@in_place(page)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    acts.retry(submission=_submission(request, pk), actor=actor_of(request), now=clock())
    messages.success(request, "It is tried again.")
    return redirect("desk")


@require_POST
@in_place(page)
def erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase what left, for good. Its log entry stays, and tells nothing."""
    if request.POST.get("sure") != "yes":
        raise Misuse("Say that you are sure: nobody can bring it back.")
    taken = erasing.erase(submission=_submission(request, pk), actor=actor_of(request), now=clock())
    left = "The log keeps a number made from it, which tells nothing."
    messages.success(request, f"{taken.sentence} {left}")
    return redirect("desk")


@require_POST
@in_place(page)
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """A message that failed for good becomes a draft again."""
    draft = acts.take_back(
        submission=_submission(request, pk), actor=actor_of(request), now=clock()
    )
    ledger.publish()
    messages.success(request, "It is a draft again.")
    return redirect("draft", pk=draft.pk)
