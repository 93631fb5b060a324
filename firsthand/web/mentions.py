"""The two doors for who links to our pages: webmention (W3C), and pingback, which is older.

Programs of strangers ask, without cookies; all they get is a place in a queue. Nothing is fetched here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from firsthand.channels.mentions import pingback as calls
from firsthand.channels.mentions.pingback import Fault
from firsthand.core.errors import Misuse, Temporary
from firsthand.office import mentions
from firsthand.office.models import Mention
from firsthand.web.asking import clock
from firsthand.web.context import office_of

P = ParamSpec("P")
LARGEST = 20_000
_FORM = "application/x-www-form-urlencoded"
QUEUED = "Thank you. The page is going to be looked at."


def mentionable(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """For pages that can be mentioned: their headers say where (Webmention 3.1.2, Pingback 2.1)."""

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        office = office_of(request)
        if office and response.status_code == 200:
            said = f'<{office.base}{reverse("webmention")}>; rel="webmention"'
            response.headers["Link"] = said
            response.headers["X-Pingback"] = f"{office.base}{reverse('pingback')}"
        return response

    return inner


# No cookie, no actor, no effect but a queue: there is nothing that another site could make anybody do.
@csrf_exempt
@require_POST
def webmention(request: HttpRequest) -> HttpResponse:
    """Take a claim that `source` links to `target` (Webmention 3.2): 202, or why not."""
    if request.content_type != _FORM or _length(request) > LARGEST:
        return _plain("Send source and target as a form, application/x-www-form-urlencoded.", 400)
    source, target = request.POST.get("source", ""), request.POST.get("target", "")
    try:
        mentions.hear(source=source, target=target, way="webmention", now=clock())
    except Temporary as problem:
        response = _plain(problem.message, 429)
        response.headers["Retry-After"] = str(int(mentions.HOUR.total_seconds()))
        return response
    except Misuse as problem:
        return _plain(problem.message, 400)
    return _plain(QUEUED, 202)


@csrf_exempt
@require_POST
def pingback(request: HttpRequest) -> HttpResponse:
    """`pingback.ping` by XML-RPC (Pingback 1.0, section 3); what is known at once is told at once."""
    try:
        body = request.read(calls.LARGEST + 1)
        answer = calls.accepted(_ping(*calls.read(body, request.headers.get("Content-Type", ""))))
    except Fault as fault:
        answer = calls.refused(fault)
    response = HttpResponse(answer, content_type="text/xml; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


def _ping(source: str, target: str) -> str:
    known = Mention.objects.filter(source=source, target=target, state="found")
    if known.exists():
        raise Fault(calls.KNOWN, "This pingback was registered before.")
    try:
        mentions.hear(source=source, target=target, way="pingback", now=clock())
    except mentions.NoPage as problem:
        raise Fault(calls.NO_TARGET, problem.message) from None
    except mentions.Closed as problem:
        raise Fault(calls.NOT_HERE, problem.message) from None
    except Temporary as problem:
        raise Fault(calls.DENIED, problem.message) from None
    except Misuse as problem:
        raise Fault(calls.NO_SOURCE, problem.message) from None
    return QUEUED


def _length(request: HttpRequest) -> int:
    said = request.headers.get("Content-Length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else LARGEST + 1


def _plain(text: str, status: int) -> HttpResponse:
    response = HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
