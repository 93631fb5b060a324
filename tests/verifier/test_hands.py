"""A letter is hand-signed only by a passkey that the log shows before it, with no end before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from firsthand.channels.mail.compose import compose
from firsthand.core import record as records
from firsthand.core.byline import Ai, Level, Making
from firsthand.core.entry import byline_entry, correction_entry, passkey_entry
from firsthand.core.errors import Temporary
from firsthand.core.header import Header
from firsthand.core.passkey import fingerprint
from firsthand.tlog.merkle import Frontier
from firsthand.tlog.store import MemoryStore
from firsthand.tlog.verify import prove_offline
from firsthand.tlog.writer import publish, sequence, sign_checkpoint
from firsthand.verifier import Known, Verdict, check_mail
from tests.verifier.authenticator import Authenticator
from tests.verifier.letter import ADA, BASE, HAL, ISSUER, NOW, OFFICE, OUTBOUND, SALT, SIGNER
from tests.verifier.letter import content as content_of

DAY = date(2026, 11, 21)
TOUCH, OTHER = Authenticator(), Authenticator(credential=b"Hal's")
NAME = "ada-passkey-1"
FILLER = correction_entry(of=0, why="stopped", day=DAY)


def added(one: Authenticator = TOUCH, role: str = "principal", act: str = "added") -> bytes:
    return passkey_entry(which=fingerprint(one.public), role=role, act=act, day=DAY)


def statement(level: Level = Level.APPROVED, sent_by: str = "hal", number: str = "n1") -> Any:
    approved = ("ada",) if level is Level.APPROVED else ()
    making = Making((ADA, HAL), {"hal": 9}, ("hal",), sent_by=sent_by, approved_by=approved)
    return records.statement(
        issuer=ISSUER, number=number, content=content_of(), making=making, level=level, ai=Ai.NONE
    )


def evidence(said: Any, one: Authenticator = TOUCH, **changed: Any) -> dict[str, Any]:
    made = one.assertion(records.consent_challenge(said))
    key = f"{ISSUER.did}#{NAME}"
    return {**made.evidence(signer=ISSUER.actor("ada"), key=key, entry=1), **changed}


def letter(
    said: Any, items: Sequence[Any], before: Sequence[bytes], after: Sequence[bytes] = (FILLER,)
) -> tuple[bytes, MemoryStore]:
    """The mail, and its log: `before`, the letter, `after`."""
    key = records.OfficeKey("office-1", OFFICE)
    record = records.seal(said, seq=7, at=NOW, issuer=ISSUER, key=key, evidence=items)
    level = Level(said["credentialSubject"]["level"])
    leaf = byline_entry(level=level, ai=Ai.NONE, channel="mail", day=NOW.date(), record=record)
    leaves, store, index = [*before, leaf, *after], MemoryStore(), len(before)
    note = sign_checkpoint(SIGNER.name, sequence(Frontier(), leaves), SIGNER)
    publish(store, entries=lambda a, b: leaves[a:b], size=len(leaves), checkpoint=note)
    proof = prove_offline(store, SIGNER.verifier, index).encode()
    header = Header(BASE, "n1", index, level, SALT)
    return compose(replace(OUTBOUND, byline=str(header), record=record, proof=proof)), store


def verdict_of(raw: bytes, store: MemoryStore | None, **other: Any) -> Verdict:
    values = {"passkeys": {NAME: TOUCH.public}, **other}
    return check_mail(raw, keys=[OFFICE.public_key()], log=store, **values)


def test_the_principals_touch_makes_it_hand_signed() -> None:
    said = statement()
    found = verdict_of(*letter(said, [evidence(said)], [FILLER, added()]))
    assert (found.verdict, found.problems, found.notices) == ("verified", (), ())
    assert (found.strength, found.signed_by_hand, found.signers) == (
        "hand-signed", True, ("Ada Ferrer",),
    )  # fmt: skip


def test_without_evidence_the_office_signed() -> None:
    found = verdict_of(*letter(statement(), [], [FILLER, added()]))
    assert (found.verdict, found.strength, found.signed_by_hand) == (
        "verified", "office-signed", False,
    )  # fmt: skip


def test_offline_it_is_said_that_the_key_was_not_looked_up() -> None:
    said = statement()
    raw, _ = letter(said, [evidence(said)], [FILLER, added()])
    found = verdict_of(raw, None)
    assert (found.verdict, found.strength) == ("verified", "hand-signed")
    assert any("was not looked up" in notice for notice in found.notices)


def test_an_unknown_key_counts_for_nothing_and_that_is_said() -> None:
    said = statement()
    found = verdict_of(*letter(said, [evidence(said)], [FILLER, added()]), passkeys={})
    assert (found.verdict, found.strength, found.signers) == ("verified", "office-signed", ())
    assert any("not known here" in notice for notice in found.notices)


LOGS: dict[str, tuple[list[bytes], list[bytes], dict[str, Any], str]] = {
    "only after the letter": ([FILLER, FILLER], [added()], {}, "does not show that this passkey"),
    "as a hand's": ([FILLER, added(role="hand")], [], {}, "does not show that this passkey"),
    "another key": ([FILLER, added(OTHER)], [], {}, "does not show that this passkey"),
    "another place": ([added(), FILLER], [], {}, "does not show that this passkey"),
    "an earlier place": ([FILLER, added()], [], {"keyEntry": 0}, "does not show that this passkey"),
    "place behind the letter": ([FILLER, added()], [added()], {"keyEntry": 3}, "only after"),
    "place before the log": ([FILLER, added()], [], {"keyEntry": -1}, "only after"),
    "revoked": ([FILLER, added(), added(act="ended")], [], {}, "revoked before"),
}


@pytest.mark.parametrize("case", LOGS)
def test_a_key_that_the_log_does_not_show_before_it_is_forged(case: str) -> None:
    before, after, changed, why = LOGS[case]
    said = statement()
    found = verdict_of(*letter(said, [evidence(said, **changed)], before, after))
    assert found.verdict == "forged", found
    assert why in found.problems[0]


def test_revoked_after_the_letter_it_still_holds() -> None:
    said = statement()
    ended = added(act="ended")
    found = verdict_of(*letter(said, [evidence(said)], [FILLER, added()], [ended]))
    assert (found.verdict, found.strength) == ("verified", "hand-signed")


FALSE = {
    "of another statement": lambda said: evidence(statement(number="n2")),
    "by another key": lambda said: evidence(said, OTHER),
    "of a stranger": lambda said: evidence(said, signer=ISSUER.actor("stan")),
    "of somebody else's key": lambda said: evidence(said, signer=ISSUER.actor("hal")),
    "of another office": lambda said: evidence(said, publicKey="did:web:evil.example#" + NAME),
    "without a signature": lambda said: evidence(said, signature=""),
    "in a batch without it": lambda said: evidence(
        said, batch={"index": 0, "size": 1, "path": []}
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FALSE)
def test_false_evidence_is_forged(case: str) -> None:
    """Also where no log can be asked whose the key is."""
    said = statement()
    raw, store = letter(said, [FALSE[case](said)], [FILLER, added()])
    for log in (store, None):
        found = verdict_of(raw, log)
        assert found.verdict == "forged", found


def test_evidence_that_is_no_list_is_forged() -> None:
    said = {**statement(), "evidence": {"type": "WebAuthnAssertion"}}
    assert verdict_of(*letter(said, [], [FILLER, added()])).verdict == "forged"


def test_evidence_of_another_kind_is_passed_over() -> None:
    found = verdict_of(*letter(statement(), [{"type": "Letter"}], [FILLER]))
    assert (found.verdict, found.strength) == ("verified", "office-signed")


def test_a_hand_makes_only_their_own_send_hand_signed() -> None:
    key, name = f"{ISSUER.did}#hal-passkey-1", "hal-passkey-1"
    for level, strength in (
        (Level.ON_BEHALF, "hand-signed"),
        (Level.APPROVED, "office-signed"),
        (Level.AUTOMATED, "office-signed"),
    ):
        said = statement(level)
        item = evidence(said, OTHER, signer=ISSUER.actor("hal"), publicKey=key)
        raw, store = letter(said, [item], [FILLER, added(OTHER, "hand")])
        found = verdict_of(raw, store, passkeys={name: OTHER.public})
        assert (found.verdict, found.strength) == ("verified", strength), level
        assert found.signers == ("Hal Brandt",)


class Broken:
    """A log that shows its hashes, and other entries, or none now."""

    def __init__(self, store: MemoryStore, entries: bytes | None) -> None:
        self.store, self.entries = store, entries

    def read(self, path: str) -> bytes | None:
        if path.startswith("tile/entries"):
            if self.entries is None:
                raise Temporary("gone")
            return self.entries
        return self.store.read(path)


def test_a_log_that_shows_other_entries_than_it_logged_is_not_believed() -> None:
    said = statement()
    raw, store = letter(said, [evidence(said)], [FILLER, FILLER])
    true = store.read("tile/entries/000.p/4") or b""
    lie = true.replace(FILLER[:20], FILLER[:19] + b"x", 1)
    assert lie != true
    found = verdict_of(raw, Broken(store, lie))  # type: ignore[arg-type]
    assert (found.verdict, found.strength) == ("unlogged", "office-signed")


def test_a_log_that_does_not_answer_is_told() -> None:
    said = statement()
    raw, store = letter(said, [evidence(said)], [FILLER, added()])
    found = verdict_of(raw, Broken(store, None))  # type: ignore[arg-type]
    assert found.verdict == "verified"
    assert any("was not looked up" in notice for notice in found.notices)


def test_keys_are_looked_up_across_many_tiles() -> None:
    said = statement()
    before = [FILLER, added(), *[FILLER] * 600]
    assert verdict_of(*letter(said, [evidence(said)], before)).strength == "hand-signed"
    found = verdict_of(*letter(said, [evidence(said)], [*before, added(act="ended")]))
    assert found.verdict == "forged"


def test_a_pinned_passkey_is_not_swapped(tmp_path: Path) -> None:
    known = Known(tmp_path / "known.json")
    assert known.pin_passkey(ISSUER.did, NAME, TOUCH.public)
    assert not known.pin_passkey(ISSUER.did, NAME, OTHER.public)
    said = statement()
    raw, store = letter(said, [evidence(said)], [FILLER, added()])
    again = Known.load(tmp_path / "known.json")
    found = check_mail(raw, keys=[OFFICE.public_key()], log=store, known=again)
    assert found.strength == "hand-signed"
