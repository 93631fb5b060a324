"""How long a letter is on its way from the sender's hand-over to the ranked queue.

A worker waits for news on the real server; the figure is printed, the bound is only that it comes.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import PASSWORD, Mailbox, letter, new_mailbox
from tests.servers.test_outbox_crashes import run
from tests.servers.test_worker import count, working

pytestmark = pytest.mark.servers

LETTERS = 5
RANKED = "office_rankrow"
LONGEST = 60.0


@pytest.fixture
def box(dovecot: Dovecot) -> Iterator[Mailbox]:
    mailbox = new_mailbox(dovecot)
    yield mailbox
    mailbox.close()


def test_a_letter_is_soon_in_the_queue(
    box: Mailbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    run("open", home, box, number=0)
    with working(home):
        time.sleep(3)  # by now it waits for news
        seconds = sorted(_on_its_way(box, home, number) for number in range(LETTERS))
    with capsys.disabled():
        print(f"\nfrom SMTP to the queue: {seconds[LETTERS // 2]:.2f} s, at most {seconds[-1]:.2f}")
    assert seconds[-1] < LONGEST


def _on_its_way(box: Mailbox, home: Path, number: int) -> float:
    before = count(home, RANKED)
    began = time.monotonic()
    with smtplib.SMTP(box.server.host, box.server.smtp_port, timeout=10) as server:
        server.login(box.author.address, PASSWORD)
        server.sendmail(box.friends[0].address, [box.author.address], letter(9000 + number))
    while count(home, RANKED) == before and time.monotonic() - began < LONGEST:
        time.sleep(0.01)
    return time.monotonic() - began
