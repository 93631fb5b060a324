"""Who may have the log stamped, and where; the stamps themselves are in tests/servers/test_timestamps.py."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from firsthand.core.errors import Denied, FirsthandError, Misuse
from firsthand.core.rights import Right
from firsthand.office import ledger, timestamping
from firsthand.office.models import Actor, Event, Office, Stamped, TimeAuthority
from tests.doors.living import free_port
from tests.office.conftest import Hire
from tests.servers.tsa import certified

URL = "https://clock.example/tsr"


@pytest.fixture
def roots(tmp_path: Path) -> bytes:
    (tmp_path / "clock").mkdir()
    return certified(tmp_path / "clock", "clock.example")


def test_only_the_principal_chooses(
    hire: Hire, ada: Actor, stan: Actor, rev: Actor, gone: Actor, roots: bytes, now: datetime
) -> None:
    for actor in (hire("Iris Holm", *Right), stan, rev, gone):
        with pytest.raises(Denied):
            timestamping.choose(by=actor, url=URL, roots=roots, now=now)
        with pytest.raises(Denied):
            timestamping.end(by=actor, now=now)
    assert not TimeAuthority.objects.exists()
    timestamping.choose(by=ada, url=URL, roots=roots, now=now)
    timestamping.choose(by=ada, url=f"{URL}/2", roots=roots, now=now)
    assert TimeAuthority.objects.get().url == f"{URL}/2"
    timestamping.end(by=ada, now=now)
    with pytest.raises(Misuse):
        timestamping.end(by=ada, now=now)
    told = Event.objects.filter(act__startswith="timestamps.").order_by("pk")
    assert [each.act.partition(".")[2] for each in told] == ["chosen", "chosen", "ended"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "https://", "clock", f"{URL}/{'x' * 200}"])
def test_what_is_no_address_is_not_asked(ada: Actor, roots: bytes, now: datetime, url: str) -> None:
    with pytest.raises(FirsthandError):
        timestamping.choose(by=ada, url=url, roots=roots, now=now)
    assert not TimeAuthority.objects.exists()


def test_without_certificates_nobody_is_asked(ada: Actor, now: datetime) -> None:
    with pytest.raises(Misuse, match="no certificate"):
        timestamping.choose(by=ada, url=URL, roots=b"garbage \xff", now=now)


def test_without_the_extra_it_is_said_which(
    ada: Actor, roots: bytes, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(Misuse) as refused:
        timestamping.choose(by=ada, url=URL, roots=roots, now=now)
    assert "firsthand[timestamps]" in refused.value.hint


def test_an_authority_that_is_down_is_told_and_asked_an_hour_later(
    office: Office, ada: Actor, roots: bytes, now: datetime
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    timestamping.choose(by=ada, url=url, roots=roots, now=now)
    ledger.publish()
    hours = [timestamping.ask(now=now + timedelta(minutes=minutes)) for minutes in (0, 59, 61)]
    assert hours == [1, 0, 1]
    assert "cannot be reached" in timestamping.troubles()[0]
    assert not Stamped.objects.exists()
