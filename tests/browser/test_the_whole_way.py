"""The whole way with the commands of the README: a real mailbox, a real browser, a stranger who checks.

Hal drafts, Ada changes and sends, Stella gets it and verifies it; then Hal is let go.
"""

from __future__ import annotations

import json
import os
import re
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.doors.living import free_port
from tests.servers.conftest import dovecot
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import PASSWORD, Mailbox, new_mailbox

__all__ = ["dovecot"]
pytestmark = pytest.mark.browser

FIRSTHAND = Path(sys.executable).with_name("firsthand")
QUESTION = "Dear Ada,\n\nmay I read your second essay to my class on Tuesday?\n\nStella\n"
DRAFT = "Dear Stella,\n\nplease do."
CHANGED = "Dear Stella,\n\nplease do, and tell me what they said.\n\nAda"
PROMISED = "Ada Ferrer promised: “If I answer e-mail, I have read and approved every word.”"
PATIENCE = 60.0
LINK = re.compile(r"http://localhost:\d+/enter/\S+")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Served:
    """An office as `firsthand up` serves it."""

    base: str
    link: str
    environment: dict[str, str]

    def run(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            [FIRSTHAND, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def box(dovecot: Dovecot) -> Iterator[Mailbox]:
    mailbox = new_mailbox(dovecot)
    yield mailbox
    mailbox.close()


@pytest.fixture
def served(box: Mailbox, tmp_path: Path) -> Iterator[Served]:
    port = free_port()
    environment = {
        **os.environ,
        "FIRSTHAND_HOME": str(tmp_path / "home"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "MAIL_PASSWORD": PASSWORD,
    }
    environment.pop("DATABASE_URL", None)
    said = tmp_path / "up.txt"
    with said.open("w") as out:
        up = subprocess.Popen(
            [FIRSTHAND, "up", "--port", str(port), "--name", "Ada Ferrer",
             "--email", box.author.address],
            env=environment, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    try:
        found = until(lambda: LINK.findall(said.read_text()), up)
        base = f"http://localhost:{port}"
        until(lambda: "(stop with" in said.read_text() and answers(port), up)
        yield Served(base, found[0], environment)
    finally:
        up.terminate()
        up.wait(30)


def answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def until(look: Callable[[], Found], up: subprocess.Popen[bytes] | None = None) -> Found:
    """What `look` finds, once it finds something."""
    end = time.monotonic() + PATIENCE
    while not (found := look()):
        assert up is None or up.poll() is None, "the office ended"
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.2)
    return found


def entered(chromium: Browser, link: str) -> tuple[BrowserContext, Page]:
    context = chromium.new_context(base_url=link.partition("/enter/")[0])
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Come in").click()
    page.wait_for_url("**/office/password")
    return context, page


def write(box: Mailbox, subject: str) -> None:
    """Stella writes to Ada, by SMTP."""
    stella, _ = box.friends
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = stella.address, box.author.address, subject
    letter["Message-ID"] = f"<{time.monotonic_ns()}@x.example>"
    letter.set_content(QUESTION)
    with smtplib.SMTP(box.server.host, box.server.smtp_port, timeout=10) as server:
        server.login(box.author.address, PASSWORD)
        server.send_message(letter)


def thread_of(served: Served, subject: str) -> int:
    """The number of the thread, once the worker has it."""

    def look() -> int:
        found = json.loads(served.run("search", f'subject:"{subject}"', "--json"))["threads"]
        return int(found[0]["thread"]) if found else 0

    return until(look)


def test_from_a_letter_to_a_verified_answer_and_a_hand_let_go(
    chromium: Browser, served: Served, box: Mailbox, tmp_path: Path
) -> None:
    link = furnish(served, box)
    hal, at_hals = entered(chromium, link)
    ada, at_adas = entered(chromium, served.link)
    write(box, "Your second essay")
    hal_drafts(served, at_hals, thread_of(served, "Your second essay"))
    ada_changes_and_sends(at_adas)
    stella, _ = box.friends
    received = until(lambda: box.server.messages(stella.address))[0]
    stella_checks(served, received, tmp_path)

    write(box, "The third essay")
    hal_schedules(served, thread_of(served, "The third essay"), tmp_path)
    at_hals.goto("/desk")
    expect(at_hals.get_by_role("link", name="Re: The third essay")).to_be_visible()
    ada_lets_hal_go(at_adas)
    at_hals.goto("/desk")
    expect(at_hals).to_have_url(re.compile("/sign-in"))
    assert not json.loads(served.run("drafts", "--state", "leaving", "--json"))["drafts"]
    assert len(box.server.messages(stella.address)) == 1
    hal.close()
    ada.close()


def furnish(served: Served, box: Mailbox) -> str:
    """A mailbox, Hal, and a promise; his one-time link."""
    imap, smtp = (f"{box.server.host}:{n}" for n in (box.server.imap_port, box.server.smtp_port))
    ways = ("--imap", imap, "--smtp", smtp, "--security", "plain")
    assert "Connected" in served.run("connect", "mail", box.author.address, *ways)
    rights = [word for right in ("triage", "draft", "send") for word in ("--right", right)]
    hired = served.run("hand", "add", "Hal Brandt", *rights)
    served.run("promise", "add", "approved", "--channel", "mail")
    return str(LINK.findall(hired)[0])


def hal_drafts(served: Served, page: Page, thread: int) -> None:
    """He may not send under the promise: the page and the command say the same."""
    page.goto(f"/t/{thread}")
    page.locator("textarea[name=text]").fill(DRAFT)
    expect(page.locator("#why-not")).to_contain_text(PROMISED)
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_text("It waits for approval.")).to_be_visible()
    assert PROMISED in served.run("send", "1", "--as", "hal", code=1)


def ada_changes_and_sends(page: Page) -> None:
    page.goto("/desk")
    page.get_by_role("link", name="Re: Your second essay", exact=True).click()
    page.locator("summary", has_text="Edit the text").click()
    page.locator("textarea[name=text]").fill(CHANGED)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("On its way.")).to_be_visible()


def stella_checks(served: Served, received: bytes, folder: Path) -> None:
    letter, changed = folder / "letter.eml", folder / "changed.eml"
    letter.write_bytes(received)
    told = served.run("verify", str(letter))
    assert told.startswith("VERIFIED")
    assert "approved" in told
    assert "Hal Brandt" in told
    changed.write_bytes(received.replace(b"please do", b"please go", 1))
    assert served.run("verify", str(changed), code=1).startswith("ALTERED")


def hal_schedules(served: Served, thread: int, folder: Path) -> None:
    """What Ada approved, to leave in years."""
    text = folder / "answer.txt"
    text.write_text(DRAFT)
    made = served.run("draft", str(thread), "--as", "hal", "--file", str(text), "--ask", "--json")
    number = str(json.loads(made)["draft"])
    served.run("approve", number)
    served.run("send", number, "--as", "hal", "--at", "2030-01-01 09:00")


def ada_lets_hal_go(page: Page) -> None:
    page.goto("/office/hands")
    page.get_by_role("link", name="Offboard…").click()
    expect(page.get_by_role("heading", name="What stops")).to_be_visible()
    page.get_by_role("button", name="Offboard Hal Brandt").click()
    expect(page.get_by_role("heading", name="No longer here")).to_be_visible()
