"""What handing a draft out would claim, and what must hold before: the level worked out, the promises asked.

Nothing is saved here. `outgoing` makes the row of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from firsthand.channels.base import dialect_of
from firsthand.core.byline import (
    Ai,
    Level,
    Making,
    ai_of,
    level_of,
    lowered,
    sentence,
)
from firsthand.core.errors import Conflict, Denied, Misuse, PromiseBroken
from firsthand.core.promises import broken, may_draft, may_leave, saying
from firsthand.core.text import split
from firsthand.office.making import envelope_of, making_of
from firsthand.office.models import Actor, Draft
from firsthand.office.release import no_loop, promises

_BYLINE_LINE = re.compile(r"\bCheck:\s*https?://\S+/b/\S+#", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the byline will say."""

    making: Making
    level: Level
    ai: Ai
    sentence: str


class Stale(Conflict):
    """Whoever acts saw an older revision than the newest one."""


def must_be_whole(draft: Draft) -> None:
    """Raises where the draft is not fit to leave as it stands."""
    current = draft.current
    if envelope_of(draft) != current.envelope:
        raise Conflict(
            "The recipients, the subject or the files are not those of this revision.",
            hint="Save the draft again, then send it.",
        )
    if dialect_of(draft.channel).addressed and not [*draft.to, *draft.cc, *draft.bcc]:
        raise Misuse("Nobody is addressed.", hint="Add a recipient.")
    must_be_private(draft)
    if not current.text.strip() and not draft.files.exists():
        raise Misuse("The text is empty.", hint="Write something, or discard the draft.")
    if _BYLINE_LINE.search(split(current.text).new + split(current.text).signature):
        raise Misuse(
            "The text carries a byline already, which nobody could believe.",
            hint="Take that line out: the office adds the true one.",
        )
    if draft.account.state == "files":
        raise Misuse(
            f"{draft.account.address} takes imported files only and cannot send.",
            hint="Connect the account, then send again.",
        )


def must_be_current(draft: Draft, revision: int) -> None:
    """Raises Stale unless `revision` is the newest one: nobody decides about a text unseen."""
    if draft.revision != revision:
        current = draft.current
        raise Stale(
            f"{current.actor.name} changed this draft meanwhile: you saw revision {revision}, "
            f"it is at {draft.revision}.",
            hint="Read the new text, then do it again.",
        )


def must_be_a_message(draft: Draft) -> None:
    """Raises Misuse for what is for everybody: that takes another right, and is kept as a post."""
    to_all = not draft.thread_id and not [*draft.to, *draft.cc, *draft.bcc]
    if draft.post_id or (to_all and not dialect_of(draft.channel).addressed):
        raise Misuse("This is for everybody: it is published, not sent.", hint="See Publish.")


def must_be_private(draft: Draft) -> None:
    """Raises where somebody is written to who would be answered in public."""
    dialect = dialect_of(draft.channel)
    if dialect.private:
        return
    if draft.bcc:
        raise Misuse("All that is written there is public: nobody can have a blind copy.")
    if draft.answers is None and (draft.to or draft.cc):
        raise Misuse(
            "There are no private messages there.",
            hint="Take the recipients out, and name them in the text of a public post.",
        )


def must_have_seen(draft: Draft, seen: int) -> None:
    """Raises Conflict where a message came that the sender did not have before them."""
    thread = draft.thread
    if thread and thread.latest != seen:
        who = thread.person.name if thread.person and thread.person.name else "Somebody"
        raise Conflict(
            f"{who} wrote again meanwhile, so nothing was sent.",
            hint="Read the new message, then send or change the answer.",
        )


def claim_of(
    draft: Draft, actor: Actor, wanted: Level | None = None, *, approved: bool = False
) -> Claim:
    """What the byline will say, were `actor` to send it now. `approved`: had the principal approved it."""
    making = making_of(draft=draft, revision=draft.revision, sent_by=actor)
    if approved:
        making = replace(making, approved_by=(making.principal.key,))
    wanted = wanted or (Level(draft.lowered_to) if draft.lowered_to else None)
    level, ai = lowered(level_of(making), wanted), ai_of(making)
    return Claim(making, level, ai, sentence(making, level, ai))


def must_keep(draft: Draft, claim: Claim, now: datetime, *, channel: str = "") -> None:
    """Raises PromiseBroken, or Denied for a machine that would answer a machine.

    `channel`: where it would leave, if that is not the draft's own.
    """
    channel = channel or draft.channel
    loop = no_loop(draft=draft, level=level_of(claim.making))
    if not loop:
        raise Denied(loop.because)
    decision = may_leave(
        promises(),
        level=claim.level,
        channel=channel,
        principal=claim.making.principal.name,
        now=now,
    )
    if not decision:
        raise broken_promise(decision.because, level=claim.level, channel=channel, now=now)


def must_be_worth_drafting(actor: Actor, *, channel: str, now: datetime) -> None:
    """A guarantee that a hand's words could never keep refuses them at once, not at the end."""
    principal = Actor.objects.get(is_principal=True)
    decision = may_draft(
        promises(),
        by_principal=actor.is_principal,
        channel=channel,
        principal=principal.name,
        now=now,
    )
    if not decision:
        raise broken_promise(decision.because, level=Level.APPROVED, channel=channel, now=now)


def broken_promise(because: str, *, level: Level, channel: str, now: datetime) -> PromiseBroken:
    """The error for a refused text, with the promise as the public reads it."""
    fact = broken(promises(), level=level, channel=channel, now=now)
    return PromiseBroken(because, which=saying(fact.floor, fact.channel) if fact else "")
