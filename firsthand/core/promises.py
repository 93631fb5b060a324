"""Promises to the public: what they forbid, and the sentence that says so (invariant 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from firsthand.core.byline import Level
from firsthand.core.errors import Misuse
from firsthand.core.rights import Decision


class Strength(StrEnum):
    """A guarantee is enforced; an aim is measured and reported."""

    GUARANTEE = "guarantee"
    AIM = "aim"


_NOUN = {"mail": "e-mail", "": "a message", "site": "on my own site"}
_NAMES = {"mail": "E-mail", "wordpress": "WordPress", "site": "Own site"}

# The promise by the lowest level it allows, said the way a principal says it to the public.
_SAYINGS = {
    Level.FIRSTHAND: "If I answer {noun}, it is me: I write every word and send it myself.",
    Level.APPROVED: "If I answer {noun}, I have read and approved every word.",
    Level.ON_BEHALF: "If I answer {noun}, a person has read it before it leaves: never a machine alone.",
}


@dataclass(frozen=True, slots=True)
class PromiseFact:
    """A promise that nothing leaves on `channel` below `floor`. Empty channel: on any."""

    id: int
    floor: Level
    channel: str = ""
    strength: Strength = Strength.GUARANTEE
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, *, channel: str, now: datetime) -> bool:
        if self.channel and self.channel != channel:
            return False
        return not (self.since and self.since > now) and not (self.until and self.until <= now)


def named(channel: str) -> str:
    """A kind of channel as its people write it."""
    return _NAMES.get(channel, channel.title())


def saying(floor: Level, channel: str) -> str:
    """The promise in the principal's words, for those who give it no words of their own."""
    if floor not in _SAYINGS:
        raise Misuse(
            f"Everything keeps a promise of “{floor.words}”: it says nothing.",
            hint=f"Promise one of: {', '.join(level.value for level in _SAYINGS)}.",
        )
    return _SAYINGS[floor].format(noun=_NOUN.get(channel, f"on {named(channel)}"))


def broken(
    promises: Iterable[PromiseFact], *, level: Level, channel: str, now: datetime
) -> PromiseFact | None:
    """The guarantee that a text of `level` would break on `channel`: of several, the strictest."""
    against = [
        promise
        for promise in promises
        if promise.strength is Strength.GUARANTEE
        and promise.holds(channel=channel, now=now)
        and level.height < promise.floor.height
    ]
    return max(against, key=lambda promise: promise.floor.height, default=None)


def guaranteed(promises: Iterable[PromiseFact], *, channel: str, now: datetime) -> tuple[str, ...]:
    """What is guaranteed to those who read on this channel: whatever may leave keeps it."""
    return tuple(
        saying(promise.floor, promise.channel)
        for promise in promises
        if promise.strength is Strength.GUARANTEE and promise.holds(channel=channel, now=now)
    )


def may_leave(
    promises: Iterable[PromiseFact], *, level: Level, channel: str, principal: str, now: datetime
) -> Decision:
    """Whether a text of `level` may leave on `channel`; the strictest broken guarantee is the reason."""
    promise = broken(promises, level=level, channel=channel, now=now)
    if promise is None:
        return Decision(True, "No promise stands against it.")
    said = saying(promise.floor, promise.channel)
    return Decision(
        False,
        f"{principal} promised: “{said}” This would leave as {level.words}. {_WAY[promise.floor]}",
    )


_WAY = {
    Level.FIRSTHAND: "Only words of the principal's own, sent by the principal, keep it.",
    Level.APPROVED: "Ask for approval: the principal can read it and approve or change it.",
    Level.ON_BEHALF: "A person must read it and send it.",
}


def may_draft(
    promises: Iterable[PromiseFact],
    *,
    by_principal: bool,
    channel: str,
    principal: str,
    now: datetime,
) -> Decision:
    """Whether a draft by this actor could ever leave: a hand's words at best become `approved`."""
    best = Level.FIRSTHAND if by_principal else Level.APPROVED
    return may_leave(promises, level=best, channel=channel, principal=principal, now=now)
