"""The office as a witness (c2sp.org/tlog-witness): add-checkpoint, and what was cosigned last."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from firsthand.office import witnessing
from firsthand.tlog.witness import MAX_BODY, TEXT_TYPE
from firsthand.web.asking import clock


# Programs ask, without cookies: there is nothing that another site could make a visitor do.
@csrf_exempt
@require_POST
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """Cosign a checkpoint that grew out of the last one, or say why not."""
    said = witnessing.answer(request.read(MAX_BODY + 1), now=clock())
    return _plain(HttpResponse(said.body, status=said.status, content_type=said.content_type))


@require_safe
def checkpoint(request: HttpRequest, origin: str) -> HttpResponse:
    """What we cosigned last of the log whose origin has this SHA-256: anybody may compare."""
    note = witnessing.latest(origin)
    if note is None:
        raise Http404("This log is not witnessed here.")
    return _plain(HttpResponse(note, content_type=TEXT_TYPE))


def _plain(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
