"""A letter is believed only from a key that spoke for the office where the letter stands in the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firsthand.channels.mail.compose import compose
from firsthand.core import record as records
from firsthand.core.byline import Ai, Level, Making
from firsthand.core.entry import byline_entry, correction_entry
from firsthand.core.header import Header
from firsthand.core.keys import KeyAct, NewKeys, office_key_entry, public
from firsthand.tlog.errors import Refused
from firsthand.tlog.merkle import Frontier
from firsthand.tlog.note import Signer
from firsthand.tlog.store import MemoryStore
from firsthand.tlog.verify import OfflineProof, prove_offline, read_checkpoint
from firsthand.tlog.writer import publish, sequence, sign_checkpoint
from firsthand.verifier import KeyFile, Known, Verdict, check_mail
from tests.verifier.letter import ADA, BASE, HAL, ISSUER, NOW, OFFICE, OUTBOUND, SALT, SIGNER
from tests.verifier.letter import content as content_of

DAY = date(2026, 11, 21)
SECOND, THIEF, RECOVERY, NEXT = (
    Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in range(11, 15)
)
NEW_LOG = Signer(SIGNER.name, b"\x0f" * 32)
FILLER = correction_entry(of=0, why="stopped", day=DAY)


def key(
    act: KeyAct,
    new: Ed25519PrivateKey,
    by: Ed25519PrivateKey,
    since: int,
    log: Signer = SIGNER,
    **more: str,
) -> bytes:
    keys = NewKeys(more.pop("name", "office-2"), public(new), str(log.verifier), **more)
    return office_key_entry(keys, act=act, origin=SIGNER.name, since=since, day=DAY, signer=by)


BEGUN = key(KeyAct.ADDED, OFFICE, RECOVERY, 0, name="office-1", recovery=public(RECOVERY))


@dataclass
class Sent:
    raw: bytes
    store: MemoryStore
    file: KeyFile

    def check(self, *keys: Ed25519PrivateKey, online: bool = True, **other: Any) -> Verdict:
        believed = [each.public_key() for each in keys or (OFFICE,)]
        office = other.pop("office", self.file)
        return check_mail(
            self.raw, keys=believed, log=self.store if online else None, office=office, **other
        )


def sent(
    by: Ed25519PrivateKey,
    before: Sequence[bytes],
    after: Sequence[bytes] = (),
    signers: Sequence[Signer] = (SIGNER,),
) -> Sent:
    """A letter signed by `by`, in a log with `before` in front of it and `after` behind."""
    making = Making((ADA, HAL), {"hal": 9}, ("hal",), sent_by="hal", approved_by=("ada",))
    said = records.statement(
        issuer=ISSUER,
        number="n1",
        content=content_of(),
        making=making,
        level=Level.APPROVED,
        ai=Ai.NONE,
    )
    record = records.seal(said, seq=7, at=NOW, issuer=ISSUER, key=records.OfficeKey("office-1", by))
    leaf = byline_entry(
        level=Level.APPROVED, ai=Ai.NONE, channel="mail", day=NOW.date(), record=record
    )
    leaves, store, index = [*before, leaf, *after], MemoryStore(), len(before)
    note = sign_checkpoint(SIGNER.name, sequence(Frontier(), leaves), *signers)
    publish(store, entries=lambda a, b: leaves[a:b], size=len(leaves), checkpoint=note)
    proof = prove_offline(store, signers[0].verifier, index).encode()
    header = Header(BASE, "n1", index, Level.APPROVED, SALT)
    raw = compose(replace(OUTBOUND, byline=str(header), record=record, proof=proof))
    places = [at for at, each in enumerate(leaves) if b'"kind":"key"' in each]
    proofs = [prove_offline(store, signers[0].verifier, at, extra=leaves[at]) for at in places]
    return Sent(raw, store, KeyFile.parse(KeyFile.of_proofs(proofs).encode()))


BOTH = pytest.mark.parametrize("online", [True, False])


@BOTH
def test_a_letter_from_before_a_change_stays_good(online: bool) -> None:
    letter = sent(OFFICE, [BEGUN], [key(KeyAct.CHANGED, SECOND, OFFICE, 2)])
    assert letter.check(online=online).ok
    assert letter.check(RECOVERY, online=online).ok
    assert letter.check(SECOND, online=online).ok


@BOTH
def test_a_letter_by_the_new_key_is_believed_by_who_knew_the_old_one(online: bool) -> None:
    letter = sent(SECOND, [BEGUN, key(KeyAct.CHANGED, SECOND, OFFICE, 1)])
    assert letter.check(online=online).ok
    assert letter.check(online=online, office=None).verdict == "forged"
    assert letter.check(THIEF, online=online).verdict == "forged"


@BOTH
def test_what_the_ended_key_signs_after_the_change_is_forged(online: bool) -> None:
    letter = sent(OFFICE, [BEGUN, key(KeyAct.CHANGED, SECOND, OFFICE, 1), FILLER])
    found = letter.check(online=online)
    assert (found.verdict, letter.check(online=online, office=None).verdict) == (
        "forged",
        "verified",
    )
    assert found.problems == (
        "The office ended its key office-1 at entry 1 of the log, and this is entry 3: "
        "whoever signed it was not the office.",
    )


@BOTH
@pytest.mark.parametrize(
    ("cut", "verdict"), [(1, "forged"), (2, "forged"), (3, "verified"), (4, "verified")]
)
def test_the_cut_off_of_a_recovery_may_lie_before_it(online: bool, cut: int, verdict: str) -> None:
    back = key(KeyAct.RECOVERED, SECOND, RECOVERY, cut, recovery=public(NEXT))
    letter = sent(OFFICE, [BEGUN, FILLER], [FILLER, back])
    assert letter.check(online=online).verdict == verdict


@BOTH
def test_what_a_thief_signed_with_a_key_of_their_own_is_forged(online: bool) -> None:
    stolen = key(KeyAct.CHANGED, THIEF, OFFICE, 1)
    back = key(KeyAct.RECOVERED, SECOND, RECOVERY, 1, recovery=public(NEXT))
    assert sent(THIEF, [BEGUN, stolen]).check(online=online).ok
    letter = sent(THIEF, [BEGUN, stolen], [back])
    assert letter.check(online=online).verdict == "forged"
    assert letter.check(SECOND, THIEF, online=online).verdict == "forged"


def test_key_entries_that_the_log_does_not_show_are_not_believed() -> None:
    letter = sent(SECOND, [BEGUN, FILLER])
    made_up = KeyFile(((0, BEGUN), (1, key(KeyAct.CHANGED, SECOND, OFFICE, 1))))
    found = letter.check(office=made_up)
    assert (found.verdict, "does not show the keys" in found.problems[0]) == ("unlogged", True)
    proofs = (
        letter.file.proofs[0],
        replace(letter.file.proofs[0], index=1, extra=made_up.entries[1][1]),
    )
    found = letter.check(office=KeyFile.of_proofs(proofs), online=False)
    assert (found.verdict, "does not show the keys" in found.problems[0]) == ("unlogged", True)


@BOTH
def test_a_head_without_the_signature_of_the_logs_new_key_is_refused(online: bool) -> None:
    changed = key(KeyAct.CHANGED, SECOND, OFFICE, 1, log=NEW_LOG)
    letter = sent(SECOND, [BEGUN, changed], signers=(SIGNER, NEW_LOG))
    assert letter.check(online=online).ok
    stolen_log_key = sent(SECOND, [BEGUN, changed], signers=(SIGNER,))
    found = stolen_log_key.check(online=online)
    assert (found.verdict, "does not show the keys" in found.problems[0]) == ("unlogged", True)


def test_who_remembers_a_head_by_the_old_log_key_goes_on_by_the_new_one() -> None:
    known = Known()
    assert sent(OFFICE, [BEGUN, FILLER]).check(known=known).ok
    changed = key(KeyAct.CHANGED, SECOND, OFFICE, 3, log=NEW_LOG)
    assert sent(OFFICE, [BEGUN, FILLER], [changed], (SIGNER, NEW_LOG)).check(known=known).ok


def test_a_whole_log_tells_its_keys_itself() -> None:
    letter = sent(OFFICE, [BEGUN, FILLER, key(KeyAct.CHANGED, SECOND, OFFICE, 2)])
    read = KeyFile.of_log(letter.store, read_checkpoint(letter.store, SIGNER.verifier))
    assert read.entries == letter.file.entries and letter.check(office=read).verdict == "forged"


def test_a_key_file_is_read_in_one_way_only() -> None:
    file = sent(OFFICE, [BEGUN], [key(KeyAct.CHANGED, SECOND, OFFICE, 2)]).file
    data = file.encode()
    assert KeyFile.parse(data) == file and file.extends(KeyFile(file.entries[:1]))
    assert not KeyFile(file.entries[:1]).extends(file)
    backwards = KeyFile.of_proofs(reversed(file.proofs)).encode()
    twice = KeyFile.of_proofs([*file.proofs, file.proofs[1]]).encode()
    no_key = KeyFile.of_proofs([replace(file.proofs[0], extra=FILLER)]).encode()
    for wrong in (
        b"",
        b"\n" + data,
        backwards,
        twice,
        no_key,
        b"c2sp.org/tlog-proof@v1\n" * 600,
    ):
        with pytest.raises(Refused):
            KeyFile.parse(wrong)
    assert OfflineProof.parse(file.proofs[0].encode()).extra == BEGUN


def test_who_remembers_a_head_believes_no_other_past_even_with_the_letter_in_it() -> None:
    known, other = Known(), correction_entry(of=1, why="stopped", day=DAY)
    assert sent(OFFICE, [BEGUN, FILLER]).check(known=known).ok
    forked = sent(OFFICE, [BEGUN, other], [FILLER])
    assert forked.check().ok
    assert forked.check(known=known).verdict == "unlogged"
