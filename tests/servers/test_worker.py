"""Workers as processes, on real servers: mail comes in and goes out, and a stop is a clean one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.servers import postgres
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox, new_mailbox
from tests.servers.test_outbox_crashes import PROJECT, run

pytestmark = pytest.mark.servers


@pytest.fixture
def box(dovecot: Dovecot) -> Iterator[Mailbox]:
    mailbox = new_mailbox(dovecot)
    yield mailbox
    mailbox.close()


@pytest.fixture
def home(box: Mailbox, tmp_path: Path) -> Path:
    """An office with three letters that are due."""
    run("open", tmp_path / "home", box, number=3)
    return tmp_path / "home"


def start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "FIRSTHAND_HOME": str(home)}
    environment |= postgres.of_home(home)
    return subprocess.Popen(
        [sys.executable, "-m", "firsthand.worker", *arguments],
        env=environment,
        cwd=PROJECT,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def working(home: Path) -> Iterator[subprocess.Popen[str]]:
    worker = start(home)
    try:
        yield worker
    finally:
        worker.send_signal(signal.SIGTERM)
        _, said = worker.communicate(timeout=40)
    assert worker.returncode == 0
    assert "Traceback" not in said, said


def count(home: Path, query: str) -> int:
    with closing(postgres.rows_of(home)) as rows:
        return int(rows.execute(f"SELECT count(*) FROM {query}").fetchone()[0])


def wait_for(home: Path, query: str, number: int) -> float:
    began = time.monotonic()
    while count(home, query) != number:
        assert time.monotonic() - began < 60, f"{query}: {count(home, query)}, not {number}"
        time.sleep(0.1)
    return time.monotonic() - began


SENT = "office_submission WHERE state = 'sent' AND copied_at IS NOT NULL"
IN = "office_message WHERE direction = 'in'"
OUT = "office_message WHERE direction = 'out'"


def test_once_does_what_is_due_and_ends(box: Mailbox, home: Path) -> None:
    box.arrive(2)
    worker = start(home, "--once")
    _, said = worker.communicate(timeout=120)
    assert worker.returncode == 0, said
    assert count(home, SENT) == count(home, OUT) == 3
    assert count(home, IN) == count(home, "office_rankrow") == 2
    assert len(box.received(box.friends[0])) == 2
    assert len(box.received(box.friends[1])) == 1


def test_two_workers_share_the_work_and_stop_cleanly(box: Mailbox, home: Path) -> None:
    with working(home), working(home):
        wait_for(home, SENT, 3)
        wait_for(home, OUT, 3)
        time.sleep(3)  # by now one of them waits for news
        box.arrive(1)
        assert wait_for(home, IN, 1) < 15
        wait_for(home, "office_rankrow", 1)
        assert count(home, "office_account WHERE lease_until IS NOT NULL AND fence = 1") == 1
    assert len(box.received(box.friends[0])) == 2
    assert len(box.copies()) == 3
    assert count(home, "office_account WHERE lease_until IS NULL") == 1
