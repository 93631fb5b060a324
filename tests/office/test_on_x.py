"""The whole way on X: a mention and a message come in, are answered by a hand, leave once, and verify."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from firsthand.channels.base import dialect_of
from firsthand.channels.x import thing
from firsthand.core.record import from_multikey
from firsthand.office import desk, intake, ledger, outbox, staff
from firsthand.office.models import Account, Actor, Message, Office, Submission, Thread
from firsthand.verifier.check import check_sealed
from tests.channels.x_server import XServer

X = dialect_of("x")


@pytest.fixture
def end() -> Iterator[XServer]:
    server = XServer()
    yield server
    server.close()


@pytest.fixture
def on_x(end: XServer, ada: Actor, now: datetime) -> Account:
    account, _ = staff.connect(
        by=ada,
        channel="x",
        address="@ada",
        settings={"client_id": "client-1", "base": end.base},
        secrets={"token": "token-0"},
        now=now,
    )
    return account


def leave(thread: Thread, actor: Actor, now: datetime) -> Submission:
    """An answer, all the way out."""
    draft = desk.draft(
        actor=actor, text="I think so & so, <really>: example.com", thread=thread, now=now
    )
    desk.send(draft=draft, actor=actor, revision=draft.revision, seen=thread.latest, now=now)
    later = now + timedelta(minutes=5)
    outbox.log_due(now=later)
    ledger.publish()
    submission = outbox.claim(now=later)
    assert submission is not None
    outbox.deliver(submission, clock=lambda: later)
    outbox.file_sent(now=later, take=intake.take)
    submission.refresh_from_db()
    assert (submission.state, submission.problem) == ("sent", "")
    return submission


@pytest.mark.parametrize("private", [False, True])
def test_it_comes_in_is_answered_and_verifies(
    end: XServer, on_x: Account, ada: Actor, now: datetime, private: bool
) -> None:
    if private:
        end.message("102", "101", "Between us: is it so?")
    else:
        end.post("102", "@Ada and @Tom, is it so?")
    intake.sync(account=on_x, now=now)
    thread = Thread.objects.get()
    submission = leave(thread, ada, now)
    made = (end.messages if private else end.posts)[-1]
    assert submission.remote_id.endswith(made["id"])
    # It comes back from X and is the same, in the same thread.
    intake.sync(account=on_x, now=now + timedelta(minutes=6))
    assert Message.objects.filter(thread=thread).count() == Message.objects.count() == 2
    assert Thread.objects.get().state == "closed"
    sealed = replace(
        X.received(thing.one(made, end.users.values())), record=bytes(submission.record)
    )
    assert submission.entry is not None
    proof = ledger.proof(submission.entry.index).encode()
    key = from_multikey(Office.objects.get(pk=1).public_key)
    verdict = check_sealed(sealed, keys=[key], proof=proof)
    assert (verdict.verdict, verdict.problems) == ("verified", ())
    doubted = replace(sealed, text=sealed.text.replace("think", "doubt"))
    assert check_sealed(doubted, keys=[key], proof=proof).verdict == "altered"
    moved = replace(sealed, recipients=("@tom",))
    assert check_sealed(moved, keys=[key], proof=proof).verdict == "altered"
