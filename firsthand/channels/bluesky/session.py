"""Signing in: a session by app password, kept as long as it is good.

Servers allow few sign-ins a day (300 at bsky.social), and an office opens its channel thousands of
times. So sessions are shared by all channels of a process; they lie nowhere else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from firsthand.channels.bluesky.names import DID
from firsthand.channels.bluesky.xrpc import Refused, Server, Stale
from firsthand.core.errors import Permanent, Temporary, Uncertain

_APP_PASSWORD = (
    "Make an app password in Bluesky's settings (Privacy and security), and connect again."
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Who is signed in, and the tokens that say so."""

    did: str
    handle: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)


_tokens: dict[tuple[str, str, bytes], Tokens] = {}
_lock = Lock()


@dataclass(frozen=True, slots=True)
class Session:
    """One account on its server. Every call signs in when it has to."""

    server: Server
    name: str
    password: str = field(repr=False)

    @property
    def did(self) -> str:
        return self.tokens().did

    def tokens(self, *, fresh: bool = False) -> Tokens:
        """Signs in, unless that is done already. `fresh`: the password itself is tried."""
        with _lock:
            found = _tokens.get(self._key)
        return self._kept(self._sign_in()) if found is None or fresh else found

    def ask(self, method: str, **question: Any) -> dict[str, Any]:
        """A question in the account's name. Raises Temporary or Refused."""
        tokens = self.tokens()
        try:
            return self.server.ask(method, question, token=tokens.access)
        except Stale:
            return self.server.ask(method, question, token=self._renewed(tokens).access)

    def tell(
        self,
        method: str,
        said: Mapping[str, Any] | bytes,
        *,
        media_type: str = "application/json",
    ) -> dict[str, Any]:
        """Something told in the account's name. A stale token was refused before it had an effect."""
        tokens = self.tokens()
        try:
            return self.server.tell(method, said, token=tokens.access, media_type=media_type)
        except Stale:
            fresh = self._renewed(tokens)
            return self.server.tell(method, said, token=fresh.access, media_type=media_type)

    @property
    def _key(self) -> tuple[str, str, bytes]:
        return self.server.address, self.name, hashlib.sha256(self.password.encode()).digest()

    def _kept(self, tokens: Tokens) -> Tokens:
        with _lock:
            _tokens[self._key] = tokens
        return tokens

    def _renewed(self, old: Tokens) -> Tokens:
        """New tokens, unless another thread has renewed them meanwhile."""
        with _lock:
            found = _tokens.get(self._key)
        if found and found.access != old.access:
            return found
        try:
            said = _called(self.server, "refreshSession", None, token=old.refresh)
        except Refused:
            return self._kept(self._sign_in())
        return self._kept(_read(said))

    def _sign_in(self) -> Tokens:
        if not self.password:
            raise Permanent("The account has no app password.", hint=_APP_PASSWORD)
        said = {"identifier": self.name, "password": self.password}
        try:
            return _read(_called(self.server, "createSession", said))
        except Refused as problem:
            factor = problem.name == "AuthFactorTokenRequired"
            why = "wants more than the password" if factor else "refused the app password"
            raise Permanent(
                f"{self.server.address} {why} of {self.name}: {problem.message}", hint=_APP_PASSWORD
            ) from None


def _called(
    server: Server, method: str, said: Mapping[str, Any] | None, *, token: str = ""
) -> dict[str, Any]:
    """Signing in changes nothing that anybody sees, so what is unknown is only a failure."""
    try:
        return server.tell(f"com.atproto.server.{method}", said, token=token)
    except Uncertain as problem:
        raise Temporary(problem.message) from None


def _read(said: dict[str, Any]) -> Tokens:
    did, handle, access, refresh = (
        str(said.get(name) or "") for name in ("did", "handle", "accessJwt", "refreshJwt")
    )
    if not (DID.fullmatch(did) and access and refresh):
        raise Temporary("The server signed in nobody: its answer makes no sense.")
    if said.get("active") is False:
        raise Permanent(
            f"The account is not active: {str(said.get('status') or 'no reason given')[:100]}."
        )
    return Tokens(did, handle.lower(), access, refresh)
