"""Search through everything that was written and read, newest first."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from firsthand.core.rights import Right
from firsthand.office import search as index
from firsthand.web.asking import sight_of

LIMIT = 30


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """`?q=` words, from: to: subject: after: before: has:attachment in: channel:."""
    sight = sight_of(request)
    sight.must_somewhere(Right.READ)
    query = request.GET.get("q", "").strip()
    found = index.find(query=query, limit=LIMIT, before=_before(request)) if query else []
    readable = sight.threads([hit.thread for hit in found])
    context = {
        "query": query,
        "hints": index.hints(query),
        "hits": [hit for hit in found if hit.thread in readable],
        "older": _told(found[-1]) if len(found) == LIMIT else "",
    }
    return render(request, "search.html", context)


def _told(last: index.Hit) -> str:
    """Where the next page goes on: a time and a message."""
    return f"{last.at.isoformat()}/{last.message}"


def _before(request: HttpRequest) -> index.Place | None:
    at, _, message = request.GET.get("older", "").partition("/")
    try:
        return index.Place(datetime.fromisoformat(at).astimezone(UTC), int(message[:18]))
    except (ValueError, OverflowError):
        return None
