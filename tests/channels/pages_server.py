"""A web server on loopback with pages, some of which take webmentions; it keeps what it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

HTML = "text/html; charset=utf-8"


class Pages(ThreadingHTTPServer):
    """`pages`: path, then status, headers (several may have one name) and body."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages: dict[str, tuple[int, list[tuple[str, str]], bytes]] = {}
        self.answers: list[int] = []
        """The statuses of the next POSTs; 202 once there is none; 0: it hangs up."""
        self.asked: list[str] = []
        self.told: list[tuple[str, dict[str, list[str]]]] = []

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def put(
        self, path: str, body: str | bytes, *headers: tuple[str, str], status: int = 200
    ) -> str:
        """A page; its address."""
        named = {name.lower() for name, _ in headers}
        kind = [] if "content-type" in named else [("Content-Type", HTML)]
        whole = body.encode() if isinstance(body, str) else body
        self.pages[path] = (status, [*kind, *headers], whole)
        return f"{self.base}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Pages

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        status, headers, body = self.server.pages.get(self.path, (404, [], b"nothing"))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self.server.told.append((self.path, parse_qs(body)))
        status = self.server.answers.pop(0) if self.server.answers else 202
        if not status:
            self.connection.close()
            return
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing is told on the terminal."""


@contextmanager
def serving() -> Iterator[Pages]:
    server = Pages()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
