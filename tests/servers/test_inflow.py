"""How long a letter is on its way from the sender's hand-over to the ranked queue, and whether a
worker keeps up with ten times the pace of a busy office.

A worker waits for news on the real server; figures are printed, the bound is only that all comes.
With INFLOW=PATH, the letters of the second test are those under PATH (docs/benchmarks.md); with
INFLOW_HOME=PATH, they come into a copy of that office.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from firsthand.channels.mail.files import walk
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import PASSWORD, Mailbox, letter, new_mailbox
from tests.servers.test_outbox_crashes import run
from tests.servers.test_worker import count, working

pytestmark = pytest.mark.servers

LETTERS = 5
RANKED = "office_rankrow"
LONGEST = 60.0
A_DAY = 50_000
TIMES = 10
MANY = int(os.environ.get("INFLOW_LETTERS", "120"))
IN_QUEUE = (
    "office_message JOIN office_thread ON office_thread.id = thread_id "
    "WHERE office_message.account_id = (SELECT max(id) FROM office_account) AND NOT needs_rank"
)


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


def test_a_worker_keeps_up_with_ten_times_a_busy_office(
    box: Mailbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    if given := os.environ.get("INFLOW_HOME"):
        shutil.copytree(given, home)
    run("open", home, box, number=0)
    with working(home) as worker:
        time.sleep(3)
        before, began = _seconds_of_work(worker.pid), time.monotonic()
        late = sorted(_at_a_pace(box, home, list(_letters()), A_DAY * TIMES / 86_400))
        took = time.monotonic() - began
        each = (_seconds_of_work(worker.pid) - before) / len(late)
    with capsys.disabled():
        print(
            f"\n{len(late)} letters at {len(late) / took:.1f} a second: in the queue after "
            f"{late[len(late) // 2]:.2f} s, at most {late[-1]:.2f}; {each * 1000:.0f} ms of a "
            f"processor each, which is {each * A_DAY / 864:.1f} % of one at {A_DAY:,} a day"
        )
    assert late[-1] < LONGEST


def _on_its_way(box: Mailbox, home: Path, number: int) -> float:
    before = count(home, RANKED)
    began = time.monotonic()
    with _sender(box) as send:
        send(letter(9000 + number))
    while count(home, RANKED) == before and time.monotonic() - began < LONGEST:
        time.sleep(0.01)
    return time.monotonic() - began


def _at_a_pace(box: Mailbox, home: Path, letters: list[bytes], pace: float) -> list[float]:
    """The seconds from each hand-over, of which there are `pace` in a second, to the ranked queue."""
    handed: list[float] = []
    late: list[float] = []
    began = time.monotonic()
    with _sender(box) as send:
        while len(late) < len(letters) and time.monotonic() - began < len(letters) / pace + LONGEST:
            if len(handed) < len(letters) and time.monotonic() >= began + len(handed) / pace:
                send(letters[len(handed)])
                handed.append(time.monotonic())
            ranked = count(home, IN_QUEUE)
            late += [time.monotonic() - at for at in handed[len(late) : ranked]]
            time.sleep(0.01)
    assert len(late) == len(letters)
    return late


def _letters() -> Iterator[bytes]:
    if mail := os.environ.get("INFLOW"):
        raws = (b"\r\n".join(each.raw.splitlines()) for each in walk(Path(mail)))
        yield from islice(filter(_fits, raws), MANY)
    else:
        yield from (letter(10_000 + number) for number in range(MANY))


def _fits(raw: bytes) -> bool:
    """Whether a server may take it (RFC 5321, 4.5.3.1.6)."""
    return bool(raw) and max(map(len, raw.splitlines())) < 998


@contextmanager
def _sender(box: Mailbox) -> Iterator[Callable[[bytes], object]]:
    with smtplib.SMTP(box.server.host, box.server.smtp_port, timeout=10) as server:
        server.login(box.author.address, PASSWORD)
        yield lambda raw: server.sendmail(box.friends[0].address, [box.author.address], raw)


def _seconds_of_work(pid: int) -> float:
    """What a process has used of processors until now (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
