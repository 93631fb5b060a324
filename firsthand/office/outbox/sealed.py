"""A logged submission as the frozen value that crosses to a channel, and the way to that channel."""

from __future__ import annotations

from collections.abc import Sequence

from firsthand.core.byline import Level
from firsthand.core.envelope import Address, Attachment, Outbound, Parent
from firsthand.core.header import Header
from firsthand.core.reaction import Reaction
from firsthand.office import ledger
from firsthand.office.models import LogEntry, Office, Submission


def outbound(submission: Submission) -> Outbound:
    """The same value for every attempt, but for a proof against the newest published checkpoint.

    The entry must be published; raises tlog's Refused where it cannot be proved.
    """
    entry = _entry(submission)
    envelope = submission.envelope
    parent = envelope.get("parent")
    issuer = Office.objects.get(pk=1).issuer
    return Outbound(
        message_id=submission.message_id,
        author=_address(envelope["author"]),
        sender=_address(envelope["sender"]),
        to=_addresses(envelope["to"]),
        cc=_addresses(envelope["cc"]),
        bcc=_addresses(envelope["bcc"]),
        subject=submission.subject,
        text=submission.text,
        date=entry.at,
        in_reply_to=envelope["in_reply_to"],
        references=tuple(envelope["references"]),
        attachments=_attachments(submission),
        byline=str(header(submission)),
        record=bytes(submission.record),
        proof=ledger.proof(entry.index).encode(),
        automated=submission.level == Level.AUTOMATED,
        reaction=Reaction(submission.draft.reaction) if submission.draft.reaction else None,
        initials=envelope.get("initials", ""),
        link=issuer.link(submission.number, bytes(submission.salt)),
        parent=Parent(*parent) if parent else None,
        replaces=submission.replaces.remote_id if submission.replaces else "",
    )


def header(submission: Submission) -> Header:
    """The Byline field: where anybody checks this submission."""
    return Header(
        base=Office.objects.get(pk=1).base,
        number=submission.number,
        index=_entry(submission).index,
        level=Level(submission.level),
        salt=bytes(submission.salt),
    )


def _entry(submission: Submission) -> LogEntry:
    if submission.entry is None:
        raise ValueError(f"submission {submission.pk} is not logged")
    return submission.entry


def _attachments(submission: Submission) -> tuple[Attachment, ...]:
    files = submission.draft.files.order_by("pk")
    return tuple(Attachment(f.name, f.media_type, bytes(f.content)) for f in files)


def _addresses(pairs: Sequence[Sequence[str]]) -> tuple[Address, ...]:
    return tuple(_address(pair) for pair in pairs)


def _address(pair: Sequence[str]) -> Address:
    address, name = pair
    return Address(address, name)
