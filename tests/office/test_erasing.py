"""Erased is erased: no byte of it is left in any row, and the log goes on as it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from firsthand.channels.mail.compose import compose
from firsthand.core.envelope import Inbound
from firsthand.core.errors import Denied, NotAllowed
from firsthand.core.rights import Right
from firsthand.office import desk, erasing, intake, ledger, outbox, search
from firsthand.office.models import Account, Actor, Event, Message, Submission, Thread
from firsthand.office.outbox.sealed import outbound
from firsthand.tlog.verify import fsck
from tests.doors.living import python
from tests.office.conftest import Hire, receive
from tests.office.outbox.acting import deliver_all
from tests.office.outbox.conftest import account as memory_account

__all__ = ["memory_account"]
SECRET = "The jacaranda blooms behind the customs house."
FILE = "zanzibar-ledger.txt"
account = memory_account


@pytest.fixture
def letter(account: Account, now: datetime) -> Thread:
    return receive(account, at=now - timedelta(days=1))


@pytest.fixture
def sent(letter: Thread, ada: Actor, gwen: Actor, now: datetime) -> Submission:
    """Gwen wrote it, Ada sent it back once, then changed a word and sent it, with a file."""
    draft = desk.draft(actor=gwen, text=f"{SECRET} Gwen", now=now, thread=letter)
    desk.ask(draft=draft, actor=gwen, now=now)
    desk.reject(draft=draft, actor=ada, reason="No quokkas, please.", now=now)
    desk.edit(draft=draft, actor=ada, text=SECRET, base=1, now=now)
    desk.attach(
        draft=draft, actor=ada, name=FILE, media_type="text/plain", content=SECRET.encode(),
        base=2, now=now,
    )  # fmt: skip
    made = desk.send(draft=draft, actor=ada, revision=3, seen=letter.latest, now=now)
    later = now + timedelta(minutes=1)
    outbox.log_due(now=later)
    assert deliver_all(later) == 1
    assert outbox.file_sent(now=later, take=intake.take) == 1
    return Submission.objects.get(pk=made.pk)


def everything() -> str:
    """All rows of the database, as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        told = []
        for table in tables:
            if not table.startswith("office_search"):
                cursor.execute(f'SELECT * FROM "{table}"')
                told += [repr(row) for row in cursor.fetchall()]
    return "\n".join(told)


def test_no_word_salt_record_or_address_is_left(
    sent: Submission, ada: Actor, now: datetime
) -> None:
    number, mid = sent.number, sent.message_id
    gone = ["jacaranda", "zanzibar", "quokkas", mid, sent.subject, sent.sentence]
    gone += [repr(bytes(sent.salt)), repr(bytes(sent.record))]
    told = everything()
    assert all(each in told for each in gone)
    assert search.find(query="jacaranda", limit=5)
    erasing.erase(submission=sent, actor=ada, now=now)
    told = everything()
    # The subject is also that of the letter which it answered, and of its thread.
    Message.objects.filter(direction="in").update(subject="")
    Thread.objects.update(subject="")
    told = everything()
    assert [each for each in gone if each in told] == []
    assert number in told
    assert not search.find(query="jacaranda", limit=5)


def test_the_log_keeps_its_entry_and_is_sound(sent: Submission, ada: Actor, now: datetime) -> None:
    leaf = bytes(sent.entry.leaf) if sent.entry else b""
    erasing.erase(submission=sent, actor=ada, now=now)
    row = Submission.objects.get(pk=sent.pk)
    assert row.entry and bytes(row.entry.leaf) == leaf
    assert fsck(ledger.store(), ledger.verifier(), paths=ledger.store().paths()).ok
    assert ledger.proof(row.entry.index).check(leaf, ledger.verifier())


def test_times_are_left_to_the_day(sent: Submission, ada: Actor, now: datetime) -> None:
    erasing.erase(submission=sent, actor=ada, now=now)
    row = Submission.objects.get(pk=sent.pk)
    assert row.erased_on == now.date()
    assert {t.time().isoformat() for t in (row.made_at, row.due_at, row.sent_at) if t} == {
        "00:00:00"
    }
    assert Event.objects.get(act="submission.erased").at.time().isoformat() == "00:00:00"


def test_the_thread_stays_answered_after_a_rebuild_too(
    sent: Submission, ada: Actor, letter: Thread, now: datetime
) -> None:
    erasing.erase(submission=sent, actor=ada, now=now)
    before = Thread.objects.filter(pk=letter.pk).values("state", "messages_count").get()
    assert before == {"state": "closed", "messages_count": 2}
    stone = Message.objects.get(direction="out")
    assert stone.body.text == erasing.TOMBSTONE
    Message.objects.filter(pk=stone.pk).update(preview="")
    intake.rebuild(now=now)
    stone = Message.objects.get(pk=stone.pk)
    assert (stone.direction, stone.set_aside, stone.preview) == ("out", "", erasing.TOMBSTONE)


def test_the_worker_goes_on_past_what_was_erased(
    sent: Submission, ada: Actor, now: datetime
) -> None:
    erasing.erase(submission=sent, actor=ada, now=now)
    later = now + timedelta(days=1)
    assert outbox.log_due(now=later) == outbox.recover(now=later) == deliver_all(later) == 0
    assert outbox.file_sent(now=later, take=intake.take) == outbox.copy_sent(now=later) == 0


def test_the_copy_in_sent_does_not_bring_it_back(
    sent: Submission, ada: Actor, account: Account, now: datetime
) -> None:
    raw = compose(outbound(sent))
    erasing.erase(submission=sent, actor=ada, now=now)
    copy = Inbound("memory", "Sent/1/1", raw, now, mine=True)
    intake.take(account=account, inbounds=[copy], now=now)
    assert "jacaranda" not in everything()


def test_only_the_principal_erases(
    sent: Submission, gwen: Actor, stan: Actor, rev: Actor, hire: Hire, now: datetime
) -> None:
    for actor in (gwen, stan, rev, hire("Iris Holm", *Right)):
        with pytest.raises(Denied, match="Only the principal"):
            erasing.erase(submission=sent, actor=actor, now=now)


def test_what_is_on_its_way_or_erased_is_not_erased(
    sent: Submission, ada: Actor, letter: Thread, now: datetime
) -> None:
    erasing.erase(submission=sent, actor=ada, now=now)
    with pytest.raises(NotAllowed, match="already"):
        erasing.erase(submission=sent, actor=ada, now=now)
    draft = desk.draft(actor=ada, text=SECRET, now=now, thread=Thread.objects.get(pk=letter.pk))
    seen = Thread.objects.get(pk=letter.pk).latest
    waiting = desk.send(draft=draft, actor=ada, revision=1, seen=seen, now=now)
    with pytest.raises(NotAllowed, match="called back"):
        erasing.erase(submission=waiting, actor=ada, now=now)
    desk.undo(submission=waiting, actor=ada, now=now)
    with pytest.raises(NotAllowed, match="thrown away"):
        erasing.erase(submission=waiting, actor=ada, now=now)


ON_DISK = """
from firsthand.cli import setting_up
setting_up.django()
from datetime import timedelta
from django.db import connection
from firsthand.office import desk, erasing, intake, outbox, staff
from firsthand.office.models import Account, Actor, Person
from tests.office.conftest import receive
from tests.office.outbox.acting import deliver_all

now = setting_up.now()
staff.open_office(name="Ada", email="ada@ada.example", base="https://ada.example", now=now)
ada = Actor.objects.get(is_principal=True)
account = Account.objects.create(channel="memory", address="ada@ada.example", state="ok", made_at=now)
for number in range(30):
    thread = receive(account, at=now, person=Person.objects.create(name="Stella"))
    draft = desk.draft(actor=ada, text="The jacaranda blooms. " * 50, now=now, thread=thread)
    made = desk.send(draft=draft, actor=ada, revision=1, seen=thread.latest, now=now)
later = now + timedelta(minutes=1)
outbox.log_due(now=later)
deliver_all(later)
outbox.file_sent(now=later, take=intake.take)
def files():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    home = __import__("pathlib").Path(connection.settings_dict["NAME"]).parent
    return b"".join(p.read_bytes() for p in home.glob("office.sqlite3*")).count(b"jacaranda")
print(files())
for submission in account.submissions.all():
    erasing.erase(submission=submission, actor=ada, now=now)
print(files())
"""


@pytest.mark.sqlite
def test_no_word_is_left_in_the_file_of_the_database(tmp_path: Path) -> None:
    """Free pages and the index of the search included."""
    done = python(tmp_path / "home", ON_DISK)
    assert done.returncode == 0, done.stderr
    before, after = map(int, done.stdout.split())
    assert before > 30
    assert after == 0
