"""Whose addresses are the office's own: how mail that was sent is told from mail that came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from firsthand.office.models import Account, Actor
from firsthand.office.reading import FILE_ID, Pair, Read


@dataclass(frozen=True, slots=True)
class Owners:
    """Own addresses, each with the actor who uses it. Offboarded hands keep their old mail."""

    actors: Mapping[str, int]
    principal: int | None

    @classmethod
    def load(cls) -> Owners:
        """The own addresses as they are now."""
        found: dict[str, int] = {}
        principal: int | None = None
        for actor in Actor.objects.order_by("pk"):
            principal = actor.pk if actor.is_principal else principal
            for address in (actor.email or "", *actor.addresses):
                found.setdefault(address.lower(), actor.pk)
        if principal:
            for address in Account.objects.values_list("address", flat=True):
                found.setdefault(address.lower(), principal)
        found.pop("", None)
        return cls(found, principal)

    def sent(self, read: Read) -> bool:
        """Whether the office sent this message. What the channel knows is above what it says."""
        if read.mine is not None:
            return read.mine
        author = read.sender[0]
        if _came_in(read) or author not in self.actors:
            return False
        # A hand who writes to nobody outside writes to the principal: that has to be read.
        by_hand = self.actors[author] != self.principal
        return not by_hand or any(True for _ in self.others(read))

    def others(self, read: Read) -> Iterator[Pair]:
        """Those addressed who are not of the office, in order."""
        for pair in (*read.to, *read.cc):
            if pair[0] and pair[0] not in self.actors:
                yield pair

    def who(self, read: Read) -> int | None:
        """The actor who sent it: the one named in Sender, else the author (RFC 5322 3.6.2)."""
        return self.actors.get(read.submitter) or self.actors.get(read.sender[0])


def _came_in(read: Read) -> bool:
    """Whether a server delivered it to the inbox: anybody can write our address into From."""
    return read.folder.upper() == "INBOX" and not read.remote_id.startswith(FILE_ID)
