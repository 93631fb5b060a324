"""Around every page: nothing inline or from elsewhere, sign-in by default, refusals as sentences."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from firsthand.core.errors import FirsthandError
from firsthand.web.asking import PROBLEM, status_of
from firsthand.web.context import office_of
from firsthand.web.signed_out import signed_out

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# The names of the addresses that strangers may open. All others need a sign-in (default deny).
PUBLIC = frozenset(
    "today public byline record proof hands report verify savable checkpoint tile timestamps "
    "timestamp add-checkpoint witnessed did key-history context enter sign-in sign-in-passkey sign-out lost "
    "posts posts-atom posts-json post post-data post-history post-revision webmention pingback".split()
)
# These doors let in by token, and refuse by themselves.
OTHER_DOORS = ("/api/", "/mcp")

Answer = Callable[[HttpRequest], HttpResponse]


class ContentSecurity:
    """Set the policy on every answer that has not set a stricter one of its own."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response


class SignedIn:
    """Send strangers to the sign-in, except on public pages; show a refusal as its sentence."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OTHER_DOORS):
            return self.get_response(request)
        with timezone.override(_zone(request)):
            response = self.get_response(request)
        if not _is_public(request):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Default deny: an address that nobody listed as public needs an actor."""
        if request.path.startswith(OTHER_DOORS) or _is_public(request):
            return None
        if request.user.is_authenticated:
            return None
        return signed_out(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """An expected failure that its page did not show in place."""
        if not isinstance(problem, FirsthandError) or request.path.startswith(OTHER_DOORS):
            return None
        request.META[PROBLEM] = problem
        return render(request, "refused.html", status=status_of(problem))


def _is_public(request: HttpRequest) -> bool:
    found = request.resolver_match
    return found is None or found.url_name in PUBLIC


def _zone(request: HttpRequest) -> zoneinfo.ZoneInfo:
    """The office's time zone; the pages of an office not opened yet speak UTC."""
    if request.path.startswith("/static/"):
        return zoneinfo.ZoneInfo("UTC")
    office = office_of(request)
    try:
        return zoneinfo.ZoneInfo(office.time_zone if office else "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
