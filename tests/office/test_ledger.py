"""The log as rows: ordered with the act, shown afterwards, the same whoever shows it and how often."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from django.db import transaction

from firsthand.core.entry import EntryKind, correction_entry
from firsthand.core.errors import Conflict
from firsthand.office import ledger
from firsthand.office.models import LogEntry, LogHead, Office
from firsthand.tlog.merkle import Frontier
from firsthand.tlog.verify import fsck
from tests.servers import postgres

DAY = date(2026, 11, 22)


def leaves(count: int, start: int = 0) -> list[bytes]:
    return [correction_entry(of=n, why="stopped", day=DAY) for n in range(start, start + count)]


def shown(folder: Path) -> dict[str, bytes]:
    return {path: (folder / path).read_bytes() for path in ledger.store().paths()}


def test_entries_follow_those_of_the_opening(office: Office, now: datetime) -> None:
    before = LogHead.objects.get().size
    first, second = ledger.append(leaves=leaves(2), now=now)
    assert (first.index, second.index) == (before, before + 1)
    assert first.kind == EntryKind.CORRECTION
    assert LogHead.objects.get().size == LogEntry.objects.count() == before + 2


def test_nothing_to_append_changes_nothing(office: Office, now: datetime) -> None:
    before = LogHead.objects.values().get()
    assert ledger.append(leaves=[], now=now) == []
    assert LogHead.objects.values().get() == before


def test_a_leaf_that_is_no_entry_is_refused_and_takes_no_place(
    office: Office, now: datetime
) -> None:
    before = LogEntry.objects.count()
    with pytest.raises(ValueError, match="entry"), transaction.atomic():
        ledger.append(leaves=[*leaves(1), b'{"kind": "byline"}'], now=now)
    assert LogEntry.objects.count() == before


def test_a_rolled_back_act_leaves_no_entry(office: Office, now: datetime) -> None:
    before = LogHead.objects.values().get()
    with transaction.atomic():
        ledger.append(leaves=leaves(3), now=now)
        transaction.set_rollback(True)
    assert LogHead.objects.values().get() == before
    assert LogEntry.objects.count() == before["size"]


def test_a_lost_race_is_a_conflict(office: Office, now: datetime) -> None:
    """Two wrote from the same size: the second finds another head than it read."""
    stale = LogHead.objects.get()
    ledger.append(leaves=leaves(1), now=now)
    after = Frontier.from_bytes(bytes(stale.frontier)).extend(leaves(1, 9))
    with pytest.raises(Conflict, match="same moment"):
        ledger._advance(stale, after)


@pytest.mark.parametrize("count", [1, 255, 256, 600])
def test_what_is_published_passes_the_audit(office: Office, now: datetime, count: int) -> None:
    ledger.append(leaves=leaves(count), now=now)
    size = ledger.publish()
    audit = fsck(ledger.store(), ledger.verifier(), paths=ledger.store().paths())
    assert audit.ok, audit.problems
    assert audit.entries == size == ledger.published() == LogEntry.objects.count()


def test_publishing_again_changes_no_byte(
    office: Office, now: datetime, settings: object, tmp_path: Path
) -> None:
    ledger.append(leaves=leaves(300), now=now)
    ledger.publish()
    before = shown(tmp_path / "log")
    ledger.publish()
    assert shown(tmp_path / "log") == before


def test_the_folder_can_be_made_again_from_the_rows(
    office: Office, now: datetime, settings: object, tmp_path: Path
) -> None:
    ledger.append(leaves=leaves(300), now=now)
    ledger.publish()
    settings.LOG_FOLDER = tmp_path / "again"  # type: ignore[attr-defined]
    ledger.publish()
    again = shown(tmp_path / "again")
    settings.LOG_FOLDER = tmp_path / "log"  # type: ignore[attr-defined]
    assert again == shown(tmp_path / "log")


def test_a_proof_convinces_a_stranger(office: Office, now: datetime) -> None:
    entry = ledger.append(leaves=leaves(5), now=now)[3]
    ledger.append(leaves=leaves(290, 5), now=now)
    size = ledger.publish()
    proof = ledger.proof(entry.index)
    assert proof.check(bytes(entry.leaf), ledger.verifier()).size == size


def test_the_log_says_no_name(office: Office) -> None:
    everything = b"".join(map(bytes, LogEntry.objects.values_list("leaf", flat=True)))
    assert b"Ada" not in everything
    assert b"ada@" not in everything


@pytest.mark.django_db(transaction=True)
def test_publishing_inside_a_transaction_is_a_bug(office: Office) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        ledger.publish()


CHILD = """
import os, sys, django
os.environ["DJANGO_SETTINGS_MODULE"] = "firsthand.project.settings"
django.setup()
from django.conf import settings
from django.db import transaction
from datetime import date, datetime, UTC
from firsthand.core.entry import correction_entry
from firsthand.office import ledger
who = int(sys.argv[1])
for turn in range(40):
    with transaction.atomic():
        entry = correction_entry(of=who * 1000 + turn, why="stopped", day=date(2026, 11, 22))
        ledger.append(leaves=[entry] * 5, now=datetime.now(UTC))
    ledger.publish()
"""


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An office in a home of its own, for processes of their own."""
    environment = {**os.environ, "FIRSTHAND_HOME": str(tmp_path / "home")}
    environment |= postgres.of_home(tmp_path / "home")
    run = [sys.executable, "-c", OPENING]
    subprocess.run(run, env=environment, check=True, timeout=120)
    return environment


COSIGNER = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "firsthand.project.settings"
django.setup()
from firsthand.office import ledger
from firsthand.tlog.note import Algorithm, Signer, split_note
witness = Signer("rev.example/w1", bytes(32), Algorithm.COSIGNATURE)
for turn in range(60):
    head = ledger.shown()
    if head:
        line = witness.cosign(split_note(head)[0], time=1764000000 + turn)
        ledger.cosign(checkpoint=head, signatures=[line])
        ledger.publish()
"""
OPENING = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "firsthand.project.settings"
django.setup()
from datetime import datetime, UTC
from django.core.management import call_command
from firsthand.office import staff
call_command("migrate", verbosity=0)
staff.open_office(
    name="Ada Ferrer", email="ada@ada.example", base="https://ada.example", now=datetime.now(UTC)
)
"""
AUDIT = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "firsthand.project.settings"
django.setup()
from firsthand.office import ledger
from firsthand.office.models import LogEntry, LogHead
from firsthand.tlog.verify import fsck
ledger.publish()
assert ledger.shown() == bytes(LogHead.objects.get().checkpoint)
audit = fsck(ledger.store(), ledger.verifier(), paths=ledger.store().paths())
assert audit.ok, audit.problems
print(audit.entries, LogEntry.objects.count())
"""


def test_processes_that_write_at_once_make_one_log(home: dict[str, str]) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", CHILD, str(who)], env=home) for who in range(3)
    ]
    writers.append(subprocess.Popen([sys.executable, "-c", COSIGNER], env=home))
    assert [writer.wait(timeout=240) for writer in writers] == [0, 0, 0, 0]
    found = subprocess.run(
        [sys.executable, "-c", AUDIT], env=home, check=True, capture_output=True, timeout=120
    )
    shown_entries, rows = map(int, found.stdout.split())
    assert shown_entries == rows
    assert rows >= 3 * 40 * 5
