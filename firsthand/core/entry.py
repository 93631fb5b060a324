"""The entries of the log: what is said in the clear, and the commitments (docs/log-format.md).

No content, no name, no address ever enters an entry (invariant 8): only a SHA-256 of the record,
which is unguessable because the record holds salted digests.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from firsthand.core.byline import Ai, Level
from firsthand.core.promises import Strength
from firsthand.core.reaction import Reaction
from firsthand.core.revising import Change

_SHA256 = re.compile(r"[0-9a-f]{64}")


class EntryKind(StrEnum):
    """What an entry tells. The list only grows; old kinds stay readable for ever."""

    BYLINE = "byline"
    REVISION = "revision"
    REACTION = "reaction"
    RECEIPT = "receipt"
    RECEIVED = "received"
    PROMISE = "promise"
    GRANT = "grant"
    REVOKE = "revoke"
    KEY = "key"
    REPORT = "report"
    CORRECTION = "correction"


def day_only(day: date) -> str:
    """As an entry tells it: the day and never the hour, even of a moment (which Python takes for a date)."""
    return f"{day:%Y-%m-%d}"


def record_hash(record: bytes) -> str:
    """The commitment to a sealed record: SHA-256 of its canonical bytes, in hex."""
    return hashlib.sha256(record).hexdigest()


def byline_entry(*, level: Level, ai: Ai, channel: str, day: date, record: bytes) -> bytes:
    """The entry of one outgoing message. All but `record` is in the clear, for the public report."""
    return encode(
        EntryKind.BYLINE,
        level=level.value,
        ai=ai.value,
        channel=channel,
        day=day_only(day),
        record=record_hash(record),
    )


def revision_entry(
    *,
    level: Level,
    ai: Ai,
    channel: str,
    change: Change,
    day: date,
    record: bytes,
    replaces: str,
) -> bytes:
    """The entry of a public text that takes the place of an earlier one.

    `replaces`: the `record_hash` of the record that the earlier one has, so that the chain can be
    walked in the log alone.
    """
    return encode(
        EntryKind.REVISION,
        level=level.value,
        ai=ai.value,
        channel=channel,
        change=change.value,
        day=day_only(day),
        record=record_hash(record),
        replaces=replaces,
    )


def reaction_entry(
    *, level: Level, ai: Ai, channel: str, act: Reaction, day: date, record: bytes
) -> bytes:
    """The entry of a like, a boost or a follow in the principal's name. Of what or whom is not told."""
    return encode(
        EntryKind.REACTION,
        level=level.value,
        ai=ai.value,
        channel=channel,
        act=act.value,
        day=day_only(day),
        record=record_hash(record),
    )


def entry_of(record: bytes, fields: Mapping[str, Any]) -> bytes:
    """The entry of a record, all of which follows from the record's own `fields`.

    Raises LookupError, TypeError or ValueError where they are not those of any record.
    """
    subject = fields["credentialSubject"]
    level, ai, channel = Level(subject["level"]), Ai(subject["ai"]), str(subject["channel"])
    day = date.fromisoformat(str(fields["validFrom"])[:10])
    if "act" in subject:
        act = Reaction(subject["act"])
        return reaction_entry(level=level, ai=ai, channel=channel, act=act, day=day, record=record)
    if "replaces" not in subject:
        return byline_entry(level=level, ai=ai, channel=channel, day=day, record=record)
    return revision_entry(
        level=level,
        ai=ai,
        channel=channel,
        change=Change(subject["change"]),
        day=day,
        record=record,
        replaces=_hash(subject["replacesRecord"]),
    )


def _hash(text: Any) -> str:
    if not isinstance(text, str) or not _SHA256.fullmatch(text):
        raise ValueError("not a SHA-256 in hex")
    return text


def correction_entry(*, of: int, why: str, day: date) -> bytes:
    """The log is corrected, never edited: entry `of` is not what it seemed. `why` is a fixed word."""
    return encode(EntryKind.CORRECTION, of=of, why=why, day=day_only(day))


def promise_entry(
    *, number: int, act: str, floor: Level, channel: str, strength: Strength, day: date
) -> bytes:
    """A promise is `made` or `ended` (`act`). Public by nature, so all of it is in the clear."""
    return encode(
        EntryKind.PROMISE,
        promise=number,
        act=act,
        floor=floor.value,
        channel=channel,
        strength=strength.value,
        day=day_only(day),
    )


def grant_entry(*, commitment: str, day: date) -> bytes:
    """A hand got a right. `commitment` is salted: whose and which only the office can show."""
    return encode(EntryKind.GRANT, grant=commitment, day=day_only(day))


def revoke_entry(*, commitment: str, day: date) -> bytes:
    """The grant with that commitment ended before its time."""
    return encode(EntryKind.REVOKE, grant=commitment, day=day_only(day))


def key_entry(*, name: str, key: str, act: str, day: date) -> bytes:
    """A signing key of the office (Multikey) is `added` or `ended` (`act`)."""
    return encode(EntryKind.KEY, name=name, key=key, act=act, day=day_only(day))


def passkey_entry(*, which: str, role: str, act: str, day: date) -> bytes:
    """A passkey is `added` or `ended` (`act`). `which`: the fingerprint of its key; whose is not told.

    `role`: whether it is the principal's or a hand's (core.passkey.KeyRole).
    """
    return encode(EntryKind.KEY, which=which, role=role, act=act, day=day_only(day))


def received_entry(*, channel: str, count: int, commitment: str, day: date) -> bytes:
    """`count` messages by people came in on `day`. `commitment`: salted, to which ones they were.

    A later entry for the same day and channel replaces it: some arrive late.
    """
    return encode(
        EntryKind.RECEIVED,
        channel=channel,
        count=count,
        received=commitment,
        day=day_only(day),
    )


def report_entry(*, first: date, last: date, report: str, day: date) -> bytes:
    """What the office says that all entries before this one amount to, from `first` to `last`."""
    return encode(
        EntryKind.REPORT,
        first=day_only(first),
        last=day_only(last),
        report=report,
        day=day_only(day),
    )


def encode(kind: EntryKind, **fields: str | int) -> bytes:
    """Canonical JSON (RFC 8785; our keys and values are ASCII strings and small integers)."""
    value = {"v": 1, "kind": kind.value, **fields}
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def decode(leaf: bytes) -> dict[str, str | int]:
    """The fields of an entry. Raises ValueError for anything but a canonical entry."""
    try:
        value = json.loads(leaf)
    except RecursionError:
        raise ValueError("not an entry of this log") from None
    if not isinstance(value, dict) or value.get("v") != 1 or "kind" not in value:
        raise ValueError("not an entry of this log")
    if any(type(field) not in (str, int) for field in value.values()):
        raise ValueError("an entry holds strings and whole numbers only")
    fields = {k: v for k, v in value.items() if k not in {"v", "kind"}}
    if encode(EntryKind(value["kind"]), **fields) != leaf:
        raise ValueError("the entry is not in canonical form")
    return value
