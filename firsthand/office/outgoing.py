"""What would leave, as a row that is not saved: its final text, its commitments, its statement.

`stating` says what it claims and whether it may; `sending` saves it, `consenting` shows it to a
passkey before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from firsthand.channels.base import dialect_of
from firsthand.channels.dialect import Mark
from firsthand.core.byline import ai_of, initials, level_of
from firsthand.core.entry import record_hash
from firsthand.core.envelope import Parent
from firsthand.core.errors import Misuse
from firsthand.core.reaction import Reaction, said
from firsthand.core.record import (
    Content,
    Issuer,
    Replaced,
    digest,
    place_digest,
    statement,
    text_digest,
)
from firsthand.core.revising import Change
from firsthand.office.making import making_of
from firsthand.office.models import Account, Actor, Draft, Office, Submission
from firsthand.office.stating import Claim


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
    row = _row(
        draft, actor, claim, content, way, issuer=office.issuer, number=number, salt=salt, now=now
    )
    row.message_id, row.subject, row.text = message_id, way.subject, text
    row.envelope["initials"] = mark.initials
    row.replaces = way.replaced
    return row


def reaction_of(
    draft: Draft, actor: Actor, *, number: str, salt: bytes, now: datetime
) -> Submission:
    """The row of a like, a boost or a follow that would be handed out; not saved. It has no words."""
    office, reaction = Office.objects.get(pk=1), Reaction(draft.reaction)
    # Nobody wrote anything, so nobody is credited with a text.
    making = replace(making_of(draft=draft, revision=1, sent_by=actor), touched=())
    level, sender = level_of(making), making.party(actor.key)
    words = said(reaction, level=level, sender=sender, principal=making.principal)
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
    claim = Claim(making, level, ai_of(making), words)
    row = _row(
        draft, actor, claim, content, way, issuer=office.issuer, number=number, salt=salt, now=now
    )
    row.message_id = f"{number}@{office.host}"
    row.envelope["initials"] = ""
    return row


def _row(
    draft: Draft,
    actor: Actor,
    claim: Claim,
    content: Content,
    way: Way,
    *,
    issuer: Issuer,
    number: str,
    salt: bytes,
    now: datetime,
) -> Submission:
    """What a text and a gesture have in common: whose it is, what it claims, where it goes."""
    return Submission(
        draft=draft,
        revision=draft.revision,
        account=way.account,
        channel=way.account.channel,
        actor=actor,
        made_at=now,
        number=number,
        level=claim.level,
        ai=claim.ai,
        sentence=claim.sentence,
        envelope=_envelope(draft, actor, way),
        salt=salt,
        statement=statement(
            issuer=issuer,
            number=number,
            content=content,
            making=claim.making,
            level=claim.level,
            ai=claim.ai,
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
