"""What came in, as it came: its laid-out form in a cage, its files, its source (invariant 9)."""

from __future__ import annotations

import base64
import re
import zlib
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from firsthand.channels.base import dialect_of
from firsthand.channels.html import to_safe
from firsthand.core.envelope import Attachment, Parsed
from firsthand.core.rights import Right, Target
from firsthand.office.models import Message
from firsthand.web.asking import sight_of

# No origin of ours, no scripts, no forms, nothing from the network; a link opens elsewhere.
CAGE = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; "
    "style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
_HARMLESS = re.compile(r"image/(png|jpeg|gif|webp)|application/pdf|text/plain|audio/\w+|video/\w+")
_IMAGE = re.compile(r"image/(png|jpeg|gif|webp|bmp)")
_PAGE = (
    "<!doctype html><html><head><meta charset='utf-8'><meta name='color-scheme' content='light'>"
    "<style>body{{font:16px/1.5 Georgia,serif;margin:1rem;color:#1d1b18;background:#fff;"
    "overflow-wrap:anywhere}}img{{max-width:100%;height:auto}}"
    ".note{{font:13px sans-serif;color:#5e5950}}</style></head><body>{note}{html}</body></html>"
)
_BLOCKED = "<p class=note>{count} loads from elsewhere were left out: they would tell that you read this.</p>"


def _parsed(request: HttpRequest, pk: int) -> Parsed:
    """The message from its raw bytes, if the actor may read it."""
    found = _find(request, pk)
    return dialect_of(found.channel).parse(_raw(found))


def _find(request: HttpRequest, pk: int) -> Message:
    found = get_object_or_404(Message.objects.select_related("thread__rank", "body"), pk=pk)
    there = Target(found.channel, found.account_id)
    sight_of(request).must(Right.READ, found.thread.target if found.thread else there)
    return found


def _raw(message: Message) -> bytes:
    return zlib.decompress(bytes(message.body.raw))


@require_safe
def html(request: HttpRequest, pk: int) -> HttpResponse:
    """The HTML of a message, sanitized, for the sandboxed frame and no other use."""
    parsed = _parsed(request, pk)
    safe = to_safe(parsed.html, images=_images(parsed))
    note = _BLOCKED.format(count=safe.blocked_remote) if safe.blocked_remote else ""
    response = HttpResponse(_PAGE.format(note=note, html=safe.html))
    response.headers["Content-Security-Policy"] = CAGE
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _images(parsed: Parsed) -> dict[str, str]:
    """The pictures that came along, by content id, as data: addresses."""
    return {
        each.content_id: f"data:{each.media_type};base64,{base64.b64encode(each.content).decode()}"
        for each in parsed.attachments
        if each.content_id and _IMAGE.fullmatch(each.media_type)
    }


@require_safe
def file(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A file that came along: always saved, never shown, whatever it says it is."""
    files = _parsed(request, pk).attachments
    if number >= len(files):
        return HttpResponse("There is no such file.", status=404, content_type="text/plain")
    return _download(files[number])


def _download(found: Attachment) -> HttpResponse:
    harmless = _HARMLESS.fullmatch(found.media_type)
    kind = found.media_type if harmless else "application/octet-stream"
    response = HttpResponse(found.content, content_type=kind)
    name = quote(found.name or "file", safe="")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@require_safe
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes as they came, as plain text."""
    response = HttpResponse(_raw(_find(request, pk)), content_type="text/plain; charset=utf-8")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
