"""What one actor may see and do, read from the rows once for a whole page, answer or tool call.

Only for showing and listing: every act asks core.rights again, on fresh rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from firsthand.core.errors import Denied
from firsthand.core.rights import ActorFact, Decision, GrantFact, Right, Scope, Target, decide
from firsthand.office.models import Actor, Thread


@dataclass(frozen=True, slots=True)
class Sight:
    """An actor's grants at one moment."""

    actor: ActorFact
    grants: tuple[GrantFact, ...]
    now: datetime

    @classmethod
    def of(cls, actor: Actor, now: datetime) -> Sight:
        """One query, and none for the principal, whose rights hang on no grant."""
        grants = () if actor.is_principal else actor.grants.all()
        return cls(actor.fact, tuple(grant.fact for grant in grants), now)

    def may(self, right: Right, target: Target = Target()) -> Decision:  # noqa: B008 (frozen)
        return decide(right, actor=self.actor, grants=self.grants, target=target, now=self.now)

    def must(self, right: Right, target: Target = Target()) -> None:  # noqa: B008 (frozen)
        """Raises Denied, with the reason."""
        decision = self.may(right, target)
        if not decision:
            raise Denied(decision.because)

    def somewhere(self, right: Right) -> bool:
        """Whether the right holds for anything at all: what a menu needs to know."""
        if not self.actor.active or self.actor.principal:
            return self.actor.active
        return any(grant.gives(right) and self._live(grant) for grant in self.grants)

    def must_somewhere(self, right: Right) -> None:
        """For lists: the list itself is then cut down thing by thing. Raises Denied."""
        if not self.somewhere(right):
            raise Denied(self.may(right).because)

    def threads(self, numbers: Collection[int]) -> frozenset[int]:
        """Those of the threads that may be read. One query, and none for who reads everything."""
        if self.may(Right.READ):
            return frozenset(numbers)
        found = Thread.objects.filter(pk__in=numbers).select_related("rank")
        return frozenset(thread.pk for thread in found if self.may(Right.READ, thread.target))

    def lanes(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Those of the lanes that may be read whole, each with its count."""
        return {
            lane: count for lane, count in counts.items() if self.may(Right.READ, Target(lane=lane))
        }

    def sentences(self) -> tuple[str, ...]:
        """All that the actor may, each as the sentence that a decision would give."""
        if self.actor.principal:
            return (self.may(Right.READ).because,)
        live = [grant for grant in self.grants if self._live(grant)]
        told = (self.may(grant.right, _inside(grant.scope)).because for grant in live)
        return tuple(dict.fromkeys(told)) or (f"{self.actor.name} has no rights here.",)

    def _live(self, grant: GrantFact) -> bool:
        ended = [end for end in (grant.revoked, grant.expires) if end and end <= self.now]
        return not ended and not (grant.starts and grant.starts > self.now)


def _inside(scope: Scope) -> Target:
    """Something that the scope covers."""
    return Target(
        min(scope.channels, default=""),
        min(scope.accounts, default=None),
        min(scope.lanes, default=""),
    )
