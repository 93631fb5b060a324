"""What a shell meets: each command a process of its own; and what a stranger verifies."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from firsthand.core.byline import Level
from firsthand.office import outbox, staff
from firsthand.office.models import Actor, Office, Submission, Thread
from tests.doors.living import firsthand, python
from tests.doors.shell import Run


def test_the_first_hour_in_a_shell(tmp_path: Path, letters: Path) -> None:
    """init, import, today, draft, approve, send, drafts, undo; each a process."""
    home = tmp_path / "home"
    home.mkdir()
    missing = firsthand(home, "today")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr == (
        "firsthand: There is no office here yet. "
        "Make one with: firsthand init --name NAME --email ADDRESS\n"
    )
    made = firsthand(home, "init", "--name", "Ada Ferrer", "--email", "ada@ada.example")
    assert made.returncode == 0, made.stderr
    assert "z6Mk" in made.stdout
    taken = firsthand(home, "import", str(letters), "--json")
    assert json.loads(taken.stdout)["new"] == 2
    assert taken.stderr == ""
    queue = firsthand(home, "today", "--all", "--json")
    assert json.loads(queue.stdout)["minutes"] == 25
    added = json.loads(
        firsthand(home, "hand", "add", "Hal Brandt", "--right", "draft", "--json").stdout
    )
    hal = added["hand"]
    drafted = firsthand(home, "draft", "1", "--as", hal, "--json", text="Gladly.\n")
    draft = str(json.loads(drafted.stdout)["draft"])
    approved = firsthand(home, "approve", draft, "--json")
    assert json.loads(approved.stdout)["state"] == "approved"
    refusal = firsthand(home, "send", draft, "--as", hal, "--json")
    assert refusal.returncode == 1
    assert json.loads(refusal.stdout)["error"]["code"] == "denied"
    assert "Hal Brandt has no right to send" in refusal.stderr
    # Imported files only: nothing can leave from such an account.
    files = firsthand(home, "send", draft, "--json")
    assert (files.returncode, "cannot send" in files.stderr) == (2, True)
    listed = json.loads(firsthand(home, "drafts", "--json").stdout)["drafts"]
    assert [each["state"] for each in listed] == ["approved"]
    sound = firsthand(home, "log", "fsck", "--json")
    assert (sound.returncode, json.loads(sound.stdout)["ok"]) == (0, True)


def test_a_home_that_cannot_be_opened_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    said = firsthand(tmp_path / "file", "today")
    assert (said.returncode, said.stderr.count("\n")) == (2, 1)
    assert "cannot be opened" in said.stderr


@pytest.mark.parametrize("words", [["verify", "/no/such/file"], ["verify"]])
def test_verify_misused(tmp_path: Path, words: list[str]) -> None:
    said = firsthand(tmp_path, *words)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.count("\n") == 1


def test_verify_needs_no_office_and_is_never_content_with_nothing(tmp_path: Path) -> None:
    said = firsthand(tmp_path, "verify", "-", "--json", text="Subject: hi\n\nhello\n")
    assert said.returncode == 1
    told = json.loads(said.stdout)
    assert told["verdict"] == "unknown"
    keys = {"verdict", "level", "ai", "signed_by", "logged_at", "checkpoint", "problems"}
    assert keys <= set(told)
    assert not (tmp_path / "office.sqlite3").exists()


def test_two_commands_that_come_first_at_once_make_one_database(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        came = [pool.submit(firsthand, tmp_path, "hands") for _ in range(3)]
    for each in came:
        said = each.result()
        assert (said.returncode, "There is no office here yet" in said.stderr) == (2, True), said


def test_an_address_of_no_post_is_told_as_such(tmp_path: Path) -> None:
    said = firsthand(tmp_path, "verify", "at://x")
    assert (said.returncode, said.stderr) == (1, "")
    assert "There is no post and no byline of an office at at://x." in said.stdout


def test_verify_loads_no_django(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom firsthand.cli import main\n"
        "try: main(['verify', '-'])\nexcept SystemExit: pass\n"
        "assert 'django' not in sys.modules"
    )
    said = python(tmp_path, code, text="Subject: hi\n\nhello\n")
    assert said.returncode == 0, said.stderr


@pytest.mark.parametrize("tampered", [False, True])
def test_verify_what_the_office_sent(
    run: Run,
    thread: Thread,
    ada: Actor,
    tmp_path: Path,
    tampered: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A letter leaves through the outbox into a folder; a stranger checks the file."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    world = tmp_path / "world"
    staff.connect(
        by=ada,
        channel="mail",
        address="ada@ada.example",
        settings={"via": "folder", "folder": str(world)},
        secrets={},
        now=timezone.now(),
    )
    run("reply", str(thread.pk), text="Yes, gladly: come on Friday.")
    late = timezone.now() + timedelta(minutes=1)
    outbox.log_due(now=late)
    claimed = outbox.claim(now=late, lease=timedelta(minutes=5))
    assert claimed
    outbox.deliver(claimed, clock=lambda: late)
    assert Submission.objects.get().state == "sent"
    letter = next(
        path for path in world.rglob("*") if path.is_file() and b"Friday" in path.read_bytes()
    )
    copy = tmp_path / "letter.eml"
    raw = letter.read_bytes()
    copy.write_bytes(raw.replace(b"Friday", b"Monday") if tampered else raw)
    run("log", "export", str(tmp_path / "log"))
    key = Office.objects.get().public_key
    words = ["--key", key, "--log", str(tmp_path / "log"), "--json"]
    said = run("verify", str(copy), *words)
    assert said.value["verdict"] == ("altered" if tampered else "verified"), said.value
    assert said.code == (1 if tampered else 0)
    assert said.value["level"] == Level.FIRSTHAND
