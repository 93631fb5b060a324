"""What the office published, for everybody: the newest text, every earlier one, and what changed."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from firsthand.core.plain import plain
from firsthand.core.revising import Change, is_lighter, proposed
from firsthand.core.text import Change as Run
from firsthand.core.text import compare
from firsthand.office import ledger
from firsthand.office.models import Office, Post, PostRevision
from firsthand.web import credit, markup
from firsthand.web.mentions import mentionable

SHOWN = 50


def office_of() -> Office:
    """The office; without one there is nothing to see."""
    office = Office.objects.first()
    if office is None:
        raise Http404
    return office


def history_of(post: Post) -> list[PostRevision]:
    """Its public revisions, oldest first. Raises Http404 where none is public."""
    rows = post.public().select_related("submission", "actor", "draft", "post")
    found = list(rows)[::-1]
    if not found:
        raise Http404
    return found


def newest_of_each(most: int = SHOWN) -> list[PostRevision]:
    """The newest revision of each post, those published last first."""
    first = PostRevision.objects.filter(
        number=1, submission__state="sent", submission__erased_on=None
    )
    rows = first.order_by("-submission__sent_at").select_related("post")[:most]
    return [newest for row in rows if (newest := row.post.newest)]


@require_safe
@cache_control(public=True, max_age=60)
@mentionable
def posts(request: HttpRequest) -> HttpResponse:
    """All posts, newest first."""
    office_of()
    shown = [
        {
            "row": row,
            "name": credit.name_of(row),
            "start": credit.first_words(plain(row.text), 240) if row.title else "",
            "first": row.post.revisions.select_related("submission").get(number=1),
        }
        for row in newest_of_each()
    ]
    return render(request, "public/posts.html", {"posts": shown})


@require_safe
@cache_control(public=True, max_age=60)
@mentionable
def post(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest text."""
    found = get_object_or_404(Post, slug=slug)
    history = history_of(found)
    return _page(request, history, history[-1])


@require_safe
@cache_control(public=True, max_age=300)
@mentionable
def revision(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The text as it was in one of its revisions."""
    found = get_object_or_404(Post, slug=slug)
    history = history_of(found)
    row = next((each for each in history if each.number == number), None)
    if row is None:
        raise Http404
    return _page(request, history, row)


def _page(request: HttpRequest, history: list[PostRevision], row: PostRevision) -> HttpResponse:
    if row.submission.erased_on:
        return render(request, "public/erased.html", {"one": row.submission}, status=410)
    office, urls = office_of(), credit.profiles()
    address = f"{office.base}/p/{row.post.slug}"
    known = history[: history.index(row) + 1]
    context = {
        "post": row.post,
        "row": row,
        "name": credit.name_of(row),
        "body": markup.html(row.text),
        "first": history[0],
        "newest": history[-1],
        "parts": credit.parts(row),
        "sponsor": credit.sponsor_of(row),
        "address": address,
        "link": office.issuer.link(row.submission.number, bytes(row.submission.salt)),
        "disclosure": credit.disclosure(row),
        "profiles": urls[0],
        "creator": urls[1],
        "retracted": history[-1].kind == Change.RETRACTION and history[-1],
        "corrections": [each for each in history if each.kind == Change.CORRECTION],
        "linked_data": as_script(credit.linked_data(office, row, known, address)),
    }
    return render(request, "public/post.html", context)


def as_script(value: dict[str, Any]) -> SafeString:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False)
    for char, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(char, escaped)
    return mark_safe(text)


@dataclass(frozen=True, slots=True)
class Step:
    """A revision with what it changed. `lighter`: decided as less than the texts show."""

    row: PostRevision
    runs: tuple[Run, ...]
    kind: Change | None
    shown: Change | None
    lighter: bool
    link: str


def steps(history: list[PostRevision], office: Office) -> list[Step]:
    """The history, newest first; the kinds are proposed again from the texts alone."""
    found: list[Step] = []
    before: PostRevision | None = None
    for row in history:
        kind = Change(row.kind) if row.kind else None
        shown = proposed(before.written, row.written) if before else None
        lighter = kind is not None and is_lighter(kind, shown)
        link = office.issuer.link(row.submission.number, bytes(row.submission.salt))
        found.append(Step(row, _runs(before, row), kind, shown, lighter, link))
        before = row
    return found[::-1]


def _runs(before: PostRevision | None, row: PostRevision) -> tuple[Run, ...]:
    return compare(_whole(before), _whole(row)) if before else ()


def _whole(row: PostRevision) -> str:
    return f"{row.title}\n\n{row.text}" if row.title else row.text


@require_safe
@cache_control(public=True, max_age=60)
@mentionable
def history(request: HttpRequest, slug: str) -> HttpResponse:
    """Every revision: what changed, what kind of change it was, who decided so, and when."""
    found = get_object_or_404(Post, slug=slug)
    rows = history_of(found)
    context = {
        "post": found,
        "name": credit.name_of(rows[-1]),
        "steps": steps(rows, office_of()),
        "address": f"{office_of().base}/p/{found.slug}",
    }
    return render(request, "public/history.html", context)


@require_safe
@cache_control(public=True, max_age=60)
def data(request: HttpRequest, slug: str) -> HttpResponse:
    """All of it for programs: texts, records, places in the log (docs/log-format.md)."""
    found = get_object_or_404(Post, slug=slug)
    office = office_of()
    value = {
        "v": 1,
        "post": f"{office.base}/p/{found.slug}",
        "revisions": [_value(row, office) for row in history_of(found)[::-1]],
    }
    response = HttpResponse(
        json.dumps(value, ensure_ascii=False), content_type="application/json; charset=utf-8"
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _value(row: PostRevision, office: Office) -> dict[str, Any]:
    submission = row.submission
    return {
        "number": row.number,
        "title": row.title,
        "text": row.text,
        "note": row.note,
        "change": row.kind,
        "at": row.at.isoformat(),
        "byline": office.issuer.link(submission.number, bytes(submission.salt)),
        "index": submission.entry_id,
        "record": base64.b64encode(bytes(submission.record)).decode(),
        "proof": base64.b64encode(_proof(submission.entry_id)).decode(),
    }


def _proof(index: int | None) -> bytes:
    """That its entry is in the log, so that who saves the post can check it without asking anybody."""
    return b"" if index is None or index >= ledger.published() else ledger.proof(index).encode()
