"""Writing and changing drafts. Every change is a revision of its own and voids any approval."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from firsthand.channels.base import dialect_of
from firsthand.core.envelope import Address
from firsthand.core.errors import Conflict, Misuse
from firsthand.core.rights import Right, Target
from firsthand.office.desk.fields import Fields, must_be_writable, pairs, reply_fields
from firsthand.office.making import envelope_of
from firsthand.office.models import Account, Actor, Draft, DraftFile, Event, Revision, Thread
from firsthand.office.revisions import change, changeable, revise
from firsthand.office.stating import must_be_worth_drafting
from firsthand.office.typed import clean_line, clean_text

_LARGEST_FILE = 25 * 1024 * 1024


@transaction.atomic
def draft(
    *,
    actor: Actor,
    text: str,
    now: datetime,
    thread: Thread | None = None,
    account: Account | None = None,
    to: Iterable[Address] | None = None,
    cc: Iterable[Address] | None = None,
    bcc: Iterable[Address] | None = None,
    subject: str | None = None,
    to_all: bool = True,
    pasted: int = 0,
    ai_declared: bool = False,
) -> Draft:
    """A new draft: an answer in `thread`, or a new message from `account`. What is None is filled in."""
    fields = reply_fields(thread=thread, to_all=to_all) if thread else None
    from_account = account or (fields.account if fields else _only_account())
    target = thread.target if thread else Target(from_account.channel, from_account.pk)
    if thread and from_account.pk != thread.account_id:
        raise Misuse("An answer leaves from the account that the letter came to.")
    actor.must(Right.DRAFT, target=target, now=now)
    must_be_writable(from_account)
    must_be_worth_drafting(actor, channel=from_account.channel, now=now)
    made = Draft(
        thread=thread,
        account=from_account,
        answers=fields.answers if fields else None,
        channel=from_account.channel,
        made_by=actor,
        made_at=now,
        changed_at=now,
        seen=thread.latest if thread else 0,
    )
    _address(made, fields, to=to, cc=cc, bcc=bcc, subject=subject)
    made.save()
    revise(made, actor, clean_text(text), now, pasted=pasted, ai_declared=ai_declared)
    Event.record("draft.made", actor=actor, about=made, now=now)
    return made


def _only_account() -> Account:
    rows = Account.objects.exclude(state__in=["paused", "own"])
    accounts = [row for row in rows if dialect_of(row.channel).sends]
    if len(accounts) != 1:
        raise Misuse("Say from which account the message is to leave.")
    return accounts[0]


def _address(
    draft: Draft,
    fields: Fields | None,
    *,
    to: Iterable[Address] | None,
    cc: Iterable[Address] | None,
    bcc: Iterable[Address] | None,
    subject: str | None,
) -> None:
    if fields:
        to = fields.to if to is None else to
        cc = fields.cc if cc is None else cc
        subject = fields.subject if subject is None else subject
    channel = draft.channel
    draft.to = draft.to if to is None else pairs(to, channel=channel)
    draft.cc = draft.cc if cc is None else pairs(cc, channel=channel)
    draft.bcc = draft.bcc if bcc is None else pairs(bcc, channel=channel)
    draft.subject = draft.subject if subject is None else clean_line(subject)


@transaction.atomic
def edit(
    *,
    draft: Draft,
    actor: Actor,
    text: str,
    base: int,
    now: datetime,
    pasted: int = 0,
    ai_declared: bool = False,
    to: Iterable[Address] | None = None,
    cc: Iterable[Address] | None = None,
    bcc: Iterable[Address] | None = None,
    subject: str | None = None,
    seen: int | None = None,
) -> Revision:
    """Change a draft that the editor saw at revision `base`; what is None stays as it is.

    Where nothing changes, nothing happens and nothing is voided. `seen`: the newest message that
    the editor had before them. Raises Conflict when somebody else was faster.
    """
    row = changeable(draft, actor, base=base, now=now)
    _address(row, None, to=to, cc=cc, bcc=bcc, subject=subject)
    if seen is not None:
        row.seen = seen
    current, text = row.current, clean_text(text)
    same = text == current.text and envelope_of(row) == current.envelope
    if same and not (ai_declared and not current.ai_declared):
        row.save()
        return current
    revision = change(row, actor, text, now, pasted=pasted, ai_declared=ai_declared)
    Event.record(
        "draft.edited", actor=actor, about=row, now=now, data={"revision": revision.number}
    )
    return revision


@transaction.atomic
def attach(
    *,
    draft: Draft,
    actor: Actor,
    name: str,
    media_type: str,
    content: bytes,
    base: int,
    now: datetime,
) -> DraftFile:
    """Add a file to a draft: a change like any other."""
    row = changeable(draft, actor, base=base, now=now)
    label = clean_line(name).replace("/", "_").replace("\\", "_")[:255]
    kind = clean_line(media_type)[:127] or "application/octet-stream"
    if not label or len(content) > _LARGEST_FILE:
        raise Misuse(f"The file needs a name, and at most {_LARGEST_FILE // 1024**2} MB.")
    if why := dialect_of(row.channel).refuses_file(kind, len(content), beside=row.files.count()):
        raise Misuse(why, hint="Put a link into the text instead.")
    file = DraftFile.objects.create(
        draft=row, name=label, media_type=kind, content=content, added_by=actor
    )
    revision = change(row, actor, row.current.text, now)
    Event.record(
        "draft.file_added", actor=actor, about=row, now=now, data={"revision": revision.number}
    )
    return file


@transaction.atomic
def detach(*, file: DraftFile, actor: Actor, base: int, now: datetime) -> Revision:
    """Take a file out of its draft: a change like any other."""
    row = changeable(file.draft, actor, base=base, now=now)
    text = row.current.text
    deleted, _ = DraftFile.objects.filter(pk=file.pk).delete()
    if not deleted:
        raise Conflict("Somebody took this file out already.", hint="Load the draft again.")
    revision = change(row, actor, text, now)
    Event.record(
        "draft.file_removed", actor=actor, about=row, now=now, data={"revision": revision.number}
    )
    return revision
