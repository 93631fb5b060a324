"""XRPC, ATProto's way to call a server: JSON over HTTP, errors with a name.

A question (GET) that fails had no effect. What is told (POST) may have had one, unless the server
says clearly that it refuses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from firsthand.channels.web import Answer, Web
from firsthand.channels.wire import retry_at
from firsthand.core.errors import Permanent, Temporary, Uncertain

_STALE = {"ExpiredToken", "InvalidToken"}


class Refused(Permanent):
    """The server will not do it. `name` is the error's, as the lexicon of the method lists it."""

    def __init__(self, message: str, *, name: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.name = name


class Stale(Refused):
    """The token is not valid any more: nothing was done; get another and ask again."""


class Unanswered(Temporary):
    """The server is there and answers nothing of use: perhaps whoever it asks itself is away."""


@dataclass(frozen=True, slots=True)
class Server:
    """One server, and the web to reach it by."""

    address: str
    web: Web

    def ask(self, method: str, question: Mapping[str, Any], *, token: str = "") -> dict[str, Any]:
        """The answer to a question. Raises Temporary or Permanent."""
        url = f"{self.address}/xrpc/{method}"
        return read(self.web.ask("GET", url, params=question, headers=_headers(token)))

    def tell(
        self,
        method: str,
        said: Mapping[str, Any] | bytes | None = None,
        *,
        token: str = "",
        media_type: str = "application/json",
    ) -> dict[str, Any]:
        """What the server answers to what it is told. Raises Temporary, Permanent or Uncertain."""
        body = (
            said if isinstance(said, bytes) else b"" if said is None else json.dumps(said).encode()
        )
        headers = _headers(token) | ({"Content-Type": media_type} if said is not None else {})
        url = f"{self.address}/xrpc/{method}"
        return read(self.web.ask("POST", url, headers=headers, content=body))


def read(answer: Answer) -> dict[str, Any]:
    """The result. What is neither that nor a clear refusal leaves open what happened."""
    found = _object(answer.body)
    if answer.status == 200 and found is not None:
        return found
    name, said = (str((found or {}).get(each, ""))[:300] for each in ("error", "message"))
    told = f"{answer.host} answered {answer.status}: {said or name or 'nothing that is XRPC'}."
    if answer.status == 429:
        raise Temporary(told, retry_at=retry_at(answer.headers) or _free_again(answer.headers))
    if name in _STALE:
        raise Stale(told, name=name)
    if 400 <= answer.status < 500 and name:
        raise Refused(told, name=name)
    raise Uncertain(told) if answer.effect else Unanswered(told)


def _headers(token: str) -> dict[str, str]:
    accept = {"Accept": "application/json"}
    return accept | ({"Authorization": f"Bearer {token}"} if token else {})


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _free_again(headers: Mapping[str, str]) -> datetime | None:
    """When the server's own count of requests begins anew."""
    try:
        return datetime.fromtimestamp(int(headers["ratelimit-reset"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
