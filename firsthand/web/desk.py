"""The desk: what waits for a decision, what is being written, what is on its way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from firsthand.core.errors import FirsthandError, Misuse
from firsthand.core.rights import Right
from firsthand.office import desk as acts
from firsthand.office import erasing, ledger
from firsthand.office.models import Actor, Draft, Submission
from firsthand.office.sight import Sight
from firsthand.web import touch
from firsthand.web.asking import actor_of, clock, in_place, sight_of

Row = TypeVar("Row", bound=Model)
MOST = 50
_OF_THREAD = ("channel", "account", "latest", "rank__lane")
SHOWN_OF_DRAFT = (
    "thread", "account", "post", "channel", "subject", "to", "state", "changed_at", "revision",
    "made_by__name", *(f"thread__{name}" for name in _OF_THREAD),
)  # fmt: skip
SHOWN = (
    "state", "due_at", "sent_at", "made_at", "subject", "envelope", "level", "sentence", "number",
    "hand_signed", "entry", "problem", "actor__name", "draft__state", "draft__channel",
    "draft__account", "draft__post", *(f"draft__thread__{name}" for name in _OF_THREAD),
)  # fmt: skip


@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The desk; also shown in answer to an act that was refused."""
    sight, actor = sight_of(request), actor_of(request)
    sight.must_somewhere(Right.READ)
    context = {**_drafts(sight, actor), **_submissions(sight), "now": clock()}
    return render(request, "desk.html", context)


def _drafts(sight: Sight, actor: Actor) -> dict[str, list[Draft]]:
    """What is being made, by section, the newest first."""
    rows = Draft.objects.order_by("-changed_at")
    writing = rows.filter(state__in=["writing", "approved"])
    sections = {
        "waiting": rows.filter(state="waiting"),
        "mine": writing.filter(made_by=actor),
        "theirs": writing.exclude(made_by=actor),
        "rejected": rows.filter(state="rejected"),
    }
    shown = Draft.objects.select_related("made_by", "thread__rank").only(*SHOWN_OF_DRAFT)
    return _read(sections, shown, lambda draft: bool(sight.may(Right.READ, draft.target)))


def _submissions(sight: Sight) -> dict[str, list[Submission]]:
    """What was handed out, by section, the newest first."""
    rows = Submission.objects.order_by("-made_at")
    sections = {
        "scheduled": rows.filter(state__in=["pending", "logged", "sending"]),
        "uncertain": rows.filter(state="uncertain"),
        "failed": rows.filter(state="failed"),
        "stopped": rows.filter(state="stopped", draft__state="writing"),
        "sent": rows.filter(state="sent", erased_on=None),
    }
    shown = Submission.objects.select_related("actor", "draft__thread__rank").only(*SHOWN)
    return _read(sections, shown, lambda one: bool(sight.may(Right.READ, one.draft.target)))


def _read(
    sections: Mapping[str, QuerySet[Row]], shown: QuerySet[Row], may: Callable[[Row], bool]
) -> dict[str, list[Row]]:
    """The newest of each section that may be read: first which, then all of them at once, because
    most sections are mostly empty."""
    pks = {name: list(rows.values_list("pk", flat=True)[:MOST]) for name, rows in sections.items()}
    read = shown.in_bulk({pk for some in pks.values() for pk in some})
    return {
        name: [read[pk] for pk in some if pk in read and may(read[pk])]
        for name, some in pks.items()
    }


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
