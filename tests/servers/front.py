"""A small web server before a real one: it names it, reaches it, and breaks its answers on demand.

Servers that federate must have names without ports. Here they need no port 80 for that, hence no
root: their own requests to each other go through a front as their proxy, and it knows the names.
"""

from __future__ import annotations

import http.client
import socket
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

CHUNK = b"x" * 65_536
PATIENCE = 60.0
"""Seconds that the server behind a front may take for one answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the next request whose path begins with `path`.

    `taken`: the server behind gets the request first, and only its answer is replaced. `status` 0:
    it hangs up without a word. `size`: that many bytes more, as fast as they are taken. `drip`:
    seconds between the bytes of the answer. `hang`: seconds of silence, then it hangs up.
    """

    path: str = "/"
    method: str = ""
    taken: bool = False
    status: int = 0
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    drip: float = 0.0
    hang: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens: a socket in the file system, or a port of the loopback."""

    path: Path | None = None
    port: int = 0

    @contextmanager
    def connected(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port or 80, timeout=PATIENCE)
        try:
            if self.path:
                connection.sock = socket.socket(socket.AF_UNIX)
                connection.sock.settimeout(PATIENCE)
                connection.sock.connect(str(self.path))
            yield connection
        finally:
            connection.close()

    def answers(self, path: str) -> bool:
        """Whether the server is up and gives that page."""
        try:
            with self.connected() as connection:
                connection.request("GET", path)
                with connection.getresponse() as answer:
                    return answer.status == 200
        except OSError:
            return False


@dataclass(slots=True)
class Front:
    """Answers at `base` for the server at `place`, and as a proxy for everybody in `names`."""

    base: str
    place: Place
    names: Mapping[str, Place]
    faults: deque[Fault] = field(default_factory=deque)
    asked: list[str] = field(default_factory=list)
    """Method and path of each request, oldest first."""
    given: int = 0
    """Bytes that faults of a `size` got rid of."""
    ended: Event = field(default_factory=Event)

    def fault(self, method: str, path: str) -> Fault | None:
        for each in list(self.faults):
            if path.startswith(each.path) and each.method in ("", method):
                self.faults.remove(each)
                return each
        return None


@contextmanager
def front(place: Place, names: Mapping[str, Place] | None = None) -> Iterator[Front]:
    """A front on a free port of the loopback."""

    class Handler(_Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Handler.front = Front(
            f"http://127.0.0.1:{server.server_port}", place, {} if names is None else names
        )
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield Handler.front
        finally:
            Handler.front.ended.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One request, one connection: a server that closes kept connections at will loses none so."""

    front: Front

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        place = self.front.names.get(parts.netloc) if parts.netloc else self.front.place
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.front.asked.append(f"{self.command} {self.path}")
        fault = None if parts.netloc else self.front.fault(self.command, path)
        with suppress(OSError):
            if place is None:
                self._answer(502, {}, b"")
            elif fault is None:
                self._answer(*self._behind(place, path, body))
            else:
                if fault.taken:
                    self._behind(place, path, body)
                self._break(fault)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _serve

    def _behind(self, place: Place, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOPS}
        try:
            with place.connected() as server:
                server.request(self.command, path, body or None, {**headers, "Connection": "close"})
                with server.getresponse() as answer:
                    kept = {k: v for k, v in answer.getheaders() if k.lower() not in _HOPS}
                    return answer.status, kept, answer.read()
        except (OSError, http.client.HTTPException) as problem:
            return 502, {}, str(problem).encode()

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        if self.command != "HEAD":
            self.wfile.write(body)

    def _break(self, fault: Fault) -> None:
        self.close_connection = True
        if fault.hang:
            self.front.ended.wait(fault.hang)
        if not fault.status:
            return
        if not fault.size and not fault.drip:
            self._answer(fault.status, fault.headers, fault.body)
            return
        self.send_response_only(fault.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        for byte in fault.body if fault.drip else b"":
            self.wfile.write(bytes([byte]))
            time.sleep(fault.drip)
        left = fault.size
        while left > 0 and not self.front.ended.is_set():
            self.wfile.write(CHUNK)
            self.front.given += len(CHUNK)
            left -= len(CHUNK)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Said by the tests that fail, not by each request."""


_HOPS = {"connection", "proxy-connection", "keep-alive", "transfer-encoding", "content-length"}
