"""A real office before a witness that nobody here wrote: it cosigns growth and refuses a rollback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from firsthand.core.entry import correction_entry
from firsthand.office import ledger, witnessing
from firsthand.office.models import Actor, Cosigned, Event, LogEntry, LogHead, Office, Witness
from firsthand.tlog.note import Verifier
from firsthand.tlog.witness import Policy
from tests.office.conftest import ada, now, office
from tests.servers.aics import Aics, running

__all__ = ["ada", "now", "office"]
pytestmark = pytest.mark.servers


@pytest.fixture
def aics(tmp_path: Path, office: Office) -> Iterator[Aics]:
    folder = tmp_path / "witness"
    folder.mkdir()
    with running(folder, Verifier.parse(office.log_vkey)) as witness:
        yield witness


@pytest.fixture
def asked(aics: Aics, ada: Actor, now: datetime) -> Aics:
    url = f"http://127.0.0.1:{aics.port}"
    witnessing.add(by=ada, vkey=str(aics.verifier), url=url, now=now)
    return aics


def grow(count: int, now: datetime, why: str = "stopped") -> int:
    day = date(2026, 11, 22)
    ledger.append(leaves=[correction_entry(of=n, why=why, day=day) for n in range(count)], now=now)
    return ledger.publish()


def ask(now: datetime, minutes: int) -> int:
    return witnessing.ask_all(now=now + timedelta(minutes=minutes))


def proved(aics: Aics) -> int:
    """The size that the witness has cosigned, as the published checkpoint shows it."""
    head = ledger.shown()
    assert head
    return Policy((aics.verifier,), quorum=1).check(head, ledger.verifier()).size


def test_it_cosigns_an_office_as_it_grows(asked: Aics, now: datetime) -> None:
    for turn, count in enumerate((1, 254, 2, 300)):
        size = grow(count, now)
        assert ask(now, 2 * turn) == 1
        assert proved(asked) == asked.status()["size"] == size
    assert not witnessing.troubles()
    assert Cosigned.objects.count() == 4


def test_an_office_that_forgot_where_its_witness_is_finds_its_way(
    asked: Aics, now: datetime
) -> None:
    grow(5, now)
    ask(now, 0)
    Witness.objects.update(size=0)
    grow(5, now)
    assert ask(now, 2) == 1
    assert proved(asked) == ledger.published()


@pytest.mark.parametrize("again", [0, 3, 7])
def test_an_older_database_is_refused(asked: Aics, now: datetime, again: int) -> None:
    """Restored from a backup, then grown to less, the same and more than the witness has seen."""
    grow(5, now)
    ask(now, 0)
    head = LogHead.objects.values().get()
    witness = Witness.objects.values().get()
    grow(3, now)
    ask(now, 2)
    seen = asked.status()["size"]
    LogEntry.objects.filter(index__gte=head["size"]).delete()
    Cosigned.objects.filter(size__gt=head["size"]).delete()
    LogHead.objects.update(**head)
    Witness.objects.update(**witness)
    shutil.rmtree(settings.LOG_FOLDER)
    if again:
        grow(again, now, why="another")
    assert ask(now, 120) == 1
    assert witnessing.troubles()[0].startswith(f"ALARM from the witness {asked.verifier.name}")
    assert Event.objects.filter(act="witness.alarm").count() == 1
    assert asked.status()["size"] == seen
    assert ask(now, 240) == 0


def test_a_witness_that_is_away_is_told_and_asked_later(
    office: Office, ada: Actor, now: datetime, tmp_path: Path
) -> None:
    folder = tmp_path / "witness"
    folder.mkdir()
    with running(folder, Verifier.parse(office.log_vkey)) as away:
        url = f"http://127.0.0.1:{away.port}"
        witnessing.add(by=ada, vkey=str(away.verifier), url=url, now=now)
    ledger.publish()
    assert ask(now, 0) == 1
    assert "cannot be reached" in witnessing.troubles()[0]
    assert ask(now, 4) == 0
    assert ask(now, 6) == 1
