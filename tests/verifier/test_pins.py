"""Keys as the DNS and pages of the principal name them, read from a real DNS server and a real web server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dnslib.server import DNSLogger, DNSServer
from dnslib.zoneresolver import ZoneResolver

from firsthand.core.errors import Misuse, Permanent, Temporary
from firsthand.core.record import multikey
from firsthand.verifier import pins

KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32).public_key() for n in (1, 2)]
FIRST, SECOND = map(multikey, KEYS)
ZONE = f"""
_firsthand.ada.example. 60 IN TXT "firsthand-key={FIRST}"
_firsthand.ada.example. 60 IN TXT "firsthand-key={SECOND[:20]}" "{SECOND[20:]}"
_firsthand.ada.example. 60 IN TXT "v=spf1 -all"
_firsthand.eve.example. 60 IN TXT "firsthand-key=z6MkNotAKey"
_firsthand.eve.example. 60 IN TXT "{FIRST}"
_firsthand.mail.example. 60 IN MX 10 mail.example.
"""
MANY = "".join(f'_firsthand.many.example. 60 IN TXT "firsthand-key={FIRST}"\n' for _ in range(90))
BASE = "https://ada.example"


def _listening(zone: str, port: int, *, tcp: bool) -> DNSServer:
    return DNSServer(
        ZoneResolver(zone), address="127.0.0.1", port=port, tcp=tcp, logger=DNSLogger("-")
    )


def _both(zone: str) -> list[DNSServer]:
    """The zone on one free port, by UDP and by TCP: what is free for one may be taken for the other."""
    for _ in range(20):
        udp = _listening(zone, 0, tcp=False)
        try:
            return [udp, _listening(zone, udp.server.server_address[1], tcp=True)]
        except OSError:
            udp.server.server_close()
    raise AssertionError("no port is free for UDP and TCP")


@pytest.fixture(scope="module")
def dns() -> Iterator[str]:
    """A DNS server on UDP and TCP."""
    servers = _both(ZONE + MANY)
    for server in servers:
        server.start_thread()
    yield f"127.0.0.1:{servers[0].server.server_address[1]}"
    for server in servers:
        server.server.shutdown()
        server.server.server_close()


def test_the_dns_names_keys(dns: str) -> None:
    assert {multikey(key) for key in pins.in_dns("ada.example", resolver=dns)} == {FIRST, SECOND}


@pytest.mark.parametrize("host", ["eve.example", "mail.example", "nobody.example"])
def test_a_domain_that_names_no_key_names_none(dns: str, host: str) -> None:
    assert pins.in_dns(host, resolver=dns) == ()
    assert not pins.named("dns", BASE, host, resolver=dns).linked


def test_an_answer_too_long_for_a_packet_is_read_and_bounded(dns: str) -> None:
    assert 0 < len(pins.in_dns("many.example", resolver=dns)) <= 20


def test_a_server_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "_SECONDS", 0.5)
    with pytest.raises(Temporary, match="gives no answer"):
        pins.in_dns("ada.example", resolver="127.0.0.1:9")
    with pytest.raises(Temporary):
        pins.in_dns("ada.example", resolver="no address")
    with pytest.raises(Temporary):
        pins.in_dns("a" * 80 + ".example", resolver="127.0.0.1:9")


PAGES = {
    "/key": f'<p>Me: <a href="{BASE}/#{FIRST}" rel="noopener me">office</a>',
    "/head": f'<link rel="ME" href="{BASE}/#{FIRST}"><link rel=me href="{BASE}#{SECOND}">',
    "/plain": f'<a rel="me nofollow" href="{BASE}/">office</a>',
    "/quoted": f'<a href="{BASE}/#{FIRST}">her office</a> <!-- <a rel="me" href="{BASE}"> -->',
    "/other": f'<a rel="me" href="{BASE}.evil.example/#{FIRST}">x</a>',
    "/menu": f'<a rel="menu" href="{BASE}/#{FIRST}">x</a>',
    "/broken": f'<a rel="me" href="{BASE}/#{FIRST}"><a rel=me href><a rel><b <',
    "/strange": f'<a rel="me" href="{BASE}/#z6MkNotAKey">x</a>',
}


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path)
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def web() -> Iterator[Callable[[str], pins.Named]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, daemon=True).start()
    yield lambda path: pins.named(
        f"http://127.0.0.1:{server.server_port}{path}", BASE, "ada.example"
    )
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "linked", "keys"),
    [
        ("/key", True, {FIRST}),
        ("/head", True, {FIRST, SECOND}),
        ("/plain", True, set()),
        ("/quoted", False, set()),
        ("/other", False, set()),
        ("/menu", False, set()),
        ("/broken", True, {FIRST}),
        ("/strange", True, set()),
    ],
)
def test_a_page_names_the_office_and_its_key(
    web: Callable[[str], pins.Named], path: str, linked: bool, keys: set[str]
) -> None:
    found = web(path)
    assert (found.linked, set(map(multikey, found.keys))) == (linked, keys)


def test_what_is_no_page_or_no_pin_is_refused(web: Callable[[str], pins.Named]) -> None:
    with pytest.raises(Permanent, match="no page"):
        web("/none")
    with pytest.raises(Misuse, match="no pin"):
        pins.named("ftp://ada.example", BASE, "ada.example")
    with pytest.raises(Permanent, match="private network"):
        pins.named("https://10.0.0.1/", BASE, "ada.example")
