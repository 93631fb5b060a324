"""`export`, `backup` and `restore` as programs, from one home into another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.doors.living import firsthand


@pytest.fixture
def home(tmp_path: Path, letters: Path) -> Path:
    """An office with two letters in it."""
    home = tmp_path / "home"
    made = firsthand(home, "init", "--name", "Ada Ferrer", "--email", "ada@ada.example")
    assert made.returncode == 0
    assert firsthand(home, "import", str(letters)).returncode == 0
    return home


def test_a_backup_is_the_same_office_elsewhere(home: Path, tmp_path: Path) -> None:
    file, new = tmp_path / "copy.tar.gz", tmp_path / "new"
    said = firsthand(home, "backup", str(file))
    assert (said.returncode, said.stderr) == (0, "")
    assert "has the office" in said.stdout
    again = firsthand(new, "restore", str(file))
    assert (again.returncode, again.stderr) == (0, "")
    assert "An older backup" in again.stdout
    found = [firsthand(place, "search", "chapter", "--json").stdout for place in (home, new)]
    assert found[0] == found[1]
    assert len(json.loads(found[0])["threads"]) == 2
    assert firsthand(new, "log", "fsck").returncode == 0
    twice = firsthand(new, "restore", str(file))
    assert (twice.returncode, twice.stderr.count("\n")) == (2, 1)
    assert "is not empty" in twice.stderr


def test_an_export_goes_into_another_office(home: Path, tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    told = firsthand(home, "export", str(out), "--json")
    assert (told.returncode, told.stderr) == (0, "")
    assert json.loads(told.stdout)["counts"]["mail"] == 2
    firsthand(other, "init", "--name", "Ada Ferrer", "--email", "ada@ada.example")
    taken = json.loads(firsthand(other, "import", str(out / "mail"), "--json").stdout)
    assert [taken[key] for key in ("new", "skipped", "unreadable")] == [2, 0, 0]
    twice = firsthand(home, "export", str(out))
    assert (twice.returncode, twice.stderr.count("\n")) == (2, 1)
