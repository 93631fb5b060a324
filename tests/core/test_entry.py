"""Entries of the log: canonical, and nothing private in them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core import entry
from firsthand.core.byline import Ai, Level
from firsthand.core.promises import Strength
from firsthand.core.reaction import Reaction
from firsthand.core.revising import Change

DAY = date(2026, 11, 22)


def test_a_byline_entry_says_what_the_report_needs_and_commits_to_the_record() -> None:
    leaf = entry.byline_entry(
        level=Level.APPROVED, ai=Ai.NONE, channel="mail", day=DAY, record=b"secret"
    )
    assert leaf == (
        b'{"ai":"none","channel":"mail","day":"2026-11-22","kind":"byline","level":"approved",'
        b'"record":"2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b","v":1}'
    )


LEAVES = [
    entry.correction_entry(of=812, why="stopped", day=DAY),
    entry.promise_entry(
        number=1,
        act="made",
        floor=Level.APPROVED,
        channel="mail",
        strength=Strength.GUARANTEE,
        day=DAY,
    ),
    entry.revision_entry(
        level=Level.APPROVED,
        ai=Ai.NONE,
        channel="site",
        change=Change.TYPO,
        day=DAY,
        record=b"secret",
        replaces="ab" * 32,
    ),
    entry.grant_entry(commitment="uabc", day=DAY),
    entry.revoke_entry(commitment="uabc", day=DAY),
    entry.key_entry(name="office-1", key="z6Mk", act="added", day=DAY),
    entry.received_entry(channel="mail", count=12, commitment="uabc", day=DAY),
    entry.report_entry(first=DAY, last=DAY, report="00ff", day=DAY),
]


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_entry_reads_back(leaf: bytes) -> None:
    fields = entry.decode(leaf)
    kind = entry.EntryKind(str(fields.pop("kind")))
    assert fields.pop("v") == 1
    assert entry.encode(kind, **fields) == leaf


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"null",
        b"[" * 100_000,
        b'{"v":1}',
        b'{"kind":"gift","v":1}',
        b'{"kind":"grant","v":2}',
        b'{"kind":"grant","v":true}',
        b'{"kind": "grant","v":1}',
        b'{"v":1,"kind":"grant"}',
        b'{"grant":null,"kind":"grant","v":1}',
        b'{"grant":1.5,"kind":"grant","v":1}',
        b'{"grant":NaN,"kind":"grant","v":1}',
        b'{"grant":{},"kind":"grant","v":1}',
        b'{"kind":"grant","kind":"grant","v":1}',
        b"\xff",
    ],
)
def test_anything_else_is_refused(leaf: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        entry.decode(leaf)


WORDS: dict[str, object] = {
    "level": Level.APPROVED, "ai": Ai.NONE, "channel": "mail", "record": b"secret", "count": 1,
    "change": Change.TYPO, "act": "added", "replaces": "ab" * 32, "of": 1, "why": "stopped", "number": 1,
    "floor": Level.APPROVED, "strength": Strength.AIM, "commitment": "u", "name": "office-1", "key": "z",
    "which": "00", "role": "hand", "report": "00",
}  # fmt: skip
MAKERS = [make for name, make in vars(entry).items() if name.endswith("_entry")]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: str(make.__name__))
def test_no_entry_tells_the_hour_even_of_a_moment(make: Callable[..., bytes]) -> None:
    """A moment passes for a day in Python; in the log it would tell when somebody works."""
    late = datetime(2026, 11, 22, 23, 59, 58, tzinfo=UTC)
    names = inspect.signature(make).parameters
    given = {name: late if name in {"day", "first", "last"} else WORDS[name] for name in names}
    if make is entry.reaction_entry:
        given["act"] = Reaction.LIKE
    fields = entry.decode(make(**given))
    told = {name: value for name, value in fields.items() if str(value).startswith("2026")}
    assert told and set(told.values()) == {"2026-11-22"}
    assert "23:59" not in str(fields)


def test_the_entry_of_a_record_tells_the_day_on_which_it_left() -> None:
    subject = {"level": "firsthand", "ai": "none", "channel": "mail"}
    revised = {**subject, "replaces": "x", "replacesRecord": "ab" * 32, "change": "typo"}
    for each in (subject, {**subject, "act": "like"}, revised):
        fields = {"credentialSubject": each, "validFrom": "2026-11-22T23:59:58Z"}
        assert entry.decode(entry.entry_of(b"record", fields))["day"] == "2026-11-22"


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(leaf: bytes) -> None:
    try:
        fields = entry.decode(leaf)
    except ValueError:
        return
    assert fields["v"] == 1
