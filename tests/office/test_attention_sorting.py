"""Many threads at once: all or none, and put back exactly as they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from firsthand.core.attention import Lane
from firsthand.core.errors import Denied, FirsthandError, Misuse, NotAllowed
from firsthand.core.rights import Right, Scope
from firsthand.office import attention, staff
from firsthand.office.models import Account, Actor, Event, LaneCount, RankRow, Thread
from tests.office.conftest import Hire
from tests.office.letters import at, letter
from tests.office.test_attention import bring, counts_stay_true

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(account: Account, ada: Actor, now: datetime) -> list[int]:
    """Three waiting threads; the second was put among those for helpers by hand."""
    bring(account, now, *(letter(n, when=at(20), subject=f"Letter {n}?") for n in range(3)))
    threads = list(Thread.objects.order_by("pk"))
    attention.move(actor=ada, thread=threads[1], lane=Lane.HELPER, now=now)
    return [thread.pk for thread in threads]


def state() -> tuple[Any, ...]:
    """All that a sorting may change."""
    ranks = RankRow.objects.order_by("pk").values_list("thread", "lane", "score", "waiting_since")
    counts = LaneCount.objects.filter(threads__gt=0).order_by("lane").values_list("lane", "threads")
    return list(Thread.objects.order_by("pk").values()), list(ranks), list(counts)


def test_every_way_is_one_act_and_is_put_back_exactly(
    three: list[int], ada: Actor, now: datetime
) -> None:
    for minute, way in enumerate(attention.WAYS):
        then = now + timedelta(minutes=minute)
        until = now + timedelta(days=2) if way == "snooze" else None
        before, events = state(), Event.objects.filter(act="threads.sorted").count()
        with counts_stay_true():
            done = attention.sort(actor=ada, threads=three, way=way, until=until, now=then)
        rows = Thread.objects.all()
        if way in set(Lane):
            assert {row.wanted_lane for row in rows} == {way}
            assert set(RankRow.objects.values_list("lane", flat=True)) == {way}
        else:
            assert {row.state for row in rows} == {{"close": "closed", "snooze": "snoozed"}[way]}
            assert {(row.state_by, row.snoozed_until) for row in rows} == {(ada, until)}
            assert not RankRow.objects.exists()
        assert Event.objects.filter(act="threads.sorted").count() == events + 1
        with counts_stay_true():
            back = attention.put_back(actor=ada, sorting=done.number, now=then)
        assert (back.threads, back.changed) == (tuple(three), ())
        assert state() == before, way


def test_several_sortings_are_put_back_from_the_last_to_the_first(
    three: list[int], ada: Actor, now: datetime
) -> None:
    ways = ("you", "junk", "snooze", "close")
    before, done = [], []
    for minute, way in enumerate(ways):
        then = now + timedelta(minutes=minute)
        until = now + timedelta(days=2) if way == "snooze" else None
        before.append(state())
        done.append(attention.sort(actor=ada, threads=three, way=way, until=until, now=then))
    then = now + timedelta(minutes=9)
    early = attention.put_back(actor=ada, sorting=done[0].number, now=then)
    assert (early.threads, early.changed) == ((), tuple(three))
    for was, sorting in zip(reversed(before), reversed(done), strict=True):
        back = attention.put_back(actor=ada, sorting=sorting.number, now=then)
        assert (back.threads, back.changed) == (tuple(three), ())
        assert state() == was


def test_what_was_snoozed_is_snoozed_again(three: list[int], ada: Actor, now: datetime) -> None:
    until = now + timedelta(days=2)
    attention.sort(actor=ada, threads=three[:2], way="snooze", until=until, now=now)
    before = state()
    done = attention.sort(actor=ada, threads=three, way="close", now=now + timedelta(minutes=1))
    attention.put_back(actor=ada, sorting=done.number, now=now + timedelta(minutes=2))
    assert state() == before


def test_each_thread_tells_what_was_done_with_it(
    three: list[int], hal: Actor, now: datetime
) -> None:
    done = attention.sort(actor=hal, threads=three, way="junk", now=now)
    attention.put_back(actor=hal, sorting=done.number, now=now)
    for number in three:
        told = Event.objects.filter(about="thread", about_id=number, actor=hal).order_by("pk")
        assert list(told.values_list("act", flat=True)) == ["thread.moved", "thread.put_back"]
        assert told[0].data == {"lane": "junk"}


@pytest.mark.parametrize("who", ["stan", "rev", "gwen", "gone"])
def test_who_may_not_sort_changes_nothing(
    three: list[int], ada: Actor, now: datetime, who: str, request: pytest.FixtureRequest
) -> None:
    actor: Actor = request.getfixturevalue(who)
    done = attention.sort(actor=ada, threads=three[:1], way="close", now=now)
    before, events = state(), Event.objects.count()
    for act in (
        lambda: attention.sort(actor=actor, threads=three[1:], way="close", now=now),
        lambda: attention.put_back(actor=actor, sorting=done.number, now=now),
    ):
        with pytest.raises(Denied):
            act()
    assert (state(), Event.objects.count()) == (before, events)


def test_half_the_rights_sort_nothing(
    three: list[int], ada: Actor, hire: Hire, now: datetime
) -> None:
    half = hire("Ida Half")
    staff.grant(
        hand=half, right=Right.TRIAGE, by=ada, now=now, scope=Scope(lanes=frozenset({"helper"}))
    )
    before = state()
    with pytest.raises(Denied):
        attention.sort(actor=half, threads=three, way="close", now=now)
    assert state() == before
    done = attention.sort(actor=half, threads=three[1:2], way="you", now=now)
    attention.put_back(actor=half, sorting=done.number, now=now)
    assert state() == before


def test_one_that_cannot_be_closed_stops_all(three: list[int], ada: Actor, now: datetime) -> None:
    attention.close(actor=ada, thread=Thread.objects.get(pk=three[2]), now=now)
    before, events = state(), Event.objects.count()
    with pytest.raises(NotAllowed) as refused:
        attention.sort(actor=ada, threads=three, way="close", now=now)
    assert f"thread {three[2]}" in refused.value.hint
    assert (state(), Event.objects.count()) == (before, events)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"way": "burn"}, "no way"),
        ({"threads": []}, "Select"),
        ({"threads": range(1, 502)}, "At most 500"),
        ({"threads": [10**9]}, "no thread"),
        ({"way": "snooze"}, "needs a time"),
        ({"until": at(28)}, "needs a time"),
        ({"way": "snooze", "until": at(1)}, "over"),
    ],
)
def test_a_wrong_request_is_told(
    three: list[int], ada: Actor, now: datetime, wrong: dict[str, Any], told: str
) -> None:
    with pytest.raises(Misuse, match=told):
        attention.sort(**{"actor": ada, "threads": three, "way": "close", "now": now, **wrong})
    assert not Event.objects.filter(act="threads.sorted").exists()


def test_what_changed_meanwhile_is_left_and_told(
    account: Account, three: list[int], ada: Actor, hal: Actor, now: datetime
) -> None:
    done = attention.sort(actor=hal, threads=three, way="close", now=now)
    later = now + timedelta(minutes=5)
    bring(account, later, letter(9, when=later, answers=0, subject="Re: Letter 0?"))
    thread = Thread.objects.get(pk=three[1])
    attention.reopen(actor=ada, thread=thread, now=later)
    attention.close(actor=ada, thread=Thread.objects.get(pk=three[1]), now=now)
    left = Thread.objects.filter(pk__in=three[:2]).order_by("pk").values()
    before = list(left)
    assert before[0]["state"] == "open"
    with counts_stay_true():
        back = attention.put_back(actor=ada, sorting=done.number, now=later)
    assert (back.threads, back.changed) == ((three[2],), tuple(three[:2]))
    assert list(left) == before
    assert Thread.objects.get(pk=three[2]).state == "open"


def test_a_thread_moved_away_and_again_is_left(three: list[int], ada: Actor, now: datetime) -> None:
    done = attention.sort(actor=ada, threads=three, way="junk", now=now)
    for lane in (Lane.FYI, Lane.JUNK):
        attention.move(actor=ada, thread=Thread.objects.get(pk=three[0]), lane=lane, now=now)
    back = attention.put_back(actor=ada, sorting=done.number, now=now)
    assert back.changed == (three[0],)
    assert Thread.objects.get(pk=three[0]).wanted_lane == "junk"


def test_once_within_a_day_by_who_did_it_or_the_principal(
    three: list[int], ada: Actor, hal: Actor, hire: Hire, now: datetime
) -> None:
    done = attention.sort(actor=hal, threads=three, way="close", now=now)
    other = hire("Ola Other", Right.TRIAGE)
    late = now + timedelta(days=1, seconds=1)
    refusals: tuple[tuple[type[FirsthandError], Callable[[], object]], ...] = (
        (Denied, lambda: attention.put_back(actor=other, sorting=done.number, now=now)),
        (NotAllowed, lambda: attention.put_back(actor=hal, sorting=done.number, now=late)),
        (Misuse, lambda: attention.put_back(actor=hal, sorting=done.number - 1, now=now)),
    )
    for kind, act in refusals:
        with pytest.raises(kind):
            act()
    assert Thread.objects.filter(state="closed").count() == 3
    attention.put_back(actor=ada, sorting=done.number, now=now + timedelta(days=1))
    with pytest.raises(NotAllowed, match="already"):
        attention.put_back(actor=hal, sorting=done.number, now=now)
