"""Release: what is due is looked at once more, numbered, sealed and logged, and only then may go."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from firsthand.channels.base import dialect_of
from firsthand.core.byline import Level
from firsthand.core.entry import entry_of
from firsthand.core.record import OfficeKey, seal
from firsthand.office import consent, ledger, release
from firsthand.office.models import Blackout, Event, Message, Office, Submission
from firsthand.office.outgoing import place_of
from firsthand.office.vault import office_key

BATCH = 500
_SEALED = ["envelope", "statement", "evidence", "hand_signed", "seq", "record", "entry", "state"]
logger = logging.getLogger(__name__)


def log_due(*, now: datetime, limit: int = BATCH) -> int:
    """Log what is pending and due; the number logged. What may not leave any more is stopped.

    Numbers, records, entries and states are written together or not at all. Publishing comes
    after, and again at the next call when it failed.
    """
    with transaction.atomic(durable=True):
        office = Office.objects.select_for_update().get(pk=1)
        allowed = [each for each in _due(now, limit) if _allowed(each, now)]
        logged = _log(allowed, office, now)
    ledger.publish()
    return logged


def _due(now: datetime, limit: int) -> list[Submission]:
    rows = Submission.objects.select_for_update(of=("self",)).filter(
        state="pending", due_at__lte=now
    )
    rows = rows.select_related("draft__thread", "draft__answers", "actor", "follows", "account")
    # What follows something waits until that is out, or until it is certain that it never will be.
    ended = Q(follows__state__in=["cancelled", "stopped"])
    rows = rows.filter(Q(follows=None) | Q(follows__filed_at__isnull=False) | ended)
    if Blackout.at(now):
        rows = rows.filter(draft__post=None)
    return list(rows.exclude(account__state="paused").order_by("due_at", "pk")[:limit])


def _allowed(submission: Submission, now: datetime) -> bool:
    decision = release.recheck(submission=submission, now=now)
    if not decision:
        release.stop(submission=submission, why=decision.because, now=now)
    return decision.allowed


@dataclass(frozen=True, slots=True)
class _Sealing:
    """What sealing needs, opened once for a batch."""

    office: Office
    key: OfficeKey
    now: datetime

    def record(self, submission: Submission, seq: int) -> bytes:
        return seal(
            submission.statement,
            seq=seq,
            at=self.now,
            issuer=self.office.issuer,
            key=self.key,
            evidence=submission.evidence,
        )


def _without_revoked(submission: Submission) -> None:
    """A passkey that ended meanwhile signs nothing any more: then the office alone does."""
    submission.evidence = consent.live(submission.evidence)
    submission.hand_signed = consent.by_hand(
        Level(submission.level), submission.statement, submission.evidence
    )


def _chain(submission: Submission) -> None:
    """A part of a longer text stands under the part before it, whose id is known only by now."""
    before = submission.follows
    if not submission.envelope.get("chained") or before is None:
        return
    rows = Message.objects.filter(account=before.account_id, remote_id=before.remote_id)
    filed = rows.order_by("pk").values_list("message_id", "folder").first() or ("", "")
    submission.envelope |= {
        "parent": [before.remote_id, *filed],
        "in_reply_to": filed[0],
    }
    submission.statement["credentialSubject"]["placeDigest"] = place_of(
        submission.account,
        salt=bytes(submission.salt),
        to=dialect_of(submission.channel).named(submission.text, ()),
        in_reply_to=filed[0],
        subject=submission.subject,
    )


def _log(submissions: list[Submission], office: Office, now: datetime) -> int:
    sealing = _Sealing(office, office_key(office), now)
    leaves: list[bytes] = []
    sealed: list[Submission] = []
    for submission in submissions:
        seq = office.next_seq + len(sealed)
        _without_revoked(submission)
        _chain(submission)
        try:
            record = sealing.record(submission, seq)
        except (LookupError, TypeError, ValueError):
            # One statement that cannot be written down must not hold up all others.
            logger.exception("submission %s cannot be sealed", submission.pk)
            why = "Its byline cannot be sealed: this is an error in the program."
            release.stop(submission=submission, why=why, now=now)
            continue
        submission.seq, submission.record = seq, record
        submission.step("log")
        sealed.append(submission)
        leaves.append(entry_of(record, json.loads(record)))
    for submission, entry in zip(sealed, ledger.append(leaves=leaves, now=now), strict=True):
        submission.entry = entry
        submission.save(update_fields=_SEALED)
        Event.record("submission.logged", actor=None, about=submission, now=now)
    Office.objects.filter(pk=1).update(next_seq=office.next_seq + len(sealed))
    return len(sealed)
