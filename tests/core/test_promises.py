"""A guarantee refuses whatever is below its floor; an aim refuses nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.byline import Level
from firsthand.core.errors import Misuse
from firsthand.core.promises import (
    PromiseFact,
    Strength,
    broken,
    may_draft,
    may_leave,
    saying,
)

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FLOORS = [Level.ON_BEHALF, Level.APPROVED, Level.FIRSTHAND]


def leave(promise: PromiseFact, level: Level, channel: str = "mail") -> bool:
    asked = may_leave([promise], level=level, channel=channel, principal="Ada Ferrer", now=NOW)
    return bool(asked)


@pytest.mark.parametrize("floor", FLOORS)
@pytest.mark.parametrize("level", Level)
def test_nothing_leaves_below_the_floor(floor: Level, level: Level) -> None:
    assert leave(PromiseFact(1, floor), level) == (level.height >= floor.height)
    assert leave(PromiseFact(1, floor, strength=Strength.AIM), level)
    assert leave(PromiseFact(1, floor, "bluesky"), level)
    assert leave(PromiseFact(1, floor, since=NOW + DAY), level)
    assert leave(PromiseFact(1, floor, until=NOW), level)
    assert leave(PromiseFact(1, floor, since=NOW), level) == (level.height >= floor.height)


def test_the_refusal_quotes_the_promise_and_tells_the_way() -> None:
    decision = may_leave(
        [PromiseFact(1, Level.APPROVED), PromiseFact(2, Level.FIRSTHAND, "mail")],
        level=Level.ON_BEHALF,
        channel="mail",
        principal="Ada Ferrer",
        now=NOW,
    )
    assert decision.because == (
        "Ada Ferrer promised: “If I answer e-mail, it is me: I write every word and send it "
        "myself.” This would leave as on behalf. Only words of the principal's own, sent by the "
        "principal, keep it."
    )


@pytest.mark.parametrize("floor", FLOORS)
def test_a_hand_may_draft_what_could_still_be_approved(floor: Level) -> None:
    def may(by_principal: bool) -> bool:
        asked = may_draft(
            [PromiseFact(1, floor)],
            by_principal=by_principal,
            channel="mail",
            principal="Ada Ferrer",
            now=NOW,
        )
        return bool(asked)

    assert may(True)
    assert may(False) == (floor is not Level.FIRSTHAND)


def test_automated_is_no_promise() -> None:
    with pytest.raises(Misuse, match="it says nothing"):
        saying(Level.AUTOMATED, "mail")


PROMISES = st.lists(
    st.builds(
        PromiseFact,
        id=st.integers(1, 9),
        floor=st.sampled_from(FLOORS),
        channel=st.sampled_from(["", "mail", "bluesky"]),
        strength=st.sampled_from(Strength),
        since=st.none() | st.sampled_from([NOW - DAY, NOW, NOW + DAY]),
        until=st.none() | st.sampled_from([NOW - DAY, NOW, NOW + DAY]),
    ),
    max_size=5,
)


@given(PROMISES, st.sampled_from(Level))
def test_what_may_leave_breaks_nothing_and_more_claims_never_hurt(
    promises: list[PromiseFact], level: Level
) -> None:
    def may(at: Level) -> bool:
        found = may_leave(promises, level=at, channel="mail", principal="Ada Ferrer", now=NOW)
        assert bool(found) == (broken(promises, level=at, channel="mail", now=NOW) is None)
        return bool(found)

    assert may(Level.FIRSTHAND)
    assert all(may(higher) for higher in Level if may(level) and higher.height >= level.height)
