"""Where agents come in: `/mcp` and its metadata beside the pages, in one ASGI application."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async

from firsthand.mcp.server import PATH, build
from firsthand.office.models import Office

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
# Both frameworks describe ASGI more narrowly, each in its own way.
App = Callable[[Any, Any, Any], Awaitable[None]]

METADATA = "/.well-known/oauth-protected-resource"


class Doors:
    """Sends agents to their door, and everybody else to the pages.

    The server's lifespan belongs to the agents' door, which knows the office's address only then.
    """

    def __init__(self, pages: App) -> None:
        self.pages = pages
        self.agents: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self.agents = await sync_to_async(_agents)()
            await (self.agents or _idle)(scope, receive, send)
        elif scope["type"] == "http" and _is_for_agents(scope["path"]):
            # A thread of its own for each request, as the pages have.
            async with ThreadSensitiveContext():
                await (self.agents or _closed)(scope, receive, send)
        else:
            await self.pages(scope, receive, send)


def _is_for_agents(path: str) -> bool:
    return path in {PATH, METADATA} or path.startswith((f"{PATH}/", f"{METADATA}/"))


def _agents() -> App | None:
    office = Office.objects.first()
    return build(base=office.base, principal=office.name) if office else None


async def _idle(scope: Scope, receive: Receive, send: Send) -> None:
    """The lifespan of a server without an office."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _closed(scope: Scope, receive: Receive, send: Send) -> None:
    """The office was made after the server began, or the server knows no lifespan."""
    message = "There is no door for agents here yet."
    hint = "Start the server again after the office was made: firsthand up"
    body = json.dumps({"error": {"code": "temporary", "message": message, "hint": hint}})
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
