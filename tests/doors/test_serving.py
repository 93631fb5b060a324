"""`firsthand up` and its worker: whichever ends first, neither goes on alone."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.doors.living import ROOT, environment, firsthand, free_port

CODE = "from firsthand.cli import main; main()"


class Up:
    """An office that is served by `firsthand up`."""

    def __init__(self, home: Path) -> None:
        self.base = f"http://127.0.0.1:{(port := free_port())}"
        first = ["--name", "Ada Ferrer", "--email", "ada@ada.example"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", CODE, "up", "--port", str(port), *first],
            env=environment(home),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert until(self.answers), "The office did not come up."
        assert until(lambda: bool(self.children())), "There is no worker."
        (self.worker,) = self.children()

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.base}/public", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def children(self) -> list[int]:
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        return [int(pid) for pid in found.stdout.split()]

    def working(self) -> bool:
        """Whether the worker runs; one that has ended and waits for its parent does not."""
        state = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(self.worker)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        return bool(state) and not state.startswith("Z")


def until(true: Callable[[], bool], seconds: float = 120) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.1)
    return False


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    served = Up(tmp_path)
    yield served
    if served.process.poll() is None:
        served.process.kill()
    served.process.communicate()
    if served.working():
        os.kill(served.worker, signal.SIGKILL)


def test_without_its_worker_the_office_stops_and_says_so(up: Up) -> None:
    os.kill(up.worker, signal.SIGKILL)
    _, told = up.process.communicate(timeout=30)
    assert up.process.returncode == 1
    assert "firsthand: The worker ended by itself" in told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_both(up: Up, number: int) -> None:
    up.process.send_signal(number)
    _, told = up.process.communicate(timeout=40)
    assert (up.process.returncode, told) == (0, "")
    assert not up.working()


def test_a_killed_office_leaves_no_worker_behind(up: Up) -> None:
    up.process.kill()
    up.process.wait(timeout=10)
    assert until(lambda: not up.working())


def test_an_address_where_nobody_can_listen_is_not_called_taken(tmp_path: Path) -> None:
    said = firsthand(tmp_path, "up", "--host", "192.0.2.1")
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "Nothing can listen at port 8000 of 192.0.2.1" in said.stderr


def test_where_the_port_is_taken_the_command_with_a_free_one_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = firsthand(tmp_path, "up", "--port", str(taken.getsockname()[1]))
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert re.search(r"firsthand up --port 8\d{3}$", said.stderr.strip())
