"""What follows a delivery: the thread is answered, and a copy lies in Sent, each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from firsthand.channels.mail.compose import compose
from firsthand.channels.memory import Fault, MemoryServer
from firsthand.core.envelope import Inbound
from firsthand.core.errors import FirsthandError, Uncertain
from firsthand.office import desk, intake, outbox, release
from firsthand.office.models import (
    Account,
    Actor,
    Draft,
    Message,
    Person,
    RankRow,
    Submission,
    Thread,
)
from tests.office.conftest import receive
from tests.office.outbox.acting import TOM, Send, deliver_all, state

Hire = Callable[..., Actor]
LATER = timedelta(minutes=1)


class Killed(FirsthandError):
    """Stands for a kill: no code of ours catches it."""


@pytest.fixture
def letter(account: Account, now: datetime) -> Thread:
    """A letter from Stella, taken in as it came."""
    raw = (
        b"From: Stella Kaur <stella@elsewhere.example>\r\nTo: %s\r\nSubject: Your essay\r\n"
        b"Message-ID: <letter@elsewhere.example>\r\n\r\nWould you read my chapter?\r\n"
    ) % account.address.encode()
    intake.take(account=account, inbounds=[Inbound("memory", "1", raw, now)], now=now)
    return Thread.objects.get()


def answered(thread: Thread, actor: Actor, now: datetime) -> Submission:
    draft = desk.draft(actor=actor, text="With pleasure.", now=now, thread=thread)
    submission = desk.send(draft=draft, actor=actor, revision=1, seen=thread.latest, now=now)
    outbox.log_due(now=now + LATER)
    assert deliver_all(now + LATER) == 1
    return submission


def file_sent(now: datetime) -> int:
    return outbox.file_sent(now=now, take=intake.take)


def test_an_answer_lies_in_its_thread_and_closes_it(
    letter: Thread, gwen: Actor, now: datetime
) -> None:
    submission = answered(letter, gwen, now)
    assert file_sent(now + LATER) == 1
    assert file_sent(now + LATER) == 0
    message = Message.objects.get(direction="out")
    assert (message.thread, message.actor) == (letter, gwen)
    assert message.message_id == submission.message_id
    assert message.in_reply_to == "letter@elsewhere.example"
    letter.refresh_from_db()
    assert (letter.state, letter.waiting_since, letter.state_by) == ("closed", None, gwen)
    assert letter.latest == message.pk
    assert letter.messages_count == 2
    assert not RankRow.objects.exists()
    person = letter.person
    assert person is not None
    assert (person.received, person.answered, person.written) == (1, 1, 1)
    assert Draft.objects.get().state == "sent"


def test_an_answer_has_the_other_letters_of_that_person_ranked_anew(
    letter: Thread, account: Account, ada: Actor, now: datetime
) -> None:
    """Else they go on saying that this person never got an answer."""
    other = receive(account, person=letter.person, at=now, subject="Another matter")
    closed = receive(account, person=letter.person, at=now, subject="Done with")
    stranger = receive(account, person=Person.objects.create(name="Tom"), at=now)
    Thread.objects.filter(pk=closed.pk).update(state="closed")
    Thread.objects.update(needs_rank=False)
    answered(letter, ada, now)
    assert file_sent(now + LATER) == 1
    assert letter.person_id
    stale = set(Thread.objects.filter(needs_rank=True).values_list("pk", flat=True))
    assert other.pk in stale
    assert not stale & {closed.pk, stranger.pk}


def test_filing_may_be_killed_in_the_middle(letter: Thread, ada: Actor, now: datetime) -> None:
    answered(letter, ada, now)

    def killed(**arguments: object) -> object:
        intake.take(**arguments)  # type: ignore[arg-type]
        raise Killed("after the message was written")

    outbox.file_sent(now=now + LATER, take=killed)
    assert Draft.objects.get().state == "leaving"
    assert file_sent(now + LATER) == 1
    assert Message.objects.filter(direction="out").count() == 1
    assert Draft.objects.get().state == "sent"


def test_the_copy_that_comes_back_from_sent_is_no_second_message(
    letter: Thread, account: Account, far: MemoryServer, ada: Actor, now: datetime
) -> None:
    answered(letter, ada, now)
    file_sent(now + LATER)
    assert outbox.copy_sent(now=now + LATER) == 1
    (copy,) = far.copies.values()
    back = Inbound("memory", "Sent/1/1", compose(copy), now, mine=True, folder="Sent")
    assert intake.take(account=account, inbounds=[back], now=now + LATER).new == 0
    assert Message.objects.filter(direction="out").count() == 1


def test_the_copy_may_come_back_before_the_outcome_is_filed(
    letter: Thread, account: Account, far: MemoryServer, ada: Actor, now: datetime
) -> None:
    """Some servers put what they were given into Sent themselves."""
    answered(letter, ada, now)
    raw = compose(far.taken[0])
    back = Inbound("memory", "Sent/1/1", raw, now + LATER, mine=True, folder="Sent")
    assert intake.take(account=account, inbounds=[back], now=now + LATER).new == 1
    assert file_sent(now + LATER) == 1
    assert Message.objects.filter(direction="out").count() == 1
    assert Draft.objects.get().state == "sent"


def test_an_answer_does_not_close_over_a_letter_that_nobody_saw(
    letter: Thread, account: Account, ada: Actor, now: datetime
) -> None:
    draft = desk.draft(actor=ada, text="With pleasure.", now=now, thread=letter)
    desk.send(draft=draft, actor=ada, revision=1, seen=letter.latest, now=now)
    raw = (
        b"From: Stella Kaur <stella@elsewhere.example>\r\nTo: a@ada.example\r\n"
        b"Subject: Re: Your essay\r\nIn-Reply-To: <letter@elsewhere.example>\r\n"
        b"Message-ID: <second@elsewhere.example>\r\n\r\nPlease do not.\r\n"
    )
    came = now + timedelta(seconds=20)
    intake.take(account=account, inbounds=[Inbound("memory", "2", raw, came)], now=came)
    outbox.log_due(now=now + LATER)
    deliver_all(now + LATER)
    file_sent(now + LATER)
    letter.refresh_from_db()
    assert Message.objects.filter(thread=letter).count() == 3
    assert letter.state == "open"
    assert letter.waiting_since == came
    assert letter.needs_rank


def test_a_new_message_makes_its_thread_and_its_person(send: Send, now: datetime) -> None:
    submission = send(TOM)
    outbox.log_due(now=now + LATER)
    deliver_all(now + LATER)
    assert file_sent(now + LATER) == 1
    thread = Thread.objects.get()
    assert thread.state == "closed"
    assert thread.person is not None
    assert thread.person.handles.get().address == TOM.address
    assert Draft.objects.get(pk=submission.draft_id).thread == thread


def test_what_a_person_settled_is_filed_too(
    letter: Thread, far: MemoryServer, ada: Actor, now: datetime
) -> None:
    draft = desk.draft(actor=ada, text="With pleasure.", now=now, thread=letter)
    submission = desk.send(draft=draft, actor=ada, revision=1, seen=letter.latest, now=now)
    outbox.log_due(now=now + LATER)
    far.faults.append(Fault(Uncertain("Who knows."), delivered=True))
    deliver_all(now + LATER)
    assert state(submission) == "uncertain"
    assert file_sent(now + LATER) == 0
    desk.settle(submission=submission, actor=ada, arrived=True, now=now + LATER)
    assert file_sent(now + LATER) == 1
    letter.refresh_from_db()
    assert letter.state == "closed"
    assert Draft.objects.get().state == "sent"


def test_a_copy_is_made_once_and_failures_wait(
    send: Send, far: MemoryServer, account: Account, now: datetime
) -> None:
    submission = send()
    outbox.log_due(now=now + LATER)
    deliver_all(now + LATER)
    Account.objects.update(sealed=b"nonsense")
    assert outbox.copy_sent(now=now + LATER) == 0
    assert state(submission) == "sent"
    Account.objects.update(sealed=b"")
    assert outbox.copy_sent(now=now + LATER) == 0
    assert outbox.copy_sent(now=now + timedelta(hours=1)) == 1
    assert outbox.copy_sent(now=now + timedelta(hours=2)) == 0
    assert list(far.copies) == [submission.message_id]
    assert Submission.objects.get(pk=submission.pk).copied_at == now + timedelta(hours=1)


def test_recheck_is_the_same_for_everybody(send: Send, now: datetime) -> None:
    submission = send()
    assert release.recheck(submission=submission, now=now)
    assert desk.recheck is release.recheck
