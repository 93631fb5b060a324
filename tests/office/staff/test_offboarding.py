"""Letting go: sessions, tokens, links, grants and what waits to leave end at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from firsthand.core.entry import decode
from firsthand.core.errors import Denied, Misuse, NotAllowed
from firsthand.core.rights import Right
from firsthand.office import desk, ledger, staff
from firsthand.office.models import Actor, LogEntry, Submission, Thread

Hire = Callable[..., Actor]


def signed_in(actor: Actor) -> None:
    """As Django's login leaves it behind."""
    store = SessionStore()
    store[SESSION_KEY] = str(actor.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = actor.get_session_auth_hash()
    store.create()


@pytest.fixture
def busy(gwen: Actor, ada: Actor, thread: Thread, now: datetime) -> list[Submission]:
    """Gwen is signed in, has a token and a link, and three letters of hers are on their way."""
    signed_in(gwen)
    signed_in(ada)
    staff.issue_token(hand=gwen, by=ada, name="phone", now=now)
    staff.invite(hand=gwen, by=ada, now=now, lasts=timedelta(days=1))
    sent = []
    for state in ("pending", "logged", "sending"):
        draft = desk.draft(actor=gwen, text="Gladly.", now=now, thread=thread)
        made = desk.send(draft=draft, actor=gwen, revision=1, seen=thread.latest, now=now)
        if state != "pending":
            made.entry = ledger.append(leaves=[b'{"kind":"byline","v":1}'], now=now)[0]
            made.seq, made.state = made.pk, state
            made.save()
        sent.append(made)
    return sent


def test_everything_ends_at_once(
    gwen: Actor, ada: Actor, busy: list[Submission], thread: Thread, now: datetime
) -> None:
    token = staff.issue_token(hand=gwen, by=ada, name="watch", now=now)
    link = staff.invite(hand=gwen, by=ada, now=now, lasts=timedelta(days=1))
    told = staff.would_stop(hand=gwen, now=now)
    assert staff.offboard(hand=gwen, by=ada, now=now) == told
    counts = (told.sessions, told.tokens, told.grants, told.invitations, told.submissions)
    assert counts == (1, 2, 3, 1, 2)
    assert told.sentences == (
        "1 sign-in ends.",
        "2 tokens stop working.",
        "3 grants are revoked.",
        "1 open link ends.",
        "“Re: Your essay” is stopped before it leaves.",
        "“Re: Your essay” is stopped before it leaves.",
        "1 message is being sent at this moment and cannot be stopped.",
    )
    assert Session.objects.count() == 1
    assert staff.actor_of_token(token=token, now=now) is None
    with pytest.raises(Denied, match="no longer works"):
        staff.accept(token=link, now=now)
    for each in busy:
        each.refresh_from_db()
    assert [each.state for each in busy] == ["stopped", "stopped", "sending"]
    kinds = [decode(bytes(entry.leaf)) for entry in LogEntry.objects.order_by("index")]
    corrected = [entry["of"] for entry in kinds if entry["kind"] == "correction"]
    assert corrected == [busy[1].entry_id]
    assert sum(entry["kind"] == "revoke" for entry in kinds) == 3
    assert not Actor.objects.get(pk=gwen.pk).is_active
    nothing = staff.would_stop(hand=gwen, now=now)
    assert (nothing.sessions, nothing.tokens, nothing.grants, nothing.submissions) == (0, 0, 0, 0)


def test_would_stop_changes_nothing(gwen: Actor, busy: list[Submission], now: datetime) -> None:
    before = staff.would_stop(hand=gwen, now=now)
    assert staff.would_stop(hand=gwen, now=now) == before
    assert Actor.objects.get(pk=gwen.pk).is_active


@pytest.mark.parametrize("who", ["hal", "stan", "rev", "gone"])
def test_who_has_no_right_to_staff_lets_nobody_go(
    request: pytest.FixtureRequest, gwen: Actor, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    with pytest.raises(Denied, match=actor.name):
        staff.offboard(hand=gwen, by=actor, now=now)


def test_the_principal_stays_and_nobody_goes_twice(
    hire: Hire, ada: Actor, gone: Actor, now: datetime
) -> None:
    ina = hire("Ina Roth", Right.STAFF)
    with pytest.raises(Misuse, match="it is their office"):
        staff.offboard(hand=ada, by=ina, now=now)
    with pytest.raises(NotAllowed, match="offboarded already"):
        staff.offboard(hand=gone, by=ada, now=now)
