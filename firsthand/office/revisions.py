"""A draft's next revision: who may write it, and how it is kept. Used by the desk and by publishing."""

from __future__ import annotations

from datetime import datetime

from firsthand.core.rights import Right
from firsthand.office.making import envelope_of
from firsthand.office.models import Actor, Draft, Revision
from firsthand.office.stating import must_be_current, must_be_worth_drafting


def changeable(draft: Draft, actor: Actor, *, base: int, now: datetime) -> Draft:
    """The draft, locked, for an actor who may change it and saw its newest revision."""
    row = Draft.objects.select_for_update().get(pk=draft.pk)
    own = row.made_by_id == actor.pk
    actor.must(Right.DRAFT if own else Right.EDIT, target=row.target, now=now)
    must_be_worth_drafting(actor, channel=row.channel, now=now)
    must_be_current(row, base)
    return row


def change(
    draft: Draft,
    actor: Actor,
    text: str,
    now: datetime,
    *,
    pasted: int = 0,
    ai_declared: bool = False,
) -> Revision:
    """A next revision of a draft that `changeable` gave out. Raises NotAllowed."""
    draft.step("edit")
    draft.changed_at = now
    return revise(draft, actor, text, now, pasted=pasted, ai_declared=ai_declared)


def revise(
    draft: Draft, actor: Actor, text: str, now: datetime, *, pasted: int, ai_declared: bool
) -> Revision:
    """The text as it is now, and where it would go, as a row; the draft is saved with it."""
    draft.revision += 1
    draft.save()
    return Revision.objects.create(
        draft=draft,
        number=draft.revision,
        actor=actor,
        text=text,
        at=now,
        pasted=max(pasted, 0),
        ai_declared=ai_declared,
        envelope=envelope_of(draft),
    )
