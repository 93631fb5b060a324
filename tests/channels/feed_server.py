"""A web server on loopback that gives a feed as real ones do, or as they should not."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

RSS = "application/rss+xml"


@dataclass
class FeedServer:
    """What it gives at each path, and what it was asked with. It knows its validators."""

    pages: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.feeds = self  # type: ignore[attr-defined]
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}"

    def put(
        self,
        body: str | bytes,
        kind: str = RSS,
        *,
        path: str = "/feed",
        status: int = 200,
        **more: str,
    ) -> None:
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        whole = body.encode() if isinstance(body, str) else body
        self.pages[path] = (status, {"Content-Type": kind, **headers}, whole)

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers GET only: whatever else is asked is an error."""

    def do_GET(self) -> None:
        feeds: FeedServer = self.server.feeds  # type: ignore[attr-defined]
        sent = {name.lower(): value for name, value in self.headers.items()}
        feeds.asked.append((self.path, sent))
        status, headers, body = feeds.pages.get(self.path, (404, {}, b"nothing"))
        known = {
            "if-none-match": headers.get("ETag"),
            "if-modified-since": headers.get("Last-Modified"),
        }
        if any(sent.get(name) == value for name, value in known.items() if value):
            status, body = 304, b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing is told on the terminal."""
