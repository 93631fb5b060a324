"""An answer is made in one go on one thread; files are served in front of it, as safely as a page."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext
from django.core.signals import request_finished, request_started
from django.http import HttpRequest, HttpResponse
from django.urls import path

from firsthand.project.files import static
from firsthand.project.handler import Handler

LOADED = """
import sys
from firsthand.project import asgi
from django.template import engines
[loader] = engines["django"].engine.template_loaders
print("firsthand.web.thread" in sys.modules, "thread.html" in loader.get_template_cache)
"""
ROOT = "tests.project.test_handler"


class Counting(ThreadPoolExecutor):
    """A thread that counts what it is given to do."""

    given = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.given += 1
        return super().submit(fn, *args, **kwargs)


def said(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body or b"nothing", headers={"X-Path": request.path})


def fails(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


# Where nobody asks for the office: no database is wanted.
urlpatterns = [path("api/said", said), path("api/fails", fails)]


def ask(
    app: Any, address: str, *, body: bytes = b"", thread: ThreadPoolExecutor | None = None
) -> tuple[int, dict[bytes, bytes], bytes]:
    """What an application answers: status, headers, body."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def main() -> None:
        scope: dict[str, Any] = {
            "type": "http", "method": "POST" if body else "GET", "path": address,
            "query_string": b"", "headers": [(b"host", b"localhost")], "extensions": {},
        }  # fmt: skip
        async with ThreadSensitiveContext(executor=thread):
            await app(scope, receive, send)

    asyncio.run(main())
    whole = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), whole


@pytest.mark.urls(ROOT)
def test_a_request_changes_threads_once() -> None:
    with Counting(max_workers=1) as thread:
        status, headers, body = ask(Handler(), "/api/said", thread=thread)
        assert (status, body, headers[b"X-Path"]) == (200, b"nothing", b"/api/said")
        assert thread.given == 1


@pytest.mark.urls(ROOT)
def test_a_bug_is_an_answer_and_ends_the_request() -> None:
    met: list[str] = []

    def began(**_: Any) -> None:
        met.append("began")

    def ended(**_: Any) -> None:
        met.append("ended")

    request_started.connect(began)
    request_finished.connect(ended)
    try:
        assert ask(Handler(), "/api/fails")[0] == 500
    finally:
        request_started.disconnect(began)
        request_finished.disconnect(ended)
    assert met == ["began", "ended"]


def test_a_file_is_served_without_django_and_as_safely() -> None:
    async def never(*_: Any) -> None:
        raise AssertionError

    status, headers, body = ask(static(never), "/static/web/office.js")
    assert status == 200
    assert body
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"referrer-policy"] == b"same-origin"
    assert headers[b"cross-origin-opener-policy"] == b"same-origin"
    with pytest.raises(AssertionError):
        ask(static(never), "/static/../settings.py")


def test_the_server_has_loaded_what_pages_need_before_it_freezes() -> None:
    """Else each full collection walks through it: tens of milliseconds, within somebody's page."""
    told = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["True", "True"]
