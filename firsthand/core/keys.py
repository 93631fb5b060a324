"""The office's own keys over time, as the entries of its log tell it (docs/log-format.md).

The first entry names the office's key, the log's key and a recovery key, and is signed by the
recovery key. Each later one names new keys and is signed by the key that it ends (`changed`), or by
the recovery key (`recovered`), which alone may say that a key was not the office's any more before.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firsthand.core.entry import EntryKind, day_only, decode, encode
from firsthand.core.errors import Misuse
from firsthand.core.record import (
    Issuer,
    Json,
    base58,
    did_document,
    from_multikey,
    multikey,
    unbase58,
)

_SIGNED = b"firsthand office key\n"
_CHECK = 3
"""Bytes of the checksum behind a written recovery key: 32 and 3 make 56 letters."""


class KeyAct(StrEnum):
    """What a `key` entry does to the office's keys."""

    ADDED = "added"
    CHANGED = "changed"
    RECOVERED = "recovered"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class NewKeys:
    """What a `key` entry makes valid from its place on. `key` a Multikey, `log` a verifier key."""

    name: str
    key: str
    log: str
    recovery: str = ""
    """The Multikey of the recovery key; blank in a `changed` entry, which leaves it as it is."""


def office_key_entry(
    new: NewKeys,
    *,
    act: KeyAct,
    origin: str,
    since: int,
    day: date,
    signer: Ed25519PrivateKey,
) -> bytes:
    """The entry that `signer` authorises: the recovery key for `added` and `recovered`, else the live key.

    `since`: the index from which on the keys before are not believed: the entry's own, but for
    `recovered`, where it may be an earlier one.
    """
    fields: dict[str, str | int] = {
        "name": new.name,
        "key": new.key,
        "log": new.log,
        "act": act.value,
        "from": since,
        "day": day_only(day),
    }
    if new.recovery:
        fields["recovery"] = new.recovery
    signature = signer.sign(_to_sign(origin, fields))
    return encode(EntryKind.KEY, **fields, signature="z" + base58(signature))


def _to_sign(origin: str, fields: dict[str, str | int]) -> bytes:
    return _SIGNED + origin.encode() + b"\n" + encode(EntryKind.KEY, **fields)


@dataclass(frozen=True, slots=True)
class Span:
    """A key of the office. It signs what stands between its entry `start` and the cut-off `end`.

    Entries at `end` or later are not believed; None: it is the live one. `ended_by`: the entry that
    says so.
    """

    name: str
    key: str
    start: int
    end: int | None = None
    ended_by: int | None = None

    def covers(self, index: int) -> bool:
        return self.start < index and (self.end is None or index < self.end)


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of the log: every head of more than `start` entries has its signature."""

    vkey: str
    start: int


@dataclass(frozen=True, slots=True)
class History:
    """What the `key` entries of a log amount to. `strange`: entries that nobody with a right to it signed."""

    origin: str
    spans: tuple[Span, ...] = ()
    logs: tuple[LogKey, ...] = ()
    recoveries: tuple[str, ...] = ()
    """The recovery keys, the newest last."""
    strange: tuple[int, ...] = ()

    @property
    def live(self) -> Span | None:
        return next((span for span in reversed(self.spans) if span.end is None), None)

    @property
    def recovery(self) -> str:
        return self.recoveries[-1] if self.recoveries else ""

    def is_of(self, keys: Collection[str]) -> bool:
        """Whether one of `keys` (Multikeys) was the office's or its recovery key: all follows from it."""
        valid = {span.key for span in self.spans if span.end is None or span.start < span.end}
        return any(key in valid or key in self.recoveries for key in keys)

    def covers(self, key: str, index: int) -> bool:
        """Whether what `key` signed and the log shows at `index` is the office's."""
        return any(span.key == key and span.covers(index) for span in self.spans)

    def log_key(self, size: int) -> str:
        """The verifier key that must have signed a head of `size` entries; "" where none is told."""
        return next((log.vkey for log in reversed(self.logs) if log.start < size), "")


def replay(origin: str, entries: Iterable[tuple[int, bytes]]) -> History:
    """The history told by the `key` entries of the log `origin`, given with their index, in order.

    Other entries are passed over. Entries that are signed wrongly change nothing and are `strange`.
    """
    history = History(origin)
    for index, leaf in entries:
        fields = office_key_fields(leaf)
        if not fields:
            continue
        after = _after(history, index, fields)
        history = after or replace(history, strange=(*history.strange, index))
    return history


def office_key_fields(leaf: bytes) -> dict[str, Any]:
    """The fields of a `key` entry about the office's own keys; none for any other entry."""
    if b'"kind":"key"' not in leaf:
        return {}
    try:
        fields = decode(leaf)
    except ValueError:
        return {}
    return dict(fields) if fields["kind"] == EntryKind.KEY and "name" in fields else {}


def _after(history: History, index: int, fields: dict[str, Any]) -> History | None:
    """The history with one more entry; None where it is not signed by who may."""
    live, act = history.live, fields.get("act")
    signer, since, recovery = "", fields.get("from", index), str(fields.get("recovery", ""))
    if act == KeyAct.ADDED and not history.spans:
        if not recovery:  # an office older than recovery keys
            return _with(history, index, fields)
        signer = recovery
    elif act == KeyAct.CHANGED and live and not recovery and since == index:
        signer = live.key
    elif act == KeyAct.RECOVERY and live and not history.recovery and since == index:
        signer = live.key if fields.get("key") == live.key else ""
    elif act == KeyAct.RECOVERED and live and type(since) is int and 0 < since <= index:
        signer = history.recovery if recovery else ""
    if not signer or not _holds(history.origin, fields, signer):
        return None
    if act == KeyAct.RECOVERY:
        return replace(history, recoveries=(recovery,))
    return _with(_ended(history, int(since), index), index, fields)


def _ended(history: History, since: int, by: int) -> History:
    """All keys end at `since`; those that began there or later never were the office's."""
    spans = []
    for span in history.spans:
        if span.end is None or span.end > since:
            span = replace(span, end=max(since, span.start), ended_by=by)
        spans.append(span)
    logs = tuple(log for log in history.logs if log.start < since)
    return replace(history, spans=tuple(spans), logs=logs)


def _with(history: History, index: int, fields: dict[str, Any]) -> History:
    span = Span(str(fields["name"]), str(fields.get("key", "")), index)
    log, recovery = str(fields.get("log", "")), str(fields.get("recovery", ""))
    return replace(
        history,
        spans=(*history.spans, span),
        logs=(*history.logs, LogKey(log, index)) if log else history.logs,
        recoveries=(*history.recoveries, recovery) if recovery else history.recoveries,
    )


def _holds(origin: str, fields: dict[str, Any], signer: str) -> bool:
    unsigned = {k: v for k, v in fields.items() if k not in {"v", "kind", "signature"}}
    encoded = str(fields.get("signature", ""))
    try:
        signature = unbase58(encoded[1:])
        if encoded != "z" + base58(signature):
            return False
        from_multikey(signer).verify(signature, _to_sign(origin, unsigned))
        from_multikey(str(fields.get("key")))
    except (InvalidSignature, ValueError):
        return False
    return True


def written(key: Ed25519PrivateKey) -> str:
    """A recovery key for paper: the seed and a checksum in base 32, in groups of four."""
    seed = key.private_bytes_raw()
    text = base64.b32encode(seed + _checksum(seed)).decode()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def read_written(text: str) -> Ed25519PrivateKey:
    """The inverse of `written`; blanks, hyphens and case do not matter. Raises Misuse."""
    plain = "".join(text.split()).replace("-", "").upper()
    try:
        raw = base64.b32decode(plain)
    except (binascii.Error, ValueError):
        raw = b""
    seed = raw[:32]
    if len(raw) != 32 + _CHECK or raw[32:] != _checksum(seed):
        raise Misuse(
            "That is no recovery key, or a letter of it is wrong.",
            hint="It is 56 letters and digits, in groups of four; there is no 0, 1, 8 or 9.",
        )
    return Ed25519PrivateKey.from_private_bytes(seed)


def _checksum(seed: bytes) -> bytes:
    return hashlib.sha256(b"firsthand recovery key\n" + seed).digest()[:_CHECK]


def public(key: Ed25519PrivateKey) -> str:
    """Its public half, as entries name it."""
    return multikey(key.public_key())


def with_history(issuer: Issuer, history: History) -> Json:
    """The `did:web` document of an office: the live key issues records, the recovery key may change it.

    Ended keys stay listed, with the entry that ended them (`revokedEntry`) and the cut-off (`cutOff`).
    """
    live = {span.name: from_multikey(span.key) for span in history.spans if span.end is None}
    document = did_document(issuer, live)
    methods = [
        {
            **_method(issuer, span.name, span.key),
            "logEntry": span.start,
            **({} if span.end is None else {"revokedEntry": span.ended_by, "cutOff": span.end}),
        }
        for span in history.spans
    ]
    document |= {
        "@context": [*document["@context"], issuer.context[1]],
        "verificationMethod": methods,
    }
    if history.recovery:
        name = f"recovery-{len(history.recoveries)}"
        methods.append(_method(issuer, name, history.recovery))
        document["capabilityInvocation"] = [f"{issuer.did}#{name}"]
    return document


def _method(issuer: Issuer, name: str, key: str) -> Json:
    return {
        "id": f"{issuer.did}#{name}",
        "type": "Multikey",
        "controller": issuer.did,
        "publicKeyMultibase": key,
    }
