"""What can be done to others' posts and to people without a word: granted, logged and counted too.

The words of ActivityStreams 2.0: Like, Announce, Follow.
"""

from __future__ import annotations

from enum import StrEnum

from firsthand.core.byline import Level, Party


class Reaction(StrEnum):
    """A gesture in the principal's name."""

    LIKE = "like"
    BOOST = "boost"
    FOLLOW = "follow"

    @property
    def past(self) -> str:
        return {"like": "Liked", "boost": "Boosted", "follow": "Followed"}[self.value]


def said(reaction: Reaction, *, level: Level, sender: Party, principal: Party) -> str:
    """The byline of a reaction in one plain sentence."""
    if sender.principal and level is Level.FIRSTHAND:
        return f"{reaction.past} by {principal.name} in person."
    return f"{reaction.past} by {sender.described} for {principal.name}."
