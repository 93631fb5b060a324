"""An import killed at any moment, run again, is complete; and nothing is double.

Nor when two read at once what the same people wrote.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from tests.office.letters import at, letter
from tests.servers import postgres

COUNT = 12000
SCRIPT = """
import sys
from datetime import UTC, datetime
import django
django.setup()
from django.core.management import call_command
from firsthand.office import intake
from firsthand.office.models import Account, Body, Message, Person, Thread
call_command("migrate", verbosity=0)
now = datetime(2026, 11, 22, tzinfo=UTC)
account, _ = Account.objects.get_or_create(
    channel="mail", address="ada@ada.example", defaults={"made_at": now})
taken = intake.import_paths(paths=[sys.argv[1]], account=account, now=now)
print(__import__("json").dumps({
    "read": taken.read, "new": taken.new, "duplicates": taken.duplicates,
    "persons": Person.objects.count(), "threads": Thread.objects.count(),
    "messages": Message.objects.count(), "bodies": Body.objects.count(),
    "received": sum(Person.objects.values_list("received", flat=True)),
    "in_threads": sum(Thread.objects.values_list("messages_count", flat=True)),
}))
"""


def run(home: Path, box: Path) -> subprocess.Popen[str]:
    env = {
        **os.environ,
        "FIRSTHAND_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "firsthand.project.settings",
        **postgres.of_home(home),
    }
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(box)],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def mailbox(path: Path, numbers: Iterable[int]) -> Path:
    """Letters with these numbers, of 97 people, three of a subject."""
    with path.open("wb") as file:
        for n in numbers:
            who = f"Reader {n % 97} <reader{n % 97}@far.example>"
            raw = letter(n, when=at(1 + n % 20), sender=who, subject=f"Letter {n // 3}")
            file.write(b"From x Thu Jan  1 00:00:00 2026\n" + raw + b"\n")
    return path


def test_nothing_is_lost_or_double_after_kills(tmp_path: Path) -> None:
    box = mailbox(tmp_path / "all.mbox", range(COUNT))
    home = tmp_path / "home"
    home.mkdir()
    killed = 0
    for wait in (1.2, 1.5, 1.9):
        process = run(home, box)
        time.sleep(wait)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
    output, _ = run(home, box).communicate()
    found = json.loads(output)
    assert killed
    assert found["read"] == found["new"] + found["duplicates"] == COUNT
    assert found["messages"] == found["bodies"] == COUNT
    assert found["received"] == found["in_threads"] == COUNT


def test_two_who_read_at_once_make_each_person_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    run(home, mailbox(tmp_path / "none.mbox", [])).communicate()
    boxes = [mailbox(tmp_path / f"{each}.mbox", range(each, 1200, 2)) for each in (0, 1)]
    both = [run(home, box) for box in boxes]
    for process in both:
        said, problems = process.communicate()
        assert json.loads(said)["new"] == 600
        assert "failed" not in problems
    found = json.loads(run(home, boxes[0]).communicate()[0])
    assert found["received"] == found["in_threads"] == found["messages"] == 1200
    assert found["persons"] == 97
