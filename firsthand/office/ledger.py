"""The log as rows, and the way from the rows to the public folder (docs/log-format.md).

`append` orders entries inside the transaction of the act they tell of; `publish` shows what is
committed. The rows are the truth: the folder can be made again from them, never the reverse.
"""

from __future__ import annotations

import fcntl
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from firsthand.core.entry import decode
from firsthand.core.errors import Conflict
from firsthand.core.keys import History, office_key_fields, replay
from firsthand.office.models import Cosigned, FormerLogKey, LogEntry, LogHead, Office, Stamped
from firsthand.office.vault import log_keys
from firsthand.tlog import writer
from firsthand.tlog.checkpoint import Checkpoint
from firsthand.tlog.merkle import Frontier
from firsthand.tlog.note import Signature, Signer, Verifier, split_note
from firsthand.tlog.store import LocalStore
from firsthand.tlog.tiles import CHECKPOINT, STAMPS, stamp_path
from firsthand.tlog.timestamp import Stamp, listed, sizes_in
from firsthand.tlog.verify import OfflineProof, inclusion_proof, prove_offline
from firsthand.tlog.witness import cosigned
from firsthand.verifier.keyfile import KeyFile


@transaction.atomic(savepoint=False)
def append(*, leaves: Sequence[bytes], now: datetime) -> list[LogEntry]:
    """Give `leaves` the next places in the log and sign the new head, all in the caller's transaction.

    Raises Conflict when another process was faster (the caller's transaction is then void), and
    ValueError for a leaf that is no canonical entry. Call `publish` after the commit.
    """
    if not leaves:
        return []
    head = LogHead.objects.select_for_update().get(pk=1)
    before = Frontier.from_bytes(bytes(head.frontier)) if head.size else Frontier()
    entries = [
        LogEntry(index=index, leaf=leaf, kind=str(decode(leaf)["kind"]), at=now)
        for index, leaf in enumerate(leaves, before.size)
    ]
    _advance(head, writer.sequence(before, leaves))
    return LogEntry.objects.bulk_create(entries)


def _advance(head: LogHead, after: Frontier) -> None:
    """Swap the head, but only against the size that `after` was computed from."""
    office = Office.objects.get(pk=1)
    signers = [Signer(office.log_origin, key.private_bytes_raw()) for key in log_keys(office)]
    swapped = LogHead.objects.filter(pk=1, size=head.size).update(
        size=after.size,
        frontier=after.to_bytes(),
        checkpoint=writer.sign_checkpoint(office.log_origin, after, *signers),
    )
    if not swapped:
        raise Conflict(
            "Somebody else wrote to the log at the same moment, so nothing was changed.",
            hint="Do it again.",
        )


def publish() -> int:
    """Show every committed entry in the log's folder; the number of entries it shows.

    Any number of processes may do so at once and be killed anywhere: the rows decide every byte.
    Never inside a transaction (RuntimeError): what is published cannot be rolled back.
    """
    with transaction.atomic(durable=True):
        head = LogHead.objects.get(pk=1)
    if not head.size or _shown() == bytes(head.checkpoint):
        return head.size
    with _alone():
        # Read again: whoever held the lock may have shown more than our head.
        head = LogHead.objects.get(pk=1)
        writer.publish(store(), entries=_leaves, size=head.size, checkpoint=bytes(head.checkpoint))
    return head.size


@transaction.atomic
def cosign(*, checkpoint: bytes, signatures: Collection[Signature]) -> None:
    """Keep what witnesses signed under a head of ours. Call `publish` after the commit.

    The newest head is shown with its cosignatures from then on; an older one proves when its
    entries were there (see `proof`). Signatures are the caller's to check.
    """
    head = LogHead.objects.select_for_update().get(pk=1)
    text, size = _text(checkpoint), Checkpoint.parse(_text(checkpoint)).size
    kept = Cosigned.objects.select_for_update().filter(pk=size).first()
    if kept and _text(bytes(kept.checkpoint)) == text:
        checkpoint = bytes(kept.checkpoint)
    if head.size == size and _text(bytes(head.checkpoint)) == text:
        checkpoint = cosigned(bytes(head.checkpoint), signatures)
        LogHead.objects.filter(pk=1, size=size).update(checkpoint=checkpoint)
    else:
        checkpoint = cosigned(checkpoint, signatures)
    origin = Checkpoint.parse(text).origin  # the log's own keys, of which there may be several
    count = sum(signature.name != origin for signature in split_note(checkpoint)[1])
    Cosigned.objects.update_or_create(
        pk=size, defaults={"checkpoint": checkpoint, "witnesses": count}
    )


def show_stamps() -> None:
    """Show the timestamps beside the log; what they are listed in, last. Changes nothing if all are."""
    if _stamps_to_show() is None:
        return
    with _alone():
        for row in _stamps_to_show() or ():
            store().write(stamp_path(row.size), _stamp_file(row))
        store().write(STAMPS, listed(_shown_stamps()))


def changed_stamps() -> list[str]:
    """The paths of shown timestamps that are not as they came."""
    rows = Stamped.objects.order_by("pk").iterator()
    return [
        stamp_path(row.size)
        for row in rows
        if store().read(stamp_path(row.size)) not in {None, _stamp_file(row)}
    ]


def _stamps_to_show() -> list[Stamped] | None:
    """Those whose file is not there; None where nothing is to be done."""
    shown = _shown_stamps()
    sizes = set(Stamped.objects.values_list("pk", flat=True)) - set(shown)
    if not sizes and (store().read(STAMPS) or b"") == listed(shown):
        return None
    return list(Stamped.objects.filter(pk__in=sizes).order_by("pk"))


def _shown_stamps() -> list[int]:
    """From the files and not from the rows: what was shown stays listed when an older database comes back."""
    return sizes_in("\n".join(path.name for path in store().root.glob("timestamp/*")).encode())


def _stamp_file(row: Stamped) -> bytes:
    return Stamp(bytes(row.answer), bytes(row.checkpoint)).encode()


def published() -> int:
    """How many entries the log's folder shows to the world."""
    note = _shown()
    return Checkpoint.parse(split_note(note)[0]).size if note else 0


def store() -> LocalStore:
    """The log's public folder."""
    return LocalStore(Path(settings.LOG_FOLDER))


def verifier() -> Verifier:
    """The public key of the log, as strangers are given it."""
    return Verifier.parse(Office.objects.get(pk=1).log_vkey)


def shown() -> bytes | None:
    """The newest head that the world sees, with its cosignatures."""
    return _shown()


def proof(index: int) -> OfflineProof:
    """The offline proof of a published entry.

    Against the first head that the most witnesses saw, because that dates the entry best; where
    none did, against the newest published one.
    """
    seen = Cosigned.objects.filter(size__gt=index).order_by("-witnesses", "size").first()
    if seen is None:
        return prove_offline(store(), _shown_by(), index)
    hashes = inclusion_proof(store(), seen.size, index)
    return OfflineProof(index, hashes, bytes(seen.checkpoint))


def key_entries() -> list[tuple[int, bytes]]:
    """The entries about the office's own keys, with their places."""
    rows = LogEntry.objects.filter(kind="key").order_by("index").values_list("index", "leaf")
    return [(index, bytes(leaf)) for index, leaf in rows if office_key_fields(bytes(leaf))]


def key_history() -> History:
    """Which key spoke for the office from where to where, as strangers read it from the log."""
    return replay(Office.objects.get(pk=1).log_origin, key_entries())


def key_file() -> bytes:
    """The same for strangers who have not the log: each entry with its proof."""
    shown, signed_by = published(), _shown_by()
    proofs = [
        prove_offline(store(), signed_by, index, extra=leaf)
        for index, leaf in key_entries()
        if index < shown
    ]
    return KeyFile.of_proofs(proofs).encode()


def _shown_by() -> Verifier:
    """The log's oldest key, which signs all heads; the newest one signs none before its change is shown."""
    oldest = FormerLogKey.objects.order_by("pk").first()
    return Verifier.parse(oldest.vkey) if oldest else verifier()


def _text(note: bytes) -> str:
    return split_note(note)[0]


def _shown() -> bytes | None:
    return store().read(CHECKPOINT)


def _leaves(start: int, end: int) -> list[bytes]:
    rows = LogEntry.objects.filter(index__gte=start, index__lt=end).order_by("index")
    return [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]


@contextmanager
def _alone() -> Iterator[None]:
    """One publisher at a time on this machine. The lock ends with its process, however it ends."""
    folder = Path(settings.LOG_FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
