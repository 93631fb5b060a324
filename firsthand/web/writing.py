"""Writing: reply, new letter, draft. Save what was typed first, then do what was asked with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from firsthand.channels.base import dialect_of
from firsthand.core.envelope import Address
from firsthand.core.errors import Misuse
from firsthand.core.rights import Right
from firsthand.office import desk
from firsthand.office.consent import Touch
from firsthand.office.models import Account, Actor, Draft, Message, Submission, Thread
from firsthand.web import composer, touch
from firsthand.web import thread as threads
from firsthand.web.asking import (
    actor_of,
    clock,
    day_of,
    in_place,
    is_number,
    moment,
    sight_of,
    whole,
)

MOST_FILES = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form of a reply box asks for."""

    text: str
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    subject: str
    pasted: int
    ai_declared: bool
    act: str
    at: str

    @classmethod
    def of(cls, request: HttpRequest, channel: str) -> Wish:
        """Of a form that writes on this channel. Raises Misuse for what is no address there."""
        post, dialect = request.POST, dialect_of(channel)
        text = post.get("text", "").replace("\r\n", "\n")
        if post.get("quote") and post.get("quoted"):
            text = f"{text.rstrip()}\n\n{post['quoted'].replace(chr(13), '')}"
        return cls(
            text=text,
            to=dialect.recipients(post.get("to", "")),
            cc=dialect.recipients(post.get("cc", "")),
            bcc=dialect.recipients(post.get("bcc", "")),
            subject=post.get("subject", "").strip(),
            pasted=whole(request, "pasted", 0),
            ai_declared=bool(post.get("ai_declared")),
            act=post.get("do", "save"),
            at=post.get("at", ""),
        )


def save(
    wish: Wish,
    *,
    actor: Actor,
    now: datetime,
    draft: Draft | None,
    base: int,
    thread: Thread | None = None,
    account: Account | None = None,
) -> Draft:
    """Keep what was typed: a new draft, a new revision, or nothing where nothing changed."""
    if draft is None:
        return desk.draft(
            actor=actor,
            text=wish.text,
            now=now,
            thread=thread,
            account=account,
            to=wish.to,
            cc=wish.cc,
            bcc=wish.bcc,
            subject=wish.subject,
            pasted=wish.pasted,
            ai_declared=wish.ai_declared,
        )
    desk.edit(
        draft=draft,
        actor=actor,
        text=wish.text,
        base=base,
        now=now,
        pasted=wish.pasted,
        ai_declared=wish.ai_declared,
        to=wish.to,
        cc=wish.cc,
        bcc=wish.bcc,
        subject=wish.subject,
    )
    draft.refresh_from_db()
    return draft


def attach(request: HttpRequest, draft: Draft, actor: Actor, now: datetime) -> None:
    """The files of the form go along with the draft."""
    for file in request.FILES.getlist("files"):
        if not isinstance(file, UploadedFile) or (file.size or 0) > MOST_FILES:
            raise Misuse("A file may have 25 MB at most: send a link to it instead.")
        desk.attach(
            draft=draft,
            actor=actor,
            name=file.name or "file",
            media_type=file.content_type or "application/octet-stream",
            content=file.read(),
            base=draft.revision,
            now=now,
        )
        draft.refresh_from_db()


def carry_out(
    wish: Wish, draft: Draft, *, actor: Actor, seen: int, now: datetime, kept: Touch | None
) -> str:
    """Do what was asked with the saved draft; the sentence says what happened. `kept`: a touch."""
    if wish.act == "ask":
        desk.ask(draft=draft, actor=actor, now=now)
        return "It waits for approval."
    if wish.act not in ("send", "schedule"):
        return "Saved."
    at = moment(wish.at) if wish.act == "schedule" else None
    submission: Submission = desk.send(
        draft=draft,
        actor=actor,
        revision=draft.revision,
        seen=seen,
        now=now,
        at=at,
        number=kept.number if kept else None,
        salt=kept.salt if kept else None,
        evidence=kept.evidence if kept else None,
    )
    if at:
        local = timezone.localtime(submission.due_at)
        return f"It leaves on {day_of(local)} at {local:%H:%M}. The Desk can call it back."
    return "On its way."


@require_POST
@in_place(threads.page)
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    """What the reply box under a thread asks for."""
    thread, actor, now = threads.find(request, pk), actor_of(request), clock()
    wish, number = Wish.of(request, thread.channel), request.POST.get("draft", "")
    known = Draft.objects.filter(thread=thread, made_by=actor, state__in=composer.OWN)
    draft = known.filter(pk=number).first() if is_number(number) else known.first()
    base = composer.base_of(request, draft.revision if draft else 0)
    draft = save(wish, actor=actor, now=now, draft=draft, base=base, thread=thread)
    attach(request, draft, actor, now)
    if request.headers.get("X-Fragment"):
        return JsonResponse({"draft": draft.pk, "base": draft.revision})
    kept = touch.given(request, "send").get(draft.pk)
    said = carry_out(wish, draft, actor=actor, seen=whole(request, "seen", 0), now=now, kept=kept)
    messages.success(request, said)
    if wish.act in ("send", "schedule", "ask"):
        return threads.onward(request, thread)
    return redirect(f"{reverse('thread', args=[pk])}#reply")


@require_POST
def outlook(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The byline that the typed text would get, and the promise that applies: a fragment."""
    thread = threads.find(request, pk) if pk else None
    number = request.POST.get("account", "")
    account = Account.objects.filter(pk=number).first() if is_number(number) else None
    channel = thread.channel if thread else account.channel if account else "mail"
    preview = desk.outlook(
        actor=actor_of(request),
        channel=channel,
        text=request.POST.get("text", ""),
        thread=thread,
        now=clock(),
        draft=_draft(request),
        subject=request.POST.get("subject"),
        ai_declared=bool(request.POST.get("ai_declared")),
    )
    return render(request, "outlook.html", {"preview": preview})


def _draft(request: HttpRequest) -> Draft | None:
    number = request.POST.get("draft", "")
    found = Draft.objects.select_related("thread__rank", "answers")
    return found.filter(pk=number).first() if is_number(number) else None


def new_page(request: HttpRequest) -> HttpResponse:
    """An empty sheet, or one that passes a message on (`?forward=<message>`, `?to=<address>`)."""
    filled: dict[str, Any] = {"to": [(a.address, a.name) for a in _to(request)]}
    number = request.GET.get("forward", "")
    if is_number(number):
        filled |= _forwarded(request, int(number))
    sheet = composer.for_new(request, **filled)
    return render(request, "new.html", {"composer": sheet})


def _to(request: HttpRequest) -> tuple[Address, ...]:
    try:
        return dialect_of("mail").recipients(request.GET.get("to", "")[:300])
    except Misuse:
        return ()


def _forwarded(request: HttpRequest, pk: int) -> dict[str, Any]:
    message = get_object_or_404(Message.objects.select_related("thread__rank", "body"), pk=pk)
    if message.thread:
        sight_of(request).must(Right.READ, message.thread.target)
    head = f"From: {message.from_name} <{message.from_address}>\nSubject: {message.subject}"
    text = f"\n\n---------- Forwarded message ----------\n{head}\n\n{message.body.text}"
    return {"subject": f"Fwd: {message.subject}"[:500], "text": text}


@in_place(new_page)
def new(request: HttpRequest) -> HttpResponse:
    """A letter that answers nothing."""
    if request.method != "POST":
        return new_page(request)
    account = get_object_or_404(Account, pk=whole(request, "account"))
    actor, now, wish = actor_of(request), clock(), Wish.of(request, account.channel)
    if not (wish.to or wish.cc or wish.bcc):
        raise Misuse("Say to whom it goes.")
    draft = save(wish, actor=actor, now=now, draft=None, base=0, account=account)
    return finish(request, wish, draft)


def finish(request: HttpRequest, wish: Wish, draft: Draft) -> HttpResponse:
    """Files, then the act; a refusal is shown on the page of the draft, which is kept by then."""
    from firsthand.web.draft import page  # the page of a draft shows the same reply box

    @in_place(lambda request: page(request, draft.pk))
    def act(request: HttpRequest) -> HttpResponse:
        actor, now = actor_of(request), clock()
        attach(request, draft, actor, now)
        if request.headers.get("X-Fragment"):
            return JsonResponse({"draft": draft.pk, "base": draft.revision})
        seen = whole(request, "seen", draft.seen)
        kept = touch.given(request, "send").get(draft.pk)
        said = carry_out(wish, draft, actor=actor, seen=seen, now=now, kept=kept)
        messages.success(request, said)
        return redirect("draft", pk=draft.pk) if wish.act == "save" else redirect("desk")

    return act(request)
