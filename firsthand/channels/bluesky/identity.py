"""Who is behind a handle, and where their posts are: handle, DID, document, PDS.

The directory of `did:plc` is Bluesky's, unless $ATPROTO_PLC names another; $ATPROTO_RESOLVER names
who is asked about a handle whose own server does not answer (its DNS may).
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from firsthand import environment
from firsthand.channels.bluesky.names import DID, handle
from firsthand.channels.dialect import Get
from firsthand.channels.reachable import is_loopback
from firsthand.core.errors import FirsthandError, Permanent, Temporary


class Identity(NamedTuple):
    """`handle` "": its document names none that leads back to it."""

    did: str
    handle: str
    pds: str


def directory() -> str:
    return environment.text("ATPROTO_PLC", "https://plc.directory").rstrip("/")


def resolver() -> str:
    return environment.text("ATPROTO_RESOLVER", "https://public.api.bsky.app").rstrip("/")


def is_local() -> bool:
    """Whether all of it runs on this very machine: then servers on it may be asked."""
    return is_loopback(directory())


def identify(who: str, get: Get) -> Identity:
    """The identity of a handle or a DID: handle and document must name each other.

    Raises Permanent for nobody, Temporary where those who know cannot be asked.
    """
    if DID.fullmatch(who):
        document = _document(who, get)
        named = _named(document)
        with suppress(FirsthandError):
            if named and did_of(named, get) == who:
                return Identity(who, named, _pds(document, who))
        return Identity(who, "", _pds(document, who))
    name = handle(who)
    if name is None:
        raise Permanent(f"“{who[:60]}” is no handle and no DID.")
    did = did_of(name, get)
    document = _document(did, get)
    if f"at://{name}" not in _also(document):
        raise Permanent(f"{name} leads to an identity that does not call itself so.")
    return Identity(did, name, _pds(document, did))


def did_of(name: str, get: Get) -> str:
    """The DID of a handle, as the handle's own server says it, else as the resolver does."""
    with suppress(FirsthandError):
        said = get(f"https://{name}/.well-known/atproto-did", "text/plain").decode(
            "ascii", "replace"
        )
        if DID.fullmatch(said.strip()):
            return said.strip()
    where = f"{resolver()}/xrpc/com.atproto.identity.resolveHandle?handle={quote(name)}"
    try:
        answer = _json(get(where, "application/json"))
    except Permanent:
        answer = {}
    found = str(answer.get("did"))
    if not DID.fullmatch(found):
        raise Permanent(f"There is nobody called {name} on Bluesky.", hint="Check the handle.")
    return found


def _document(did: str, get: Get) -> dict[str, Any]:
    where = f"{directory()}/{did}"
    if did.startswith("did:web:"):
        host = did.removeprefix("did:web:").replace("%3A", ":")
        where = f"https://{host}/.well-known/did.json"
    document = _json(get(where, "application/json"))
    if document.get("id") != did:
        raise Permanent(f"There is no identity {did}.")
    return document


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise Temporary(
            "A directory of Bluesky's answered with something else than JSON."
        ) from None
    return found if isinstance(found, dict) else {}


def _also(document: dict[str, Any]) -> list[str]:
    names = document.get("alsoKnownAs")
    return [str(each).lower() for each in names] if isinstance(names, list) else []


def _named(document: dict[str, Any]) -> str:
    named = (each.removeprefix("at://") for each in _also(document) if each.startswith("at://"))
    return next(filter(None, map(handle, named)), "")


def _pds(document: dict[str, Any], did: str) -> str:
    services = document.get("service")
    for each in services if isinstance(services, list) else []:
        if isinstance(each, dict) and str(each.get("id")).removeprefix(did) == "#atproto_pds":
            return server(str(each.get("serviceEndpoint")))
    raise Permanent(f"The document of {did} names no server (PDS).")


def server(address: str) -> str:
    """The address of a server that a document names: https, or a loopback if the directory is one."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    here = is_loopback(address)
    if not host or parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        raise Permanent(f"“{address[:100]}” is not the address of a server.")
    if here and not is_local():
        raise Permanent(f"{host} is this very machine, which a stranger's document may not ask.")
    if parts.scheme != "https" and not here:
        raise Permanent(f"{address[:100]} is not encrypted, so it is not asked.")
    return f"{parts.scheme}://{parts.netloc}"
