"""How a post looks on each account: what exactly would leave, in which parts, and whether it fits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from firsthand.channels.base import dialect_of
from firsthand.channels.dialect import Mark
from firsthand.core.byline import initials
from firsthand.core.errors import Misuse
from firsthand.core.plain import Fits, beginning, parts, plain
from firsthand.core.promises import may_leave
from firsthand.core.revising import Change
from firsthand.core.rights import Decision, Right, Target
from firsthand.office.models import Account, Actor, Draft, Office, Placement, Post
from firsthand.office.outgoing import too_long
from firsthand.office.release import promises
from firsthand.office.stating import Claim, claim_of

_NUMBER = "x" * 22
_SALT = bytes(32)


@dataclass(frozen=True, slots=True)
class Shown:
    """What would leave on an account. `finals`: with the byline; `over`: by how many it is too long;
    `right`, `promise`: whether this actor may, and whether it keeps what was promised there.
    """

    account: Account
    form: str
    finals: tuple[str, ...]
    longest: int | None
    lengths: tuple[int, ...]
    right: Decision
    promise: Decision
    over: int = 0
    problem: str = ""

    @property
    def can_leave(self) -> bool:
        return bool(self.right and self.promise and self.finals) and not self.over


def address_of(post: Post, office: Office) -> str:
    """Where a post stands on our own site."""
    return f"{office.base}/p/{post.slug}"


def shown(*, draft: Draft, actor: Actor, now: datetime) -> list[Shown]:
    """The draft of a post on our own site and on each chosen account, were `actor` to publish it."""
    if draft.post is None:
        raise Misuse("This is a message, not a post.")
    claim = claim_of(draft, actor)
    places = [Placement(account=draft.account, form="whole")]
    places += draft.post.placements.select_related("account")
    return [_shown(draft, draft.post, place, claim, actor, now) for place in places]


def _shown(
    draft: Draft, post: Post, place: Placement, claim: Claim, actor: Actor, now: datetime
) -> Shown:
    account, office = place.account, Office.objects.get(pk=1)
    dialect = dialect_of(account.channel)
    mark = mark_like(claim, office)
    if account.pk == draft.account_id:
        texts: tuple[str, ...] = (draft.current.text,)
    else:
        texts = texts_for(draft, account, place.form, mark, address_of(post, office))
    finals = tuple(dialect.final(text, mark) for text in texts)
    over = max((too_long(account, final) for final in finals), default=0)
    problem = "" if texts else "Not even the beginning fits here."
    lengths = tuple(dialect.length(final) for final in finals)
    longest = dialect.longest(account.settings)
    right = actor.may(Right.PUBLISH, target=Target(account.channel, account.pk), now=now)
    promise = may_leave(
        promises(),
        level=claim.level,
        channel=account.channel,
        principal=claim.making.principal.name,
        now=now,
    )
    return Shown(account, place.form, finals, longest, lengths, right, promise, over, problem)


def mark_like(claim: Claim, office: Office) -> Mark:
    """As long as the real one, whose number and salt nobody knows before it is handed out."""
    mark = initials(claim.making, claim.level, claim.ai)
    return Mark(claim.sentence, mark, office.issuer.link(_NUMBER, _SALT))


def texts_for(
    draft: Draft, account: Account, form: str, mark: Mark, address: str
) -> tuple[str, ...]:
    """The text for an account, without the byline: one, or its parts; () where nothing fits."""
    dialect = dialect_of(account.channel)

    def fits(text: str) -> bool:
        return not too_long(account, dialect.final(text, mark))

    text = draft.current.text if dialect.titled else _with_title(draft)
    if draft.change == Change.RETRACTION:
        return _with_link(f"Taken back: {draft.note or draft.subject}", address, fits)
    if form == "whole":
        return (plain(text),)
    if form == "thread":
        return parts(plain(text), fits)
    return _with_link(plain(text), address, fits)


def note_for(draft: Draft, account: Account, mark: Mark, address: str) -> tuple[str, ...]:
    """What is told where a published text cannot be changed."""
    dialect = dialect_of(account.channel)

    def fits(text: str) -> bool:
        return not too_long(account, dialect.final(text, mark))

    word = {Change.RETRACTION: "Taken back", Change.CORRECTION: "Correction"}
    said = word.get(Change(draft.change)) if draft.change else None
    told = f"{said or 'Changed'}: {draft.note or draft.subject or 'see what changed'}"
    return _with_link(told, f"{address}/history", fits)


def _with_title(draft: Draft) -> str:
    return f"{draft.subject}\n\n{draft.current.text}" if draft.subject else draft.current.text


def _with_link(text: str, address: str, fits: Fits) -> tuple[str, ...]:
    found = beginning(text, lambda part: fits(f"{part}\n\n{address}"))
    if found:
        return (f"{found}\n\n{address}",)
    return (address,) if fits(address) else ()
