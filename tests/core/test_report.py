"""The report: recounted by a slower way, corrections taken off, promises bound by the log's order."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core import entry
from firsthand.core.byline import Ai, Level
from firsthand.core.promises import Strength
from firsthand.core.report import Revised, Tally, tally
from firsthand.core.revising import Change

DAY = date(2026, 11, 22)
DAYS = st.integers(0, 80).map(lambda n: DAY + timedelta(days=n))


def byline(level: Level, day: date = DAY, channel: str = "mail", ai: Ai = Ai.NONE) -> bytes:
    return entry.byline_entry(level=level, ai=ai, channel=channel, day=day, record=b"")


def promise(number: int, act: str, floor: Level, channel: str = "mail", day: date = DAY) -> bytes:
    return entry.promise_entry(
        number=number, act=act, floor=floor, channel=channel, strength=Strength.AIM, day=day
    )


def received(count: int, day: date = DAY) -> bytes:
    return entry.received_entry(channel="mail", count=count, commitment="u", day=day)


def stopped(of: int) -> bytes:
    return entry.correction_entry(of=of, why="stopped", day=DAY)


def revision(change: Change, level: Level = Level.FIRSTHAND, channel: str = "site") -> bytes:
    return entry.revision_entry(
        level=level,
        ai=Ai.NONE,
        channel=channel,
        change=change,
        day=DAY,
        record=b"",
        replaces="ab" * 32,
    )


BYLINES = st.builds(
    byline, st.sampled_from(Level), DAYS, st.sampled_from(["mail", "web"]), st.sampled_from(Ai)
)


@given(st.lists(BYLINES), st.sets(st.integers(0, 30)), DAYS, DAYS)
def test_the_count_is_that_of_a_slower_count(
    logged: list[bytes], wrong: set[int], one: date, other: date
) -> None:
    first, last = sorted(day.isoformat() for day in (one, other))
    report = tally([*logged, *map(stopped, sorted(wrong))], first=first, last=last)
    good = [entry.decode(leaf) for at, leaf in enumerate(logged) if at not in wrong]
    slow = Counter(
        (f["channel"], f["level"], f["ai"]) for f in good if first <= str(f["day"]) <= last
    )
    assert {(x.channel, x.level, x.ai): x.count for x in report.lines} == slow
    assert report.left == sum(report.levels().values()) == sum(report.ais().values())
    assert report.left == sum(month.left for month in report.months) == sum(slow.values())


@given(st.lists(BYLINES, min_size=1), st.integers(0, 40))
def test_counting_in_two_goes_is_counting_once(logged: list[bytes], cut: int) -> None:
    counting = Tally()
    counting.extend(logged[:cut])
    counting.report()
    counting.extend(logged[cut:])
    assert counting.report() == tally(logged)
    assert counting.report().digest() == tally(logged).digest()


def test_a_promise_binds_what_is_logged_between_its_two_entries() -> None:
    low, high = byline(Level.ON_BEHALF), byline(Level.FIRSTHAND)
    made, ended = (promise(7, act, Level.APPROVED) for act in ("made", "ended"))
    [kept] = tally(
        [low, made, high, low, high, byline(Level.AUTOMATED, channel="web"), ended, low]
    ).promises
    assert (kept.number, kept.all, kept.kept) == (7, 3, 2)
    assert (kept.made, kept.ended) == (DAY.isoformat(), DAY.isoformat())


def test_what_was_stopped_neither_kept_nor_broke_a_promise() -> None:
    report = tally([promise(1, "made", Level.FIRSTHAND), byline(Level.AUTOMATED), stopped(1)])
    assert (report.left, report.corrected, report.promises[0].all) == (0, 1, 0)


@pytest.mark.parametrize("of", [0, 2, 9, -1])
def test_a_correction_of_what_is_no_byline_before_it_takes_nothing_off(of: int) -> None:
    report = tally([promise(1, "made", Level.APPROVED), byline(Level.APPROVED), stopped(of)])
    assert (report.left, report.corrected) == (1, 0)


def test_two_corrections_take_one_off() -> None:
    report = tally([byline(Level.APPROVED), byline(Level.APPROVED), stopped(0), stopped(0)])
    assert (report.left, report.corrected) == (1, 1)


def test_a_later_count_of_a_day_replaces_the_earlier_one() -> None:
    other = DAY + timedelta(days=1)
    report = tally([received(3), received(4, other), received(5)])
    assert report.came_in == 9
    assert [(m.month, m.received) for m in report.months] == [("2026-11", 9)]


def test_what_is_unknown_or_damaged_is_passed_over_and_counted() -> None:
    counting = Tally()
    bad = [b"", b'{"kind":"gift","v":1}', b'{"day":"2026-11-22","kind":"byline","v":1}']
    counting.extend([*bad, byline(Level.APPROVED)])
    assert (counting.unknown, counting.size, counting.report().left) == (3, 4, 1)


def test_the_offices_own_report_is_compared() -> None:
    logged = [byline(Level.APPROVED), received(2)]
    true = tally(logged, first="2026-11-01", last="2026-11-30").digest()
    counting = Tally()
    counting.extend(logged)
    for digest in (true, "00" * 32):
        first, last = date(2026, 11, 1), date(2026, 11, 30)
        counting.add(entry.report_entry(first=first, last=last, report=digest, day=DAY))
    assert [claim.agrees for claim in counting.claims] == [True, False]


@pytest.mark.parametrize(
    ("part", "words"), [(0, "0 %"), (1, "1 %"), (999, "99 %"), (1000, "100 %")]
)
def test_a_share_is_never_rounded_to_all_or_nothing(part: int, words: str) -> None:
    levels = [Level.FIRSTHAND] * part + [Level.AUTOMATED] * (1000 - part)
    report = tally(map(byline, levels))
    assert report.share(report.levels()[Level.FIRSTHAND]) == words


def test_revisions_are_told_by_kind_bind_promises_and_are_no_more_messages() -> None:
    logged = [
        promise(1, "made", Level.APPROVED, channel="site"),
        byline(Level.FIRSTHAND, channel="site"),
        revision(Change.TYPO),
        revision(Change.TYPO, Level.ON_BEHALF),
        revision(Change.SUBSTANCE, channel="mastodon"),
        revision(Change.LINK),
        stopped(5),
    ]
    report = tally(logged)
    assert report.left == 1
    assert report.revised == (
        Revised("mastodon", Change.SUBSTANCE, 1),
        Revised("site", Change.TYPO, 2),
    )
    assert [(kept.all, kept.kept) for kept in report.promises] == [(3, 2)]
    assert report.value()["revised"][0] == {
        "channel": "mastodon",
        "change": "substance",
        "count": 1,
    }


def test_a_report_without_revisions_has_the_digest_that_it_always_had() -> None:
    assert "revised" not in tally([byline(Level.FIRSTHAND)]).value()
