"""Two real fediverse servers that federate on the loopback: snac, out of `.servers/snac`.

Each has a name that nobody can own and listens on a socket in a folder of its own. They reach each
other by those names through a front, which they take for a proxy: so no port 80 and no root.
"""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.servers.front import Front, Place, front

PROJECT = Path(__file__).resolve().parents[2]
UNPACKED = PROJECT / ".servers" / "snac"
PROGRAM = UNPACKED / "usr" / "bin" / "snac"
T = TypeVar("T")
START_SECONDS = 30.0
SEEN_SECONDS = 60.0
OOB = "urn:ietf:wg:oauth:2.0:oob"


class NotStarted(Exception):
    """The server did not come up; the message ends with its own words."""


class Refused(Exception):
    """The server answered with an error."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """An account, signed in with a token of its own."""

    server: Snac
    name: str
    password: str = field(repr=False)
    token: str = field(default="", repr=False)

    @property
    def handle(self) -> str:
        return f"{self.name}@{self.server.host}"

    @property
    def actor(self) -> str:
        return f"http://{self.server.host}/{self.name}"

    def ask(self, path: str, **question: Any) -> Any:
        return self.server.request("GET", path, self.token, params=question)

    def tell(self, path: str, **said: Any) -> Any:
        return self.server.request("POST", path, self.token, json=said)

    def post(self, text: str, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.tell("/api/v1/statuses", status=text, **more)
        return made

    def edit(self, status: str, text: str) -> dict[str, Any]:
        changed: dict[str, Any] = self.server.request(
            "PUT", f"/api/v1/statuses/{status}", self.token, json={"status": text}
        )
        return changed

    def find(self, uri: str) -> dict[str, Any]:
        """What this account's server knows under a global id; it fetches what it does not know."""
        found = self.ask("/api/v2/search", q=uri, resolve="true", type="statuses")
        if not found["statuses"]:
            raise Refused(f"{self.handle} cannot see {uri}")
        return dict(found["statuses"][0])

    def notices(self) -> list[dict[str, Any]]:
        return list(self.ask("/api/v1/notifications", limit=64))

    def heard(self, text: str) -> list[dict[str, Any]]:
        """The notices whose status says `text`."""
        return [n for n in self.notices() if text in ((n.get("status") or {}).get("content") or "")]


@dataclass(frozen=True, slots=True)
class Snac:
    """One server. `host` is its name in handles and addresses; `front` is how the tests reach it."""

    host: str
    home: Path
    front: Front = field(repr=False)
    web: httpx.Client = field(repr=False)

    @property
    def base(self) -> str:
        return self.front.base

    def request(self, method: str, path: str, token: str = "", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.web.request(method, self.base + path, headers=headers, **more)
        if answer.status_code >= 300:
            raise Refused(f"{answer.status_code} {answer.text[:500]}")
        return answer.json()

    def somebody(self, name: str) -> Somebody:
        """A new account whose name begins with `name`."""
        uid = f"{name}{secrets.token_hex(3)}"
        said = _snac("adduser", str(self.home), uid)
        found = re.search(r"password is (\S+)", said)
        if not found:
            raise NotStarted(f"no account {uid} on {self.host}: {said}")
        who = Somebody(self, uid, found[1])
        return Somebody(self, uid, found[1], self.token(who))

    def app(self, redirect: str = OOB) -> dict[str, str]:
        made: dict[str, str] = self.request(
            "POST",
            "/api/v1/apps",
            data={"client_name": "tests", "redirect_uris": redirect, "scopes": "read write"},
        )
        return made

    def code(self, who: Somebody, client_id: str, redirect: str = OOB, state: str = "s") -> str:
        """What the owner's browser is given for their password."""
        asked = {
            "client_id": client_id,
            "redirect_uri": redirect,
            "response_type": "code",
            "scope": "read write",
            "state": state,
        }
        self.web.get(f"{self.base}/oauth/authorize", params=asked)
        form = {
            "login": who.name,
            "passwd": who.password,
            "redir": redirect,
            "cid": client_id,
            "state": state,
        }
        answer = self.web.post(f"{self.base}/oauth/x-snac-login", data=form)
        if location := answer.headers.get("Location"):
            return str(parse_qs(urlsplit(location).query)["code"][0])
        return str(answer.text).partition("&")[0].strip()

    def token(self, who: Somebody) -> str:
        app = self.app()
        asked = {
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "redirect_uri": OOB,
            "grant_type": "authorization_code",
            "code": self.code(who, app["client_id"]),
        }
        return str(self.request("POST", "/oauth/token", data=asked)["access_token"])


@dataclass(frozen=True, slots=True)
class Fediverse:
    """Two servers: `home`, where Ada is, and `away`, where those are who write to her."""

    home: Snac
    away: Snac
    proxy: Front = field(repr=False)


def until(found: Callable[[], T], otherwise: str, seconds: float = SEEN_SECONDS) -> T:
    """Waits for something that another process does, and gives it."""
    end = time.monotonic() + seconds
    while not (it := found()):
        if time.monotonic() > end:
            raise TimeoutError(otherwise)
        time.sleep(0.1)
    return it


@contextmanager
def running() -> Iterator[Fediverse]:
    """Starts both and ends them; they also end when this process is killed."""
    if not (UNPACKED / ".stamp").exists():
        raise NotStarted("snac is missing from .servers/snac. Run: make servers")
    names: dict[str, Place] = {}
    with ExitStack() as stack:
        # Not pytest's tmp_path: the name of a socket must be short.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sn-", dir="/tmp")))
        proxy = stack.enter_context(front(Place(), names))
        servers = []
        for host in ("home.example", "away.example"):
            home = folder / host
            place = names[host] = Place(folder / f"{host}.sock")
            stack.enter_context(_process(host, home, place, proxy))
            web = stack.enter_context(httpx.Client(timeout=60, trust_env=False))
            servers.append(Snac(host, home, stack.enter_context(front(place)), web))
        home_server, away = servers
        yield Fediverse(home_server, away, proxy)


@contextmanager
def _process(host: str, home: Path, place: Place, proxy: Front) -> Iterator[None]:
    _lay_out(host, home, place)
    log = home / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", PROGRAM, "httpd", home],
            env={"PATH": "/usr/bin:/bin", "http_proxy": proxy.base},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        _wait(process, place, log)
        yield
    finally:
        process.kill()  # it may take long over a SIGTERM
        process.wait()


def _lay_out(host: str, home: Path, place: Place) -> None:
    _snac("init", str(home), given=f"{place.path}\n{host}\n\n\n")
    settings = json.loads((home / "server.json").read_text())
    settings |= {"protocol": "http", "queue_retry_minutes": 1, "badlogin_retries": 1000}
    (home / "server.json").write_text(json.dumps(settings))


def _snac(*words: str, given: str = "") -> str:
    done = subprocess.run(
        [PROGRAM, *words], input=given, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        raise NotStarted(f"snac {words[0]}: {done.stdout} {done.stderr}")
    return done.stdout + done.stderr


def _wait(process: subprocess.Popen[bytes], place: Place, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if place.answers("/api/v1/instance"):
            return
        time.sleep(0.05)
    raise NotStarted(f"snac did not start: {log.read_text()[-2000:]}")
