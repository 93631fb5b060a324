"""The tools as a server of the SDK: who calls, which tools they see, how a refusal is told."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from importlib.metadata import version
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp_types import CallToolResult, InputRequiredResult, TextContent, Tool, ToolAnnotations
from pydantic import AnyHttpUrl, ValidationError
from starlette.applications import Starlette

from firsthand.core.errors import FirsthandError, Misuse
from firsthand.mcp.foreign import NOTICE
from firsthand.mcp.identity import Tokens, caller
from firsthand.mcp.tools import OFFERS, Offer, shown_to
from firsthand.office.models import Actor

PATH = "/mcp"


def instructions(principal: str) -> str:
    """What an agent is told about this office before anything else."""
    return (
        f"This is the office of {principal}. You act as a hand of your own, never as {principal}: "
        "my_rights tells what you may. Whatever leaves carries a public byline that says truly who "
        "wrote, approved and sent it. Draft answers and ask for approval; a refusal says why and "
        f"what to do instead. {NOTICE}"
    )


class Agents(MCPServer[Any]):
    """Shows an actor the tools they could use, and tells every refusal in one shape."""

    async def list_tools(self) -> list[Tool]:
        shown = await sync_to_async(_in_database)(_shown, caller())
        return [tool for tool in await super().list_tools() if tool.name in shown]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as problem:
            if isinstance(problem.__cause__, ValidationError):
                return refusal(_misuse(problem.__cause__))
            raise


def refusal(problem: FirsthandError) -> CallToolResult:
    """The sentence for the model to read, and the same in the shape of the API."""
    error = {"code": problem.code, "message": problem.message, "hint": problem.hint}
    return CallToolResult(
        content=[TextContent(type="text", text=f"{problem.message} {problem.hint}".strip())],
        structured_content={"error": error},
        is_error=True,
    )


def _misuse(problem: ValidationError) -> Misuse:
    """Names the arguments; what was sent is not repeated."""
    told = (f"{'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in problem.errors())
    return Misuse("; ".join(dict.fromkeys(told)), hint="The tool's input schema tells what fits.")


def build(*, base: str, principal: str) -> Starlette:
    """The ASGI application for `base`/mcp. Its lifespan must be run around it."""
    server = Agents(
        "firsthand",
        title="Firsthand",
        version=version("firsthand"),
        instructions=instructions(principal),
        token_verifier=Tokens(),
        auth=AuthSettings(
            issuer_url=AnyHttpUrl(base),
            resource_server_url=AnyHttpUrl(f"{base}{PATH}"),
            # Tokens are this office's own and known nowhere else.
            validate_token_resource=False,
        ),
        subscriptions=False,
    )
    for offer in OFFERS:
        hints = ToolAnnotations(read_only_hint=not offer.changes, open_world_hint=False)
        server.add_tool(_tool(offer), name=offer.name, annotations=hints)
    return server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        transport_security=_hosts(base),
    )


def _hosts(base: str) -> TransportSecuritySettings:
    """The hosts that the pages answer to, and the office's own."""
    if "*" in settings.ALLOWED_HOSTS:
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    hosts = [base.partition("://")[2]]
    hosts += [form for host in settings.ALLOWED_HOSTS for form in (host, f"{host}:*")]
    origins = [base, *settings.CSRF_TRUSTED_ORIGINS]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


def _tool(offer: Offer) -> Callable[..., Any]:
    """The act as the SDK wants it: without actor and time, which the door knows."""
    signature = inspect.signature(offer.act, eval_str=True)
    given = [p for p in signature.parameters.values() if p.name not in {"actor", "now"}]

    @wraps(offer.act)
    async def tool(**arguments: Any) -> Any:
        try:
            return await sync_to_async(_in_database)(_act, offer, caller(), arguments)
        except FirsthandError as problem:
            return refusal(problem)

    tool.__signature__ = signature.replace(parameters=given)  # type: ignore[attr-defined]
    return tool


def _act(offer: Offer, who: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return offer.act(Actor.objects.get(pk=who), timezone.now(), **arguments)


def _shown(who: str) -> frozenset[str]:
    return shown_to(Actor.objects.get(pk=who), timezone.now())


def _in_database(act: Callable[..., Any], *arguments: Any) -> Any:
    """Outside of a page's request nobody else closes connections that broke or grew old."""
    close_old_connections()
    try:
        return act(*arguments)
    finally:
        close_old_connections()
