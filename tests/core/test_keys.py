"""Which key speaks for the office from where to where, and who may change that."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.entry import correction_entry, decode, key_entry, passkey_entry
from firsthand.core.errors import Misuse
from firsthand.core.keys import (
    History,
    KeyAct,
    NewKeys,
    office_key_entry,
    public,
    read_written,
    replay,
    with_history,
    written,
)
from firsthand.core.record import Issuer

ORIGIN = "ada.example/byline-log"
DAY = date(2026, 11, 22)
FIRST, SECOND, THIEF, RECOVERY, NEXT = (
    Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(1, 6)
)


def entry(
    act: KeyAct,
    key: Ed25519PrivateKey,
    signer: Ed25519PrivateKey,
    since: int,
    *,
    name: str = "office-2",
    recovery: Ed25519PrivateKey | None = None,
    origin: str = ORIGIN,
) -> bytes:
    new = NewKeys(name, public(key), f"{name}+log", public(recovery) if recovery else "")
    return office_key_entry(new, act=act, origin=origin, since=since, day=DAY, signer=signer)


BEGUN = (0, entry(KeyAct.ADDED, FIRST, RECOVERY, 0, name="office-1", recovery=RECOVERY))


def test_a_change_of_keys_tells_the_day_and_never_the_hour() -> None:
    late = datetime(2026, 11, 22, 23, 59, 58, tzinfo=UTC)
    new = NewKeys("office-1", public(FIRST), "log", public(RECOVERY))
    leaf = office_key_entry(
        new, act=KeyAct.ADDED, origin=ORIGIN, since=0, day=late, signer=RECOVERY
    )
    assert decode(leaf)["day"] == "2026-11-22"


def told(*more: tuple[int, bytes]) -> History:
    return replay(ORIGIN, [BEGUN, *more])


def test_the_first_key_speaks_from_the_entry_after_its_own() -> None:
    history = told()
    assert [history.covers(public(FIRST), index) for index in (0, 1, 10**9)] == [False, True, True]
    assert not history.covers(public(RECOVERY), 1)
    assert (history.recovery, history.log_key(1), history.strange) == (
        public(RECOVERY),
        "office-1+log",
        (),
    )


def test_a_change_ends_the_old_key_at_its_own_place() -> None:
    history = told((9, entry(KeyAct.CHANGED, SECOND, FIRST, 9)))
    assert [history.covers(public(FIRST), index) for index in (8, 9, 10)] == [True, False, False]
    assert [history.covers(public(SECOND), index) for index in (8, 9, 10)] == [False, False, True]
    assert (history.log_key(9), history.log_key(10)) == ("office-1+log", "office-2+log")
    assert history.is_of([public(FIRST)]) and history.is_of([public(RECOVERY)])
    assert not history.is_of([public(THIEF)])


def test_a_recovery_ends_keys_earlier_and_what_a_thief_began_since_was_never_the_offices() -> None:
    stolen = (20, entry(KeyAct.CHANGED, THIEF, FIRST, 20))
    back = entry(KeyAct.RECOVERED, SECOND, RECOVERY, 15, name="office-3", recovery=NEXT)
    history = told(stolen, (30, back))
    assert [history.covers(public(FIRST), index) for index in (14, 15, 19)] == [True, False, False]
    assert not any(history.covers(public(THIEF), index) for index in range(40))
    assert not history.is_of([public(THIEF)])
    assert [history.covers(public(SECOND), index) for index in (30, 31)] == [False, True]
    assert history.recovery == public(NEXT)
    assert [history.log_key(size) for size in (25, 30, 31)] == [
        "office-1+log",
        "office-1+log",
        "office-3+log",
    ]


@pytest.mark.parametrize(
    ("place", "leaf"),
    [
        (9, entry(KeyAct.CHANGED, THIEF, THIEF, 9)),
        (9, entry(KeyAct.CHANGED, THIEF, RECOVERY, 9)),
        (9, entry(KeyAct.CHANGED, THIEF, FIRST, 5)),  # the old key cannot take back what it signed
        (9, entry(KeyAct.CHANGED, THIEF, FIRST, 8)),  # signed for another place
        (9, entry(KeyAct.CHANGED, THIEF, FIRST, 9, recovery=THIEF)),
        (9, entry(KeyAct.CHANGED, THIEF, FIRST, 9, origin="stan.example/byline-log")),
        (9, entry(KeyAct.RECOVERED, THIEF, FIRST, 9, recovery=THIEF)),
        (9, entry(KeyAct.RECOVERED, THIEF, RECOVERY, 9)),
        (9, entry(KeyAct.RECOVERED, THIEF, RECOVERY, 10, recovery=NEXT)),
        (9, entry(KeyAct.RECOVERED, THIEF, RECOVERY, 0, recovery=NEXT)),
        (9, entry(KeyAct.RECOVERY, FIRST, FIRST, 9, recovery=THIEF)),  # there is one already
        (9, entry(KeyAct.ADDED, THIEF, RECOVERY, 9, recovery=RECOVERY)),
        (9, key_entry(name="office-2", key=public(THIEF), act="added", day=DAY)),
        (9, key_entry(name="office-1", key=public(FIRST), act="ended", day=DAY)),
    ],
)
def test_what_is_not_signed_by_who_may_changes_nothing(place: int, leaf: bytes) -> None:
    history = told((place, leaf))
    assert (history.spans, history.recoveries) == (told().spans, told().recoveries)
    assert history.strange == (place,)


def test_a_used_recovery_key_is_worth_nothing() -> None:
    back = (5, entry(KeyAct.RECOVERED, SECOND, RECOVERY, 5, recovery=NEXT))
    again = (6, entry(KeyAct.RECOVERED, THIEF, RECOVERY, 6, recovery=THIEF))
    assert told(back, again).strange == (6,)
    assert told(back, (6, entry(KeyAct.RECOVERED, FIRST, NEXT, 6, recovery=RECOVERY))).strange == ()


def test_a_first_entry_that_its_recovery_key_did_not_sign_begins_nothing() -> None:
    false = entry(KeyAct.ADDED, FIRST, FIRST, 0, recovery=RECOVERY)
    assert replay(ORIGIN, [(0, false)]).spans == ()


def test_an_office_without_a_recovery_key_can_have_its_first_one() -> None:
    old = (0, key_entry(name="office-1", key=public(FIRST), act="added", day=DAY))
    made = (3, entry(KeyAct.RECOVERY, FIRST, FIRST, 3, name="office-1", recovery=RECOVERY))
    history = replay(ORIGIN, [old, made])
    assert (history.recovery, len(history.spans), history.strange) == (public(RECOVERY), 1, ())
    other = (3, entry(KeyAct.RECOVERY, FIRST, THIEF, 3, name="office-1", recovery=THIEF))
    assert replay(ORIGIN, [old, other]).recovery == ""


def test_other_entries_are_passed_over() -> None:
    others = [
        (1, correction_entry(of=0, why="stopped", day=DAY)),
        (2, passkey_entry(which="0" * 64, role="hand", act="ended", day=DAY)),
        (3, b'{"kind":"key" not JSON'),
    ]
    assert told(*others) == told()


@given(st.data())
def test_any_changed_byte_of_a_change_makes_it_nothing(data: st.DataObject) -> None:
    leaf = bytearray(entry(KeyAct.RECOVERED, SECOND, RECOVERY, 7, recovery=NEXT))
    at = data.draw(st.integers(0, len(leaf) - 1))
    leaf[at] ^= data.draw(st.integers(1, 255))
    history = told((9, bytes(leaf)))
    assert (history.spans, history.recoveries) == (told().spans, told().recoveries)


def test_a_written_recovery_key_is_read_again_and_a_slip_is_noticed() -> None:
    text = written(RECOVERY)
    assert len(text.split()) == 14 and public(
        read_written(text.lower().replace(" ", "-"))
    ) == public(RECOVERY)
    for at, letter in enumerate(text):
        if letter != " ":
            slip = text[:at] + ("A" if letter != "A" else "B") + text[at + 1 :]
            with pytest.raises(Misuse, match="no recovery key"):
                read_written(slip)
    with pytest.raises(Misuse):
        read_written("")


def test_the_did_document_names_live_ended_and_recovery_keys() -> None:
    history = told((9, entry(KeyAct.CHANGED, SECOND, FIRST, 9)))
    issuer = Issuer("https://ada.example")
    document = with_history(issuer, history)
    assert document["assertionMethod"] == ["did:web:ada.example#office-2"]
    assert document["capabilityInvocation"] == ["did:web:ada.example#recovery-1"]
    first, second, recovery = document["verificationMethod"]
    assert (first["cutOff"], first["revokedEntry"], first["logEntry"]) == (9, 9, 0)
    assert "cutOff" not in second and recovery["publicKeyMultibase"] == public(RECOVERY)
