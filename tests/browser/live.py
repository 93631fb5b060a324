"""The sample office, served by the real server in a process of its own over a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, Page

from tests.doors.living import held_port, serve, stopped

ROOT = Path(__file__).resolve().parents[2]
SETUP = """
import json, sys
import django; django.setup()
from datetime import timedelta
from pathlib import Path
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
now = timezone.now()
"""
FURNISH = """
call_command("migrate", verbosity=0)
from firsthand.sample.furnish import furnish
furnish(base=sys.argv[1], home=settings.HOME, now=now)
"""
LINKS = """
from firsthand.office import staff
from firsthand.office.models import Actor
ada = Actor.objects.get(is_principal=True)
links = {}
for actor in Actor.objects.filter(kind="human", offboarded_at=None):
    by = None if actor.is_principal else ada
    links[actor.key] = staff.invite(hand=actor, by=by, now=now, lasts=timedelta(days=1))
print(json.dumps(links))
"""


@dataclass
class LiveOffice:
    """An office that runs at `base`. `sessions`: the cookies of those who signed in once."""

    base: str
    home: Path
    links: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    def run(self, code: str, *arguments: str) -> str:
        """Run code in the office, in a process of its own; what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", SETUP + code, *arguments],
            env=_environment(self.home),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sign_in(self, page: Page, key: str) -> None:
        """Through the one-time link the first time, with its cookie later."""
        if key in self.sessions:
            page.context.add_cookies(
                [{"name": "sessionid", "value": self.sessions[key], "url": self.base}]
            )
            return
        page.goto(f"{self.base}/enter/{self.links[key]}")
        page.get_by_role("button", name="Come in").click()
        page.wait_for_url("**/office/password")
        cookies = {cookie.get("name"): cookie.get("value") for cookie in page.context.cookies()}
        self.sessions[key] = str(cookies["sessionid"])

    @contextmanager
    def page(self, chromium: Browser, key: str = "", **settings: object) -> Iterator[Page]:
        """A fresh browser window, signed in as `key`."""
        context: BrowserContext = chromium.new_context(base_url=self.base, **settings)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        try:
            page = context.new_page()
            if key:
                self.sign_in(page, key)
            yield page
        finally:
            context.close()


@contextmanager
def running(home: Path, host: str = "127.0.0.1") -> Iterator[LiveOffice]:
    """The furnished sample office, until the end of the block. Passkeys need a `host` with a name."""
    with held_port() as held:
        office = LiveOffice(f"http://{host}:{held.getsockname()[1]}", home)
        office.run(FURNISH, office.base)
        office.links = json.loads(office.run(LINKS))
        server = serve(held, env=_environment(home), cwd=ROOT)
    with stopped(server):
        _wait(office.base, server)
        yield office


def _environment(home: Path) -> dict[str, str]:
    ours = {"FIRSTHAND_HOME": str(home), "DJANGO_SETTINGS_MODULE": "firsthand.project.settings"}
    return {**os.environ, **ours}


def _wait(base: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "The server ended."
        try:
            httpx.get(f"{base}/public", timeout=2).raise_for_status()
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The server did not answer.")
