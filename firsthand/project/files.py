"""The files of the pages (styles, scripts), served before anything of Django is asked."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from django.conf import settings
from servestatic import ServeStaticASGI

_WEB = Path(__file__).parents[1] / "web"
TEMPLATES = _WEB / "templates"


def static(app: Any) -> Any:
    """`app`, with the static files in front of it."""
    return ServeStaticASGI(
        app,
        root=_WEB / "static",
        prefix=settings.STATIC_URL,
        autorefresh=settings.DEBUG,
        max_age=0 if settings.DEBUG else 60,
        add_headers_function=_secure,
    )


def _secure(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """What Django's own middleware sets on every page."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = settings.SECURE_REFERRER_POLICY
    headers["Cross-Origin-Opener-Policy"] = settings.SECURE_CROSS_ORIGIN_OPENER_POLICY
    if settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
