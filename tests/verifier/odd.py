"""Records that an office has signed and logged with something else in one of their fields."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import rfc8785

from firsthand.channels.mail.compose import compose
from firsthand.core import record as records
from firsthand.core.byline import Level
from firsthand.core.entry import correction_entry, entry_of
from firsthand.core.header import Header
from firsthand.tlog.merkle import Frontier
from firsthand.tlog.store import MemoryStore
from firsthand.tlog.verify import prove_offline
from firsthand.tlog.writer import publish, sequence, sign_checkpoint
from tests.verifier.letter import BASE, OFFICE, OUTBOUND, SALT, SIGNER, seal

Json = dict[str, Any]
VALUES: list[Any] = [
    None, True, 0, -1, 2**53 - 1, "", "x", "\u202e", "0" * 3000, "firsthand", "2026-02-30", [], [[]],
    [None], ["x", "x"], {}, {"id": 1}, {"name": "Ada Ferrer"}, "https://ada.example/hands#hal",
    [1, "x"], [{}], "😀", {"__proto__": "x"}, "constructor", "2026-11-22",
]  # fmt: skip
EVIDENCE = {
    "type": "WebAuthnAssertion",
    "signer": f"{BASE}/hands#ada",
    "publicKey": "did:web:ada.example#ada-passkey-1",
    "keyEntry": 1,
    "credentialId": "QQ",
    "authenticatorData": "QQ",
    "clientDataJSON": "e30",
    "signature": "QQ",
    "batch": {"index": 0, "size": 1, "path": ["QQ"]},
}
_FILLER = correction_entry(of=0, why="stopped", day=date(2026, 11, 21))


def letters() -> Iterator[tuple[str, bytes]]:
    """Each with what was put where, as a mail with its own proof."""
    whole = records.read(seal().record)
    for fields in (whole, {**whole, "evidence": [EVIDENCE]}):
        for path in _paths(fields):
            if path == ("proof",) or path[:2] in (("proof", "proofValue"), ("proof", "@context")):
                continue  # written anew below
            for value in VALUES:
                changed = _put(fields, path, value)
                yield f"{'.'.join(map(str, path))} = {value!r:.40}", _letter(changed)


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if before:
        yield before
    names = (
        value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    )
    for name in names:
        yield from _paths(value[name], (*before, name))


def _put(fields: Json, path: tuple[Any, ...], value: Any) -> Json:
    changed = place = copy.deepcopy(fields)
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return changed


def _letter(fields: Json) -> bytes:
    record = _signed(fields)
    leaves = [_FILLER, _FILLER, _entry(record, fields)]
    store, note = MemoryStore(), sign_checkpoint(SIGNER.name, sequence(Frontier(), leaves), SIGNER)
    publish(store, entries=lambda a, b: leaves[a:b], size=3, checkpoint=note)
    proof = prove_offline(store, SIGNER.verifier, 2).encode()
    field = str(Header(BASE, "n1", 2, Level.APPROVED, SALT))
    return compose(replace(OUTBOUND, byline=field, record=record, proof=proof))


def _entry(record: bytes, fields: Json) -> bytes:
    try:
        return entry_of(record, fields)
    except (LookupError, TypeError, ValueError, AttributeError):
        return _FILLER


def _signed(fields: Json) -> bytes:
    document = {name: value for name, value in fields.items() if name != "proof"}
    proof = {name: value for name, value in fields["proof"].items() if name != "proofValue"}
    proof["@context"] = document["@context"]
    signature = OFFICE.sign(records._to_sign(document, proof))
    proof["proofValue"] = f"z{records.base58(signature)}"
    return rfc8785.dumps({**document, "proof": proof})
