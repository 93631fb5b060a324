"""Grants: nobody gives what they do not have; taking back stops what waits, at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from firsthand.core.entry import decode
from firsthand.core.errors import Denied, Misuse, NotAllowed
from firsthand.core.rights import Right, Scope
from firsthand.office import desk, staff
from firsthand.office.models import Actor, Event, Grant, LogEntry, Thread

Hire = Callable[..., Actor]
MAIL = Scope(channels=frozenset({"mail"}))


def newest() -> dict[str, object]:
    return dict(decode(bytes(LogEntry.objects.latest("index").leaf)))


def test_the_log_learns_of_a_grant_and_nothing_private(
    ada: Actor, hire: Hire, now: datetime
) -> None:
    ina = hire("Ina Roth")
    grant = staff.grant(hand=ina, by=ada, right=Right.SEND, now=now, scope=MAIL)
    entry = newest()
    assert set(entry) == {"v", "kind", "day", "grant"}
    assert entry["kind"] == "grant"
    staff.revoke(grant=grant, by=ada, now=now)
    assert newest() == {**entry, "kind": "revoke"}
    again = staff.grant(hand=ina, by=ada, right=Right.SEND, now=now, scope=MAIL)
    assert newest()["grant"] != entry["grant"]
    assert Event.objects.get(act="grant.revoked").about_id == grant.pk != again.pk


@pytest.mark.parametrize(
    "scope",
    [
        Scope(channels=frozenset({"mial"})),
        Scope(channels=frozenset({"mail via folder"})),
        Scope(lanes=frozenset({"helper", "yuo"})),
    ],
)
def test_a_right_that_would_hold_nowhere_is_not_given(
    ada: Actor, hire: Hire, now: datetime, scope: Scope
) -> None:
    ina = hire("Ina Roth")
    with pytest.raises(Misuse, match=r"There is no (channel|lane)"):
        staff.grant(hand=ina, by=ada, right=Right.SEND, now=now, scope=scope)
    assert not ina.grants.exists()


@pytest.mark.parametrize("who", ["hal", "stan", "rev", "gone"])
def test_who_has_no_right_to_staff_neither_grants_nor_revokes(
    request: pytest.FixtureRequest, gwen: Actor, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    with pytest.raises(Denied, match=actor.name):
        staff.grant(hand=gwen, by=actor, right=Right.READ, now=now)
    with pytest.raises(Denied, match=actor.name):
        staff.revoke(grant=gwen.grants.all()[0], by=actor, now=now)


def test_nobody_grants_more_than_they_have(
    ada: Actor, hire: Hire, hal: Actor, now: datetime
) -> None:
    ina = hire("Ina Roth", Right.STAFF)
    until = now + timedelta(days=9)
    staff.grant(hand=ina, by=ada, right=Right.DRAFT, now=now, scope=MAIL, expires=until)
    refused = [
        {"right": Right.SEND},
        {"right": Right.DRAFT},
        {"right": Right.DRAFT, "scope": MAIL},
        {"right": Right.DRAFT, "scope": MAIL, "expires": until + timedelta(seconds=1)},
        {"right": Right.DRAFT, "expires": until},
        {"right": Right.DRAFT, "scope": Scope(frozenset({"mail", "x"})), "expires": until},
    ]
    for wanted in refused:
        with pytest.raises(Denied, match="cannot give it to others"):
            staff.grant(hand=hal, by=ina, now=now, **wanted)  # type: ignore[arg-type]
    assert staff.grant(hand=hal, by=ina, right=Right.DRAFT, now=now, scope=MAIL, expires=until)
    assert staff.grant(hand=hal, by=ina, right=Right.READ, now=now, scope=MAIL, expires=until)
    with pytest.raises(Denied, match="to themselves"):
        staff.grant(hand=ina, by=ina, right=Right.STAFF, now=now)


def test_a_grant_that_makes_no_sense_is_refused(
    ada: Actor, hal: Actor, gone: Actor, now: datetime
) -> None:
    with pytest.raises(Misuse, match="needs no grant"):
        staff.grant(hand=ada, by=ada, right=Right.SEND, now=now)
    with pytest.raises(Misuse, match="no longer works"):
        staff.grant(hand=gone, by=ada, right=Right.SEND, now=now)
    with pytest.raises(Misuse, match="over before it begins"):
        staff.grant(hand=hal, by=ada, right=Right.SEND, now=now, expires=now)


def test_revoking_stops_what_only_this_grant_carried(
    ada: Actor, gwen: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=gwen, text="Gladly.", now=now, thread=thread)
    sent = desk.send(draft=draft, actor=gwen, revision=1, seen=thread.latest, now=now)
    first = gwen.grants.get(right=Right.SEND)
    second = staff.grant(hand=gwen, by=ada, right=Right.SEND, now=now, scope=MAIL)
    staff.revoke(grant=first, by=ada, now=now)
    sent.refresh_from_db()
    assert sent.state == "pending"
    staff.revoke(grant=second, by=ada, now=now)
    sent.refresh_from_db()
    draft.refresh_from_db()
    assert (sent.state, draft.state) == ("stopped", "writing")
    assert "was revoked on 22 November 2026" in sent.problem
    with pytest.raises(NotAllowed, match="revoked already"):
        staff.revoke(grant=second, by=ada, now=now)
    assert Grant.objects.filter(revoked_at=None, right=Right.SEND).count() == 0
