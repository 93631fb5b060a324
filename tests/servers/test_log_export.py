"""An exported log behind a plain file server that nobody here wrote: readers and the referee agree."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from firsthand.core.record import from_multikey
from firsthand.office import ledger, outbox
from firsthand.office.models import Office, Submission
from firsthand.office.outbox.sealed import header
from firsthand.tlog.note import Verifier
from firsthand.tlog.verify import fsck
from firsthand.verifier import WebLog, check_record
from firsthand.verifier.recount import recount
from tests.doors.conftest import run
from tests.doors.living import free_port
from tests.doors.shell import Run
from tests.office.conftest import ada, now, office
from tests.office.outbox.acting import Send
from tests.office.outbox.conftest import account, far, send
from tests.servers.go import Go

__all__ = ["account", "ada", "far", "now", "office", "run", "send"]
pytestmark = pytest.mark.servers
PROGRAM = Path(__file__).with_name("referees") / "go" / "tlog" / "main.go"


@pytest.fixture
def exported(send: Send, run: Run, now: datetime, tmp_path: Path) -> Path:
    """A log with three hundred letters in it, as `firsthand log export` leaves it."""
    for _ in range(300):
        send()
    assert outbox.log_due(now=now + timedelta(minutes=1)) == 300
    done = run("log", "export", str(tmp_path / "export"))
    assert done.code == 0, done.err
    return tmp_path / "export"


@pytest.fixture
def served(exported: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    server = subprocess.Popen(
        command, cwd=exported, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{port}"
    try:
        transport = httpx.HTTPTransport(retries=30)
        with httpx.Client(transport=transport) as client:
            client.get(f"{base}/checkpoint", timeout=10).raise_for_status()
        yield base
    finally:
        server.terminate()
        server.wait(10)


def test_readers_check_it_over_the_web(office: Office, served: str) -> None:
    reader = WebLog(served, loopback=True)
    audit = fsck(reader, Verifier.parse(office.log_vkey))
    assert audit.ok and audit.entries > 300
    assert recount(reader, Verifier.parse(office.log_vkey)).report().left == 300
    for submission in Submission.objects.order_by("pk")[::50]:
        verdict = check_record(
            bytes(submission.record),
            keys=[from_multikey(office.public_key)],
            index=header(submission).index,
            log=reader,
        )
        assert verdict.ok, verdict.problems


def test_the_go_teams_code_finds_it_sound(
    office: Office, served: str, exported: Path, go: Go, tmp_path: Path
) -> None:
    """The referee reads a copy that was fetched file by file from the plain server."""
    for path in ledger.store().paths():
        place = tmp_path / "fetched" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(httpx.get(f"{served}/{path}").raise_for_status().content)
    judged = go.run("run", PROGRAM, "log", office.log_vkey, tmp_path / "fetched")
    assert judged.returncode == 0, judged.stderr
    assert judged.stdout.startswith(f"sound {ledger.published()} ")
