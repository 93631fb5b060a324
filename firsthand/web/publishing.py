"""The composer of posts: one text, each account as it will look, and what is done with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from firsthand.channels.base import dialect_of
from firsthand.core.revising import Change
from firsthand.core.rights import Decision, Right
from firsthand.core.text import compare
from firsthand.office import desk
from firsthand.office import publish as acts
from firsthand.office.models import Account, Draft, Placement
from firsthand.office.publish import Credited, Place
from firsthand.web import composer, markup, touch, wording
from firsthand.web.asking import actor_of, clock, in_place, moment, sight_of, whole
from firsthand.web.publish import SITE, must_see

CHANGEABLE = ("writing", "waiting", "approved", "rejected")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form of the composer asks for."""

    title: str
    text: str
    places: tuple[Place, ...]
    credits: tuple[Credited, ...]
    sponsor: str
    sponsor_url: str
    change: str
    note: str
    language: str
    pasted: int
    ai_declared: bool
    act: str
    at: str

    @classmethod
    def of(cls, request: HttpRequest) -> Wish:
        post = request.POST
        return cls(
            title=post.get("title", ""),
            text=post.get("text", "").replace("\r\n", "\n"),
            places=_places(request),
            credits=_credits(post.get("credits", "")),
            sponsor=post.get("sponsor", ""),
            sponsor_url=post.get("sponsor_url", ""),
            change=post.get("change", ""),
            note=post.get("note", ""),
            language=post.get("language", ""),
            pasted=whole(request, "pasted", 0),
            ai_declared=bool(post.get("ai_declared")),
            act=post.get("do", "save"),
            at=post.get("at", ""),
        )


def _places(request: HttpRequest) -> tuple[Place, ...]:
    found = []
    for account in accounts():
        form = request.POST.get(f"place-{account.pk}", "")
        if form:
            found.append(Place(account, form))
    return tuple(found)


def _credits(text: str) -> tuple[Credited, ...]:
    """A line for each: `Name; role; address`."""
    found = []
    for line in text.splitlines():
        name, role, url = [*(part.strip() for part in line.split(";")), "", ""][:3]
        if name:
            found.append(Credited(name, role or "guest", url))
    return tuple(found)


def accounts() -> list[Account]:
    """Where else a post can stand."""
    rows = Account.objects.exclude(state__in=["own", "files"]).defer("sealed", "cursor")
    return [row for row in rows.order_by("pk") if not dialect_of(row.channel).addressed]


def find(request: HttpRequest, pk: int) -> Draft:
    """The draft of a post, for who may see such."""
    must_see(sight_of(request))
    rows = Draft.objects.select_related("post", "account", "made_by")
    return get_object_or_404(rows, pk=pk, post__isnull=False)


def new_page(request: HttpRequest) -> HttpResponse:
    """An empty sheet."""
    sight = sight_of(request)
    context = {
        "may": sight.may(Right.DRAFT, SITE),
        "places": [{"row": row, "form": ""} for row in accounts()],
        "forms": Placement.FORMS,
        "base": 0,
        "promised": composer.promised("site"),
        "principal": actor_of(request).is_principal,
    }
    return render(request, "post_new.html", context)


@in_place(new_page)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a post."""
    if request.method != "POST":
        return new_page(request)
    wish, actor, now = Wish.of(request), actor_of(request), clock()
    draft = acts.compose(
        actor=actor,
        text=wish.text,
        title=wish.title,
        language=wish.language,
        places=wish.places,
        credits=wish.credits,
        sponsor=wish.sponsor,
        sponsor_url=wish.sponsor_url,
        pasted=wish.pasted,
        ai_declared=wish.ai_declared,
        now=now,
    )
    return finish(request, wish, draft)


def page(request: HttpRequest, pk: int, **_: object) -> HttpResponse:
    """The draft: its text by writer, how it will look everywhere, its revisions, its form."""
    found, actor = find(request, pk), actor_of(request)
    post = found.post
    assert post is not None
    preview = desk.preview(draft=found, actor=actor, now=clock())
    current = found.current
    legend, runs = wording.by_writer(current.text, preview)
    chosen = {each.account_id: each.form for each in post.placements.all()}
    before = post.public().filter(number=found.base).first() if found.base else None
    context: dict[str, Any] = {
        "draft": found,
        "post": post,
        "current": current,
        "preview": preview,
        "legend": legend,
        "runs": runs,
        "body": markup.html(current.text),
        "shown": acts.shown(draft=found, actor=actor, now=clock()),
        "changes": compare(before.text, current.text) if before else (),
        "proposal": acts.proposal(found),
        "kinds": [(c.value, c.words) for c in Change],
        "approved": found.approvals.filter(revision=found.revision).select_related("actor").first(),
        "rejections": list(found.rejections.select_related("actor").order_by("-at")),
        "places": [{"row": row, "form": chosen.get(row.pk, "")} for row in accounts()],
        "forms": Placement.FORMS,
        "credits": "\n".join(_line(each) for each in post.credits.all()),
        "base": found.revision,
        "may": _may_edit(request, found),
        "can_reject": sight_of(request).may(Right.EDIT, found.target),
        "changeable": found.state in CHANGEABLE,
        "principal": actor.is_principal,
        "seen": 0,
    }
    return render(request, "post_draft.html", context)


def _line(credit: Any) -> str:
    return "; ".join(part for part in (credit.name, credit.role, credit.url) if part)


def _may_edit(request: HttpRequest, draft: Draft) -> Decision:
    if draft.state not in CHANGEABLE:
        return Decision(False, f"It is {draft.state}: its text cannot be changed any more.")
    own = draft.made_by_id == actor_of(request).pk
    return sight_of(request).may(Right.DRAFT if own else Right.EDIT, draft.target)


@in_place(page)
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The page, and its form: save, ask, publish now, at a time or by the queue."""
    if request.method != "POST":
        return page(request, pk)
    found = find(request, pk)
    if request.POST.get("do") == "discard":
        desk.discard(draft=found, actor=actor_of(request), now=clock())
        messages.success(request, "Thrown away.")
        return redirect("publish")
    wish = Wish.of(request)
    if "text" in request.POST:
        acts.edit(
            draft=found,
            actor=actor_of(request),
            base=whole(request, "base", found.revision),
            text=wish.text,
            title=wish.title,
            places=wish.places,
            credits=wish.credits,
            sponsor=wish.sponsor,
            sponsor_url=wish.sponsor_url,
            change=Change(wish.change) if wish.change in set(Change) else None,
            note=wish.note,
            pasted=wish.pasted,
            ai_declared=wish.ai_declared,
            now=clock(),
        )
    return finish(request, wish, found)


def finish(request: HttpRequest, wish: Wish, draft: Draft) -> HttpResponse:
    """Do what was asked with the saved draft; a refusal is shown on its page, where it is kept."""

    @in_place(lambda request: page(request, draft.pk))
    def act(request: HttpRequest) -> HttpResponse:
        actor, now = actor_of(request), clock()
        draft.refresh_from_db()
        if wish.act == "ask":
            desk.ask(draft=draft, actor=actor, now=now)
            messages.success(request, "It waits for approval.")
            return redirect("publish")
        if request.headers.get("X-Fragment"):
            return JsonResponse({"draft": draft.pk, "base": draft.revision})
        if wish.act not in ("publish", "schedule", "queue"):
            messages.success(request, "Saved.")
            return redirect("publish-draft", pk=draft.pk)
        at = moment(wish.at) if wish.act == "schedule" else None
        revision = whole(request, "revision", draft.revision)
        published = acts.publish(
            draft=draft,
            actor=actor,
            revision=revision,
            at=at,
            queued=wish.act == "queue",
            now=now,
            touches=touch.given_for(request, "publish", draft),
        )
        due = timezone.localtime(published.submission.due_at)
        messages.success(
            request,
            f"It leaves on {due.day} {due:%B %Y} at {due:%H:%M}, and can be called back until then.",
        )
        return redirect("publish")

    return act(request)
