"""A stranger's letter names the addresses that are asked: none of them leads into a private network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from firsthand.core.errors import Permanent, Temporary
from firsthand.verifier.fetch import WebLog, fetch_did, get


class Office(BaseHTTPRequestHandler):
    """A web server of a stranger: a page, a redirect, too much, nothing."""

    asked: list[str]

    def do_GET(self) -> None:
        Office.asked.append(self.path)
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "/page")
            self.end_headers()
        elif self.path in ("/page", "/large"):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * (5 if self.path == "/page" else 100))
        elif self.path == "/drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            with suppress(OSError):
                for _ in range(1000):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.02)
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def base() -> Iterator[str]:
    Office.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Office)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "localhost", "[::1]", "[::]",
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "[fe80::1]",
        "[fd00::1]", "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]", "198.18.0.1", "192.0.2.1",
    ],
)  # fmt: skip
def test_private_networks_are_never_asked(host: str) -> None:
    with pytest.raises(Permanent, match="private network"):
        get(f"http://{host}:9/checkpoint")


def test_nothing_is_asked_of_this_machine_unless_the_caller_says_so(base: str) -> None:
    with pytest.raises(Permanent, match="private network"):
        get(f"{base}/page")
    assert Office.asked == []
    assert get(f"{base}/page", loopback=True) == b"xxxxx"


def test_leave_to_ask_this_machine_is_none_to_ask_its_network() -> None:
    with pytest.raises(Permanent, match="private network"):
        get("http://10.0.0.1:9/", loopback=True)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://ada.example/",
        "//ada.example",
        "http://",
        "http://a@b.example/",
        "http://[x",
        "http://a:99999/",
    ],
)
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(Permanent, match="not a web address"):
        get(url)


def test_a_redirect_is_not_followed(base: str) -> None:
    with pytest.raises(Permanent, match="302"):
        get(f"{base}/away", loopback=True)
    assert Office.asked == ["/away"]


def test_too_much_is_refused(base: str) -> None:
    with pytest.raises(Permanent, match="too much"):
        get(f"{base}/large", loopback=True, limit=99)


def test_an_answer_that_drips_is_cut_off(base: str) -> None:
    began = time.monotonic()
    with pytest.raises(Temporary, match="did not answer"):
        get(f"{base}/drip", loopback=True, longest=0.3)
    assert time.monotonic() - began < 5


def test_what_is_not_there_is_none(base: str) -> None:
    assert WebLog(base, loopback=True).read("checkpoint") is None
    with pytest.raises(Permanent, match="publishes no keys"):
        fetch_did(f"did:web:{base.removeprefix('http://').replace(':', '%3A')}", loopback=True)


def test_nobody_there_is_trouble_for_now() -> None:
    with pytest.raises(Temporary, match="cannot be reached"):
        get("http://127.0.0.1:9/", loopback=True)


@pytest.mark.parametrize("did", ["did:key:z6Mk", "did:web:", "did:web:10.0.0.1", "ada.example"])
def test_a_did_is_no_way_in_either(did: str) -> None:
    with pytest.raises(Permanent):
        fetch_did(did)
