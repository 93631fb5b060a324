"""One act of publishing: the submissions that it makes, for our own site and for each account."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from firsthand.channels.base import dialect_of
from firsthand.core.byline import Level, ai_of, level_of, lowered, sentence
from firsthand.core.envelope import Parent
from firsthand.core.errors import Conflict, Misuse
from firsthand.core.revising import Change
from firsthand.office import consent
from firsthand.office.consent import Touch
from firsthand.office.making import Version, made
from firsthand.office.models import (
    Account,
    Actor,
    Draft,
    Event,
    Message,
    Office,
    Placement,
    Post,
    PostRevision,
    Submission,
)
from firsthand.office.outgoing import Way, submission_of
from firsthand.office.publish.forming import address_of, mark_like, note_for, texts_for
from firsthand.office.publish.hours import spread_out
from firsthand.office.reaching import can_edit
from firsthand.office.stating import Claim, must_keep

TELLING = Change.SUBSTANCE
"""From this kind on, readers are told where a text cannot be changed."""


@dataclass(slots=True)
class Handing:
    """One act of publishing: what it makes submissions from, and those made. `newest`: what it changes."""

    draft: Draft
    post: Post
    actor: Actor
    claim: Claim
    now: datetime
    kind: Change | None
    suggested: Change | None
    newest: PostRevision | None
    placements: Sequence[Placement]
    touches: Sequence[Touch]
    rows: list[Submission] = field(default_factory=list)
    touched: int = 0

    @property
    def number(self) -> int:
        return self.newest.number + 1 if self.newest else 1

    def hand_all(self, due: datetime) -> None:
        """The submissions for our own site and for each account; not saved."""
        site = self.hand(self._site_way(), due)
        moments = spread_out(due, len(self.placements) + 1)[1:]
        for placement, moment in zip(self.placements, moments, strict=True):
            self.carry(placement, site, moment)
        if self.touched != len(self.touches):
            raise _another()

    def save(self) -> None:
        for row in self.rows:
            row.save()
            data = {"level": row.level, "hand_signed": row.hand_signed}
            Event.record("submission.made", actor=self.actor, about=row, now=self.now, data=data)

    def _site_way(self) -> Way:
        """Our own page, at an address that is known beforehand."""
        base = address_of(self.post, Office.objects.get(pk=1))
        return Way(
            self.draft.account,
            self.draft.current.text,
            self.draft.subject,
            address=f"{base}/{self.number}" if self.newest else base,
            replaced=self.newest.submission if self.newest else None,
            revision=self.number,
            change=self.kind,
        )

    def hand(
        self,
        way: Way,
        due: datetime,
        *,
        follows: Submission | None = None,
        claim: Claim | None = None,
        chained: bool = False,
        note: bool = False,
    ) -> Submission:
        """One submission, under the touch that is its own. `chained`: under the part before it, whose
        place is known only when that has left; so nobody can sign it now. `note`: about the text.
        """
        touch = None if chained else self._next_touch()
        made_ = submission_of(
            self.draft,
            self.actor,
            claim or self.claim,
            number=touch.number if touch else secrets.token_urlsafe(16),
            salt=touch.salt if touch else secrets.token_bytes(32),
            now=self.now,
            way=way,
        )
        made_.due_at, made_.follows = due, follows
        made_.envelope |= {"source": way.text}
        made_.envelope |= {"chained": True} if chained else {}
        made_.envelope |= {"note": True} if note else {}
        if touch:
            self._sign(made_, touch)
        self.rows.append(made_)
        return made_

    def _next_touch(self) -> Touch | None:
        self.touched += bool(self.touches)
        if self.touched > len(self.touches):
            raise _another()
        return self.touches[self.touched - 1] if self.touches else None

    def _sign(self, row: Submission, touch: Touch) -> None:
        item = consent.evidence_of(
            actor=self.actor, assertion=touch.evidence, statement=row.statement
        )
        row.evidence = [item]
        row.hand_signed = consent.by_hand(Level(row.level), row.statement, row.evidence)

    def carry(self, placement: Placement, site: Submission, due: datetime) -> None:
        """Bring the text to one account: new, in place of the earlier one, or as a note about it."""
        account, office = placement.account, Office.objects.get(pk=1)
        mark, address = mark_like(self.claim, office), address_of(self.post, office)
        texts = texts_for(self.draft, account, placement.form, mark, address)
        if not texts:
            raise Misuse(f"Not even the beginning fits on {account.address}.")
        earlier = standing(self.post, account)
        if not earlier:
            self._anew(account, texts, site, due)
        elif can_edit(account) and len(earlier) == len(texts):
            self._replace(earlier, texts, site, due)
        elif self.kind and self.kind.weight >= TELLING.weight:
            self._tell(account, earlier[0], site, due, address)

    def _anew(
        self, account: Account, texts: Sequence[str], site: Submission, due: datetime
    ) -> None:
        before = site
        for at, text in enumerate(texts):
            way = Way(account, text, self._title(account))
            before = self.hand(way, due, follows=before, chained=bool(at))

    def _replace(
        self, earlier: Sequence[Submission], texts: Sequence[str], site: Submission, due: datetime
    ) -> None:
        for old, text in zip(earlier, texts, strict=True):
            title = self._title(old.account)
            if old.envelope.get("source") == text and old.subject == title:
                continue
            place = old.envelope.get("parent")
            way = Way(
                old.account,
                text,
                title,
                replaced=old,
                revision=self.number,
                change=self.kind,
                parent=Parent(*place) if place else None,
            )
            self.hand(way, due, follows=site)

    def _tell(
        self, account: Account, first: Submission, site: Submission, due: datetime, address: str
    ) -> None:
        """Where nothing can be changed, readers are told under the text that it changed."""
        claim = self._claim_of_note()
        must_keep(self.draft, claim, self.now, channel=account.channel)
        texts = note_for(self.draft, account, mark_like(claim, Office.objects.get(pk=1)), address)
        if not texts:
            raise Misuse(f"Not even a note fits on {account.address}.")
        way = Way(account, texts[0], parent=_parent(first))
        self.hand(way, due, follows=site, claim=claim, note=True)

    def _claim_of_note(self) -> Claim:
        """The note is its writer's own text, whoever wrote the post."""
        writer = self.draft.current.actor
        approved = self.draft.approvals.filter(
            revision=self.draft.revision, actor__is_principal=True
        ).select_related("actor")
        making = made(
            [Version(writer.party, self.draft.note or self.draft.subject)],
            sent_by=self.actor,
            thread=None,
            answers=None,
            approved_by=tuple(each.actor.key for each in approved),
            published=True,
        ).making
        level, ai = lowered(level_of(making), self.claim.level), ai_of(making)
        return Claim(making, level, ai, sentence(making, level, ai))

    def _title(self, account: Account) -> str:
        return self.draft.subject if dialect_of(account.channel).titled else ""


def standing(post: Post, account: Account) -> list[Submission]:
    """What of a post stands on an account now, in order: the newest text of each of its parts."""
    rows = Submission.objects.filter(
        draft__post=post, account=account, state="sent", erased_on=None
    )
    found: dict[int, Submission] = {}
    for row in rows.select_related("account").order_by("pk"):
        if row.replaces_id:
            at = next((first for first, now in found.items() if now.pk == row.replaces_id), None)
            if at is not None:
                found[at] = row
        elif not row.envelope.get("note"):
            found[row.pk] = row
    return list(found.values())


def _another() -> Conflict:
    return Conflict(
        "What would leave is no longer what the passkey was touched for.",
        hint="Load the page again, then touch it once more.",
    )


def _parent(submission: Submission) -> Parent:
    rows = Message.objects.filter(account=submission.account_id, remote_id=submission.remote_id)
    message_id, folder = rows.values_list("message_id", "folder").first() or ("", "")
    return Parent(submission.remote_id, message_id, folder)
