"""Publish: what is being made for everybody, what is on its way, what is out, and when posts may leave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from firsthand.core.errors import Misuse
from firsthand.core.hours import clock as told_clock
from firsthand.core.hours import read_minute, read_slots, tell_slots
from firsthand.core.rights import Right, Target
from firsthand.office import mentions
from firsthand.office import publish as acts
from firsthand.office.models import (
    Actor,
    Blackout,
    Draft,
    Hours,
    Mention,
    Message,
    Post,
    PostRevision,
    Rejection,
    Submission,
    Telling,
)
from firsthand.office.sight import Sight
from firsthand.web.asking import actor_of, clock, in_place, moment, sight_of, whole
from firsthand.web.posts import office_of, steps

MOST = 50
SITE = Target("site")
_WORKING = (Right.READ, Right.DRAFT, Right.EDIT, Right.PUBLISH)


def must_see(sight: Sight) -> None:
    """Whoever writes, edits or publishes posts sees them. Raises Denied."""
    if not any(sight.may(right, SITE) for right in _WORKING):
        sight.must(Right.PUBLISH, SITE)


@require_safe
def publish(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The list; also shown in answer to an act that was refused."""
    sight = sight_of(request)
    must_see(sight)
    hours = Hours.objects.filter(pk=1).first() or Hours()
    now = clock()
    context = {
        "drafts": _drafts(),
        "leaving": _revisions(submission__state__in=["pending", "logged", "sending"]),
        "posts": _posts(),
        "hours": hours,
        "slots": tell_slots(hours.slots),
        "opens": told_clock(hours.opens),
        "closes": told_clock(hours.closes),
        "blackouts": _blackouts(now),
        "may_draft": sight.may(Right.DRAFT, SITE),
        "may_publish": sight.may(Right.PUBLISH, SITE),
    }
    return render(request, "publish.html", context)


def _drafts() -> list[Draft]:
    open_states = ["writing", "waiting", "approved", "rejected"]
    rows = Draft.objects.filter(post__isnull=False, state__in=open_states)
    return list(rows.select_related("post", "made_by").order_by("-changed_at")[:MOST])


def _revisions(**where: Any) -> list[PostRevision]:
    rows = PostRevision.objects.filter(**where).select_related("post", "submission", "actor")
    return list(rows.order_by("submission__due_at")[:MOST])


def _posts() -> list[PostRevision]:
    rows = (
        Post.objects.filter(revisions__submission__state="sent").distinct().order_by("-pk")[:MOST]
    )
    return [newest for post in rows if (newest := post.newest)]


def _blackouts(now: datetime) -> list[Blackout]:
    rows = Blackout.objects.select_related("made_by").order_by("starts")
    return [row for row in rows if row.ends is None or row.ends > now]


@require_safe
def post(request: HttpRequest, slug: str) -> HttpResponse:
    return post_page(request, slug)


def post_page(request: HttpRequest, slug: str, **_: Any) -> HttpResponse:
    """One post from inside: its revisions, and where each of them stands."""
    sight = sight_of(request)
    must_see(sight)
    found = get_object_or_404(Post, slug=slug)
    history = list(found.public().select_related("submission", "actor", "draft", "post")[::-1])
    places = [
        {"row": each, "standing": acts.standing(found, each.account)}
        for each in found.placements.select_related("account")
    ]
    begun = found.drafts.exclude(state__in=["sent", "discarded", "leaving"]).first()
    context = {
        "post": found,
        "newest": history[-1] if history else None,
        "steps": steps(history, office_of()),
        "places": places,
        "sent": _all_sent(found),
        "told": _told(history),
        "mentions": _mentions(found, sight),
        "leaving": found.leaving,
        "begun": begun,
        "may_go_over": history and begun and _may_go_over(begun, actor_of(request)),
        "put_away": _put_away(found),
        "may_publish": sight.may(Right.PUBLISH, SITE),
        "may_revise": sight.may(Right.EDIT, SITE) or sight.may(Right.DRAFT, SITE),
        "address": f"{office_of().base}/p/{found.slug}",
    }
    return render(request, "post_inside.html", context)


def _all_sent(post: Post) -> list[Submission]:
    """Every submission of it elsewhere, newest first."""
    rows = Submission.objects.filter(draft__post=post).exclude(channel="site")
    return list(rows.select_related("account", "draft").order_by("-pk")[:MOST])


def _may_go_over(begun: Draft, actor: Actor) -> bool:
    """Whether it is offered: whoever began it goes on with it, or throws it away."""
    return begun.made_by_id != actor.pk and acts.may_go_over(begun, actor, clock())


def _put_away(post: Post) -> list[Rejection]:
    """Of drafts that somebody went over: by whom and why, newest first."""
    rows = Rejection.objects.filter(draft__post=post).select_related("actor", "draft__made_by")
    return [row for row in rows.order_by("-at")[:MOST] if row.ended_it]


def _told(history: list[PostRevision]) -> list[Telling]:
    """Whom its newest revision links to, or the one before did."""
    return list(history[-1].tellings.order_by("pk")) if history else []


def _mentions(post: Post, sight: Sight) -> list[dict[str, Any]]:
    """Who links to it, newest first, with their conversation for who may read such."""
    base = f"{office_of().base}/p/{post.slug}"
    rows = Mention.objects.filter(Q(target=base) | Q(target__startswith=f"{base}/"), versions__gt=0)
    found = list(rows.order_by("-heard_at")[:MOST])
    readable = bool(sight.may(Right.READ, Target("web")))
    filed = Message.objects.filter(channel="web", remote_id__in=[each.remote_id for each in found])
    threads = dict(filed.values_list("remote_id", "thread_id")) if readable else {}
    return [{"row": each, "thread": threads.get(each.remote_id)} for each in found]


@require_POST
@in_place(post_page)
def tell_again(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Tell somebody once more that the post links to them."""
    row = get_object_or_404(Telling, pk=pk, revision__post__slug=slug)
    mentions.tell_again(telling=row, actor=actor_of(request), now=clock())
    messages.success(request, "It is told again.")
    return redirect("publish-post", slug=slug)


@require_POST
@in_place(post_page)
def revise(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin the next revision; with `over`, in place of the one that somebody has begun."""
    found = get_object_or_404(Post, slug=slug)
    actor, now = actor_of(request), clock()
    over = bool(request.POST.get("over"))
    draft = acts.revise(post=found, actor=actor, now=now, over=over)
    if over:
        messages.success(request, "The other draft was put away, and is kept with its post.")
    return redirect("publish-draft", pk=draft.pk)


@require_POST
@in_place(page)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call back what has not left."""
    revision = get_object_or_404(PostRevision, pk=pk)
    draft = acts.cancel(revision=revision, actor=actor_of(request), now=clock())
    messages.success(request, "Held back. It did not leave, and is a draft again.")
    return redirect("publish-draft", pk=draft.pk)


@require_POST
@in_place(page)
def hours(request: HttpRequest) -> HttpResponse:
    """When posts may leave by themselves."""
    post = request.POST
    try:
        slots = read_slots(post.get("slots", ""))
        opens, closes = (
            read_minute(post.get("opens", "0:00")),
            read_minute(post.get("closes", "24:00")),
        )
    except ValueError as problem:
        raise Misuse(str(problem)) from None
    acts.set_hours(
        actor=actor_of(request),
        now=clock(),
        slots=slots,
        opens=opens,
        closes=closes,
        spread=whole(request, "spread", 0),
    )
    messages.success(request, "The hours are set.")
    return redirect("publish")


@require_POST
@in_place(page)
def black_out(request: HttpRequest) -> HttpResponse:
    """Hold everything back."""
    ends = request.POST.get("ends", "")
    acts.black_out(
        actor=actor_of(request),
        reason=request.POST.get("reason", ""),
        ends=moment(ends) if ends else None,
        now=clock(),
    )
    messages.success(request, "Nothing is published until it is over.")
    return redirect("publish")


@require_POST
@in_place(page)
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    acts.lift(blackout=get_object_or_404(Blackout, pk=pk), actor=actor_of(request), now=clock())
    messages.success(request, "Posts leave again.")
    return redirect("publish")
