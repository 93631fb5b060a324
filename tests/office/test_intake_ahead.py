"""Reading in a second process gives what reading here gives, whatever becomes of that process."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from firsthand.office import archive, intake
from firsthand.office.intake import ahead
from firsthand.office.models import Account, Message
from tests.office.letters import at, letter


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Letters for several portions, and so many bytes that a second process reads them."""
    monkeypatch.setattr(archive, "MESSAGES", 60)
    folder = tmp_path / "letters"
    folder.mkdir()
    for n in range(240):
        raw = letter(n, when=at(20), subject=f"Letter {n}", text="word " * 2000)
        (folder / f"{n:03}.eml").write_bytes(raw)
    return folder


def test_both_ways_of_reading_agree(now: datetime, box: Path) -> None:
    here = list(archive.portions([box], channel="mail", now=now))
    there = list(ahead.read_ahead([box], channel="mail", now=now))
    assert len(here) == 4 and len(there) == 1  # small ones come together
    assert [r for each in here for r in each.reads] == [r for each in there for r in each.reads]
    assert here[-1][1:] == there[-1][1:]


def test_what_is_ready_comes_together(
    now: datetime, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = list(archive.portions([box], channel="mail", now=now))
    monkeypatch.setattr(ahead, "FEWEST", 60)
    monkeypatch.setattr(ahead, "MOST", 180)

    def sizes(*ready: bool) -> list[int]:
        source = iter(zip(parts, ready, strict=True))
        return [len(each.reads) for each in ahead._gathered(source)]

    assert sizes(True, True, True, True) == [180, 60]  # as many as one transaction takes
    assert sizes(False, False, False, False) == [60, 120, 60]  # not too few, but for the first
    assert sizes(True, False, True, True) == [120, 120]
    assert archive.joined(parts)[1:] == parts[-1][1:]


@pytest.mark.django_db
@pytest.mark.parametrize("finished", [0, 1])
def test_a_reader_that_dies_loses_nothing(
    account: Account, now: datetime, box: Path, monkeypatch: pytest.MonkeyPatch, finished: int
) -> None:
    whole = ahead._elsewhere

    def dying(*arguments):  # type: ignore[no-untyped-def]
        source = whole(*arguments)
        for _ in range(finished):
            yield next(source)[0], False
        raise EOFError

    monkeypatch.setattr(ahead, "_elsewhere", dying)
    monkeypatch.setattr(ahead, "FEWEST", 1)
    taken = intake.import_paths(paths=[box], account=account, now=now)
    assert (taken.new, taken.duplicates > 0) == (240, finished > 0)
    assert Message.objects.count() == 240


def test_a_reader_that_is_killed_is_noticed(
    now: datetime, box: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "_CHILD", "import os; os.kill(os.getpid(), 9)")
    found = list(ahead.read_ahead([box], channel="mail", now=now))
    assert sum(len(each.reads) for each in found) == 240


def test_the_reader_needs_no_django() -> None:
    code = "import firsthand.office.archive, sys; print('django' in sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout == "False\n"
