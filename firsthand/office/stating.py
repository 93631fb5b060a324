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
from firsthand.core.entry import record_hash
from firsthand.core.envelope import Parent
from firsthand.core.errors import Conflict, Denied, Misuse, PromiseBroken
from firsthand.core.promises import broken, may_draft, may_leave, saying
from firsthand.core.reaction import Reaction, said
from firsthand.core.record import (
    Content,
    Replaced,
    digest,
    place_digest,
    statement,
    text_digest,
)
from firsthand.core.revising import Change
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


@dataclass(frozen=True, slots=True)
class Way:
    """Where a text goes, and in which words. `address`: where it will be seen, if known before.

    `replaced`: the submission whose place it takes; `parent`: the one that it stands under there.
    """

    account: Account
    text: str
    subject: str = ""
    address: str = ""
    signature: str = ""
    replaced: Submission | None = None
    revision: int = 1
    change: Change | None = None
    parent: Parent | None = None

    @property
    def replaces(self) -> Replaced | None:
        """What the record says of it; nothing where the earlier record was erased."""
        if self.replaced is None or self.change is None or not self.replaced.record:
            return None
        earlier = record_hash(bytes(self.replaced.record))
        return Replaced(self.replaced.number, earlier, self.revision, self.change)


def submission_of(
    draft: Draft,
    actor: Actor,
    claim: Claim,
    *,
    number: str,
    salt: bytes,
    now: datetime,
    way: Way | None = None,
) -> Submission:
    """The row of what would be handed out, with its statement; not saved. `way`: of a post."""
    office = Office.objects.get(pk=1)
    way = way or Way(draft.account, draft.current.text, draft.subject, signature=office.signature)
    mark = mark_of(draft, claim, office.issuer.link(number, salt), way)
    domain = way.account.address.rpartition("@")[2]
    message_id = f"{way.address}#{number}" if way.address else f"{number}@{domain or office.host}"
    text = final_text(way, mark)
    content = _content(draft, text, mark, message_id, salt, way)
    return Submission(
        draft=draft,
        revision=draft.revision,
        account=way.account,
        channel=way.account.channel,
        actor=actor,
        made_at=now,
        number=number,
        message_id=message_id,
        level=claim.level,
        ai=claim.ai,
        sentence=claim.sentence,
        subject=way.subject,
        text=text,
        envelope={**_envelope(draft, actor, way), "initials": mark.initials},
        salt=salt,
        replaces=way.replaced,
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
    way = Way(draft.account, "", draft.subject)
    place = place_of(
        way.account,
        salt=salt,
        to=[address for address, _ in draft.to],
        in_reply_to=_answered(draft, way),
        subject=way.subject,
    )
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
        envelope={**_envelope(draft, actor, way), "initials": ""},
        salt=salt,
        statement=statement(
            issuer=office.issuer, number=number, content=content, making=making, level=level, ai=ai
        ),
    )


def mark_of(draft: Draft, claim: Claim, link: str, way: Way) -> Mark:
    """What is disclosed with the text."""
    return Mark(
        claim.sentence,
        initials(claim.making, claim.level, claim.ai),
        link,
        way.signature,
        tuple(address for address, _ in [*draft.to, *draft.cc]),
        draft.answers.from_address if draft.answers else "",
    )


def final_text(way: Way, mark: Mark) -> str:
    """The exact text that leaves. Raises Misuse where its channel has no room for it."""
    text = dialect_of(way.account.channel).final(way.text, mark)
    if over := too_long(way.account, text):
        raise Misuse(
            f"The text is {over} characters too long for {way.account.address}, with its byline.",
            hint="Shorten it.",
        )
    return text


def too_long(account: Account, final: str) -> int:
    """By how much a final text is longer than the account's channel takes; 0: it fits."""
    dialect = dialect_of(account.channel)
    longest = dialect.longest(account.settings)
    return 0 if longest is None else max(0, dialect.length(final) - longest)


def _content(
    draft: Draft, text: str, mark: Mark, message_id: str, salt: bytes, way: Way
) -> Content:
    """The commitments. Bcc is in none: its recipients must not be guessable."""
    dialect = dialect_of(way.account.channel)
    place = place_of(
        way.account,
        salt=salt,
        to=dialect.named(text, mark.to),
        in_reply_to=_answered(draft, way),
        subject=way.subject,
    )
    files = draft.files.order_by("pk").values_list("content", flat=True)
    return Content(
        id=dialect.subject_id(message_id, mark.link),
        channel=way.account.channel,
        text=text_digest(salt, text),
        place=place,
        attachments=tuple(digest(salt, bytes(content)) for content in files),
        replaces=way.replaces,
    )


def place_of(
    account: Account, *, salt: bytes, to: Sequence[str], in_reply_to: str, subject: str
) -> str:
    """The commitment to where it stands."""
    dialect = dialect_of(account.channel)
    return place_digest(
        salt,
        author=dialect.wire(account.address),
        to=[dialect.wire(address) for address in to],
        in_reply_to=dialect.answered(in_reply_to),
        subject=subject,
    )


def _answered(draft: Draft, way: Way) -> str:
    if way.parent:
        return way.parent.message_id
    return draft.answers.message_id if draft.answers else ""


def _envelope(draft: Draft, actor: Actor, way: Way) -> dict[str, Any]:
    answers = draft.answers
    references = [*answers.references, answers.message_id] if answers else []
    parent = way.parent or (
        Parent(answers.remote_id, answers.message_id, answers.folder) if answers else None
    )
    return {
        "author": _author(way.account),
        "sender": _sender(way.account, actor),
        "to": draft.to,
        "cc": draft.cc,
        "bcc": draft.bcc,
        "in_reply_to": _answered(draft, way),
        "references": list(dict.fromkeys(each for each in references if each)),
        "parent": [parent.remote_id, parent.message_id, parent.folder] if parent else None,
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
