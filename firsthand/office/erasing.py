"""Erasing what left: record, text, salt, addresses, files and copies go; the log keeps a hash.

The hash in the log was made of the record, which nobody here has any more and nobody can guess.
Whoever got the message still has it, with all that is needed to check it. See docs/decisions/0015.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet

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
    Post,
    PostRevision,
    Rejection,
    Revision,
    Submission,
    Telling,
    Thread,
)

__all__ = ["Taken", "erase"]

TOMBSTONE = "This message was erased."
_OVER = ("sent", "cancelled", "stopped")
_NOBODY = ["", ""]
_EMPTY = {"author": _NOBODY, "sender": _NOBODY, "to": [], "cc": [], "bcc": [],
          "in_reply_to": "", "references": []}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taken:
    """What was erased. `places`: where it left; `versions`: of its text; `copies`: of ours, in threads.

    Of a post also `drafts` of it that were put away, and `repeats`: versions within later drafts that
    began with its text.
    """

    places: int
    versions: int
    files: int
    copies: int
    drafts: int
    repeats: int

    @property
    def sentence(self) -> str:
        """In words, for whoever erased it."""
        counted = [
            (self.places, "its record", "its records on {} accounts"),
            (self.versions, "its text", "{} versions of its text"),
            (self.files, "a file", "{} files"),
            (self.copies, "our copy in a thread", "our {} copies in threads"),
            (self.drafts, "a draft of it that was put away", "{} drafts of it that were put away"),
            (
                self.repeats,
                "its text within a later draft",
                "its text at {} places in later drafts",
            ),
        ]
        told = [one if count == 1 else many.format(count) for count, one, many in counted if count]
        return f"Erased: {', '.join(told)}."


@transaction.atomic
def erase(*, submission: Submission, actor: Actor, now: datetime) -> Taken:
    """Erase a message that left, with every revision of it; it cannot be undone.

    Of a post: this public revision of it, all drafts of it that were put away, and what later drafts
    began with. Other public revisions are messages of their own.

    Raises NotAllowed while it is on its way, where its draft still is one, or where somebody has
    begun the next revision from it. What others have, quoted or filed elsewhere is not reached.
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
    _must_not_go_on(draft)
    day = _day(now)
    attempts = list(draft.submissions.select_for_update())
    repeats = _repeats(draft)
    away = list(_put_away(draft).select_for_update())
    taken = Taken(
        places=len(attempts),
        versions=draft.revisions.count(),
        files=sum(each.files.count() for each in (draft, *away)),
        copies=_copies(draft, attempts),
        drafts=len(away),
        repeats=Revision.objects.filter(pk__in=repeats).update(text="", envelope={}, pasted=0),
    )
    for one in (draft, *away):
        _draft(one)
    for each in attempts:
        _submission(each, day)
    if draft.post_id:
        _post(draft.post_id)
    Event.record("submission.erased", actor=actor, about=row, now=day)
    return taken


def _must_not_go_on(draft: Draft) -> None:
    """What begins with its text would bring it back."""
    public = PostRevision.objects.filter(draft=draft).first()
    if public is None:
        return
    going = Draft.objects.filter(post=public.post_id, base=public.number)
    begun = going.exclude(state__in=("sent", "discarded")).select_related("made_by").first()
    if begun:
        raise NotAllowed(
            f"{begun.made_by.name} has begun the next revision with its text (draft {begun.pk}).",
            hint="Throw that draft away first, or publish it.",
        )


def _put_away(draft: Draft) -> QuerySet[Draft]:
    """The other drafts of its post that ended without becoming public; erased ones are over."""
    others = Draft.objects.filter(post=draft.post_id, state="discarded")
    return others if draft.post_id else others.none()


def _repeats(draft: Draft) -> list[int]:
    """Versions within other drafts of the post that say the same to the letter, as each begins with
    what is public. What is public or being written there now is not among them.
    """
    if draft.post_id is None:
        return []
    said = set(draft.revisions.exclude(text="").values_list("text", flat=True))
    others = Revision.objects.filter(draft__post=draft.post_id, text__in=said)
    rows = others.exclude(draft=draft).exclude(draft__state="discarded").select_related("draft")
    return [row.pk for row in rows if row.number != row.draft.revision]


def _copies(draft: Draft, attempts: Sequence[Submission]) -> int:
    """Ours become stones, whether known by the id that we gave or by the one that a server did."""
    accounts = list(Account.objects.values_list("pk", flat=True))  # the index begins with them
    known = Q(account__in=accounts, message_id__in=[each.message_id for each in attempts])
    for each in attempts:
        if each.remote_id:
            known |= Q(account=each.account_id, direction="out", remote_id=each.remote_id)
    found = list(Message.objects.filter(known))
    for message in found:
        _message(message)
    if draft.post_id:
        _titles([each.thread_id for each in found if each.thread_id])
    # The index writes itself anew, without the words of what was taken out.
    _sqlite("INSERT INTO office_search(office_search) VALUES('optimize')")
    return len(found)


def _titles(threads: Sequence[int]) -> None:
    """A thread that a post began is called as the post is, unless others stand in it first."""
    for thread in Thread.objects.filter(pk__in=threads):
        oldest = thread.messages.order_by("at", "pk").first()
        if oldest and oldest.message_id == _gone(oldest):
            Thread.objects.filter(pk=thread.pk).update(subject="", subject_key="")


def _post(pk: int) -> None:
    """Who was credited and who paid goes with the last text that said so. The address stays."""
    post = Post.objects.get(pk=pk)
    if post.public().filter(submission__erased_on=None).exists():
        return
    post.credits.all().delete()
    Post.objects.filter(pk=pk).update(sponsor="", sponsor_url="")


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
    row.message_id = _gone(row)
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
    Telling.objects.filter(revision__draft=draft).delete()  # where its links led
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
    message.message_id = _gone(message)
    message.subject = message.list_id = message.set_aside = ""
    message.preview = TOMBSTONE
    message.to, message.cc, message.reply_to, message.references = [], [], [], []
    message.attachments, message.problems = [], []
    message.date, message.words, message.questions = None, 0, 0
    message.save()
    if message.thread_id:
        search.index([(message, TOMBSTONE)])


def _gone(row: Submission | Message) -> str:
    """The Message-ID of what was erased."""
    return f"erased-{row.pk}"


def _stone(message: Message) -> bytes:
    """What a rebuild reads in its place: whose it was, where in the thread, nothing more."""
    return dialect_of(message.channel).stone(
        message_id=_gone(message),
        author=message.from_address,
        in_reply_to=message.in_reply_to,
        text=TOMBSTONE,
    )


def _forget_events(about: str, pk: int) -> None:
    """That it was done, when and by whom stays; what was said of it goes (addresses, reasons)."""
    Event.objects.filter(about=about, about_id=pk).update(data={})


def _day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
