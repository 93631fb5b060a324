"""What handing a draft out would say: the level worked out, the promises asked, the statement made.

Nothing is saved here: `sending` does that, and `consenting` shows it to a passkey before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from firsthand.channels.base import dialect_of
from firsthand.channels.dialect import Mark
from firsthand.core.byline import (
    Ai,
    Level,
    Making,
    ai_of,
    initials,
    level_of,
    lowered,
    sentence,
)
from firsthand.core.errors import Conflict, Denied, Misuse, PromiseBroken
from firsthand.core.promises import broken, may_draft, may_leave, saying
from firsthand.core.reaction import Reaction, said
from firsthand.core.record import Content, digest, place_digest, statement, text_digest
from firsthand.core.text import split
from firsthand.office.making import envelope_of, making_of
from firsthand.office.models import Account, Actor, Draft, Office, Submission
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


def must_keep(draft: Draft, claim: Claim, now: datetime) -> None:
    """Raises PromiseBroken, or Denied for a machine that would answer a machine."""
    loop = no_loop(draft=draft, level=level_of(claim.making))
    if not loop:
        raise Denied(loop.because)
    decision = may_leave(
        promises(),
        level=claim.level,
        channel=draft.channel,
        principal=claim.making.principal.name,
        now=now,
    )
    if not decision:
        raise broken_promise(decision.because, level=claim.level, channel=draft.channel, now=now)


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


def submission_of(
    draft: Draft, actor: Actor, claim: Claim, *, number: str, salt: bytes, now: datetime
) -> Submission:
    """The row of what would be handed out, with its statement; not saved."""
    office = Office.objects.get(pk=1)
    domain = draft.account.address.rpartition("@")[2]
    message_id = f"{number}@{domain or office.host}"
    mark = Mark(
        claim.sentence,
        initials(claim.making, claim.level, claim.ai),
        office.issuer.link(number, salt),
        office.signature,
        tuple(address for address, _ in [*draft.to, *draft.cc]),
    )
    text = final_text(draft, mark)
    content = _content(draft, text, mark, message_id, salt)
    return Submission(
        draft=draft,
        revision=draft.revision,
        account=draft.account,
        channel=draft.channel,
        actor=actor,
        made_at=now,
        number=number,
        message_id=message_id,
        level=claim.level,
        ai=claim.ai,
        sentence=claim.sentence,
        subject=draft.subject,
        text=text,
        envelope={**_envelope(draft, actor), "initials": mark.initials},
        salt=salt,
        statement=statement(
            issuer=office.issuer,
            number=number,
            content=content,
            making=claim.making,
            level=claim.level,
            ai=claim.ai,
        ),
    )


def reaction_of(
    draft: Draft, actor: Actor, *, number: str, salt: bytes, now: datetime
) -> Submission:
    """The row of a like, a boost or a follow that would be handed out; not saved. It has no words."""
    office, reaction = Office.objects.get(pk=1), Reaction(draft.reaction)
    # Nobody wrote anything, so nobody is credited with a text.
    making = replace(making_of(draft=draft, revision=1, sent_by=actor), touched=())
    level, ai = level_of(making), ai_of(making)
    place = _place(draft, [address for address, _ in draft.to], salt)
    content = Content(
        id=f"{office.base}/b/{number}",
        channel=draft.channel,
        text="",
        place=place,
        reaction=reaction,
    )
    sender = making.party(actor.key)
    return Submission(
        draft=draft,
        revision=1,
        account=draft.account,
        channel=draft.channel,
        actor=actor,
        made_at=now,
        number=number,
        message_id=f"{number}@{office.host}",
        level=level,
        ai=ai,
        sentence=said(reaction, level=level, sender=sender, principal=making.principal),
        text="",
        envelope={**_envelope(draft, actor), "initials": ""},
        salt=salt,
        statement=statement(
            issuer=office.issuer, number=number, content=content, making=making, level=level, ai=ai
        ),
    )


def final_text(draft: Draft, mark: Mark) -> str:
    """The exact text that leaves. Raises Misuse where its channel has no room for it."""
    dialect = dialect_of(draft.channel)
    text = dialect.final(draft.current.text, mark)
    longest = dialect.longest(draft.account.settings)
    if longest is not None and (over := dialect.length(text) - longest) > 0:
        raise Misuse(
            f"The text is {over} characters too long: with its byline, {longest} are the most here.",
            hint="Shorten it.",
        )
    return text


def _content(draft: Draft, text: str, mark: Mark, message_id: str, salt: bytes) -> Content:
    """The commitments. Bcc is in none: its recipients must not be guessable."""
    files = draft.files.order_by("pk").values_list("content", flat=True)
    return Content(
        id=dialect_of(draft.channel).subject_id(message_id, mark.link),
        channel=draft.channel,
        text=text_digest(salt, text),
        place=_place(draft, mark.to, salt),
        attachments=tuple(digest(salt, bytes(content)) for content in files),
    )


def _place(draft: Draft, to: Sequence[str], salt: bytes) -> str:
    dialect = dialect_of(draft.channel)
    return place_digest(
        salt,
        author=dialect.wire(draft.account.address),
        to=[dialect.wire(address) for address in to],
        in_reply_to=draft.answers.message_id if draft.answers else "",
        subject=draft.subject,
    )


def _envelope(draft: Draft, actor: Actor) -> dict[str, Any]:
    answers = draft.answers
    references = [*answers.references, answers.message_id] if answers else []
    return {
        "author": _author(draft.account),
        "sender": _sender(draft.account, actor),
        "to": draft.to,
        "cc": draft.cc,
        "bcc": draft.bcc,
        "in_reply_to": answers.message_id if answers else "",
        "references": list(dict.fromkeys(each for each in references if each)),
        "parent": [answers.remote_id, answers.message_id, answers.folder] if answers else None,
    }


def _author(account: Account) -> list[str]:
    return [account.address, Actor.objects.get(is_principal=True).name]


def _sender(account: Account, actor: Actor) -> list[str]:
    """RFC 5322 3.6.2: who sends. A hand without an address claims none: it is told in the name."""
    author = _author(account)
    if actor.is_principal:
        return author
    own = actor.email or next(iter(actor.addresses), "")
    return [own, actor.name] if own else [account.address, f"{actor.name} (for {author[1]})"]
