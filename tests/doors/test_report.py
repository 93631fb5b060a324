"""The report at its doors: page, command, a stranger's copy; all count the same from the log alone."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from firsthand.core.byline import Ai, Level
from firsthand.core.entry import byline_entry
from firsthand.core.envelope import Automation
from firsthand.core.record import digest
from firsthand.core.report import tally
from firsthand.office import ledger, report
from firsthand.office.models import Account, Actor, Event, LogEntry, Message, Office, Received
from firsthand.tlog.store import LocalStore
from firsthand.verifier.recount import Recount, recount
from tests.doors.shell import Run, refused
from tests.office.conftest import receive

DAY = date(2026, 11, 22)


@pytest.fixture
def now() -> datetime:
    return timezone.now() - timedelta(minutes=1)


@pytest.fixture
def logged(office: Office, now: datetime) -> Office:
    """Three levels, some days."""
    leaves = [
        byline_entry(level=level, ai=Ai.NONE, channel="mail", day=DAY, record=bytes([n]))
        for n, level in enumerate([Level.FIRSTHAND] * 5 + [Level.APPROVED, Level.ON_BEHALF])
    ]
    ledger.append(leaves=leaves, now=now)
    ledger.publish()
    return office


def test_the_page_counts_the_published_files(logged: Office, client: Client) -> None:
    page = client.get("/report").content.decode()
    assert "7 messages left" in page
    assert "The principal stood behind the words of 6: 86 %" in page
    assert f"--vkey {logged.log_vkey}" in page


def test_the_page_follows_the_log(logged: Office, client: Client, now: datetime) -> None:
    client.get("/report")
    leaf = byline_entry(level=Level.AUTOMATED, ai=Ai.NONE, channel="mail", day=DAY, record=b"8")
    ledger.append(leaves=[leaf], now=now)
    ledger.publish()
    assert "8 messages left" in client.get("/report").content.decode()


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ("from=2026-11-22", "On 22 November 2026, 7 messages left"),
        ("to=2026-11-21", "0 messages left"),
        ("from=2026-11-23&to=2026-11-22", "0 messages left"),
    ],
)
def test_days_can_be_chosen(logged: Office, client: Client, days: str, words: str) -> None:
    assert words in client.get(f"/report?{days}").content.decode()


def test_what_is_no_day_is_told(logged: Office, client: Client) -> None:
    answer = client.get("/report?from=<script>")
    assert answer.status_code == 400
    assert "That is no day." in answer.content.decode()
    assert "<script>" not in answer.content.decode()


def test_page_and_command_and_a_strangers_copy_count_the_same(
    logged: Office, run: Run, tmp_path: Path
) -> None:
    own = run("report", "--json")
    assert own.code == 0, own.err
    shutil.copytree(ledger.store().root, tmp_path / "copy")
    copy = run("report", "--json", "--log", str(tmp_path / "copy"), "--vkey", logged.log_vkey)
    assert copy.value == own.value
    leaves = [
        bytes(leaf) for leaf in LogEntry.objects.order_by("index").values_list("leaf", flat=True)
    ]
    assert own.value["digest"] == tally(leaves).digest()


def test_a_page_can_be_kept(logged: Office, run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "report.html"
    assert (
        run("report", "--html", str(kept), "--from", "2026-11-22", "--to", "2026-11-22").code == 0
    )
    text = kept.read_text()
    assert "7 messages left" in text
    assert "<script" not in text and "http" not in text


def test_a_log_elsewhere_needs_its_key(logged: Office, run: Run, tmp_path: Path) -> None:
    assert "needs its key" in refused(run("report", "--log", str(tmp_path)), "misuse")


def test_a_copy_with_another_past_is_not_counted(logged: Office, run: Run, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(ledger.store().root, copy)
    [bundle] = (copy / "tile/entries").rglob("000.p/*")
    bundle.write_bytes(bundle.read_bytes().replace(b"on_behalf", b"firsthand"))
    answer = run("report", "--json", "--log", str(copy), "--vkey", logged.log_vkey)
    refused(answer, "proof_refused")


def test_a_count_goes_on_where_it_was(logged: Office, now: datetime) -> None:
    following = Recount()
    for size in (1, 255, 300):
        leaves = [
            byline_entry(level=Level.APPROVED, ai=Ai.NONE, channel="mail", day=DAY, record=b"")
            for _ in range(size)
        ]
        ledger.append(leaves=leaves, now=now)
        ledger.publish()
        following.follow(ledger.store(), ledger.verifier())
        whole = recount(LocalStore(ledger.store().root), ledger.verifier())
        assert following.tally.report() == whole.report()


# What the log is told daily and monthly


@pytest.fixture
def opened(office: Office, now: datetime) -> datetime:
    """An office that has been open for two months; the time is the third of a month."""
    third = now.replace(day=3, hour=5)
    Office.objects.update(made_at=third - timedelta(days=60))
    return third


def test_each_day_that_is_over_is_counted_once(
    account: Account, opened: datetime, run: Run
) -> None:
    for back in (0, 1, 1, 2, 20, 90):
        receive(account, at=opened - timedelta(days=back))
    Message.objects.filter(pk=receive(account, at=opened - timedelta(days=1)).latest).update(
        automation=Automation.BULK
    )
    assert report.log_received(now=opened) == 2
    assert report.log_received(now=opened) == 0
    assert sorted(Received.objects.values_list("count", flat=True)) == [1, 2]
    told = run("report", "--json").value
    assert told["received"] == [{"channel": "mail", "count": 3}]


def test_what_comes_late_replaces_the_count(account: Account, opened: datetime, run: Run) -> None:
    receive(account, at=opened - timedelta(days=1))
    report.log_received(now=opened)
    receive(account, at=opened - timedelta(days=1))
    assert report.log_received(now=opened) == 1
    assert run("report", "--json").value["received"] == [{"channel": "mail", "count": 2}]


def test_a_count_commits_to_the_messages_without_telling_them(
    account: Account, opened: datetime
) -> None:
    receive(account, at=opened - timedelta(days=1))
    report.log_received(now=opened)
    row = Received.objects.get()
    fingerprint = Message.objects.values_list("fingerprint", flat=True).get()
    assert fingerprint.encode() not in bytes(row.entry.leaf)
    assert digest(bytes(row.salt), fingerprint.encode()).encode() in bytes(row.entry.leaf)


def test_the_month_that_is_over_is_reported_once_and_anybody_can_compare(
    account: Account, opened: datetime, run: Run, ada: Actor
) -> None:
    receive(account, at=opened.replace(day=1) - timedelta(days=5))
    report.log_received(now=opened)
    assert report.log_report(now=opened) == 1
    assert report.log_report(now=opened) == 0
    assert Event.objects.filter(act="report.logged").count() == 1
    told = run("report", "--json")
    assert [claim["agrees"] for claim in told.value["claims"]] == [True]
    assert told.code == 0


def test_no_month_before_the_office_is_reported(office: Office, opened: datetime) -> None:
    Office.objects.update(made_at=opened)
    assert report.log_report(now=opened) == 0
