"""Is this post what the office says it always was? The newest text, and the chain of all before it.

Nothing of the kinds that its editors decided is believed: they are computed again from the texts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firsthand.channels.site import SITE
from firsthand.core import record as records
from firsthand.core.entry import decode
from firsthand.core.errors import FirsthandError
from firsthand.core.passkey import PublicKey
from firsthand.core.revising import Change, Written, is_lighter, proposed
from firsthand.tlog.checkpoint import open_checkpoint
from firsthand.tlog.note import Verifier
from firsthand.tlog.tiles import CHECKPOINT, Reader
from firsthand.tlog.verify import checked_entries
from firsthand.tlog.witness import Policy
from firsthand.verifier.check import Verdict, check_sealed
from firsthand.verifier.keyfile import KeyFile
from firsthand.verifier.known import Known
from firsthand.verifier.logged import ANYBODY

MOST = 1000
"""Revisions that are checked; an office that shows more of one post is not believed."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision as the office shows it. All of it claims."""

    number: int
    title: str
    text: str
    change: str
    byline: str
    index: int | None
    record: bytes


def read_post(raw: bytes) -> tuple[Revision, ...]:
    """The revisions in `BASE/p/SLUG.json`, newest first; () where it is none such."""
    try:
        value = json.loads(raw)
        return tuple(_revision(each) for each in value["revisions"][: MOST + 1])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, binascii.Error):
        return ()


def _revision(value: Mapping[str, Any]) -> Revision:
    index = value["index"]
    return Revision(
        int(value["number"]),
        str(value["title"]),
        str(value["text"]),
        str(value["change"]),
        str(value["byline"]),
        index if type(index) is int and index >= 0 else None,
        base64.b64decode(str(value["record"]), validate=True),
    )


def check_post(
    raw: bytes,
    *,
    host: str,
    keys: Sequence[Ed25519PublicKey],
    log: Reader | None,
    known: Known | None = None,
    policy: Policy = ANYBODY,
    passkeys: Mapping[str, PublicKey] | None = None,
    office: KeyFile | None = None,
    proofs: Mapping[str, bytes] | None = None,
) -> Verdict:
    """The verdict on the newest revision, made worse by whatever is wrong with those before it.

    `host`: where it was read; `proofs`: the offline proofs of bylines, by their addresses. Never
    raises for what stands in `raw`.
    """
    revisions = read_post(raw)
    if not revisions:
        return Verdict("unknown", ("What stands there is no post of an office.",))
    if len(revisions) > MOST:
        return Verdict("unknown", (f"It shows more than {MOST} revisions.",))
    verdicts = [
        check_sealed(
            _sealed(each, host, (proofs or {}).get(each.byline.partition("#")[0])),
            keys=keys,
            log=log,
            known=known,
            policy=policy if each in (revisions[0], revisions[-1]) else ANYBODY,
            passkeys=passkeys,
            office=office,
            index=each.index,
        )
        for each in revisions
    ]
    newest = verdicts[0]
    for each, verdict in zip(revisions[1:], verdicts[1:], strict=True):
        if not verdict.ok:
            why = "; ".join(verdict.problems)
            newest = _worse(newest, verdict.verdict, f"Revision {each.number}: {why}")
    if newest.verdict in {"forged", "unknown"}:
        return newest
    broken = _broken(revisions)
    if broken:
        return newest.but("altered", *broken)
    try:
        hidden = _hidden(revisions[0], log) if log is not None and newest.ok else []
    except FirsthandError as problem:
        hidden = []
        why = f"Whether the log has a newer revision was not looked up: {problem.message}"
        newest = replace(newest, notices=(*newest.notices, why))
    if hidden:
        return newest.but("altered", *hidden)
    return replace(newest, notices=(*_history(revisions, verdicts[-1]), *newest.notices))


def _worse(verdict: Verdict, than: str, why: str) -> Verdict:
    order = ("verified", "unlogged", "altered", "unknown", "forged")
    worst = max(verdict.verdict, than, key=order.index)
    return verdict.but(worst, why)


def _sealed(revision: Revision, host: str, proof: bytes | None) -> Any:
    shown = {
        "post": "",
        "author": host,
        "title": revision.title,
        "text": revision.text,
        "byline": revision.byline,
    }
    sealed = SITE.received(json.dumps(shown).encode())
    return replace(sealed, record=revision.record or None, proof=proof)


def _broken(revisions: Sequence[Revision]) -> list[str]:
    """Where the chain does not hold: each record names the one before it, down to the first."""
    found: list[str] = []
    for at, revision in enumerate(revisions):
        subject = records.read(revision.record)["credentialSubject"]
        if at + 1 == len(revisions):
            if "replaces" in subject:
                found.append(
                    f"Revision {revision.number} replaces an earlier one that is not shown."
                )
            continue
        before = revisions[at + 1]
        expected = {
            "replaces": before.byline.partition("#")[0],
            "replacesRecord": hashlib.sha256(before.record).hexdigest(),
            "revision": revision.number,
            "change": revision.change,
        }
        if any(subject.get(name) != value for name, value in expected.items()):
            found.append(
                f"Revision {revision.number} was not signed as the one after revision "
                f"{before.number}."
            )
        if revision.number != before.number + 1:
            found.append(f"Between revisions {before.number} and {revision.number} one is missing.")
    return found


def _hidden(newest: Revision, log: Reader) -> list[str]:
    """Whether the log has a revision of it that the office does not show. Raises what the log raises."""
    verifier = Verifier.parse(str(records.read(newest.record)["log"]))
    checkpoint = open_checkpoint(log.read(CHECKPOINT) or b"", verifier)
    start = (newest.index or 0) + 1
    if newest.index is None or start >= checkpoint.size:
        return []
    mine = hashlib.sha256(newest.record).hexdigest()
    later: dict[int, None] = {}
    for at, leaf in enumerate(checked_entries(log, checkpoint, start, checkpoint.size), start):
        fields = _fields(leaf)
        if fields.get("kind") == "revision" and fields.get("replaces") == mine:
            later[at] = None
        elif fields.get("kind") == "correction":
            later.pop(int(fields["of"]), None)  # it was stopped, and never public
    return [f"The log has a newer revision (entry {at}), which is not shown." for at in later]


def _fields(leaf: bytes) -> Mapping[str, str | int]:
    try:
        return decode(leaf)
    except ValueError:
        return {}


def _history(revisions: Sequence[Revision], first: Verdict) -> list[str]:
    """What a reader should know of the past of a post that holds."""
    proved = f", proved by {first.proved_at}" if first.proved_at else ""
    told = [
        f"First published on {first.logged_at} (as the office says){proved}; "
        f"{len(revisions)} revision{'s' if len(revisions) > 1 else ''}."
    ]
    for new, old in pairwise(revisions):
        decided = Change(new.change)
        shown = proposed(Written(old.title, old.text), Written(new.title, new.text))
        if shown and is_lighter(decided, shown):
            told.append(
                f"Revision {new.number} is told as {decided.value}; the texts show {shown.value}: "
                f"{shown.words}."
            )
        elif decided.weight > Change.SUBSTANCE.weight:
            told.append(f"Revision {new.number} is a {decided.value}.")
    return told
