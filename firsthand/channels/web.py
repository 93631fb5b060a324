"""The one client for the web that the channels use: every answer is bounded in time and in size.

`Web` asks servers that the owner named, which may be on this machine or its network. With
`public_only` it asks addresses that strangers supplied: private networks are refused, for every hop of
a redirect, and the address that was checked is the one connected to. No cookies, no proxies from the
environment, no redirect to another host unless asked for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any
from urllib.parse import urljoin

import httpcore
import httpx

from firsthand.channels.reachable import web_address
from firsthand.channels.wire import Guarded, Unreachable, retry_at, unpacked
from firsthand.core.errors import FirsthandError, Permanent, Temporary, Uncertain

LIMIT = 4_000_000
"""Bytes of an answer, unpacked."""
SILENCE = 15.0
LONGEST = 45.0
"""Seconds without a byte, and for one answer with all its redirects: one that drips ends as well."""
HOPS = 5
NAME = "Firsthand"
_REDIRECTS = {301, 302, 303, 307, 308}
_SAFE = {"GET", "HEAD"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. `headers` have lower-case names; `url` is where it was found at last.

    `effect`: the request may have changed something, so that a senseless answer leaves it unknown.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    effect: bool = False

    @property
    def host(self) -> str:
        return str(httpx.URL(self.url).host)

    def json(self) -> Any:
        """The body as JSON. Raises Temporary where it is none (Uncertain, if the request had an effect)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            kind = self.headers.get("content-type", "").partition(";")[0][:60] or "something"
            raise self._unclear(f"{self.host} answered {kind} where JSON was due.") from None

    def good(self) -> Answer:
        """Itself, if the server did what was asked. Else raises what its status means to a caller:

        429 and 503 (with the time they name), 408, 425: Temporary. Other 5xx: Temporary, Uncertain
        if the request may have had its effect. The rest: Permanent, with the server's words.
        """
        if 200 <= self.status < 300:
            return self
        told = f"{self.host} answered {self.status}{self.words()}"
        if self.status in {429, 503}:
            raise Temporary(told, retry_at=retry_at(self.headers))
        if self.status in {408, 425}:
            raise Temporary(told)
        if self.status >= 500:
            raise self._unclear(told)
        raise Permanent(told)

    def words(self) -> str:
        """What the server gives as the reason, in one line: ": …", or "."."""
        try:
            said = json.loads(self.body)
        except (ValueError, RecursionError):
            return "."
        said = said if isinstance(said, dict) else {}
        found = (said.get(key) for key in ("error_description", "message", "error", "detail"))
        words = next((each for each in found if isinstance(each, str) and each.strip()), "")
        return f": {' '.join(words.split())[:200]}" if words else "."

    def _unclear(self, told: str) -> FirsthandError:
        return Uncertain(told) if self.effect else Temporary(told)


@dataclass(slots=True)
class Web:
    """A client. `base` is put before addresses that begin with "/"; `headers` go with every request
    to its host, and with no other.

    `public_only`: for addresses that strangers supply. `loopback`: even then this machine may be
    asked (an office that itself is only on this machine). `elsewhere`: redirects may lead to
    another host. One thread at a time.
    """

    base: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    public_only: bool = False
    loopback: bool = False
    elsewhere: bool = False
    limit: int = LIMIT
    silence: float = SILENCE
    longest: float = LONGEST
    _wire: Guarded = field(init=False, repr=False)
    _pool: httpcore.ConnectionPool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._wire = Guarded(self.public_only, self.loopback)
        # No connection is kept: one that the server has just closed would make a send uncertain.
        self._pool = httpcore.ConnectionPool(
            network_backend=self._wire,
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_keepalive_connections=0,
        )

    def __enter__(self) -> Web:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of connections."""
        self._pool.close()

    def get(self, url: str, *, params: Mapping[str, Any] | None = None, accept: str = "") -> Answer:
        """The answer to a GET, whatever its status. See `ask`."""
        return self.ask("GET", url, params=params, headers={"Accept": accept} if accept else {})

    def ask(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        effect: bool | None = None,
        limit: int | None = None,
        **content: Any,
    ) -> Answer:
        """The answer, whatever its status; follows redirects of GET and HEAD. `content` as in httpx:
        `json`, `data`, `files` or `content`. `effect`: whether a lost answer leaves open what
        happened (default: for all but GET and HEAD). `limit`: other than the client's.

        Raises Temporary where nothing can have happened, Permanent for an address that may not be
        asked and for an answer out of bounds, and Uncertain where the request had been sent.
        """
        changes = method not in _SAFE if effect is None else effect
        url = urljoin(self.base, url) if self.base else url
        self._wire.until = time.monotonic() + self.longest
        for _ in range(HOPS + 1):
            request = self._request(method, url, params, headers or {}, content)
            answer = self._answer(request, changes, self.limit if limit is None else limit)
            target = answer.headers.get("location", "")
            if method not in _SAFE or answer.status not in _REDIRECTS or not target:
                return answer
            url, params = self._redirected(str(request.url), target), None
        raise Permanent(f"{answer.host} redirects without end.")

    def _request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        content: Mapping[str, Any],
    ) -> httpx.Request:
        web_address(url)
        common = {"User-Agent": NAME, "Accept": "*/*", "Accept-Encoding": "gzip"}
        own = self.headers if self._is_own(url) else {}
        try:
            return httpx.Request(
                method, url, params=params, headers={**common, **own, **headers}, **content
            )
        except (httpx.InvalidURL, UnicodeError) as problem:
            raise Permanent(f"{url[:100]} is not a web address: {problem}.") from None

    def _is_own(self, url: str) -> bool:
        """Whether credentials may go there: the very origin of `base`."""
        if not self.base:
            return True
        (a, a_port), (b, b_port) = web_address(self.base), web_address(url)
        return (a.scheme, a.hostname, a_port) == (b.scheme, b.hostname, b_port)

    def _redirected(self, url: str, target: str) -> str:
        found = urljoin(url, target).partition("#")[0]
        (a, a_port), (b, b_port) = web_address(url), web_address(found)
        upgrade = (a.scheme, a_port, b.scheme, b_port) == ("http", 80, "https", 443)
        same = a.hostname == b.hostname and ((a.scheme, a_port) == (b.scheme, b_port) or upgrade)
        if not same and not self.elsewhere:
            raise Permanent(f"{a.hostname} redirects to {b.hostname}, which was not asked for.")
        return found

    def _answer(self, request: httpx.Request, effect: bool, limit: int) -> Answer:
        host = request.url.host
        try:
            return self._asked(request, effect, limit)
        except (Unreachable, httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
            raise Temporary(f"{host} cannot be reached: {_why(problem)}.") from None
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
        ) as problem:
            told = f"{host} broke off: {_why(problem)}."
            raise (Uncertain(told) if effect else Temporary(told)) from None
        except (httpcore.UnsupportedProtocol, UnicodeError, ValueError) as problem:
            raise Permanent(f"{host} cannot be asked: {_why(problem)}.") from None

    def _asked(self, request: httpx.Request, effect: bool, limit: int) -> Answer:
        silence = dict.fromkeys(("connect", "read", "write", "pool"), self.silence)
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        with self._pool.stream(
            request.method,
            url,
            headers=request.headers.raw,
            content=request.read(),
            extensions={"timeout": silence},
        ) as response:
            headers = _joined(response.headers)
            answer = Answer(response.status, headers, b"", str(request.url), effect)
            if request.method == "HEAD":
                return answer
            body = unpacked(response.iter_stream(), headers.get("content-encoding", ""), limit)
        if body is None:
            raise answer_too_large(answer, limit)
        return Answer(answer.status, headers, body, answer.url, effect)


def _joined(sent: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """By lower-case names. Links that came in several fields are one list (RFC 9110 5.3)."""
    found: dict[str, str] = {}
    for raw, value in sent:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name == "link" and name in found else text
    return found


def answer_too_large(answer: Answer, limit: int) -> FirsthandError:
    """What an answer out of bounds means: of an account, trouble for now; of a send, nobody knows."""
    told = f"{answer.host} sent more than {limit} bytes, or packed them in an unknown way."
    return Uncertain(told) if answer.effect else Permanent(told)


def _why(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:200] or type(problem).__name__
