"""Likes, boosts and follows are acts like any other: granted, logged, sent once, counted."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from firsthand.channels.memory import Fault, server
from firsthand.core.byline import ActorKind, Level
from firsthand.core.entry import decode
from firsthand.core.errors import Denied, Misuse, NotAllowed, Uncertain
from firsthand.core.reaction import Reaction
from firsthand.core.report import tally
from firsthand.core.rights import Right
from firsthand.office import desk, outbox, staff
from firsthand.office.models import Account, Actor, Draft, LogEntry, Message, Submission, Thread
from tests.office.conftest import Hire, receive

MINUTE = timedelta(minutes=1)


@pytest.fixture
def account(ada: Actor, now: datetime) -> Account:
    address = f"ada-{now.timestamp()}@social.example"
    server(address).reactions.clear()
    server(address).faults.clear()
    return Account.objects.create(
        channel="memory", address=address, settings={"kind": "memory"}, state="ok", made_at=now
    )


@pytest.fixture
def message(account: Account, now: datetime) -> Message:
    return Message.objects.get(pk=receive(account, at=now, subject="").latest)


@pytest.fixture
def mia(hire: Hire) -> Actor:
    """A hand who may react and nothing else."""
    return hire("Mia Sand", Right.REACT)


def leave(now: datetime) -> None:
    """Everything that is due goes."""
    outbox.log_due(now=now)
    while claimed := outbox.claim(now=now):
        outbox.deliver(claimed, clock=lambda: now)
    outbox.file_sent(now=now, take=lambda **_: None)


def entries() -> list[bytes]:
    return [
        bytes(leaf) for leaf in LogEntry.objects.order_by("index").values_list("leaf", flat=True)
    ]


def test_a_like_by_a_hand_is_logged_before_it_goes_and_counted(
    mia: Actor, message: Message, account: Account, now: datetime
) -> None:
    made = desk.react(actor=mia, message=message, reaction=Reaction.LIKE, now=now)
    assert made.sentence == "Liked by Mia Sand for Ada Ferrer."
    assert server(account.address).reactions == set()
    leave(now + MINUTE)
    made.refresh_from_db()
    assert (made.state, made.draft.state) == ("sent", "sent")
    assert server(account.address).reactions == {(Reaction.LIKE, message.remote_id)}
    entry = decode(entries()[-1])
    assert {k: entry[k] for k in ("kind", "act", "level", "channel")} == {
        "kind": "reaction",
        "act": "like",
        "level": "on_behalf",
        "channel": "memory",
    }
    told = tally(entries())
    assert [(x.act, x.level, x.count) for x in told.reacted] == [
        (Reaction.LIKE, Level.ON_BEHALF, 1)
    ]
    assert told.left == 0


def test_who_acts_decides_the_level(
    ada: Actor, hire: Hire, account: Account, now: datetime
) -> None:
    bot = hire("Otto", Right.REACT, kind=ActorKind.AGENT)
    for number, (actor, level) in enumerate([(ada, Level.FIRSTHAND), (bot, Level.AUTOMATED)]):
        address = f"fan{number}@social.example"
        made = desk.follow(actor=actor, account=account, address=address, now=now)
        assert made.level == level
        assert made.statement["credentialSubject"]["type"] == "Reaction"
    assert made.sentence == "Followed by Otto, an AI agent for Ada Ferrer."


def test_a_promise_about_answers_binds_no_like(
    mia: Actor, ada: Actor, message: Message, now: datetime
) -> None:
    staff.promise(by=ada, floor=Level.FIRSTHAND, channel="", now=now)
    made = desk.react(actor=mia, message=message, reaction=Reaction.LIKE, now=now)
    leave(now + MINUTE)
    made.refresh_from_db()
    assert made.state == "sent"
    assert [kept.all for kept in tally(entries()).promises] == [0]


def test_strangers_and_others_without_the_right_are_refused(
    hal: Actor, stan: Actor, rev: Actor, gone: Actor, message: Message, account: Account,
    now: datetime,
) -> None:  # fmt: skip
    for actor in (hal, stan, rev, gone):
        with pytest.raises(Denied):
            desk.react(actor=actor, message=message, reaction=Reaction.LIKE, now=now)
        with pytest.raises(Denied):
            desk.follow(actor=actor, account=account, address="fan@social.example", now=now)
    assert not Submission.objects.exists()


def test_whose_right_ends_meanwhile_likes_nothing(
    mia: Actor, ada: Actor, message: Message, account: Account, now: datetime
) -> None:
    made = desk.react(actor=mia, message=message, reaction=Reaction.LIKE, now=now)
    staff.revoke(grant=mia.grants.get(), by=ada, now=now)
    leave(now + MINUTE)
    made.refresh_from_db()
    assert made.state == "stopped"
    assert Draft.objects.get().state == "discarded"
    assert server(account.address).reactions == set()


def test_it_is_done_once_and_can_be_undone(
    mia: Actor, message: Message, account: Account, now: datetime
) -> None:
    made = desk.react(actor=mia, message=message, reaction=Reaction.LIKE, now=now)
    with pytest.raises(Misuse, match="done already"):
        desk.react(actor=mia, message=message, reaction=Reaction.LIKE, now=now)
    desk.undo(submission=made, actor=mia, now=now)
    assert Draft.objects.get().state == "discarded"
    desk.react(actor=mia, message=message, reaction=Reaction.LIKE, now=now)
    leave(now + MINUTE)
    assert len(server(account.address).reactions) == 1


def test_what_is_unknown_is_done_again_because_twice_is_once(
    mia: Actor, message: Message, account: Account, now: datetime
) -> None:
    server(account.address).faults.append(Fault(Uncertain("cut off"), delivered=True))
    made = desk.react(actor=mia, message=message, reaction=Reaction.LIKE, now=now)
    leave(now + MINUTE)
    made.refresh_from_db()
    assert made.state == "logged", made.problem
    leave(now + 10 * MINUTE)
    made.refresh_from_db()
    assert made.state == "sent"
    assert len(server(account.address).reactions) == 1


def test_private_words_are_not_boosted_and_mail_knows_no_likes(
    mia: Actor, message: Message, thread: Thread, now: datetime
) -> None:
    Message.objects.filter(pk=message.pk).update(folder="direct")
    message.refresh_from_db()
    with pytest.raises(NotAllowed, match="in private"):
        desk.react(actor=mia, message=message, reaction=Reaction.BOOST, now=now)
    with pytest.raises(Misuse):
        desk.react(actor=mia, message=message, reaction=Reaction.FOLLOW, now=now)
    account = Account.objects.create(channel="mail", address="a@a.example", made_at=now)
    letter = Message.objects.get(pk=receive(account, at=now).latest)
    with pytest.raises(NotAllowed, match="cannot like"):
        desk.react(actor=mia, message=letter, reaction=Reaction.LIKE, now=now)
