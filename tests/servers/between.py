"""What stands between us and a real server, and goes wrong on demand: in front of it or behind it.

`Between` hands every request on, but for the next ones that a test names: those meet a fault before
the server gets them, or after it did what was asked.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import httpx

PAGE = b"<!doctype html><title>Just a moment</title>"


class Handler(BaseHTTPRequestHandler):
    server: Between
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name = self.path.partition("?")[0].rpartition("/")[2]
        self.server.asked.append(name)
        fault = self.server.next_fault(name)
        self.close_connection = True
        self.server.meanwhile.pop(name.rpartition(".")[2], lambda: None)()
        with suppress(OSError):
            if fault is None:
                self._answer(*self._handed_on(body))
            else:
                self._fail(fault, body)

    do_POST = do_GET

    def _fail(self, fault: str, body: bytes) -> None:
        when, _, what = fault.partition(" ")
        if when == "after":
            self._handed_on(body)
        getattr(self, f"_{what}")()

    def _handed_on(self, body: bytes) -> tuple[int, bytes]:
        kept = {
            k: v
            for k, v in self.headers.items()
            if k in {"Authorization", "Content-Type", "Accept"}
        }
        answer = self.server.web.request(
            self.command, self.server.real + self.path, content=body, headers=kept
        )
        return answer.status_code, answer.content

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _refusal(self, status: int, name: str, **headers: str) -> None:
        said = {"error": name, "message": f"It is {name}"}
        self._answer(status, json.dumps(said).encode(), **headers)

    def _hang_up(self) -> None:
        """Nothing is said."""

    def _silence(self) -> None:
        self.server.over.wait(30)

    def _halfway(self) -> None:
        self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"uri":')

    def _page(self) -> None:
        self._answer(200, PAGE, Content_Type="text/html")

    def _lie(self) -> None:
        self._answer(
            200, b'{"notifications": 7, "records": {"a": 1}, "value": [], "uri": "at://x"}'
        )

    def _nothing(self) -> None:
        self._answer(200, b"null")

    def _endless(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n")
        while not self.server.over.is_set():
            self.wfile.write(b"x" * 65536)

    def _limit(self) -> None:
        self._refusal(
            429, "RateLimitExceeded", ratelimit_limit="3000", ratelimit_reset="1795770000"
        )

    def _later(self) -> None:
        self._refusal(429, "RateLimitExceeded", Retry_After="90")

    def _expired(self) -> None:
        self._refusal(400, "ExpiredToken")

    def _broken(self) -> None:
        self._refusal(500, "InternalServerError")

    def _gateway(self) -> None:
        self._answer(502, PAGE, Content_Type="text/html")

    def _refused(self) -> None:
        self._refusal(400, "InvalidRequest")

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Between(ThreadingHTTPServer):
    """`faults`: by the last word of a method (`putRecord`), what becomes of its next calls ("" is
    nothing); `meanwhile`: what somebody else does just before its next one is handed on."""

    daemon_threads = True
    real: str
    web: httpx.Client
    over: Event
    asked: list[str]
    faults: dict[str, deque[str]]
    meanwhile: dict[str, Callable[[], object]]

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fail(self, method: str, *faults: str) -> None:
        self.faults[method] = deque(faults)

    def next_fault(self, name: str) -> str | None:
        waiting = self.faults.get(name.rpartition(".")[2])
        return (waiting.popleft() or None) if waiting else None


@contextmanager
def between(real: str) -> Iterator[Between]:
    """A server of one's own on the loopback, in front of the one at `real`."""
    server = Between(("127.0.0.1", 0), Handler)
    server.real, server.over, server.asked = real, Event(), []
    server.faults, server.meanwhile = {}, {}
    with httpx.Client(timeout=60, trust_env=False) as server.web:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            server.server_close()
