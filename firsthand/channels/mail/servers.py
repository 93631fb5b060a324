"""What an account's settings say of its mail servers: where, how encrypted, how signed in.

The settings are listed in docs/channels/mail.md. Nothing here opens a connection.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from enum import StrEnum

from firsthand.channels.base import Connection
from firsthand.core.errors import Permanent


class Security(StrEnum):
    """How a connection is encrypted. `plain` is never chosen for anybody: the settings must say it."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


class Auth(StrEnum):
    """How an account signs in: with a password, with a token (XOAUTH2), or not at all."""

    PASSWORD = "password"
    XOAUTH2 = "xoauth2"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Server:
    """One server of an account. `timeout`: seconds for one answer."""

    name: str
    host: str
    port: int
    security: Security
    auth: Auth
    user: str
    secret: str = field(repr=False)
    timeout: float
    ca_file: str = ""

    def context(self) -> ssl.SSLContext:
        """Certificates are checked, always; `ca_file` names one's own authority."""
        return ssl.create_default_context(cafile=self.ca_file or None)

    def __str__(self) -> str:
        return f"{self.name} server {self.host}:{self.port}"


_PORTS = {
    ("imap", Security.TLS): 993,
    ("imap", Security.STARTTLS): 143,
    ("imap", Security.PLAIN): 143,
    ("smtp", Security.TLS): 465,
    ("smtp", Security.STARTTLS): 587,
    ("smtp", Security.PLAIN): 25,
}


def server_of(connection: Connection, kind: str) -> Server:
    """The `imap` or `smtp` server of an account. Raises Permanent where its settings do not do."""
    settings = connection.settings
    host = str(settings.get(f"{kind}_host", ""))
    if not host:
        raise Permanent(
            f"{connection.address} has no {kind.upper()} server: its settings name none.",
            hint="Connect the account again: firsthand connect mail",
        )
    try:
        security = Security(settings.get(f"{kind}_security", Security.TLS))
        auth = Auth(settings.get(f"{kind}_auth", settings.get("auth", Auth.PASSWORD)))
        port = int(settings.get(f"{kind}_port") or _PORTS[kind, security])
        timeout = float(settings.get("timeout", 60.0))
    except ValueError as problem:
        raise Permanent(
            f"A setting of {connection.address} cannot be used: {problem}.",
            hint="docs/channels/mail.md lists the settings.",
        ) from None
    return Server(
        name=kind.upper(),
        host=host,
        port=port,
        security=security,
        auth=auth,
        user=str(settings.get("user") or connection.address),
        secret=_secret(connection, auth),
        timeout=timeout,
        ca_file=str(settings.get("ca_file", "")),
    )


def _secret(connection: Connection, auth: Auth) -> str:
    name = {Auth.PASSWORD: "password", Auth.XOAUTH2: "token", Auth.NONE: ""}[auth]
    if name and not connection.secrets.get(name):
        raise Permanent(
            f"{connection.address} has no {name} to sign in with.",
            hint="Connect the account again: firsthand connect mail",
        )
    return connection.secrets[name] if name else ""
