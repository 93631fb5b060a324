"""Which addresses may be asked where a stranger chose the name. Standard library only.

Both who asks the web for the office and the stranger's verifier decide it here, and connect to the
very address that was decided on, so that a name cannot mean another one a moment later.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

from firsthand.core.errors import Permanent, Temporary

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that IANA gives out for hosts; site-local, mapped and compatible are not in it."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 behind a translator (RFC 6052): on networks without IPv4, every name leads here."""


def web_address(url: str) -> tuple[SplitResult, int]:
    """The parts of a web address and its port. Raises Permanent for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Permanent(f"{url[:100]} is not a web address.") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise Permanent(f"{url[:100]} is not a web address.")
    return parts, port


def is_loopback(url: str) -> bool:
    """Whether an address names this very machine, so that whoever typed it means it."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public(address: Address) -> bool:
    """Whether it is a host on the internet: not private, shared, link-local, reserved or multicast
    (RFC 1918, 6598, 3927, 4193, 6890), nor IPv6 that leads to such an IPv4 (RFC 3056, 4380, 6052).
    """
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not address.is_multicast
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if address not in _UNICAST or not address.is_global:
        return False
    hidden = [address.sixtofour, *(address.teredo or ())]
    return all(is_public(each) for each in hidden if each is not None)


def resolve(host: str, port: int) -> list[Address]:
    """What the name stands for now. Raises Temporary. The system's resolver bounds the time."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Temporary(f"The name {host[:200]} could not be looked up.") from None
    return [ipaddress.ip_address(str(place[0]).split("%")[0]) for *_, place in found]


def public(host: str, port: int, *, loopback: bool = False) -> list[str]:
    """The addresses of `host` that may be asked for a stranger. `loopback`: this machine as well.

    Raises Permanent where there is none, Temporary where the name cannot be looked up.
    """
    allowed = [
        each for each in resolve(host, port) if is_public(each) or (loopback and each.is_loopback)
    ]
    if not allowed:
        raise Permanent(f"{host} is in a private network, which no stranger may have asked.")
    return [str(each) for each in allowed]
