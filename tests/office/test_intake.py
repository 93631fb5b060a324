"""Taking in: each message once, in the right thread, counted by its date, whatever the order."""

from __future__ import annotations

import itertools
import zlib
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from firsthand.office import intake
from firsthand.office.attention import close
from firsthand.office.intake import letters
from firsthand.office.models import Account, Actor, Body, Message, Person, Thread
from tests.office.letters import ADA, STELLA, at, inbound, inbounds, letter

pytestmark = pytest.mark.django_db


def take(account: Account, now: datetime, *raws: bytes) -> intake.Taken:
    return intake.take(account=account, inbounds=inbounds(*raws), now=now)


def test_a_letter_becomes_a_message_in_a_thread_with_its_person(
    account: Account, now: datetime
) -> None:
    raw = letter(1, when=at(20), text="Dear Ada,\n\nwould you read it? When?\n\n-- \nStella")
    taken = take(account, now, raw)
    assert (taken.read, taken.new, taken.duplicates, taken.set_aside) == (1, 1, 0, 0)
    message = Message.objects.get()
    assert zlib.decompress(bytes(message.body.raw)) == raw
    assert (message.direction, message.from_address) == ("in", "stella@elsewhere.example")
    assert (message.words, message.questions) == (7, 2)
    thread = Thread.objects.get()
    assert (thread.state, thread.waiting_since, thread.latest) == ("open", at(20), message.pk)
    assert thread.person == message.person == Person.objects.get(name="Stella Kaur", received=1)
    assert thread.needs_rank


def test_taking_the_same_again_adds_nothing(account: Account, now: datetime) -> None:
    raws = [letter(n, when=at(20), subject=f"Letter {n}") for n in range(3)]
    assert take(account, now, *raws, raws[0]) == intake.Taken(4, 3, 1, 0)
    assert take(account, now, *raws) == intake.Taken(3, 0, 3, 0)
    elsewhere = [inbound(raw, remote_id=f"Archive/{n}") for n, raw in enumerate(raws)]
    again = intake.take(account=account, inbounds=elsewhere, now=now)
    assert again == intake.Taken(3, 0, 3, 0)
    assert Person.objects.get().received == 3


def test_a_forged_message_id_does_not_hide_a_letter(account: Account, now: datetime) -> None:
    take(account, now, letter(1, when=at(19), text="The true one."))
    taken = take(account, now, letter(1, when=at(20), text="Another text under the same id."))
    assert taken.new == 1


def test_own_mail_is_recognised_and_sender_names_the_hand(
    account: Account, now: datetime, hal: Actor, ada: Actor
) -> None:
    by_hal = letter(2, when=at(21), sender=f"Ada <{ADA}>", to=STELLA, Sender="hal@ada.example")
    take(account, now, by_hal, letter(3, when=at(21), sender=ADA, to=STELLA, subject="x"))
    actors = dict(Message.objects.values_list("message_id", "actor"))
    assert actors["letter-2@elsewhere.example"] == hal.pk
    assert actors["letter-3@elsewhere.example"] == ada.pk
    assert Person.objects.get().written == 2


def test_a_letter_from_a_hand_to_the_principal_is_to_be_read(
    account: Account, now: datetime, hal: Actor
) -> None:
    take(account, now, letter(1, when=at(21), sender="Hal <hal@ada.example>"))
    assert Thread.objects.get().state == "open"


def test_our_own_address_on_mail_that_came_in_is_no_mail_of_ours(
    account: Account, now: datetime
) -> None:
    raw = letter(1, when=at(21), sender=f"Ada Ferrer <{ADA}>", text="Pay this at once.")
    forged = inbound(raw, remote_id="INBOX/1/7", received_at=at(21))
    forged = type(forged)(forged.channel, forged.remote_id, raw, at(21), folder="INBOX")
    intake.take(account=account, inbounds=[forged], now=now)
    assert (Message.objects.get().direction, Thread.objects.get().state) == ("in", "open")


CONVERSATION = [
    letter(1, when=at(10), text="one two three"),
    letter(2, when=at(11), sender=ADA, to=STELLA, subject="Re: Your essay", answers=1, text="a b"),
    letter(3, when=at(12), subject="RE: Re[2]: Your essay", answers=2),
    letter(4, when=at(13), subject="AW: Your essay", answers=3),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_order_of_arrival_changes_nothing(
    account: Account, now: datetime, order: tuple[int, ...]
) -> None:
    for index in order:
        take(account, now, CONVERSATION[index])
    thread = Thread.objects.get()
    assert (thread.state, thread.waiting_since, thread.messages_count) == ("open", at(12), 4)
    assert (thread.first_at, thread.last_at, thread.subject) == (at(10), at(13), "Your essay")
    assert Message.objects.get(pk=thread.latest).at == at(13)
    stella = Person.objects.get()
    assert (stella.received, stella.answered, stella.written) == (3, 1, 1)
    assert (stella.answer_words, stella.last_at) == (2.0, at(13))


def test_an_older_answer_imported_later_still_counts(account: Account, now: datetime) -> None:
    take(account, now, CONVERSATION[0])
    take(account, now, letter(9, when=at(9), sender=ADA, to=STELLA, subject="Re: Your essay"))
    assert Person.objects.get().answered == 0
    take(account, now, CONVERSATION[1])
    assert Person.objects.get().answered == 1
    assert Thread.objects.get().state == "closed"


def test_a_vacation_notice_answers_nobody(account: Account, now: datetime) -> None:
    away = letter(5, when=at(11), sender=ADA, to=STELLA, answers=1, Auto_Submitted="auto-replied")
    take(account, now, CONVERSATION[0], away)
    assert Thread.objects.get().state == "open"
    assert Person.objects.get().answered == 0


def test_subjects_join_only_who_was_there_and_only_for_a_month(
    account: Account, now: datetime
) -> None:
    bob = "Bob <bob@third.example>"
    take(account, now, letter(1, when=at(1), subject="Hello"))
    take(account, now, letter(2, when=at(2), subject="Re: Hello", sender=bob))
    assert Thread.objects.count() == 2
    take(account, now, letter(3, when=at(3), subject="Fwd: Hello"))
    assert Thread.objects.count() == 2
    take(account, now, letter(4, when=at(3, month=9), subject="Hello"))
    assert Thread.objects.count() == 3


def test_empty_subjects_never_match(account: Account, now: datetime) -> None:
    take(account, now, letter(1, when=at(1), subject=""), letter(2, when=at(2), subject="Re:"))
    assert Thread.objects.count() == 2


def test_a_missing_link_that_comes_later_makes_one_thread_of_two(
    account: Account, now: datetime
) -> None:
    first = letter(1, when=at(1), subject="A")
    third = letter(3, when=at(3), subject="C", answers=2)
    take(account, now, first, third)
    assert Thread.objects.count() == 2
    assert take(account, now, letter(2, when=at(2), subject="B", answers=1)).new == 1
    assert Thread.objects.get().messages_count == 3
    assert Person.objects.get().received == 3


def test_threads_that_people_worked_on_are_never_joined(
    account: Account, now: datetime, ada: Actor
) -> None:
    take(account, now, letter(1, when=at(1), subject="A"))
    take(account, now, letter(3, when=at(3), subject="C", answers=2))
    for thread in Thread.objects.all():
        close(actor=ada, thread=thread, now=now)
    take(account, now, letter(2, when=at(2), subject="B", answers=1))
    assert Thread.objects.count() == 2


def test_history_comes_in_closed(account: Account, now: datetime) -> None:
    take(account, now, letter(1, when=now - timedelta(days=91), subject="Long ago"))
    take(account, now, letter(2, when=now - timedelta(days=89), subject="Of late"))
    states = dict(Thread.objects.values_list("subject", "state"))
    assert states == {"Long ago": "closed", "Of late": "open"}
    assert Thread.objects.get(subject="Long ago").waiting_since is None


def test_what_is_new_opens_what_a_person_closed(
    account: Account, now: datetime, ada: Actor
) -> None:
    take(account, now, CONVERSATION[0])
    close(actor=ada, thread=Thread.objects.get(), now=at(12))
    # It was written before the closing, and fetched after it: nobody has seen it.
    take(account, now, letter(3, when=at(11), answers=1))
    thread = Thread.objects.get()
    assert (thread.state, thread.waiting_since) == ("open", at(11))


def test_an_older_letter_does_not_open_what_a_person_closed(
    account: Account, now: datetime, ada: Actor
) -> None:
    take(account, now, CONVERSATION[0])
    close(actor=ada, thread=Thread.objects.get(), now=at(12))
    take(account, now, letter(0, when=at(9)))
    assert Thread.objects.get().state == "closed"


def test_an_unreadable_message_is_set_aside_with_its_source(
    account: Account, now: datetime
) -> None:
    junk = bytes(range(256)) * 20
    assert take(account, now, junk, CONVERSATION[0]) == intake.Taken(2, 1, 0, 1)
    aside = Message.objects.exclude(set_aside="").get()
    assert aside.thread is None
    assert zlib.decompress(bytes(aside.body.raw)) == junk
    assert take(account, now, junk) == intake.Taken(1, 0, 1, 0)


def test_a_message_that_our_code_fails_on_does_not_stop_the_others(
    account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = letters.compose

    def failing(reads, **others):  # type: ignore[no-untyped-def]
        if any("letter-13@" in read.message_id and not read.why for read in reads):
            raise ZeroDivisionError("a bug of ours")
        return whole(reads, **others)

    monkeypatch.setattr(letters, "compose", failing)
    raws = [letter(n, when=at(20), subject=f"Letter {n}") for n in range(10, 16)]
    assert take(account, now, *raws) == intake.Taken(6, 5, 0, 1)
    aside = Message.objects.exclude(set_aside="").get()
    assert "ZeroDivisionError" in aside.set_aside
    assert zlib.decompress(bytes(aside.body.raw)) == raws[3]
    monkeypatch.undo()
    intake.rebuild(now=now)
    assert not Message.objects.exclude(set_aside="").exists()
    assert Thread.objects.count() == 6


def test_no_value_of_a_letter_is_too_long_or_too_odd_for_the_rows(
    account: Account, now: datetime
) -> None:
    odd = letter(
        "x" * 900, when=at(20), sender='"\u00e9' + "n" * 900 + f'" <{"a" * 700}@e.example>'
    )
    surrogate = b"From: a@b.example\r\nSubject: \xed\xa0\x80 \x00 \xff\r\n\r\n\xed\xb0\x80\x00?\r\n"
    taken = take(account, now, odd, surrogate)
    assert taken.read == taken.new + taken.set_aside == 2
    assert Message.objects.count() == Body.objects.count() == 2


def test_an_import_walks_folders_and_tells_how_far_it_is(
    account: Account, now: datetime, tmp_path: Path
) -> None:
    box = b"".join(b"From x Thu Jan  1 00:00:00 2026\n" + raw + b"\n" for raw in CONVERSATION)
    (tmp_path / "all.mbox").write_bytes(box)
    (tmp_path / "one.eml").write_bytes(letter(7, when=at(2), subject="Alone"))
    seen: list[tuple[int, int, int]] = []
    taken = intake.import_paths(
        paths=[tmp_path],
        account=account,
        now=now,
        progress=lambda done, total, count: seen.append((done, total, count)),
    )
    assert taken == intake.Taken(5, 5, 0, 0)
    assert seen[-1][0] == seen[-1][1] > len(box)
    assert seen[-1][2] == 5
    assert Message.objects.filter(at=at(13)).exists()
    again = intake.import_paths(paths=[tmp_path], account=account, now=now)
    assert again == intake.Taken(5, 0, 5, 0)


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
def test_after_an_import_every_commit_is_on_the_disk_again(
    account: Account, now: datetime, tmp_path: Path
) -> None:
    def synchronous() -> int:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            return int(cursor.fetchone()[0])

    (tmp_path / "one.eml").write_bytes(letter(7, when=at(2), subject="Alone"))
    seen: list[int] = []
    intake.import_paths(
        paths=[tmp_path],
        account=account,
        now=now,
        progress=lambda *_: seen.append(synchronous()),
    )
    assert (seen, synchronous()) == ([1], 2)

    def interrupted(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        intake.import_paths(paths=[tmp_path], account=account, now=now, progress=interrupted)
    assert synchronous() == 2


def test_the_present_of_an_old_mailbox_is_its_own_end(
    account: Account, now: datetime, tmp_path: Path, ada: Actor
) -> None:
    end = at(20, year=2001)
    letters = {
        "waiting": letter(1, when=end - timedelta(days=3), subject="Waiting"),
        "older": letter(2, when=end - timedelta(days=200), subject="Long before"),
        "asked": letter(3, when=end - timedelta(days=9), subject="Answered"),
        "answer": letter(4, when=end, sender=ADA, to=STELLA, subject="Re: Answered", answers=3),
    }
    for name, raw in letters.items():
        (tmp_path / f"{name}.eml").write_bytes(raw)
    intake.import_paths(paths=[tmp_path], account=account, now=now)
    states = dict(Thread.objects.values_list("subject", "state"))
    assert states == {"Waiting": "open", "Long before": "closed", "Answered": "closed"}
    opened = Thread.objects.get(state="open")
    assert (opened.waiting_since, opened.needs_rank) == (end - timedelta(days=3), True)
    close(thread=opened, actor=ada, now=now)
    intake.import_paths(paths=[tmp_path], account=account, now=now)
    assert not Thread.objects.filter(state="open").exists()


@pytest.mark.sqlite
def test_no_lookup_reads_the_whole_mailbox(account: Account, now: datetime) -> None:
    """Each costs the same with ten letters and with a million: the plan that SQLite makes tells."""
    take(account, now, *[letter(n, when=at(20), subject=f"Letter {n}") for n in range(5)])
    answers = [letter(n + 10, when=at(21), answers=n) for n in range(5)]
    with CaptureQueriesContext(connection) as captured:
        take(account, now, *answers)
    assert len(captured) <= 24
    plans = [
        (str(line[-1]), each["sql"][:200])
        for each in captured
        if each["sql"].startswith("SELECT")
        for line in _explained(each["sql"])
    ]
    assert len(plans) > 10
    tables = ("office_message", "office_thread", "office_handle", "office_body", "office_person")
    read = [(plan, sql) for plan, sql in plans if plan.split()[1] in tables]
    assert not [one for one in read if one[0].startswith("SCAN")]
    assert not [one for one in read if one[0].endswith("(account_id=?)")]


def _explained(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}".replace("%", "%%"))
        return list(cursor.fetchall())
