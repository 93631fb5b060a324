"""How a text would leave if this actor sent it now: shown while it is written, and before it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from firsthand.core.byline import Ai, Level, ai_of, level_of, lowered, sentence
from firsthand.core.promises import guaranteed, may_leave
from firsthand.core.rights import Decision, Right, Target
from firsthand.core.text import Blamed
from firsthand.office.desk.consenting import fits, touched_approval
from firsthand.office.desk.fields import Fields, reply_fields
from firsthand.office.making import Made, Version, made, made_of, version_of
from firsthand.office.models import Actor, Draft, Thread
from firsthand.office.release import no_loop, promises
from firsthand.office.sight import Sight
from firsthand.office.stating import claim_of
from firsthand.office.typed import clean_text


@dataclass(frozen=True, slots=True)
class Preview:
    """`right`: may this actor send; `promise`: may it leave; `shares`: words by actor key;
    `promised`: what is guaranteed where it goes.

    `touched`: whether what the principal's passkey signed is what would leave, in words; empty where
    it signed nothing of this revision.
    """

    level: Level
    ai: Ai
    sentence: str
    right: Decision
    promise: Decision
    words: tuple[Blamed, ...]
    shares: Mapping[str, int]
    promised: tuple[str, ...]
    touched: str = ""

    @property
    def can_leave(self) -> bool:
        return bool(self.right and self.promise)


def preview(*, draft: Draft, actor: Actor, now: datetime) -> Preview:
    """The draft as it was read, were `actor` to send it. Raises Denied for who may not read it."""
    sight = Sight.of(actor, now)
    right = sight.may(Right.PUBLISH if draft.post_id else Right.SEND, draft.target)
    if not (draft.post_id and right):
        sight.must(Right.READ, draft.target)
    result = made_of(draft=draft, revision=draft.revision, sent_by=actor)
    wanted = Level(draft.lowered_to) if draft.lowered_to else None
    loop = no_loop(draft=draft, level=level_of(result.making))
    made = _preview(result, right if loop else loop, draft.channel, now, wanted)
    return replace(made, touched=_touched(draft, actor, now))


def _touched(draft: Draft, actor: Actor, now: datetime) -> str:
    approved = None if actor.is_principal else touched_approval(draft)
    if approved is None:
        return ""
    name = approved.actor.name
    if fits(draft, actor, claim_of(draft, actor), approved, now):
        return f"{name} signed exactly this with their own passkey."
    return (
        f"{name}'s passkey signed it as somebody else would have sent it, or before something "
        "changed: sent like this, only the office signs."
    )


def outlook(
    *,
    actor: Actor,
    channel: str,
    text: str,
    thread: Thread | None,
    now: datetime,
    draft: Draft | None = None,
    subject: str | None = None,
    ai_declared: bool = False,
    fields: Fields | None = None,
) -> Preview:
    """The same for a text that is not saved yet; `draft`: the one that it would be a revision of;
    `fields`: those of the answer, where they were read already."""
    target = thread.target if thread else Target(channel)
    if draft:
        target, thread = draft.target, draft.thread
    sight = Sight.of(actor, now)
    sight.must(Right.READ, target)
    if fields is None and thread:
        fields = reply_fields(thread=thread)
    rows = draft.revisions.select_related("actor") if draft else ()
    before = [version_of(row) for row in rows]
    known = before[-1].subject if before else (fields.subject if fields else "")
    newest = Version(
        actor.party,
        clean_text(text),
        known if subject is None else subject,
        before[-1].files if before else (),
        ai_declared=ai_declared,
    )
    answers = draft.answers if draft else (fields.answers if fields else None)
    result = made([*before, newest], sent_by=actor, thread=thread, answers=answers)
    return _preview(result, sight.may(Right.SEND, target), channel, now, None)


def _preview(
    result: Made, right: Decision, channel: str, now: datetime, wanted: Level | None
) -> Preview:
    making = result.making
    level, ai = lowered(level_of(making), wanted), ai_of(making)
    said = sentence(making, level, ai)
    name = making.principal.name
    facts = promises()
    promise = may_leave(facts, level=level, channel=channel, principal=name, now=now)
    promised = guaranteed(facts, channel=channel, now=now)
    return Preview(level, ai, said, right, promise, result.words, making.words, promised)
