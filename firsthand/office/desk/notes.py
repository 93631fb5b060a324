"""Notes inside a thread, for the office only. A note is no draft: nothing can send it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from firsthand.core.errors import Denied, Misuse
from firsthand.core.rights import Right
from firsthand.office.models import Actor, Event, Note, Thread
from firsthand.office.typed import clean_text


@transaction.atomic
def note(*, thread: Thread, actor: Actor, text: str, now: datetime) -> Note:
    """Leave a note for whoever works on the thread: needs the right to sort or to draft."""
    triage = actor.may(Right.TRIAGE, target=thread.target, now=now)
    drafting = actor.may(Right.DRAFT, target=thread.target, now=now)
    if not triage and not drafting:
        raise Denied(triage.because)
    if not text.strip():
        raise Misuse("The note is empty.", hint="Write something, or close it.")
    made = Note.objects.create(thread=thread, actor=actor, text=clean_text(text).strip(), at=now)
    Event.record("note.made", actor=actor, about=made, now=now, data={"thread": thread.pk})
    return made
