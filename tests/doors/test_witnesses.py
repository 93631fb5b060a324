"""Two offices, each in a home of its own behind a real server, are each other's witness."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from firsthand.tlog.note import Verifier
from firsthand.tlog.tiles import CHECKPOINT
from firsthand.tlog.witness import Policy
from tests.doors.living import Living, python, served

ASK = """
from firsthand.cli import setting_up
setting_up.office()
from datetime import timedelta
import sys
from firsthand.office import witnessing
print(witnessing.ask_all(now=setting_up.now() + timedelta(minutes=int(sys.argv[1]))))
"""
LETTER = """
from firsthand.cli import setting_up
setting_up.office()
from datetime import timedelta
from firsthand.office import desk, outbox
from firsthand.office.models import Submission, Thread
thread, ada, now = Thread.objects.first(), setting_up.acting(None), setting_up.now()
draft = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
desk.send(draft=draft, actor=ada, revision=1, seen=thread.latest, now=now)
outbox.log_due(now=now + timedelta(minutes=1))
print(Submission.objects.latest("pk").number)
"""


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Living, Living]]:
    """Introduced to each other, as their owners would."""
    folder = tmp_path_factory.mktemp("offices")
    with served(folder / "ada") as ada, served(folder / "bea") as bea:
        for office, witness in ((ada, bea), (bea, ada)):
            introduce(office, witness)
            assert ask(office) == 1
        yield ada, bea


def introduce(office: Living, witness: Living) -> None:
    told = witness.run("log", "witness", "serve", keys(office)["log"])
    assert told.returncode == 0, told.stderr
    command = told.stdout.splitlines()[-1].split()
    added = office.run(*command[1:])
    assert added.returncode == 0, added.stderr


def keys(office: Living) -> dict[str, str]:
    listed: dict[str, str] = json.loads(office.run("log", "witness", "list", "--json").stdout)
    return listed


def ask(office: Living, minutes: int = 0) -> int:
    asked = python(office.home, ASK, str(minutes))
    assert asked.returncode == 0, asked.stderr
    return int(asked.stdout)


def shown(office: Living) -> bytes:
    return httpx.get(f"{office.base}/{CHECKPOINT}").raise_for_status().content


def key_of(witness: Living) -> Verifier:
    return Verifier.parse(keys(witness)["key"])


def seen_by(witness: Living, office: Living) -> int:
    """The size that the witness cosigned, by the checkpoint that the office shows."""
    policy = Policy((key_of(witness),), quorum=1)
    return policy.check(shown(office), Verifier.parse(keys(office)["log"])).size


def test_each_cosigns_the_others_log_as_it_grows(offices: tuple[Living, Living]) -> None:
    for office, witness in (offices, offices[::-1]):
        first = seen_by(witness, office)
        assert office.run("promise", "add", "firsthand").returncode == 0
        assert ask(office, 2) == 1
        assert seen_by(witness, office) == first + 1
        assert office.run("doctor").returncode == 0


def test_what_was_cosigned_stays_shown(offices: tuple[Living, Living]) -> None:
    office, witness = offices
    ask(office, 4)
    before = shown(office)
    assert office.run("log", "fsck").returncode == 0  # which publishes first
    assert ask(office, 6) == 0
    assert shown(office) == before
    assert seen_by(witness, office)


def test_a_reader_is_told_the_time_that_witnesses_proved(
    offices: tuple[Living, Living], tmp_path: Path
) -> None:
    office, witness = offices
    sent = python(office.home, LETTER)
    assert sent.returncode == 0, sent.stderr
    address = f"{office.base}/b/{sent.stdout.strip()}"
    reader = Living(office.base, tmp_path, {})
    chosen = ["--witness", str(key_of(witness)), "--json"]
    early = reader.run("verify", address, *chosen)
    assert (early.returncode, json.loads(early.stdout)["verdict"]) == (1, "unlogged")
    assert "0 known witnesses" in early.stdout
    ask(office, 8)
    late = reader.run("verify", address, *chosen)
    told = json.loads(late.stdout)
    assert (late.returncode, told["verdict"]) == (0, "verified"), late.stdout
    assert told["proved_at"][:10] >= told["logged_at"]
    stranger = str(key_of(office))
    assert reader.run("verify", address, "--witness", stranger).returncode == 1
    both = [*chosen, "--witness", stranger, "--quorum"]
    assert reader.run("verify", address, *both, "2").returncode == 1
    assert reader.run("verify", address, *both[:-1]).returncode == 1, "all, if not told"
    assert reader.run("verify", address, *both, "1").returncode == 0
    assert reader.run("verify", address, *both, "3").returncode != 0


def test_the_proof_is_dated_by_the_first_head_that_was_seen(
    offices: tuple[Living, Living],
) -> None:
    """The log grows on and is cosigned again, later; the letter keeps its early date."""
    office, _ = offices
    number = python(office.home, LETTER).stdout.strip()
    ask(office, 10)
    early = httpx.get(f"{office.base}/b/{number}.proof").content
    assert python(office.home, LETTER).returncode == 0
    assert ask(office, 12) == 1
    assert httpx.get(f"{office.base}/b/{number}.proof").content == early


def backup(office: Living, to: Path) -> None:
    source = sqlite3.connect(office.home / "office.sqlite3")
    with closing(source), closing(sqlite3.connect(to)) as copy:
        source.backup(copy)


def restore(office: Living, kept: Path) -> None:
    """The old database, and no trace of what was published since."""
    old = sqlite3.connect(kept)
    with closing(old), closing(sqlite3.connect(office.home / "office.sqlite3")) as live:
        old.backup(live)
    shutil.rmtree(office.home / "log")


def test_an_office_that_was_rolled_back_is_refused_and_told_so(tmp_path: Path) -> None:
    with served(tmp_path / "ada") as office, served(tmp_path / "bea") as witness:
        introduce(office, witness)
        assert ask(office) == 1
        backup(office, tmp_path / "old")
        assert office.run("promise", "add", "firsthand").returncode == 0
        assert ask(office, 2) == 1
        size = seen_by(witness, office)
        restore(office, tmp_path / "old")
        assert ask(office, 70) == 1  # within the hour, even if nothing is written
        told = office.run("doctor")
        assert told.returncode == 1
        assert f"The witness has seen {size} entries" in told.stdout
        assert ask(office, 140) == 0  # it is not asked again until a person has looked
        assert office.run("promise", "add", "approved").returncode == 0
        _again(office, witness)
        forked = office.run("doctor").stdout
        assert "another" in forked and "ALARM" in forked
        assert "FORKED" in witness.run("log", "witness", "list").stdout
        assert witness.run("doctor").returncode == 1


def _again(office: Living, witness: Living) -> None:
    """Its owner takes the witness anew, as if that could help."""
    name = key_of(witness).name
    assert office.run("log", "witness", "remove", name).returncode == 0
    added = office.run("log", "witness", "add", keys(witness)["key"], f"{witness.base}/witness")
    assert added.returncode == 0, added.stderr
    assert ask(office, 150) == 1


def test_the_door_bounds_what_it_reads_and_knows_only_its_logs(
    offices: tuple[Living, Living],
) -> None:
    office, witness = offices
    door = f"{witness.base}/witness/add-checkpoint"
    assert httpx.post(door, content=b"x" * (256 * 1024 + 1)).status_code == 413
    assert httpx.post(door, content=b"garbage").status_code == 400
    assert httpx.get(door).status_code == 405
    assert httpx.post(door, content=b"old 0\n\n" + shown(witness)).status_code == 404
    changed = shown(office).replace(b"\n", b"\n1", 1)
    assert httpx.post(door, content=b"old 0\n\n" + changed).status_code in {400, 403}


def test_anybody_may_compare_what_the_witness_holds(offices: tuple[Living, Living]) -> None:
    office, witness = offices
    origin = shown(office).split(b"\n")[0]
    held = httpx.get(f"{witness.base}/witness/{sha256(origin).hexdigest()}/checkpoint")
    assert held.content.split(b"\n")[0] == origin
    assert httpx.get(f"{witness.base}/witness/{'0' * 64}/checkpoint").status_code == 404
