"""Is it in the log, is that the log which everybody sees, and since when at the latest?

What the log shows today, what the letter brought and what witnesses signed are compared; none of
them is believed alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from firsthand.core.errors import FirsthandError
from firsthand.tlog.checkpoint import Checkpoint, open_checkpoint
from firsthand.tlog.errors import Refused, StampRefused
from firsthand.tlog.note import Verifier, split_note
from firsthand.tlog.tiles import CHECKPOINT, STAMPS, Reader, stamp_path
from firsthand.tlog.timestamp import Stamp, sizes_in
from firsthand.tlog.verify import OfflineProof, check_growth, check_inclusion
from firsthand.tlog.witness import Policy
from firsthand.verifier.keyfile import KeyFile
from firsthand.verifier.known import Known

ANYBODY = Policy()
"""No witness is asked for."""
MOST_STAMPS = 5
"""How many timestamps are tried, from the earliest on."""
_NO_STAMPS = "Its timestamps were not looked up: they are read beside the log, which was not read."


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an inclusion is looked for. `index`: of the entry, as the letter says."""

    index: int | None = None
    log: Reader | None = None
    proof: bytes | None = None
    policy: Policy = ANYBODY
    keys: KeyFile | None = None
    """What the log says of the office's own keys; only if the reader's keys are among them."""


@dataclass(frozen=True, slots=True)
class Logged:
    """What was found. `checkpoint`: the head that contains the entry, None when nothing proves it.

    `index`: the proved place of the entry. `proved_at`: seconds since the epoch by which the asked
    number of witnesses had seen it, or by which it was stamped: the earlier one, `proved_by` says which.
    `authority`: whose stamp that is.
    """

    checkpoint: Checkpoint | None = None
    proved_at: int | None = None
    proved_by: str = ""
    authority: str = ""
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    index: int | None = None


def find(leaf: bytes, verifier: Verifier, evidence: Evidence, known: Known) -> Logged:
    """Inclusion, from the log itself where it can be read, else by the proof that came along.

    A log that answers wrongly is not excused by a good proof.
    """
    heads: list[tuple[Checkpoint, bytes]] = []
    told: list[str] = []
    log, index = evidence.log, evidence.index
    try:
        if log is not None and index is not None:
            heads.append(_newest(log, verifier, known))
            check_inclusion(log, heads[0][0], index, leaf)
    except Refused as refused:
        return _not(f"The log does not show this byline: {refused.message}")
    except FirsthandError as problem:
        heads = []
        told.append(f"The log could not be read: {problem.message}")
    if evidence.proof:
        brought = _brought(evidence.proof, leaf, verifier)
        if isinstance(brought, Refused):
            told += [] if heads else [f"The proof does not hold: {brought.message}"]
        elif heads and log is not None:
            try:
                told += _compare(log, brought[0], heads[0][0])
            except Refused as refused:
                return _not(f"The proof is of another past of this log: {refused.message}")
            heads.append(brought)
        else:
            told.append("Checked by the proof inside, not against the log as it is today.")
            heads.append(brought)
            log, index = None, OfflineProof.parse(evidence.proof).index
    return _found(heads, evidence, log, verifier, told, index)


def _found(
    heads: list[tuple[Checkpoint, bytes]],
    evidence: Evidence,
    log: Reader | None,
    verifier: Verifier,
    told: list[str],
    index: int | None,
) -> Logged:
    """What the heads that contain the entry say besides. `log`: where it was read, if it was."""
    if not heads:
        return _not(*(told or ["It names no entry of the log, and brings no proof of one."]))
    try:
        _check_key_entries(evidence.keys, log, heads, verifier)
    except Refused as refused:
        return _not(f"The log does not show the keys of the office: {refused.message}")
    except FirsthandError as problem:
        return _not(f"The log could not be read for the keys of the office: {problem.message}")
    seen = replace(_seen(heads, evidence.policy, tuple(told)), index=index)
    if seen.checkpoint is None or not evidence.policy.authorities:
        return seen
    return stamped(seen, log, verifier, evidence.policy.authorities)


def _check_key_entries(
    keys: KeyFile | None,
    log: Reader | None,
    heads: list[tuple[Checkpoint, bytes]],
    verifier: Verifier,
) -> None:
    """Raise Refused unless the heads show the key entries, and have the log key's signature that is due."""
    if keys is None:
        return
    history = keys.history(verifier.name)
    for checkpoint, data in heads:
        vkey = history.log_key(checkpoint.size)
        if vkey:
            open_checkpoint(data, Verifier.parse(vkey))
    keys.prove(log, heads[0][0], verifier)


def _not(*problems: str) -> Logged:
    return Logged(problems=problems)


def _newest(log: Reader, verifier: Verifier, known: Known) -> tuple[Checkpoint, bytes]:
    """The log's newest checkpoint, which must have grown out of the one seen before."""
    data = log.read(CHECKPOINT) or b""
    checkpoint = open_checkpoint(data, verifier)
    before = known.checkpoints.get(checkpoint.origin)
    if before:  # its signature was checked then; the log's key may have changed since
        check_growth(log, Checkpoint.parse(split_note(before.encode())[0]), checkpoint)
    known.remember(checkpoint.origin, data)
    return checkpoint, data


def _brought(proof: bytes, leaf: bytes, verifier: Verifier) -> tuple[Checkpoint, bytes] | Refused:
    try:
        parsed = OfflineProof.parse(proof)
        return parsed.check(leaf, verifier), parsed.checkpoint
    except Refused as refused:
        return refused


def _compare(log: Reader, brought: Checkpoint, newest: Checkpoint) -> list[str]:
    """The head that came along is one more thing that this log once signed."""
    if brought.size > newest.size:
        return ["The log that was read is an older copy than the proof is from."]
    try:
        check_growth(log, brought, newest)
    except Refused:
        raise
    except FirsthandError as problem:
        return [f"The proof was not compared with the log: {problem.message}"]
    return []


def _seen(heads: list[tuple[Checkpoint, bytes]], policy: Policy, told: tuple[str, ...]) -> Logged:
    """The earliest time at which enough witnesses had seen a head that contains it."""
    times: list[int] = []
    refusals: list[str] = []
    for _, data in heads:
        try:
            time = policy.proved_at(data)
            times += [time] if time is not None else []
        except Refused as refused:
            refusals.append(refused.message)
    if policy.quorum and not times:
        return _not(*dict.fromkeys(refusals))
    proved_by = "witnesses" if times else ""
    return Logged(heads[0][0], min(times, default=None), proved_by, notices=told)


def stamped(found: Logged, log: Reader | None, verifier: Verifier, roots: bytes) -> Logged:
    """The same with the time of the first timestamp that holds, where that is earlier.

    A stamp that proves nothing is told, and no harm: the next one may. But a stamped head that the
    log's key signed and that does not fit the log is another past of it.
    """
    assert found.checkpoint and found.index is not None
    if log is None:
        return replace(found, notices=(*found.notices, _NO_STAMPS))
    told: list[str] = []
    try:
        for size in _stamped_sizes(log, found.index, found.checkpoint.size):
            try:
                stamp, head = _stamp(log, size, verifier)
                check_growth(log, head, found.checkpoint)
                at = stamp.proved_at(roots)
            except StampRefused as refused:
                told.append(f"The timestamp of {size} entries does not count: {refused.message}")
            else:
                told_too = replace(found, notices=(*found.notices, *told))
                return _earlier(told_too, at, stamp.made_by())
    except Refused as refused:
        return _not(f"A timestamp is of another past of this log: {refused.message}")
    except FirsthandError as problem:
        told.append(f"Its timestamps could not be read: {problem.message} {problem.hint}".strip())
    return replace(found, notices=(*found.notices, *(told or ["No timestamp covers it yet."])))


def _stamped_sizes(log: Reader, index: int, newest: int) -> list[int]:
    """Of the first few heads with a timestamp that contain the entry."""
    return [n for n in sizes_in(log.read(STAMPS) or b"") if index < n <= newest][:MOST_STAMPS]


def _stamp(log: Reader, size: int, verifier: Verifier) -> tuple[Stamp, Checkpoint]:
    """The stamp published for this size, with the head that it stamps, signed by the log's key."""
    stamp = Stamp.parse(log.read(stamp_path(size)) or b"")
    try:
        head = open_checkpoint(stamp.checkpoint, verifier)
    except Refused as refused:
        raise StampRefused(refused.message) from None
    if head.size != size:
        raise StampRefused("It is over a head of another size than it is published for.")
    return stamp, head


def _earlier(found: Logged, at: int, authority: str) -> Logged:
    if found.proved_at is not None and found.proved_at <= at:
        return found
    return replace(found, proved_at=at, proved_by="timestamp", authority=authority)
