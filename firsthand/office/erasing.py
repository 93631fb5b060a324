"""Erasing what left: record, text, salt, addresses, files and copies go; the log keeps a hash.

The hash in the log was made of the record, which nobody here has any more and nobody can guess.
Whoever got the message still has it, with all that is needed to check it. See docs/decisions/0015.
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

from django.db import connection, transaction

from firsthand.channels.base import dialect_of
from firsthand.core.errors import NotAllowed
from firsthand.office import search
from firsthand.office.models import (
    Account,
    Actor,
    Approval,
    Body,
    Draft,
    DraftFile,
    Event,
    Message,
    PostRevision,
    Rejection,
    Revision,
    Submission,
    Thread,
)

__all__ = ["erase"]

TOMBSTONE = "This message was erased."
_OVER = ("sent", "cancelled", "stopped")
_NOBODY = ["", ""]
_EMPTY = {"author": _NOBODY, "sender": _NOBODY, "to": [], "cc": [], "bcc": [],
          "in_reply_to": "", "references": []}  # fmt: skip


@transaction.atomic
def erase(*, submission: Submission, actor: Actor, now: datetime) -> None:
    """Erase a message that left, with every revision of it; it cannot be undone.

    Raises NotAllowed while it is on its way, or where its draft still is one. What others have,
    quoted or filed elsewhere is not reached.
    """
    actor.must_be_principal("erase a message")
    _sqlite("PRAGMA secure_delete=ON")  # overwritten in the file, not only forgotten
    row = Submission.objects.select_for_update().get(pk=submission.pk)
    draft = Draft.objects.select_for_update().get(pk=row.draft_id)
    if row.erased_on:
        raise NotAllowed(f"That was erased on {row.erased_on:%d %B %Y} already.")
    if row.state not in _OVER or draft.state != "sent":
        raise NotAllowed(
            "Only what has left can be erased; a draft is thrown away, what waits is called back."
        )
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    attempts = list(draft.submissions.select_for_update())
    accounts = list(Account.objects.values_list("pk", flat=True))  # the index begins with them
    ids = [each.message_id for each in attempts]
    for message in Message.objects.filter(account__in=accounts, message_id__in=ids):
        _message(message)
    # The index writes itself anew, without the words of what was taken out.
    _sqlite("INSERT INTO office_search(office_search) VALUES('optimize')")
    _draft(draft)
    for each in attempts:
        _submission(each, day)
    Event.record("submission.erased", actor=actor, about=row, now=day)


def _sqlite(statement: str) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _submission(row: Submission, day: datetime) -> None:
    _forget_events("submission", row.pk)
    row.deliveries.all().delete()
    row.record, row.salt, row.returned, row.evidence = b"", b"", b"", []
    row.text = row.subject = row.sentence = row.answer = row.problem = ""
    row.remote_id = row.url = ""
    row.statement, row.envelope = {"id": row.statement.get("id", "")}, _EMPTY
    row.message_id = f"erased-{row.pk}"
    row.made_at, row.due_at = _day(row.made_at), _day(row.due_at)
    row.sent_at = _day(row.sent_at) if row.sent_at else None
    row.copied_at = row.retry_at = row.lease_until = None
    row.erased_on = day.date()
    row.save()


def _draft(draft: Draft) -> None:
    _forget_events("draft", draft.pk)
    Revision.objects.filter(draft=draft).update(text="", envelope={}, pasted=0)
    Approval.objects.filter(draft=draft).update(number="", salt=b"", evidence=[])
    Rejection.objects.filter(draft=draft).update(reason="")
    DraftFile.objects.filter(draft=draft).delete()
    PostRevision.objects.filter(draft=draft).update(title="", text="", note="")
    draft.note = ""
    draft.subject, draft.to, draft.cc, draft.bcc = "", [], [], []
    draft.save()
    thread = draft.thread
    if thread and not thread.messages.filter(direction="in").exists():
        Thread.objects.filter(pk=thread.pk).update(subject="", subject_key="")


def _message(message: Message) -> None:
    """Our copy becomes a stone in its place, so that neither the thread nor a rebuild loses it."""
    body = Body.objects.filter(message=message).first()
    if body and message.thread_id:
        search.forget([(message, body.text)])
    raw = _stone(message)
    Body.objects.filter(message=message).update(
        raw=zlib.compress(raw), size=len(raw), text=TOMBSTONE, has_html=False
    )
    message.message_id = f"erased-{message.pk}"
    message.subject = message.list_id = message.set_aside = ""
    message.preview = TOMBSTONE
    message.to, message.cc, message.reply_to, message.references = [], [], [], []
    message.attachments, message.problems = [], []
    message.date, message.words, message.questions = None, 0, 0
    message.save()
    if message.thread_id:
        search.index([(message, TOMBSTONE)])


def _stone(message: Message) -> bytes:
    """What a rebuild reads in its place: whose it was, where in the thread, nothing more."""
    return dialect_of(message.channel).stone(
        message_id=f"erased-{message.pk}",
        author=message.from_address,
        in_reply_to=message.in_reply_to,
        text=TOMBSTONE,
    )


def _forget_events(about: str, pk: int) -> None:
    """That it was done, when and by whom stays; what was said of it goes (addresses, reasons)."""
    Event.objects.filter(about=about, about_id=pk).update(data={})


def _day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
