"""A draft: its text, who wrote which words, its revisions, and the decisions about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from firsthand.core.rights import Decision, Right
from firsthand.core.text import compare
from firsthand.office import desk
from firsthand.office.models import Draft, DraftFile, Message, Revision, Thread
from firsthand.web import composer, publishing, touch, wording
from firsthand.web.asking import actor_of, clock, in_place, sight_of, whole
from firsthand.web.writing import Wish, finish, save

CHANGEABLE = ("writing", "waiting", "approved", "rejected")


def find(request: HttpRequest, pk: int) -> Draft:
    """The draft, if it is there and the actor may read what it belongs to."""
    rows = Draft.objects.select_related("thread__rank", "thread__person", "account", "made_by")
    found = get_object_or_404(rows, pk=pk)
    sight_of(request).must(Right.READ, found.target)
    return found


def page(request: HttpRequest, pk: int, **_: object) -> HttpResponse:
    """The page of a draft."""
    found, actor = find(request, pk), actor_of(request)
    if found.post_id:
        return publishing.page(request, pk)
    revisions = list(found.revisions.select_related("actor"))
    preview = desk.preview(draft=found, actor=actor, now=clock())
    current = revisions[-1]
    legend, runs = wording.by_writer(current.text, preview)
    thread = found.thread
    box = _composer(request, found, current.text, preview)
    context: dict[str, Any] = {
        "draft": found,
        "current": current,
        "preview": preview,
        "legend": legend,
        "runs": runs,
        "history": _history(revisions),
        "approved": found.approvals.filter(revision=found.revision).select_related("actor").first(),
        "rejections": list(found.rejections.select_related("actor").order_by("-at")),
        "files": box.files,
        "answers": _newest_that_came(thread) if thread else None,
        "seen": thread.latest if thread else 0,
        "composer": box,
        "can_reject": sight_of(request).may(Right.EDIT, found.target),
        "changeable": found.state in CHANGEABLE,
    }
    part = request.GET.get("part") == "text"
    return render(request, "draft_text.html" if part else "draft.html", context)


def _newest_that_came(thread: Thread) -> Message | None:
    messages = thread.messages.filter(direction="in").select_related("body").defer("body__raw")
    return messages.order_by("-at").first()


def _history(revisions: Sequence[Revision]) -> list[dict[str, Any]]:
    """The revisions, newest first, each with what it changed."""
    before = ["", *(revision.text for revision in revisions)]
    told = zip(revisions, before, strict=False)
    return [
        {"revision": r, "changes": compare(old, r.text) if r.number > 1 else ()} for r, old in told
    ][::-1]


def _composer(
    request: HttpRequest, draft: Draft, text: str, preview: desk.Preview
) -> composer.Composer:
    actor = actor_of(request)
    right = Right.DRAFT if draft.made_by_id == actor.pk else Right.EDIT
    may = sight_of(request).may(right, draft.target)
    if draft.state not in CHANGEABLE:
        may = Decision(False, f"It is {draft.state}: its text cannot be changed any more.")
    empty = composer.Composer(
        reverse("draft", args=[draft.pk]),
        reverse("outlook-new"),
        may,
        seen=draft.thread.latest if draft.thread else 0,
        principal=actor.is_principal,
    )
    return composer.beside_newer(request, composer.of_draft(draft, text, preview, empty))


@in_place(page)
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The page, and its form: save, send, ask or schedule."""
    if request.method != "POST":
        return page(request, pk)
    found = find(request, pk)
    wish = Wish.of(request, found.channel)
    base = composer.base_of(request, found.revision)
    found = save(wish, actor=actor_of(request), now=clock(), draft=found, base=base)
    return finish(request, wish, found)


@require_POST
@in_place(page)
def approval(request: HttpRequest, pk: int) -> HttpResponse:
    """The principal stands behind this exact revision; with `do=send` it leaves at once."""
    found, actor, now = find(request, pk), actor_of(request), clock()
    revision, seen = whole(request, "revision"), whole(request, "seen", 0)
    send = request.POST.get("do") == "send"
    kept = touch.given(request, "send" if send else "approve").get(found.pk)
    touched: dict[str, Any] = {}
    if kept:
        touched = {"number": kept.number, "salt": kept.salt, "evidence": kept.evidence}
    if send:
        desk.send(draft=found, actor=actor, revision=revision, seen=seen, now=now, **touched)
        messages.success(request, "On its way.")
    else:
        desk.approve(draft=found, actor=actor, revision=revision, now=now, seen=seen, **touched)
        messages.success(request, f"Approved, exactly as in revision {revision}.")
    return redirect("desk")


@require_POST
@in_place(page)
def rejection(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to its writer, with the reason."""
    found = find(request, pk)
    reason = request.POST.get("reason", "")
    desk.reject(draft=found, actor=actor_of(request), reason=reason, now=clock())
    messages.success(request, f"Sent back to {found.made_by.name}.")
    return redirect("desk")


@require_POST
@in_place(page)
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    desk.discard(draft=find(request, pk), actor=actor_of(request), now=clock())
    messages.success(request, "Thrown away.")
    return redirect("desk")


@require_POST
@in_place(page)
def detach(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Take a file out again."""
    found = find(request, pk)
    row = get_object_or_404(DraftFile, pk=file, draft=found)
    desk.detach(file=row, actor=actor_of(request), base=found.revision, now=clock())
    return redirect("draft", pk=pk)
