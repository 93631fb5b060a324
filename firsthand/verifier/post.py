"""Is this post what the office says it always was? One of its texts, and the chain of all before it.

Nothing of the kinds that its editors decided is believed: they are computed again from the texts.
"""

from __future__ import annotations

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
from firsthand.core.envelope import Sealed
from firsthand.core.errors import FirsthandError
from firsthand.core.passkey import PublicKey
from firsthand.core.revising import Change, Written, is_lighter, proposed
from firsthand.tlog.checkpoint import open_checkpoint
from firsthand.tlog.errors import Refused
from firsthand.tlog.note import Verifier, decode_base64
from firsthand.tlog.tiles import CHECKPOINT, Reader
from firsthand.tlog.verify import checked_entries
from firsthand.tlog.witness import Policy
from firsthand.verifier.check import Verdict, check_sealed, index_in_proof
from firsthand.verifier.keyfile import KeyFile
from firsthand.verifier.known import Known
from firsthand.verifier.logged import ANYBODY

MOST = 1000
"""Revisions that are checked; an office that shows more of one post is not believed."""
_LARGEST = 2**53 - 1
_NOT_SHOWN = "The log does not show whether it has a newer revision"
_NOT_LOOKED_UP = "Whether the log has a newer revision was not looked up"


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
    proof: bytes


def read_post(raw: bytes) -> tuple[Revision, ...]:
    """The revisions in `BASE/p/SLUG.json`, newest first; () where it is none such."""
    try:
        return tuple(_revision(each) for each in _object(raw)["revisions"][: MOST + 1])
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, Refused):
        return ()


def host_in(raw: bytes) -> str:
    """Where a post that was saved as a file says that it stands."""
    try:
        return _string(_object(raw)["post"]).partition("://")[2].partition("/")[0]
    except (ValueError, TypeError, LookupError):
        return ""


def _object(raw: bytes) -> Any:
    """What the page `/verify.html` would read, too: strict UTF-8, no NaN."""
    try:
        return json.loads(raw.decode(), parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _revision(value: Mapping[str, Any]) -> Revision:
    index = value.get("index")
    return Revision(
        _whole(value["number"]),
        _string(value["title"]),
        _string(value["text"]),
        _string(value["change"]),
        _string(value["byline"]),
        None if index is None else _whole(index),
        decode_base64(_string(value["record"])),
        decode_base64(_string(value.get("proof", ""))),
    )


def _whole(value: Any) -> int:
    """Of a number that JavaScript can hold. 1.0 is 1 there."""
    if type(value) not in (int, float) or value != int(value) or not 0 <= value <= _LARGEST:
        raise ValueError("no whole number")
    return int(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    value.encode()  # half a character is none
    return value


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
    number: int | None = None,
) -> Verdict:
    """The verdict on one revision, made worse by whatever is wrong with those before it.

    `number`: which one; the newest, if not told. What came after it cannot make it untrue: it is told
    in the notices. `host`: where it was read, or what it says of that itself (`host_in`): the records
    name it. Never raises for what stands in `raw`.
    """
    shown = read_post(raw)
    if refusal := _refusal(shown, number):
        return _unknown(refusal)
    numbers = [each.number for each in shown]
    at = 0 if number is None else numbers.index(number)

    def check(each: Revision) -> Verdict:
        return check_sealed(
            _sealed(each, host),
            keys=keys,
            log=log,
            known=known,
            policy=policy if each in (shown[0], shown[at], shown[-1]) else ANYBODY,
            passkeys=passkeys,
            office=office,
            index=each.index,
        )

    verdict = _judged(shown, [check(each) for each in shown], at, log)
    return replace(verdict, about="post", revision=numbers[at], newest=numbers[0])


def _refusal(shown: Sequence[Revision], number: int | None) -> str:
    """Why nothing of what is shown is looked at; "" where it is."""
    if not shown:
        return "What stands there is no post of an office."
    if len(shown) > MOST:
        return f"It shows more than {MOST} revisions."
    if number is not None and number not in [each.number for each in shown]:
        return f"It has no revision {number}: the newest is revision {shown[0].number}."
    return ""


def _judged(
    shown: Sequence[Revision], verdicts: Sequence[Verdict], at: int, log: Reader | None
) -> Verdict:
    """The verdict on the one at `at`, of all that are shown, newest first."""
    verdict = _with_past(shown[at:], verdicts[at:])
    past = [_first(shown, verdicts[-1]), *_changes(shown[at:])] if verdict.ok else []
    if at:
        later = _since(shown[: at + 1], verdicts[:at], log)
        return replace(verdict, notices=(*later, *past, *verdict.notices))
    try:
        hidden, unsure = _beyond(shown[0], log) if verdict.ok else ([], [])
    except Refused as refused:
        return verdict.but("unlogged", f"{_NOT_SHOWN}: {refused.message}")
    if hidden:
        return verdict.but("altered", *hidden)
    return replace(verdict, notices=(*past, *verdict.notices, *unsure))


def _unknown(why: str) -> Verdict:
    return Verdict("unknown", (why,), about="post")


def _with_past(revisions: Sequence[Revision], verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on the first of them, with the faults of those before it and of their chain."""
    found = verdicts[0]
    for each, verdict in zip(revisions[1:], verdicts[1:], strict=True):
        if not verdict.ok:
            why = "; ".join(verdict.problems)
            found = _worse(found, verdict.verdict, f"Revision {each.number}: {why}")
    if found.verdict in {"forged", "unknown"}:
        return found
    broken = [*_broken(revisions), *_cut_off(revisions[-1])]
    return found.but("altered", *broken) if broken else found


def _since(
    revisions: Sequence[Revision], verdicts: Sequence[Verdict], log: Reader | None
) -> list[str]:
    """What a reader of the last of them should know of the newer ones. `verdicts`: of these alone."""
    newest, asked = revisions[0], revisions[-1]
    this = f"This is revision {asked.number}."
    faults = [
        f"Revision {each.number} does not hold: {'; '.join(verdict.problems)}"
        for each, verdict in zip(revisions, verdicts, strict=False)
        if not verdict.ok
    ]
    if faults:
        return [f"{this} A newer one is shown: revision {newest.number}.", *faults]
    told = f"{this} A newer one exists: revision {newest.number}."
    try:
        hidden, unsure = _beyond(newest, log)
    except Refused as refused:
        hidden, unsure = [], [f"{_NOT_SHOWN}: {refused.message}"]
    return [told, *(_broken(revisions) or _changes(revisions)), *hidden, *unsure]


def _beyond(newest: Revision, log: Reader | None) -> tuple[list[str], list[str]]:
    """What the log has that is newer still and not shown; and what could not be asked.

    Raises Refused where the log answers wrongly: who falsifies it there may hide a revision.
    """
    if log is None:
        return [], [f"{_NOT_LOOKED_UP}."]
    try:
        return _hidden(newest, log), []
    except Refused:
        raise
    except FirsthandError as problem:
        return [], [f"{_NOT_LOOKED_UP}: {problem.message}"]


def _worse(verdict: Verdict, than: str, why: str) -> Verdict:
    order = ("verified", "unlogged", "altered", "unknown", "forged")
    worst = max(verdict.verdict, than, key=order.index)
    return verdict.but(worst, why)


def _sealed(revision: Revision, host: str) -> Sealed:
    shown = {
        "post": "",
        "author": host,
        "title": revision.title,
        "text": revision.text,
        "byline": revision.byline,
    }
    sealed = SITE.received(json.dumps(shown).encode())
    return replace(sealed, record=revision.record or None, proof=revision.proof or None)


def _broken(revisions: Sequence[Revision]) -> list[str]:
    """Where the chain does not hold: each record names the one before it."""
    found: list[str] = []
    for revision, before in pairwise(revisions):
        subject = records.read(revision.record)["credentialSubject"]
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


def _cut_off(oldest: Revision) -> list[str]:
    """The chain goes down to the first, from which the numbers of all are counted."""
    if "replaces" in records.read(oldest.record)["credentialSubject"]:
        return [f"Revision {oldest.number} replaces an earlier one that is not shown."]
    if oldest.number == 1 and not oldest.change:
        return []
    return [
        f"Revision {oldest.number} was signed as the first one: as revision 1, and as no change."
    ]


def _hidden(newest: Revision, log: Reader) -> list[str]:
    """Whether the log has a revision of it that the office does not show. Raises what the log raises."""
    verifier = Verifier.parse(str(records.read(newest.record)["log"]))
    checkpoint = open_checkpoint(log.read(CHECKPOINT) or b"", verifier)
    index = index_in_proof(newest.proof)  # the one that was proved, as in `check_sealed`
    if index is None:
        index = newest.index
    if index is None:
        return []
    start = index + 1
    if start >= checkpoint.size:
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


def _first(shown: Sequence[Revision], first: Verdict) -> str:
    """Since when a post that holds is public."""
    proved = f", proved by {first.proved_at}" if first.proved_at else ""
    count = f"{len(shown)} revision{'s' if len(shown) > 1 else ''}"
    return f"First published on {first.logged_at} (as the office says){proved}; {count}."


def _changes(revisions: Sequence[Revision]) -> list[str]:
    """What a reader should know of what changed from one to the next, newest first."""
    told = []
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
