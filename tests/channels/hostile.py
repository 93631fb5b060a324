"""A real web server on this machine that does to a client whatever servers do, and worse."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

TURN = 0.02
"""Seconds between two bytes of a server that drips."""


class Handler(BaseHTTPRequestHandler):
    server: Hostile

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        name, _, rest = self.path[1:].partition("/")
        with suppress(OSError):
            getattr(self, f"_{name.replace('-', '_')}", self._page)(rest)

    do_POST = do_PUT = do_HEAD = do_GET

    def _say(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _page(self, _: str) -> None:
        self._say(b'{"fine": true}')

    def _blog(self, rest: str) -> None:
        """A page that names `rest`, here or elsewhere, as where the API of a WordPress is."""
        root = rest if rest.startswith("http") else f"{self.server.base}/{rest}"
        self._say(b"<p>", Link=f'<{root}/>; rel="https://api.w.org/"')

    def _html(self, _: str) -> None:
        self._say(b"<!doctype html><title>Just a moment</title>", Content_Type="text/html")

    def _status(self, rest: str) -> None:
        status, _, seconds = rest.partition("/")
        extra = {"Retry-After": seconds} if seconds else {}
        self._say(b'{"message": "No,\\n sorry."}', int(status), **extra)

    def _to(self, rest: str) -> None:
        self._say(b"", 302, Location=rest)

    def _round(self, _: str) -> None:
        self._say(b"", 302, Location="/round")

    def _endless(self, _: str) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.server.over.is_set():
            self.wfile.write(b"x" * 65536)

    def _boasts(self, _: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(10**10))
        self.end_headers()
        self.wfile.write(b"x")

    def _drip(self, _: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self._dripping(b"x")

    def _drip_headers(self, _: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self._dripping(b"x")

    def _dripping(self, byte: bytes) -> None:
        while not self.server.over.wait(TURN):
            self.wfile.write(byte)
            self.wfile.flush()

    def _silent(self, _: str) -> None:
        self.server.over.wait(30)

    def _hangs_up(self, _: str) -> None:
        self.close_connection = True

    def _halfway(self, _: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x")
        self.close_connection = True

    def _long_header(self, _: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1_000_000 + b"\r\n\r\n")

    def _nonsense(self, _: str) -> None:
        self.wfile.write(b"220 mail.example ESMTP\r\n")
        self.close_connection = True

    def _gzip(self, _: str) -> None:
        self._say(gzip.compress(b'{"fine": true}'), Content_Encoding="gzip")

    def _bomb(self, _: str) -> None:
        self._say(BOMB, Content_Encoding="gzip")

    def _cut(self, _: str) -> None:
        self._say(gzip.compress(b"x" * 1000)[:-9], Content_Encoding="gzip")

    def _packed(self, _: str) -> None:
        self._say(zlib.compress(b"x"), Content_Encoding="br")

    def log_message(self, *_: object) -> None:
        """Quiet."""


def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    zeros = b"\0" * 1_000_000
    return b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()


BOMB = _bomb()
"""200 MB in 200 kB."""


class Hostile(ThreadingHTTPServer):
    daemon_threads = True
    asked: list[tuple[str, str, dict[str, str]]]
    over: Event

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def hostile(host: str = "127.0.0.1") -> Iterator[Hostile]:
    server = Hostile((host, 0), Handler)
    server.asked, server.over = [], Event()
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()


def cpu(began: float) -> float:
    """CPU seconds since `began` (`time.process_time()`)."""
    return time.process_time() - began
