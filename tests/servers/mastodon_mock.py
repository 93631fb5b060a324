"""Mastodon's API as Mastodon itself answers it, where snac does less: the referees' `mastodon_mock`.

It keeps an edit history and Idempotency-Keys and streams, but federates with nobody.
"""

from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.servers.front import Front, Place, front
from tests.servers.snac import NotStarted, Refused

PROJECT = Path(__file__).resolve().parents[2]
PYTHON = PROJECT / ".servers" / "referees" / "bin" / "python"
START_SECONDS = 60.0
HOST, AWAY = "home.example", "away.example"
OFFICES = 80
"""So many tests of one process can have accounts that nobody used before."""


@dataclass(frozen=True, slots=True)
class Trio:
    """Ada and two friends of hers on another server, by handle and token."""

    number: int
    ada: str
    stan: str
    tom: str

    def token(self, handle: str) -> str:
        return f"token-{handle}"


@dataclass(frozen=True, slots=True)
class Mock:
    """The server, and its accounts that nobody used yet."""

    front: Front = field(repr=False)
    web: httpx.Client = field(repr=False)
    unused: Iterator[int] = field(default_factory=lambda: iter(range(OFFICES)), repr=False)

    def trio(self) -> Trio:
        return _trio(next(self.unused))

    @property
    def base(self) -> str:
        return self.front.base

    def request(self, method: str, path: str, token: str = "token-owner", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        answer = self.web.request(method, self.base + path, headers=headers, **more)
        if answer.status_code >= 300:
            raise Refused(f"{answer.status_code} {answer.text[:500]}")
        return answer.json()


@contextmanager
def running() -> Iterator[Mock]:
    """Starts it with an empty database and ends it; it also ends when this process is killed."""
    if not (PYTHON.parent.parent / ".stamp").exists():
        raise NotStarted("mastodon_mock is missing from .servers/referees. Run: make servers")
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="mm-") as folder:
        log = Path(folder) / "log"
        process = _launch(Path(folder), port, log)
        try:
            _wait(process, Place(port=port), log)
            with (
                front(Place(port=port)) as before,
                httpx.Client(timeout=60, trust_env=False) as web,
            ):
                yield Mock(before, web)
        finally:
            process.kill()
            process.wait()


def _launch(folder: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    (folder / "config.toml").write_text("\n".join(_config()))
    serve = (
        "serve",
        "--config",
        str(folder / "config.toml"),
        "--in-memory",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    )
    with log.open("wb") as said:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", PYTHON, "-m", "mastodon_mock", *serve],
            env={"PATH": "/usr/bin:/bin", "TMPDIR": str(folder), "HOME": str(folder)},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )


def _trio(number: int) -> Trio:
    stan, tom = (f"{name}{number}@{AWAY}" for name in ("stan", "tom"))
    return Trio(number, f"ada{number}@{HOST}", stan, tom)


def _config() -> Iterator[str]:
    yield '[[seed.accounts]]\nusername = "owner"\naccess_token = "token-owner"'
    for trio in map(_trio, range(OFFICES)):
        for handle in (trio.ada, trio.stan, trio.tom):
            name, _, domain = handle.partition("@")
            yield f'[[seed.accounts]]\nusername = "{name}"\naccess_token = "token-{handle}"'
            if domain != HOST:
                yield f'domain = "{domain}"'


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], place: Place, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if place.answers("/api/v2/instance"):
            return
        time.sleep(0.05)
    raise NotStarted(f"mastodon_mock did not start: {log.read_text()[-2000:]}")
