"""The page that a stranger saves once, and checks letters and posts with, offline: one file of its own.

Nothing of this office is in it, so that it is the same, byte for byte, in every office of a version.
It must never ask anything of anybody: its policy, which is saved with it, forbids it.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

FOLDER = Path(__file__).parent / "static" / "web" / "verify"
SCRIPTS = (
    "bytes words headers addresses parts letter record log stamps consent keys look check "
    "revising post page"
).split()
NAME = "firsthand-verify.html"


@dataclass(frozen=True, slots=True)
class Savable:
    """The file, and the policy under which its own script and style run, and nothing else."""

    content: bytes
    policy: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@cache
def page() -> Savable:
    """The page, put together from its parts."""
    style = "\n" + (FOLDER / "page.css").read_text()
    scripts = ((FOLDER / f"{name}.js").read_text() for name in SCRIPTS)
    script = "\n".join(['\n"use strict";\n', *scripts])
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    values = {"policy": policy, "style": style, "script": script}
    # Our own files, not anybody's words: escaped, they would be another script.
    safe = {name: mark_safe(value) for name, value in values.items()}
    return Savable(render_to_string("public/savable.html", safe).encode(), policy)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@require_safe
def savable(request: HttpRequest) -> HttpResponse:
    """Shown in place; saved under a name of its own."""
    found = page()
    response = HttpResponse(found.content, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = f"{found.policy}; frame-ancestors 'none'"
    response.headers["Content-Disposition"] = f'inline; filename="{NAME}"'
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
