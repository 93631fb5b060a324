"""Workers are killed, at every step and at random moments, and the receiving mailbox is the judge.

One submission has one effect (invariant 5): sent once, or shown as `uncertain`; never twice, never
lost. Nothing leaves that is not in the log (invariant 1).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from firsthand.channels.mail.parse import parse
from tests.servers import postgres
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import PASSWORD, Mailbox, new_mailbox

pytestmark = pytest.mark.servers
PROJECT = Path(__file__).resolve().parents[2]
LETTERS = int(os.environ.get("CRASH_LETTERS", "500"))

# What may become of a submission whose worker died there: its state, how often it arrived.
SENT, LOST, KNOWN = ("sent", {1}), ("uncertain", {0}), ("uncertain", {1})
OUTCOMES: dict[str, tuple[str, set[int]]] = {
    "release: looked at": SENT,
    "release: sealed": SENT,
    "release: entries ordered": SENT,
    "release: written, not committed": SENT,
    "release: committed, not published": SENT,
    "publish: nothing written": SENT,
    "publish: entries written": SENT,
    "publish: all but the checkpoint": SENT,
    "publish: checkpoint written": SENT,
    "publish: published": SENT,
    "claim: not yet taken": SENT,
    "deliver: claimed": LOST,
    "deliver: put together": LOST,
    "deliver: before the call": LOST,
    "deliver: signed in": LOST,
    "deliver: addressed": LOST,
    "deliver: dot written": ("uncertain", {0, 1}),
    "deliver: answer read": KNOWN,
    "deliver: call returned": KNOWN,
    "record: not written": KNOWN,
    "record: written, not committed": KNOWN,
    "record: committed": SENT,
    "file: composed": SENT,
    "file: taken in": SENT,
    "file: answered, not committed": SENT,
    "file: committed": SENT,
    "copy: claimed": SENT,
    "copy: made, not recorded": SENT,
}


def run(act: str, home: Path, box: Mailbox, **given: object) -> Any:
    """crashing.py in a home of its own, with the account of `box`."""
    account = {"address": box.author.address, "settings": box.settings, "password": PASSWORD}
    friends = [friend.address for friend in box.friends]
    return run_with(act, home, account, friends, **given)


def run_with(
    act: str, home: Path, account: dict[str, Any], friends: list[str], **given: object
) -> Any:
    """As `run`, with an account of any kind."""
    return run_program("crashing", act, home, {"account": account, "friends": friends, **given})


def run_program(program: str, act: str, home: Path, given: dict[str, Any]) -> Any:
    """What a program of this folder makes of `given`, in a home of its own."""
    environment = {**os.environ, "FIRSTHAND_HOME": str(home), "PYTHONPATH": str(PROJECT)}
    environment |= postgres.of_home(home)
    finished = subprocess.run(
        [sys.executable, "-m", f"tests.servers.{program}", act],
        input=json.dumps(given),
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-5000:]
    return json.loads(finished.stdout)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What crashing.py found, what lies in the mailboxes, and what in the folder of sent mail."""

    found: dict[str, Any]
    arrived: Counter[str]
    copies: Counter[str]


def judged(found: dict[str, Any], box: Mailbox) -> Aftermath:
    got = [raw for friend in box.friends for raw in box.server.messages(friend.address)]
    return Aftermath(found, Counter(parse(raw).message_id for raw in got), Counter(box.copies()))


@pytest.fixture(scope="module")
def table(dovecot: Dovecot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    box = new_mailbox(dovecot)
    yield judged(run("table", tmp_path_factory.mktemp("table"), box), box)
    box.close()


@pytest.mark.parametrize("point", OUTCOMES)
def test_a_kill_at_this_step_sends_once_or_asks_a_person(table: Aftermath, point: str) -> None:
    found = table.found["points"][point]
    state, arrived = OUTCOMES[point]
    message_id = found["message_id"]
    assert found["died"], "the worker never came to this step"
    assert found["state"] == state
    assert table.arrived[message_id] in arrived
    assert found["problems"] == []
    assert found["filed"] == (state == "sent")
    assert table.copies[message_id] == (state == "sent")


def test_every_step_is_in_the_table(table: Aftermath) -> None:
    assert list(table.found["points"]) == list(OUTCOMES)


def test_after_all_these_kills_the_log_is_whole(table: Aftermath) -> None:
    report = table.found["report"]
    assert report["problems"] == []
    assert report["entries"][0] == report["entries"][1]
    assert report["bylines"] == len(report["submissions"]) == len(OUTCOMES)
    assert report["numbers"] == list(range(1, len(OUTCOMES) + 1))


def test_two_workers_killed_at_random_send_each_letter_once(
    dovecot: Dovecot, tmp_path: Path
) -> None:
    box = new_mailbox(dovecot)
    seed = int.from_bytes(os.urandom(4))
    print(f"seed {seed}")
    after = judged(
        run("chaos", tmp_path / "home", box, number=LETTERS, seed=seed, seconds=420), box
    )
    report, kills = after.found["report"], after.found["kills"]
    states = {key: state for key, (state, _, _) in report["submissions"].items()}
    sent = {key for key, state in states.items() if state == "sent"}
    uncertain = {key for key, state in states.items() if state == "uncertain"}
    print(f"{kills} kills, {len(sent)} sent, {len(uncertain)} uncertain")
    assert kills >= 5
    assert len(states) == LETTERS == len(sent) + len(uncertain)
    assert max(after.arrived.values()) == 1, "a letter arrived twice"
    assert sent <= set(after.arrived), "a letter that was marked sent did not arrive"
    assert set(after.arrived) <= set(states)
    assert len(uncertain) <= kills + 2
    assert max(after.copies.values()) == 1, "a copy was made twice"
    assert set(after.copies) == sent
    assert {key for key, (_, _, filed) in report["submissions"].items() if filed == 1} == sent
    assert report["problems"] == []
    assert report["entries"][0] == report["entries"][1]
    assert report["bylines"] == LETTERS
    assert report["numbers"] == list(range(1, LETTERS + 1))
