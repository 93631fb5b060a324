"""Links work once; tokens act as their hand; neither is a way to more rights."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from firsthand.core.errors import Denied, Misuse, NotAllowed
from firsthand.core.rights import Right
from firsthand.office import staff
from firsthand.office.models import Actor, Invitation, Token

Hire = Callable[..., Actor]
HOUR = timedelta(hours=1)


def test_a_link_lets_in_once(hal: Actor, ada: Actor, now: datetime) -> None:
    token = staff.invite(hand=hal, by=ada, now=now, lasts=HOUR)
    assert staff.accept(token=token, now=now) == hal
    with pytest.raises(Denied, match="used already"):
        staff.accept(token=token, now=now)
    assert token not in Invitation.objects.values_list("token_hash", flat=True)


def test_a_link_ends_is_replaced_and_is_not_guessed(hal: Actor, ada: Actor, now: datetime) -> None:
    old = staff.invite(hand=hal, by=ada, now=now, lasts=HOUR)
    new = staff.invite(hand=hal, by=ada, now=now, lasts=HOUR)
    with pytest.raises(Denied, match="withdrawn"):
        staff.accept(token=old, now=now)
    with pytest.raises(Denied, match="ended on 22 November 2026"):
        staff.accept(token=new, now=now + HOUR)
    with pytest.raises(Denied, match="unknown here"):
        staff.accept(token="guess", now=now)


def test_the_principals_first_link_is_made_by_the_shell(
    ada: Actor, hal: Actor, now: datetime
) -> None:
    token = staff.invite(hand=ada, by=None, now=now, lasts=HOUR)
    assert staff.accept(token=token, now=now) == ada
    with pytest.raises(Denied, match="say who invites"):
        staff.invite(hand=hal, by=None, now=now, lasts=HOUR)


def test_no_link_and_no_token_leads_to_more_rights(
    hire: Hire, ada: Actor, hal: Actor, gwen: Actor, now: datetime
) -> None:
    ina = hire("Ina Roth", Right.STAFF, Right.TRIAGE, Right.DRAFT)
    with pytest.raises(Denied, match="Only the principal"):
        staff.invite(hand=ada, by=ina, now=now, lasts=HOUR)
    with pytest.raises(Denied, match="no right to change what others drafted"):
        staff.invite(hand=gwen, by=ina, now=now, lasts=HOUR)
    with pytest.raises(Denied, match="no right to"):
        staff.issue_token(hand=gwen, by=ina, name="x", now=now)
    assert staff.invite(hand=hal, by=ina, now=now, lasts=HOUR)
    assert staff.issue_token(hand=hal, by=ina, name="x", now=now)


@pytest.mark.parametrize("who", ["hal", "stan", "rev", "gone"])
def test_who_has_no_right_to_staff_lets_nobody_in(
    request: pytest.FixtureRequest, otto: Actor, ada: Actor, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    staff.issue_token(hand=otto, by=ada, name="x", now=now)
    with pytest.raises(Denied, match=actor.name):
        staff.invite(hand=otto, by=actor, now=now, lasts=HOUR)
    with pytest.raises(Denied, match=actor.name):
        staff.issue_token(hand=otto, by=actor, name="x", now=now)
    with pytest.raises(Denied, match=actor.name):
        staff.revoke_token(token_id=Token.objects.get().pk, by=actor, now=now)


def test_a_token_acts_as_its_hand_until_it_ends(otto: Actor, ada: Actor, now: datetime) -> None:
    token = staff.issue_token(hand=otto, by=ada, name="nightly", now=now, expires=now + HOUR)
    assert staff.actor_of_token(token=token, now=now) == otto
    assert Token.objects.get().used_at == now
    assert staff.actor_of_token(token=token + "x", now=now) is None
    assert staff.actor_of_token(token=token, now=now + HOUR) is None
    staff.revoke_token(token_id=Token.objects.get().pk, by=otto, now=now)
    assert staff.actor_of_token(token=token, now=now) is None
    with pytest.raises(NotAllowed, match="revoked already"):
        staff.revoke_token(token_id=Token.objects.get().pk, by=ada, now=now)


def test_no_program_is_the_principal(ada: Actor, now: datetime) -> None:
    with pytest.raises(Misuse, match="A program cannot be Ada Ferrer"):
        staff.issue_token(hand=ada, by=ada, name="script", now=now)


def test_the_offboarded_are_not_let_in(ada: Actor, gone: Actor, now: datetime) -> None:
    with pytest.raises(Misuse, match="no longer works"):
        staff.invite(hand=gone, by=ada, now=now, lasts=HOUR)
    with pytest.raises(Misuse, match="no longer works"):
        staff.issue_token(hand=gone, by=ada, name="x", now=now)
