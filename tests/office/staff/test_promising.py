"""Promises are the principal's, public, and ended rather than edited."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from firsthand.core.byline import Level
from firsthand.core.entry import decode
from firsthand.core.errors import Denied, Misuse, NotAllowed
from firsthand.core.promises import Strength
from firsthand.office import staff
from firsthand.office.models import Actor, LogEntry, Promise


def newest() -> dict[str, object]:
    return dict(decode(bytes(LogEntry.objects.latest("index").leaf)))


def test_a_promise_is_made_and_ended_in_the_open(ada: Actor, now: datetime) -> None:
    made = staff.promise(by=ada, floor=Level.APPROVED, channel="mail", now=now)
    public = {
        "v": 1,
        "kind": "promise",
        "promise": made.pk,
        "floor": "approved",
        "channel": "mail",
        "strength": "guarantee",
        "day": "2026-11-22",
    }
    assert newest() == {**public, "act": "made"}
    with pytest.raises(Misuse, match="promised already"):
        staff.promise(by=ada, floor=Level.APPROVED, channel="mail", now=now)
    later = now + timedelta(days=1)
    staff.end_promise(promise=made, by=ada, now=later)
    assert newest() == {**public, "act": "ended", "day": "2026-11-23"}
    assert Promise.objects.get().until == later
    with pytest.raises(NotAllowed, match="ended on 23 November 2026"):
        staff.end_promise(promise=made, by=ada, now=later)
    assert staff.promise(by=ada, floor=Level.APPROVED, channel="mail", now=later).pk != made.pk


@pytest.mark.parametrize("who", ["hal", "gwen", "otto", "stan", "rev", "gone"])
def test_nobody_but_the_principal_promises(
    request: pytest.FixtureRequest, ada: Actor, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    made = staff.promise(by=ada, floor=Level.APPROVED, channel="", now=now)
    with pytest.raises(Denied, match="Only the principal can make a promise"):
        staff.promise(by=actor, floor=Level.ON_BEHALF, channel="", now=now)
    with pytest.raises(Denied, match="Only the principal can end a promise"):
        staff.end_promise(promise=made, by=actor, now=now)


def test_a_promise_says_something_about_a_channel(ada: Actor, now: datetime) -> None:
    with pytest.raises(Misuse, match="it says nothing"):
        staff.promise(by=ada, floor=Level.AUTOMATED, channel="mail", now=now)
    for channel in ("Mail me", "mial", "mail via folder"):
        with pytest.raises(Misuse, match="There is no channel"):
            staff.promise(by=ada, floor=Level.APPROVED, channel=channel, now=now)
    aim = staff.promise(
        by=ada, floor=Level.FIRSTHAND, channel="mail", now=now, strength=Strength.AIM
    )
    assert aim.sentence.startswith("If I answer e-mail")
