"""An office begins once, with keys that are sealed and an entry that anybody can read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from firsthand.core.entry import decode
from firsthand.core.errors import Misuse
from firsthand.core.record import multikey
from firsthand.office import ledger, staff, vault
from firsthand.office.models import Actor, Event, LogEntry, Office
from firsthand.tlog.checkpoint import Checkpoint


def test_an_office_has_a_principal_keys_and_a_log(office: Office, now: datetime) -> None:
    ada = Actor.objects.get(is_principal=True)
    assert (ada.key, ada.initials, ada.email) == ("ada", "AF", "ada@ada.example")
    assert not ada.has_usable_password()
    assert Actor.objects.get(key="office").kind == "rule"
    assert multikey(vault.office_key(office).private.public_key()) == office.public_key
    first = decode(bytes(LogEntry.objects.get(index=0).leaf))
    assert (first["kind"], first["key"], first["act"]) == ("key", office.public_key, "added")
    assert Event.objects.get(act="office.opened").actor == ada
    assert ledger.publish() == 1
    assert ledger.verifier().name == "ada.example/byline-log"


def test_the_public_folder_shows_it(office: Office, settings: Any) -> None:
    ledger.publish()
    note = (Path(settings.LOG_FOLDER) / "checkpoint").read_text()
    assert Checkpoint.parse(note.partition("\n\n")[0] + "\n").size == 1


def test_there_is_one_office(office: Office, now: datetime) -> None:
    with pytest.raises(Misuse, match="an office here already"):
        staff.open_office(name="Eve", email="eve@x.example", base="https://x.example", now=now)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "base", ["ada.example", "https://ada.example/x", "ftp://a", "https://", ""]
)
def test_a_base_is_a_public_address(base: str, now: datetime) -> None:
    with pytest.raises(Misuse, match="is no public address"):
        staff.open_office(name="Ada Ferrer", email="ada@ada.example", base=base, now=now)
