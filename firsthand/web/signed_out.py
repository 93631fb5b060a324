"""What somebody meets whose sign-in has ended: the sign-in, and never the loss of what was typed."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def signed_out(request: HttpRequest) -> HttpResponse:
    """A page is shown after the sign-in; an act was not done, and its text is given back."""
    if request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    return render(request, "signed_out.html", {"next": _came_from(request)}, status=403)


def _came_from(request: HttpRequest) -> str:
    """The page that held the form, for the address of an act shows nothing by itself."""
    page = urlsplit(request.headers.get("Referer", ""))
    return page.path if page.netloc == request.get_host() else "/"
