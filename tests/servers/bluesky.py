"""A real Bluesky on the loopback, out of `.servers/atproto`: PLC directory, PDS and AppView.

The tests' own side of it: accounts, what is posted in them, and what the AppView knows of it. What
is asked here is asked of the servers directly, with nothing of Firsthand in between.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Timer
from typing import Any

import httpx

from tests.servers import postgres

PROJECT = Path(__file__).resolve().parents[2]
INSTALLED = PROJECT / ".servers" / "atproto"
PROGRAMS = Path(__file__).with_name("atproto")
START_SECONDS = 120.0
SEEN_SECONDS = 30.0
PASSWORD = "a-long-password"
POST = "app.bsky.feed.post"


class NotStarted(Exception):
    """The servers did not come up; the message ends with their own words."""


class Refused(Exception):
    """The server answered with an error."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """An account, signed in with its own password."""

    server: Bluesky
    handle: str
    did: str
    token: str = field(repr=False)

    def ask(self, method: str, **question: Any) -> Any:
        return self.server.ask(method, question, token=self.token)

    def tell(self, method: str, **said: Any) -> Any:
        return self.server.tell(method, said, token=self.token)

    def app_password(self, *, privileged: bool = False) -> str:
        name = secrets.token_hex(4)
        made = self.tell("com.atproto.server.createAppPassword", name=name, privileged=privileged)
        return str(made["password"])

    def put(self, collection: str, record: dict[str, Any], **more: str) -> dict[str, str]:
        """A new record, named `rkey` if one is given; its `uri` and `cid`."""
        whole = {"$type": collection, "createdAt": stamp(), **record}
        where = {"repo": self.did, "collection": collection, **more}
        made = self.tell("com.atproto.repo.createRecord", record=whole, **where)
        return {"uri": made["uri"], "cid": made["cid"]}

    def post(self, text: str, **more: Any) -> dict[str, str]:
        return self.put(POST, {"text": text, **more})

    def mention(self, whom: Somebody, text: str, **more: Any) -> dict[str, str]:
        """A post that begins with a real mention of somebody."""
        named = f"@{whom.handle}"
        facet = {
            "index": {"byteStart": 0, "byteEnd": len(named)},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": whom.did}],
        }
        return self.post(f"{named} {text}", facets=[facet], **more)

    def reply(self, text: str, parent: dict[str, str], root: dict[str, str]) -> dict[str, str]:
        return self.post(text, reply={"root": root, "parent": parent})

    def posts(self) -> list[dict[str, Any]]:
        """The posts in the repository of this account, oldest first."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.ask(
                "com.atproto.repo.listRecords",
                repo=self.did, collection=POST, limit=100, reverse="true", **cursor,
            )  # fmt: skip
            found += page["records"]
            if not page.get("cursor"):
                return found
            cursor = {"cursor": page["cursor"]}

    def notices(self) -> list[dict[str, Any]]:
        """The newest notifications of this account."""
        listed = self.ask("app.bsky.notification.listNotifications", limit=100)
        return list(listed["notifications"])


@dataclass(frozen=True, slots=True)
class Bluesky:
    """Where the servers are."""

    pds: str
    plc: str
    appview: str
    process: subprocess.Popen[bytes] = field(repr=False)
    web: httpx.Client = field(repr=False)

    def ask(self, method: str, question: dict[str, Any], *, token: str = "") -> Any:
        return _read(
            self.web.get(f"{self.pds}/xrpc/{method}", params=question, headers=_bearer(token))
        )

    def tell(self, method: str, said: dict[str, Any], *, token: str = "") -> Any:
        return _read(self.web.post(f"{self.pds}/xrpc/{method}", json=said, headers=_bearer(token)))

    def somebody(self, name: str) -> Somebody:
        """A new account whose handle begins with `name`, known to the AppView."""
        handle = f"{name}-{secrets.token_hex(3)}.test"
        made = self.tell(
            "com.atproto.server.createAccount",
            {"handle": handle, "email": f"{handle[:-5]}@mail.example", "password": PASSWORD},
        )
        who = Somebody(self, handle, made["did"], made["accessJwt"])
        who.put("app.bsky.actor.profile", {"displayName": name.title()}, rkey="self")
        until(lambda: self._knows(who), f"the AppView does not know {handle}")
        return who

    def _knows(self, who: Somebody) -> bool:
        try:
            profile = who.ask("app.bsky.actor.getProfile", actor=who.did)
        except Refused:
            return False
        return bool(profile["handle"] == who.handle)


def until(true: Callable[[], bool], otherwise: str, seconds: float = SEEN_SECONDS) -> None:
    """Waits for something that another process does."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(otherwise)
        time.sleep(0.1)


def stamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _read(answer: httpx.Response) -> Any:
    if answer.status_code != 200:
        raise Refused(f"{answer.status_code} {answer.text[:500]}")
    return answer.json() if answer.content else {}


@contextmanager
def running() -> Iterator[Bluesky]:
    """Starts all of it and ends it; it also ends when this process is killed."""
    if not (INSTALLED / ".stamp").exists():
        raise NotStarted("Bluesky's servers are missing from .servers/atproto. Run: make servers")
    with postgres.running() as database, tempfile.TemporaryDirectory(prefix="bsky-") as folder:
        home = Path(folder)
        process = _launch(home, database)
        try:
            places = _places(process, home)
            with httpx.Client(timeout=60, trust_env=False) as web:
                yield Bluesky(places["pds"], places["plc"], places["appview"], process, web)
        finally:
            process.kill()
            process.communicate()


def _launch(home: Path, database: str) -> subprocess.Popen[bytes]:
    programs = ("--import", PROGRAMS / "prepare.mjs", PROGRAMS / "network.mjs")
    command = (INSTALLED / "node", *programs, INSTALLED / "node_modules", database)
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *command],
            env={"PATH": "/usr/bin:/bin", "TMPDIR": str(home), "LOG_ENABLED": "false"},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )


def _places(process: subprocess.Popen[bytes], home: Path) -> dict[str, str]:
    """The line in which the servers say where they are. START_SECONDS, then they are given up."""
    assert process.stdout is not None
    end = Timer(START_SECONDS, process.kill)
    end.start()
    try:
        line = process.stdout.readline()
    finally:
        end.cancel()
    if not line.startswith(b"{"):
        raise NotStarted("Bluesky's servers did not start:\n" + (home / "log").read_text()[-3000:])
    places: dict[str, str] = json.loads(line)
    return places
