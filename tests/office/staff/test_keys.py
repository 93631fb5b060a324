"""The office's keys are changed by the principal, and taken back by the recovery key alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firsthand.core.errors import Denied, Misuse, NotAllowed
from firsthand.core.keys import public
from firsthand.core.record import multikey
from firsthand.office import ledger, staff, vault
from firsthand.office.models import Actor, Cosigned, Event, FormerLogKey, LogEntry, Office
from firsthand.tlog.checkpoint import open_checkpoint
from firsthand.tlog.note import Verifier, split_note
from firsthand.verifier import KeyFile
from tests.tlog.example import WITNESS

RECOVERY, NEXT, THIEF = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(1, 4))


@pytest.fixture
def guarded(office: Office, ada: Actor, now: datetime) -> Office:
    """An office with a recovery key."""
    staff.make_recovery(by=ada, recovery=RECOVERY, now=now)
    ledger.publish()
    return Office.objects.get()


def recover(by: Actor, now: datetime, **other: Any) -> int:
    values = {"recovery": RECOVERY, "new_recovery": NEXT, "since": None, **other}
    return staff.recover_keys(by=by, now=now, **values)


def test_the_recovery_key_signs_the_first_entry_and_is_not_kept(db: None, now: datetime) -> None:
    made = staff.open_office(
        name="Ada", email="ada@ada.example", base="https://ada.example", now=now, recovery=RECOVERY
    )
    history = ledger.key_history()
    assert (history.recovery, made.recovery_key, history.strange) == (public(RECOVERY),) * 2 + ((),)
    assert history.live and history.live.key == made.public_key
    kept = [
        bytes(getattr(made, field.name)) for field in Office._meta.fields if "sealed" in field.name
    ]
    assert RECOVERY.private_bytes_raw() not in [vault.unseal(sealed) for sealed in kept]


def test_the_logs_own_keys_are_no_witnesses(guarded: Office, ada: Actor, now: datetime) -> None:
    """After a change heads have two signatures of the log: an early head with a witness dates better."""
    entry = LogEntry.objects.count() - 1
    early, seen = ledger.shown() or b"", int(now.timestamp())
    ledger.cosign(checkpoint=early, signatures=[WITNESS.cosign(split_note(early)[0], time=seen)])
    staff.change_keys(by=ada, now=now)
    ledger.publish()
    later = ledger.shown() or b""
    assert len(split_note(later)[1]) == 2
    again = WITNESS.cosign(split_note(later)[0], time=seen + 60)
    ledger.cosign(checkpoint=later, signatures=[again])
    assert set(Cosigned.objects.values_list("witnesses", flat=True)) == {1}
    assert split_note(ledger.proof(entry).checkpoint)[0] == split_note(early)[0]


def test_a_change_makes_new_keys_that_the_old_one_signed(
    guarded: Office, ada: Actor, now: datetime
) -> None:
    before = Office.objects.get()
    office = staff.change_keys(by=ada, now=now)
    assert ledger.publish() == LogEntry.objects.count()
    history = ledger.key_history()
    assert [(span.name, span.key) for span in history.spans] == [
        ("office-1", before.public_key), ("office-2", office.public_key),
    ]  # fmt: skip
    index = LogEntry.objects.count() - 1
    assert (history.spans[0].end, history.strange) == (index, ())
    assert (
        multikey(vault.office_key(Office.objects.get()).private.public_key()) == office.public_key
    )
    assert office.public_key != before.public_key and office.log_vkey != before.log_vkey
    assert vault.unseal(bytes(before.sealed_key)) not in [
        vault.unseal(bytes(row.sealed)) for row in FormerLogKey.objects.all()
    ]
    assert Event.objects.get(act="keys.changed").actor == ada


def test_heads_are_signed_by_the_old_log_key_too(
    guarded: Office, ada: Actor, now: datetime
) -> None:
    old = Office.objects.get().log_vkey
    new = staff.change_keys(by=ada, now=now).log_vkey
    newest = staff.change_keys(by=ada, now=now).log_vkey
    ledger.publish()
    for vkey in (old, new, newest):
        assert (
            open_checkpoint(ledger.shown() or b"", Verifier.parse(vkey)).size == ledger.published()
        )
    assert ledger.key_history().log_key(ledger.published()) == newest


def test_the_key_file_is_what_the_log_shows(guarded: Office, ada: Actor, now: datetime) -> None:
    before = KeyFile.parse(ledger.key_file())
    office = staff.change_keys(by=ada, now=now)
    # Not published yet: what is shown is still signed by the old key alone.
    assert KeyFile.parse(ledger.key_file()) == before
    ledger.publish()
    file = KeyFile.parse(ledger.key_file())
    assert file.extends(before) and len(file.entries) == len(before.entries) + 1
    file.prove(None, None, Verifier.parse(office.log_vkey))
    assert file.history(office.log_origin) == ledger.key_history()


def test_a_recovery_takes_the_office_back_from_a_thief(
    guarded: Office, ada: Actor, now: datetime
) -> None:
    first = Office.objects.get().public_key
    thiefs = staff.change_keys(by=ada, now=now)  # by somebody at the office's own machine
    assert recover(ada, now, since=2) == 0
    ledger.publish()
    office = Office.objects.get()
    history = ledger.key_history()
    assert [history.covers(key, 1) for key in (first, thiefs.public_key)] == [True, False]
    assert not history.covers(thiefs.public_key, 100) and history.covers(office.public_key, 100)
    assert (history.recovery, office.recovery_key) == (public(NEXT), public(NEXT))
    assert office.key_name == "office-3"
    assert Event.objects.get(act="keys.recovered").data["from"] == 2


def test_a_used_or_another_recovery_key_changes_nothing(
    guarded: Office, ada: Actor, now: datetime
) -> None:
    with pytest.raises(Misuse, match="not the recovery key"):
        recover(ada, now, recovery=THIEF)
    recover(ada, now)
    size = LogEntry.objects.count()
    with pytest.raises(Misuse, match="not the recovery key"):
        recover(ada, now, new_recovery=THIEF)
    assert LogEntry.objects.count() == size


@pytest.mark.parametrize("since", [0, -1, 99])
def test_a_cut_off_is_in_the_log(guarded: Office, ada: Actor, now: datetime, since: int) -> None:
    key = Office.objects.get().public_key
    with pytest.raises(Misuse, match="no entry"):
        recover(ada, now, since=since)
    assert Office.objects.get().public_key == key and not FormerLogKey.objects.exists()


def test_who_has_the_office_cannot_replace_its_recovery_key(
    guarded: Office, ada: Actor, now: datetime
) -> None:
    with pytest.raises(NotAllowed, match="nothing but itself"):
        staff.make_recovery(by=ada, recovery=THIEF, now=now)


def test_keys_are_the_principals_alone(
    guarded: Office, hal: Actor, stan: Actor, rev: Actor, now: datetime
) -> None:
    for who in (hal, stan, rev):
        with pytest.raises(Denied):
            staff.change_keys(by=who, now=now)
        with pytest.raises(Denied):
            recover(who, now)
        with pytest.raises(Denied):
            staff.make_recovery(by=who, recovery=THIEF, now=now)
    assert len(ledger.key_history().spans) == 1
