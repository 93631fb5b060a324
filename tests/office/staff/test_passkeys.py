"""Passkeys: added and revoked by whoever may, each told in the log; they let their owners in."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from firsthand.core.entry import decode
from firsthand.core.errors import Conflict, Denied, FirsthandError, Misuse, NotAllowed
from firsthand.core.passkey import fingerprint
from firsthand.core.rights import Right
from firsthand.office import consent, staff
from firsthand.office.models import Actor, Event, LogEntry, Passkey
from firsthand.verifier.consent import Assertion
from tests.office.conftest import Hire
from tests.office.touching import give
from tests.verifier.authenticator import PRESENT, Authenticator

CHALLENGE = b"c" * 32


def logged() -> list[dict[str, str | int]]:
    rows = [decode(bytes(row.leaf)) for row in LogEntry.objects.order_by("index")]
    return [row for row in rows if row["kind"] == "key" and "which" in row]


@pytest.mark.parametrize("kind", ["p256", "ed25519", "rsa"])
def test_a_passkey_is_added_and_logged_without_a_name(
    ada: Actor, hal: Actor, now: datetime, kind: str
) -> None:
    touch, row = give(ada, now, kind=kind)
    give(hal, now, kind=kind)
    mine, hals = logged()
    assert mine["which"] == fingerprint(touch.public) == fingerprint(row.key)
    assert (mine["role"], mine["act"], hals["role"]) == ("principal", "added", "hand")
    # The fingerprint is known from above; by chance its hexadecimal digits can spell a name.
    assert "ada" not in json.dumps({k: v for k, v in mine.items() if k != "which"}).lower()
    assert row.public_name == "ada-passkey-1" and bytes(row.public_key)
    assert Event.objects.filter(act="passkey.added", actor=ada).exists()


def test_a_second_one_gets_the_next_name(ada: Actor, now: datetime) -> None:
    give(ada, now)
    _, first = give(ada, now)
    assert first.public_name == "ada-passkey-2"
    staff.revoke_passkey(passkey=first, by=ada, now=now)
    _, third = give(ada, now)
    assert third.public_name == "ada-passkey-3"
    assert list(consent.keys()) == ["ada-passkey-1", "ada-passkey-2", "ada-passkey-3"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"type": "webauthn.get"},
        {"challenge_": "other"},
    ],
)
def test_an_answer_to_something_else_is_refused(
    ada: Actor, now: datetime, wrong: dict[str, str]
) -> None:
    asked = b"d" * 32 if wrong.pop("challenge_", "") else CHALLENGE
    answer = Authenticator().register(asked, **{k: v for k, v in wrong.items() if k != "type"})
    if wrong.get("type"):
        answer = Authenticator().touch(CHALLENGE)
    with pytest.raises(Misuse, match="no new passkey"):
        staff.register(actor=ada, response=answer, challenge=CHALLENGE, name="x", now=now)
    assert not logged()


@pytest.mark.parametrize("answer", ["", "{}", "null", "[]", '{"id": 1}', '{"response": {}}', "\0"])
def test_junk_is_refused(ada: Actor, now: datetime, answer: str) -> None:
    with pytest.raises(Misuse, match="no new passkey"):
        staff.register(actor=ada, response=answer, challenge=CHALLENGE, name="x", now=now)


def test_who_has_no_hand_gets_none(otto: Actor, gone: Actor, now: datetime) -> None:
    for actor in (otto, gone):
        answer = Authenticator().register(CHALLENGE)
        with pytest.raises(Denied):
            staff.register(actor=actor, response=answer, challenge=CHALLENGE, name="x", now=now)


def test_the_same_passkey_is_not_added_twice(ada: Actor, hal: Actor, now: datetime) -> None:
    answer = Authenticator().register(CHALLENGE)
    staff.register(actor=ada, response=answer, challenge=CHALLENGE, name="x", now=now)
    with pytest.raises(Conflict):
        staff.register(actor=hal, response=answer, challenge=CHALLENGE, name="x", now=now)
    with pytest.raises(Misuse, match="name"):
        staff.register(actor=ada, response=answer, challenge=CHALLENGE, name=" ", now=now)


def test_it_ends_once_in_the_log(ada: Actor, now: datetime) -> None:
    touch, row = give(ada, now)
    staff.revoke_passkey(passkey=row, by=ada, now=now)
    assert [each["act"] for each in logged()] == ["added", "ended"]
    row.refresh_from_db()
    assert row.ending is not None and row.ending.index == row.entry.index + 1
    with pytest.raises(NotAllowed):
        staff.revoke_passkey(passkey=row, by=ada, now=now)
    with pytest.raises(Denied, match="revoked"):
        enter(touch, now)


def test_who_may_revoke(ada: Actor, hal: Actor, hire: Hire, now: datetime) -> None:
    boss = hire("Bea Orlov", Right.STAFF, Right.DRAFT)
    _, adas = give(ada, now)
    _, hals = give(hal, now)
    for by, row in ((hal, adas), (boss, adas)):
        with pytest.raises(Denied):
            staff.revoke_passkey(passkey=row, by=by, now=now)
    staff.revoke_passkey(passkey=hals, by=boss, now=now)
    staff.revoke_passkey(passkey=adas, by=ada, now=now)


def test_strangers_and_the_revoked_may_not(
    ada: Actor, stan: Actor, rev: Actor, gone: Actor, now: datetime
) -> None:
    _, row = give(ada, now)
    for by in (stan, rev, gone):
        with pytest.raises(Denied):
            staff.revoke_passkey(passkey=row, by=by, now=now)


def test_offboarding_ends_it(ada: Actor, hal: Actor, now: datetime) -> None:
    touch, _ = give(hal, now)
    assert "1 passkey is revoked." in staff.would_stop(hand=hal, now=now).sentences
    assert staff.offboard(hand=hal, by=ada, now=now).passkeys == 1
    assert [each["act"] for each in logged()] == ["added", "ended"]
    with pytest.raises(Denied, match="revoked"):
        enter(touch, now)


def enter(touch: Authenticator, now: datetime, **wrong: int) -> Actor:
    answer = Assertion.of_browser(touch.touch(CHALLENGE, **wrong))
    return staff.accept_passkey(answer=answer, challenge=CHALLENGE, now=now)


def test_it_lets_its_owner_in(ada: Actor, hal: Actor, now: datetime) -> None:
    mine, _ = give(ada, now)
    hals, _ = give(hal, now, kind="ed25519")
    assert (enter(mine, now), enter(hals, now)) == (ada, hal)
    with pytest.raises(Denied, match="unknown"):
        enter(Authenticator(), now)
    with pytest.raises(Denied, match="who you are"):
        enter(mine, now, flags=PRESENT)
    answer = Assertion.of_browser(mine.touch(b"x" * 32))
    with pytest.raises(Denied, match="another text"):
        staff.accept_passkey(answer=answer, challenge=CHALLENGE, now=now)


def test_a_copy_that_counts_backwards_is_found(ada: Actor, now: datetime) -> None:
    touch, row = give(ada, now, count=5)
    for _ in range(2):
        enter(touch, now)
    assert Passkey.objects.get(pk=row.pk).sign_count == 7
    touch.count = 5
    with pytest.raises(FirsthandError, match="backwards"):
        enter(touch, now + timedelta(minutes=1))
    touch.count = 6
    with pytest.raises(FirsthandError, match="used already"):
        enter(touch, now + timedelta(minutes=1))
