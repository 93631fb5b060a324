"""Invariant 11: all of a person's data leaves in formats that others read, and no secret does."""

from __future__ import annotations

import json
import mailbox
import zlib
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firsthand.channels.mail.files import walk
from firsthand.core.byline import Level
from firsthand.core.envelope import Inbound
from firsthand.core.errors import Misuse
from firsthand.office import desk, intake, staff, vault
from firsthand.office.export import COLUMNS, NOUNS, WITHHELD, export
from firsthand.office.export_files import Mailboxes
from firsthand.office.models import Account, Actor, Body, Message, Office, Thread
from tests.office.letters import at, letter

ODD = [
    letter(1, when=at(20), text="Dear Ada,\n\nFrom now on I write in mbox.\n>From here, too.\n"),
    letter(2, when=at(20), text="\nFrom stan@x.example Mon Jan  5 10:00:00 2026\nTo: you\n\nEnd"),
    letter(3, when=at(21), text="With DOS line ends.").replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    letter(4, when=at(21), text="No newline at its end.").rstrip(),
    letter(5, when=at(21), text="Many newlines at its end.") + b"\n\n\n",
    b"From stan@x.example Mon Jan  5 10:00:00 2026\n" + letter(6, when=at(19), text="A postmark."),
    b">From the middle\n\nno header begins this one\n",
    b"\x00\xff not a letter at all",
]  # fmt: skip
FOLDERS = ["INBOX", "", "Work/2024", "work/2024", "../../etc", "Sent", "a:b", ".hidden"]


def taken(account: Account, now: datetime) -> list[bytes]:
    inbounds = [
        Inbound("mail", f"{n}", raw, folder=folder)
        for n, (raw, folder) in enumerate(zip(ODD, FOLDERS, strict=True))
    ]
    intake.take(account=account, inbounds=inbounds, now=now)
    return kept()


def kept() -> list[bytes]:
    rows = Body.objects.values_list("raw", flat=True)
    return sorted(zlib.decompress(bytes(raw)) for raw in rows)


@pytest.mark.django_db
def test_what_is_exported_and_imported_again_is_the_same_to_the_byte(
    account: Account, now: datetime, tmp_path: Path
) -> None:
    before = taken(account, now)
    assert before == sorted(ODD)
    told = export(folder=tmp_path / "out", now=now)
    assert told["mail"] == told["messages"] == len(ODD)
    folder = tmp_path / "out" / "mail"
    assert all(path.resolve().is_relative_to(folder) for path in folder.rglob("*"))
    fresh = Account.objects.create(channel="mail", address="new@ada.example", made_at=now)
    Body.objects.all().delete()
    intake.import_paths(paths=[folder], account=fresh, now=now)
    after = kept()
    # What is no letter in anybody's eyes stays a file; the import says that it is none.
    assert [raw for raw in before if raw not in after] == []
    assert len(after) == len(before)


@pytest.mark.django_db
def test_the_folders_come_back_and_other_programs_read_the_mbox(
    account: Account, now: datetime, tmp_path: Path
) -> None:
    taken(account, now)
    export(folder=tmp_path / "out", now=now)
    folder = tmp_path / "out" / "mail" / "mail" / account.address
    assert {"Work/2024", "INBOX", "Sent"} <= {found.folder for found in walk(folder)}
    counts = [len(list(folder.rglob("*.eml")))]
    for path in folder.rglob("*.mbox"):
        with closing(mailbox.mbox(path)) as box:
            counts.append(len(box))
    assert sum(counts) == len(ODD)
    assert 0 not in counts
    rows = json.loads((tmp_path / "out" / "messages.json").read_text())
    assert all((tmp_path / "out" / row["file"]).is_file() for row in rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.lists(st.sampled_from(
    [b"From ", b">From ", b">", b"\n", b"\r\n", b"a: b", b"From x Mon Jan  5 10:00:00 2026\n", b"w"]
), min_size=1).map(b"".join), min_size=1, max_size=5))  # fmt: skip
def test_no_text_makes_two_messages_of_one(tmp_path: Path, texts: list[bytes]) -> None:
    """Also where lines look like separators, or like quoted ones."""
    root = Path(tmp_path, str(len(list(tmp_path.iterdir()))))
    raws = [b"Subject: %d\n\n%s" % (number, text) for number, text in enumerate(texts)]
    with Mailboxes(root).open(("mail", "ada@ada.example"), "INBOX") as box:
        for number, raw in enumerate(raws):
            box.add(number, at(20), zlib.compress(raw), "eml")
    root.mkdir(exist_ok=True)
    assert sorted(found.raw for found in walk(root) if not found.problem) == sorted(raws)


@pytest.mark.django_db
def test_every_noun_is_there_and_no_secret(
    office: Office, ada: Actor, hal: Actor, thread: Thread, now: datetime, tmp_path: Path
) -> None:
    ada.set_password("a long enough password")
    ada.save()
    token = staff.issue_token(hand=hal, by=ada, name="script", now=now)
    link = staff.invite(hand=hal, by=ada, now=now, lasts=timedelta(hours=1))
    Account.objects.update(sealed=vault.seal_values({"password": "hunter2hunter2"}))
    staff.promise(by=ada, floor=Level.ON_BEHALF, channel="", now=now)
    desk.note(actor=ada, thread=thread, text="An inner note.", now=now)
    draft = desk.draft(actor=hal, thread=thread, text="Dear Stella.", now=now)
    desk.edit(draft=draft, actor=hal, text="Dear Stella, yes.", base=1, now=now)
    draft.refresh_from_db()
    desk.approve(draft=draft, actor=ada, revision=draft.revision, now=now)
    desk.send(draft=draft, actor=ada, revision=draft.revision, seen=thread.latest, now=now)
    out = tmp_path / "out"
    told = export(folder=out, now=now)
    assert (out.stat().st_mode & 0o777) == 0o700
    for noun in NOUNS:
        assert len(json.loads((out / f"{noun}.json").read_text())) == told[noun]
    (row,) = json.loads((out / "drafts.json").read_text())
    assert [each["text"] for each in row["revisions"]] == ["Dear Stella.", "Dear Stella, yes."]
    assert row["approvals"]
    assert (out / "log" / "checkpoint").is_file()
    secrets = [token, link, *_secrets(office, ada, hal)]
    everything = b"".join(path.read_bytes() for path in out.rglob("*") if path.is_file())
    assert [secret for secret in secrets if secret.encode() in everything] == []


def _secrets(office: Office, ada: Actor, hal: Actor) -> list[str]:
    hashes = [
        *hal.tokens.values_list("token_hash", flat=True),
        *hal.invitations.values_list("token_hash", flat=True),
    ]
    sealed = [bytes(office.sealed_key), bytes(office.sealed_log_key)]
    sealed += [bytes(account.sealed) for account in Account.objects.all()]
    return [ada.password, "hunter2hunter2", *hashes, *(each.decode() for each in sealed)]


def test_every_column_is_exported_or_kept_back_on_purpose() -> None:
    for table, columns in COLUMNS.items():
        model = apps.get_model("office", table)
        there = {field.attname for field in model._meta.concrete_fields}
        told, kept_back = set(columns.split()), set(WITHHELD.get(table, "").split())
        assert told | kept_back == there, table
        assert not told & kept_back
    assert set(WITHHELD) <= set(COLUMNS)
    assert {table for table, _ in NOUNS.values()} <= set(COLUMNS)


@pytest.mark.django_db
def test_a_folder_with_something_in_it_is_refused(
    office: Office, now: datetime, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(Misuse, match="not empty"):
        export(folder=tmp_path, now=now)
    assert [path.name for path in tmp_path.iterdir() if path.name != "log"] == ["mine.txt"]
    assert not Message.objects.exists()
