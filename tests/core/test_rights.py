"""Default deny, and every answer with its reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.rights import (
    IMPLIES_READ,
    ActorFact,
    GrantFact,
    Right,
    Scope,
    Target,
    decide,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HAL = ActorFact("Hal Brandt")
MAIL = Target("mail", 1, "you")


@pytest.mark.parametrize("right", Right)
def test_without_a_grant_nobody_may_anything(right: Right) -> None:
    decision = decide(right, actor=HAL, grants=[], target=MAIL, now=NOW)
    assert not decision
    assert decision.because == f"Hal Brandt has no right to {right.sentence}."


@pytest.mark.parametrize("right", Right)
def test_the_principal_may_everything_and_the_offboarded_nothing(right: Right) -> None:
    ada = ActorFact("Ada Ferrer", principal=True)
    gone = ActorFact("Gil Novak", active=False)
    grants = [GrantFact(1, right)]
    assert decide(right, actor=ada, grants=[], target=MAIL, now=NOW)
    refused = decide(right, actor=gone, grants=grants, target=MAIL, now=NOW)
    assert refused.because == "Gil Novak no longer works for this office."
    assert not refused


REASONS = [
    (GrantFact(7, Right.SEND), True, "Hal Brandt may send"),
    (GrantFact(7, Right.SEND, revoked=NOW), False, "grant 7 was revoked on 22 November 2026."),
    (GrantFact(7, Right.SEND, revoked=NOW + DAY), True, "(grant 7)."),
    (GrantFact(7, Right.SEND, expires=NOW), False, "grant 7 ended on 22 November 2026."),
    (GrantFact(7, Right.SEND, expires=NOW + DAY), True, "until 23 November 2026 (grant 7)."),
    (GrantFact(7, Right.SEND, starts=NOW + DAY), False, "grant 7 starts on 23 November 2026."),
    (GrantFact(7, Right.SEND, starts=NOW), True, "everywhere (grant 7)."),
    (GrantFact(7, Right.SEND, Scope(frozenset({"bluesky"}))), False, "holds on bluesky only."),
    (GrantFact(7, Right.SEND, Scope(accounts=frozenset({2}))), False, "holds in account 2 only."),
    (GrantFact(7, Right.SEND, Scope(lanes=frozenset({"you"}))), True, "in the lane you (grant 7)."),
    (GrantFact(7, Right.DRAFT), False, "Hal Brandt has no right to send"),
]


@pytest.mark.parametrize(("grant", "allowed", "because"), REASONS)
def test_a_decision_tells_its_reason(grant: GrantFact, allowed: bool, because: str) -> None:
    decision = decide(Right.SEND, actor=HAL, grants=[grant], target=MAIL, now=NOW)
    assert bool(decision) is allowed
    assert because in decision.because


@pytest.mark.parametrize("right", Right)
def test_who_works_on_letters_can_read_them(right: Right) -> None:
    decision = decide(Right.READ, actor=HAL, grants=[GrantFact(1, right)], target=MAIL, now=NOW)
    assert bool(decision) is (right in IMPLIES_READ or right is Right.READ)


TIMES = st.none() | st.integers(-3, 3).map(lambda days: NOW + days * DAY)
SCOPES = st.builds(
    Scope,
    channels=st.frozensets(st.sampled_from(["mail", "bluesky"])),
    accounts=st.frozensets(st.integers(1, 2)),
    lanes=st.frozensets(st.sampled_from(["you", "fyi"])),
)
GRANTS = st.lists(
    st.builds(
        GrantFact,
        id=st.integers(1, 99),
        right=st.sampled_from(Right),
        scope=SCOPES,
        starts=TIMES,
        expires=TIMES,
        revoked=TIMES,
    ),
    max_size=5,
)
TARGETS = st.builds(
    Target,
    channel=st.sampled_from(["", "mail", "bluesky"]),
    account=st.none() | st.integers(1, 3),
    lane=st.sampled_from(["", "you", "fyi"]),
)


@given(st.sampled_from(Right), GRANTS, TARGETS)
def test_allowed_means_that_one_live_grant_covers_it(
    right: Right, grants: list[GrantFact], target: Target
) -> None:
    decision = decide(right, actor=HAL, grants=grants, target=target, now=NOW)
    live = [
        grant
        for grant in grants
        if (grant.right is right or (right is Right.READ and grant.right in IMPLIES_READ))
        and not (grant.revoked and grant.revoked <= NOW)
        and not (grant.expires and grant.expires <= NOW)
        and not (grant.starts and grant.starts > NOW)
        and (not grant.scope.channels or target.channel in grant.scope.channels)
        and (not grant.scope.accounts or target.account in grant.scope.accounts)
        and (not grant.scope.lanes or target.lane in grant.scope.lanes)
    ]
    assert bool(decision) == bool(live)
    assert decision.because.startswith("Hal Brandt ")


@given(st.sampled_from(Right), GRANTS, TARGETS)
def test_no_grant_takes_a_right_away(right: Right, grants: list[GrantFact], target: Target) -> None:
    before = decide(right, actor=HAL, grants=grants[1:], target=target, now=NOW)
    after = decide(right, actor=HAL, grants=grants, target=target, now=NOW)
    assert after or not before
