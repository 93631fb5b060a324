"""Which actor an agent is: the bearer token that staff.issue_token made says it, nothing else."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils import timezone
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, TokenVerifier

from firsthand.core.errors import Denied
from firsthand.office import staff
from firsthand.office.models import Actor


class Tokens(TokenVerifier):
    """Asked for every request, so that a revoked token is refused from then on."""

    async def verify_token(self, token: str) -> AccessToken | None:
        actor = await sync_to_async(_actor)(token)
        if not actor:
            return None
        return AccessToken(token=token, client_id=actor.key, scopes=[], subject=str(actor.pk))


def _actor(token: str) -> Actor | None:
    close_old_connections()
    try:
        return staff.actor_of_token(token=token, now=timezone.now())
    finally:
        close_old_connections()


def caller() -> str:
    """The number of the actor whose request this is. Raises Denied."""
    token = get_access_token()
    if not token or not token.subject:
        raise Denied("Nobody is signed in.", hint="Send a token (Authorization: Bearer …).")
    return token.subject
