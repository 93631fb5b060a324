"""Every right is decided here, default deny, and every decision carries its reason (invariant 4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Right(StrEnum):
    """What a hand can be granted. Approval is not among them: only the principal approves."""

    READ = "read"
    TRIAGE = "triage"
    DRAFT = "draft"
    EDIT = "edit"
    SEND = "send"
    PUBLISH = "publish"
    REACT = "react"
    STAFF = "staff"
    CONNECT = "connect"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Right.READ: "read what comes in",
    Right.TRIAGE: "sort: close, snooze, pass on, screen",
    Right.DRAFT: "write drafts",
    Right.EDIT: "change what others drafted",
    Right.SEND: "send in the principal's name, as far as the promises allow",
    Right.PUBLISH: "publish in the principal's name, as far as the promises allow",
    Right.REACT: "like, boost and follow in the principal's name",
    Right.STAFF: "invite, grant and offboard hands",
    Right.CONNECT: "connect and change accounts",
}

# Whoever may do the first must be able to see what they do it to.
IMPLIES_READ = frozenset({Right.TRIAGE, Right.DRAFT, Right.EDIT, Right.SEND, Right.REACT})


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a grant holds. An empty set means everywhere."""

    channels: frozenset[str] = frozenset()
    accounts: frozenset[int] = frozenset()
    lanes: frozenset[str] = frozenset()

    def covers(self, target: Target) -> bool:
        return (
            (not self.channels or target.channel in self.channels)
            and (not self.accounts or target.account in self.accounts)
            and (not self.lanes or target.lane in self.lanes)
        )

    @property
    def sentence(self) -> str:
        parts = [f"on {', '.join(sorted(self.channels))}"] if self.channels else []
        if self.accounts:
            parts.append(f"in account {', '.join(str(a) for a in sorted(self.accounts))}")
        if self.lanes:
            parts.append(f"in the lane {', '.join(sorted(self.lanes))}")
        return " ".join(parts) or "everywhere"


@dataclass(frozen=True, slots=True)
class Target:
    """What an act is about, as far as scopes care."""

    channel: str = ""
    account: int | None = None
    lane: str = ""


@dataclass(frozen=True, slots=True)
class GrantFact:
    """A grant as a fact. `expires` None: until revoked."""

    id: int
    right: Right
    scope: Scope = field(default_factory=Scope)
    starts: datetime | None = None
    expires: datetime | None = None
    revoked: datetime | None = None

    def gives(self, right: Right) -> bool:
        return self.right is right or (right is Right.READ and self.right in IMPLIES_READ)


@dataclass(frozen=True, slots=True)
class ActorFact:
    """An actor as far as rights care. `active` False: offboarded."""

    name: str
    principal: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer with its reason; the same sentence is shown on page, CLI and API."""

    allowed: bool
    because: str

    def __bool__(self) -> bool:
        return self.allowed


def decide(
    right: Right,
    *,
    actor: ActorFact,
    grants: Iterable[GrantFact],
    target: Target,
    now: datetime,
) -> Decision:
    """Whether `actor` may use `right` on `target` at `now`. Without a live grant: no."""
    if not actor.active:
        return Decision(False, f"{actor.name} no longer works for this office.")
    if actor.principal:
        return Decision(True, f"{actor.name} is the principal.")
    refusal = f"{actor.name} has no right to {right.sentence}."
    for grant in grants:
        if not grant.gives(right):
            continue
        why_not = _why_not(grant, target, now)
        if not why_not:
            return Decision(True, _reason(actor, grant))
        refusal = f"{actor.name} may not {right.sentence}: grant {grant.id} {why_not}."
    return Decision(False, refusal)


def _why_not(grant: GrantFact, target: Target, now: datetime) -> str:
    if grant.revoked and grant.revoked <= now:
        return f"was revoked on {grant.revoked:%d %B %Y}"
    if grant.expires and grant.expires <= now:
        return f"ended on {grant.expires:%d %B %Y}"
    if grant.starts and grant.starts > now:
        return f"starts on {grant.starts:%d %B %Y}"
    return "" if grant.scope.covers(target) else f"holds {grant.scope.sentence} only"


def _reason(actor: ActorFact, grant: GrantFact) -> str:
    until = f" until {grant.expires:%d %B %Y}" if grant.expires else ""
    return (
        f"{actor.name} may {grant.right.sentence} {grant.scope.sentence}{until} (grant {grant.id})."
    )
