"""The sockets below `web`: addresses are decided on once, and a whole answer has an end."""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore

from firsthand.channels.reachable import public, resolve

_LONGEST_ASKED = timedelta(days=1)


class Unreachable(Exception):
    """No address of the name took a connection: nothing was sent."""


@dataclass(slots=True)
class Guarded(httpcore.NetworkBackend):
    """Connects to addresses that may be asked, and lets nothing go on beyond `until` (monotonic)."""

    public_only: bool
    loopback: bool
    until: float = 0.0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises Permanent for an address that may not be asked, Temporary for a name nobody knows."""
        host = host.strip("[]")
        if self.public_only:
            addresses = public(host, port, loopback=self.loopback)
        else:
            addresses = list(dict.fromkeys(str(each) for each in resolve(host, port)))
        failure: Exception | None = None
        for address in addresses:
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    address, port, self.left(timeout), local_address, socket_options
                )
                return Ending(stream, self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                failure = problem
        raise Unreachable(str(failure) or "nobody answers")

    def sleep(self, seconds: float) -> None:
        """Never asked for: nothing here is repeated."""
        raise NotImplementedError

    def left(self, timeout: float | None) -> float:
        """Seconds until the next byte must have come. Raises httpcore.ReadTimeout when time is up."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("it took too long altogether")
        return left if timeout is None else min(left, timeout)


class Ending(httpcore.NetworkStream):
    """A connection on which every step ends in time."""

    def __init__(self, stream: httpcore.NetworkStream, guard: Guarded) -> None:
        self._stream = stream
        self._guard = guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._guard.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._guard.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._guard.left(timeout)
        return Ending(self._stream.start_tls(ssl_context, server_hostname, left), self._guard)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def unpacked(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes | None:
    """The whole body, never holding more than `limit` bytes; None for more, or an unknown packing.

    Chunks of a packed body are unpacked step by step: a small one may stand for a thousand times as
    much. A packed body that is cut off or damaged counts as unknown.
    """
    encoding = encoding.strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        return None
    body = bytearray()
    try:
        for part in chunks if encoding in {"", "identity"} else _inflated(chunks, limit):
            if len(body) + len(part) > limit:
                return None
            body += part
    except zlib.error:
        return None
    return bytes(body)


def _inflated(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    packed = zlib.decompressobj(wbits=31)
    begun = False
    for chunk in chunks:
        begun = begun or bool(chunk)
        while chunk:
            yield packed.decompress(chunk, limit + 1)
            chunk = packed.unconsumed_tail
    if begun and not packed.eof:
        raise zlib.error("cut off")


def retry_at(headers: Mapping[str, str]) -> datetime | None:
    """The time in Retry-After (RFC 9110 10.2.3) by the server's own clock; None where it names none.

    Or that in X-RateLimit-Reset, as Mastodon tells it (ISO 8601). `headers` have lower-case names.
    Never more than a day after `Date`: a server may lie.
    """
    said, now = headers.get("retry-after", "").strip(), _time(headers.get("date", ""))
    if now is None:
        return None
    if said.isascii() and said.isdigit():
        return now + min(timedelta(seconds=int(said[:7])), _LONGEST_ASKED)
    at = _time(said) or _stamp(headers.get("x-ratelimit-reset", ""))
    return None if at is None else min(at, now + _LONGEST_ASKED)


def _stamp(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _time(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else None
