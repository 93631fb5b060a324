"""Requests take turns on a few threads that live on, each with its connection to the database.

Django's own way is a new thread for each request, and with it a new connection: opened, set up and
its schema read anew, with nothing in its cache. That takes longer than most pages.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext

KEPT = 4
"""Threads that are kept; a page is mostly Python, which runs on one core at a time."""

App = Callable[[Any, Any, Any], Awaitable[None]]


class Pooled:
    """An ASGI application whose synchronous parts run on a thread that was used before.

    A request has its thread for itself. None waits for a thread: more requests than threads kept
    get new ones, of which as many live on as are wanted.
    """

    def __init__(self, app: App, *, kept: int = KEPT) -> None:
        self.app = app
        self.kept = kept
        self._idle: list[ThreadPoolExecutor] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # The one used last comes first: what it has in its cache is the newest.
        thread = self._idle.pop() if self._idle else ThreadPoolExecutor(max_workers=1)
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.app(scope, receive, send)
        finally:
            if len(self._idle) < self.kept:
                self._idle.append(thread)
            else:
                thread.shutdown(wait=False)
