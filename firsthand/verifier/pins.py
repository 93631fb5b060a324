"""Keys of an office as others name them: the DNS of its domain, pages of the principal (docs/trust.md).

`_firsthand.HOST TXT "firsthand-key=z6Mk…"`, and `<a rel="me" href="https://HOST/#z6Mk…">`.
"""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firsthand.channels.reachable import is_loopback
from firsthand.core.errors import Misuse, Permanent, Temporary
from firsthand.core.record import from_multikey
from firsthand.verifier.fetch import get

LABEL = "_firsthand"
_MARK = "firsthand-key="
_SECONDS = 5.0
_MOST = 20
"""Keys and links that are read; the rest is passed over."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a pin says. `linked`: that this office is theirs; `keys`: which keys it has, if it says so."""

    linked: bool
    keys: tuple[Ed25519PublicKey, ...] = ()


def named(pin: str, base: str, host: str, *, resolver: str | None = None) -> Named:
    """What `pin` (`dns` or the address of a page) says of the office at `base`.

    Raises Misuse for another kind of pin, Temporary and Permanent where it cannot be read.
    """
    if pin == "dns":
        keys = in_dns(host, resolver=resolver)
        return Named(bool(keys), keys)
    if not pin.startswith(("https://", "http://")):
        raise Misuse(f"{pin[:60]} is no pin.", hint="Say dns, or https://… of a page of theirs.")
    return on_page(pin, base)


def in_dns(host: str, *, resolver: str | None = None) -> tuple[Ed25519PublicKey, ...]:
    """The keys in the TXT records of `_firsthand.HOST`. `resolver`: whom to ask (an address, perhaps :PORT).

    Raises Temporary where nobody answers, Permanent where this machine cannot ask.
    """
    try:
        import dns.exception
        import dns.resolver
    except ImportError:
        raise Permanent("The DNS is asked by dnspython, which is not installed here.") from None
    try:
        asking = dns.resolver.Resolver(configure=resolver is None)
        if resolver:
            address, _, port = resolver.partition(":")
            asking.nameservers, asking.port = [address], int(port or 53)
        answer = asking.resolve(f"{LABEL}.{host}.", "TXT", lifetime=_SECONDS)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, ValueError, OSError) as problem:
        raise Temporary(f"The DNS of {host} gives no answer: {problem}.") from None
    texts = [b"".join(record.strings).decode("ascii", "replace") for record in answer]
    marked = [text.removeprefix(_MARK) for text in texts if text.startswith(_MARK)]
    return tuple(filter(None, map(_key, marked[:_MOST])))


def on_page(url: str, base: str) -> Named:
    """The rel=me links of a page that lead to `base`; a key may stand in their fragment.

    Private networks are never asked, but for this very machine where the reader typed its name.
    """
    body = get(url, accept="text/html", loopback=is_loopback(url))
    if body is None:
        raise Permanent(f"There is no page at {url}.")
    links = _Links()
    links.feed(body.decode("utf-8", "replace"))
    ours = [link.partition("#") for link in links.found]
    fragments = [key for address, _, key in ours if address.rstrip("/") == base]
    return Named(bool(fragments), tuple(filter(None, map(_key, fragments[:_MOST]))))


class _Links(HTMLParser):
    """The targets of all links with rel=me (microformats.org/wiki/rel-me)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in {"a", "link"} and "me" in (values.get("rel") or "").lower().split():
            self.found.append((values.get("href") or "").strip())


def _key(text: str) -> Ed25519PublicKey | None:
    try:
        return from_multikey(text.strip())
    except ValueError:
        return None
