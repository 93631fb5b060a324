"""The verifier's few reads from the web, bounded in time and size.

A mail names the addresses that are asked here, and a mail may come from an enemy: private networks
are refused (RFC 1918, 4193, 3927, 6598), and the address that was checked is the one connected to.
Loopback is allowed only where the caller says so, for an office on this machine.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firsthand.channels.reachable import public, web_address
from firsthand.core.errors import Permanent, Temporary
from firsthand.core.passkey import PublicKey, read_published
from firsthand.core.record import from_multikey

LIMIT = 2_000_000
TIMEOUT = 10.0
"""Seconds of silence."""
LONGEST = 30.0
"""Seconds for a whole answer: one that drips must end as well."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    body: bytes


def get(
    url: str,
    *,
    accept: str = "",
    loopback: bool = False,
    limit: int = LIMIT,
    longest: float = LONGEST,
) -> bytes | None:
    """The body at `url`, asked for as the media type `accept`; None for 404 and 410.

    Redirects are not followed.

    Raises Permanent for an address that may not be asked or a wrong answer, Temporary for trouble.
    """
    answer = _ask("GET", url, None, accept, loopback=loopback, limit=limit, longest=longest)
    if answer.status in {404, 410}:
        return None
    if answer.status != 200:
        raise Permanent(f"{urlsplit(url).hostname} answered {answer.status}.")
    return answer.body


def post(
    url: str, body: bytes, *, loopback: bool = False, limit: int = LIMIT, longest: float = LONGEST
) -> Answer:
    """The answer to a POST of `body`, whatever its status. Bounded and guarded as `get` is."""
    return _ask("POST", url, body, loopback=loopback, limit=limit, longest=longest)


def _ask(
    method: str,
    url: str,
    body: bytes | None,
    accept: str = "",
    *,
    loopback: bool,
    limit: int,
    longest: float,
) -> Answer:
    parts, port = web_address(url)
    host = parts.hostname or ""
    addresses = public(host, port, loopback=loopback)
    connection = _connect(parts.scheme, host, port, addresses)
    deadline = time.monotonic() + longest
    end = Timer(longest, _hang_up, [connection.sock])
    end.daemon = True
    end.start()
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": "firsthand-verify", **({"Accept": accept} if accept else {})}
        connection.request(method, path or "/", body, headers=headers)
        response = connection.getresponse()
        said = response.read(limit + 1)
        if time.monotonic() >= deadline:
            raise TimeoutError(f"not in {longest:g} seconds")
    except (OSError, http.client.HTTPException) as problem:
        raise Temporary(f"{host} did not answer: {problem}.") from None
    finally:
        end.cancel()
        connection.close()
    if len(said) > limit:
        raise Permanent(f"{host} sent too much.")
    return Answer(response.status, said)


def _first(host: str, port: int, addresses: list[str]) -> socket.socket:
    """A connection to the first address that takes one: a name may have several (IPv6, IPv4)."""
    failure: OSError | None = None
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=TIMEOUT)
        except OSError as problem:
            failure = problem
    raise Temporary(f"{host} cannot be reached: {failure}.")


def _hang_up(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _connect(scheme: str, host: str, port: int, addresses: list[str]) -> http.client.HTTPConnection:
    plain = _first(host, port, addresses)
    if scheme == "http":
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        connection.sock = plain
        return connection
    try:
        secure = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError as problem:
        plain.close()
        raise Permanent(f"{host} has no valid certificate: {problem}.") from None
    connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT)
    connection.sock = secure
    return connection


@dataclass(frozen=True, slots=True)
class WebLog:
    """A log's files at an office's public address; a `tlog.tiles.Reader`."""

    base: str
    loopback: bool = False

    def read(self, path: str) -> bytes | None:
        return get(f"{self.base}/{path}", loopback=self.loopback)


def fetch_did(did: str, *, loopback: bool = False) -> dict[str, Ed25519PublicKey]:
    """The keys that issue records in a `did:web` document, by their names (`office-1`).

    https, except for an office on this machine. Raises Permanent for anything that is no such document.
    """
    document = _fetch(did, loopback)
    try:
        issuing = {str(each) for each in document["assertionMethod"]}
        return {
            str(method["id"]).partition("#")[2]: from_multikey(str(method["publicKeyMultibase"]))
            for method in document["verificationMethod"]
            if str(method["id"]) in issuing
        }
    except (ValueError, KeyError, TypeError, IndexError):
        raise Permanent(f"What {did[:100]} publishes as its keys cannot be read.") from None


def fetch_passkeys(did: str, *, loopback: bool = False) -> dict[str, PublicKey]:
    """The passkeys in the same document, also those that are revoked: the log says since when."""
    document = _fetch(did, loopback)
    found: dict[str, PublicKey] = {}
    methods = document.get("verificationMethod")
    for method in methods if isinstance(methods, list) else []:
        name = str(method.get("id")).partition("#")[2] if isinstance(method, dict) else ""
        if "-passkey-" in name:
            with suppress(ValueError, TypeError):
                found[name] = read_published(method)
    return found


def _fetch(did: str, loopback: bool) -> dict[str, Any]:
    parts = [unquote(part) for part in did.split(":")]
    if parts[:2] != ["did", "web"] or len(parts) < 3:
        raise Permanent(f"{did[:100]} is not a did:web name.")
    host, path = parts[2], "/".join(parts[3:])
    local = loopback and host.split(":")[0] in {"localhost", "127.0.0.1"}
    where = f"{'http' if local else 'https'}://{host}/{path or '.well-known'}/did.json"
    body = get(where, loopback=local)
    if body is None:
        raise Permanent(f"{host} publishes no keys (did.json).")
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("id", did) != did:
        raise Permanent(f"What {host} publishes as its keys cannot be read.")
    return document
