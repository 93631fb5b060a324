"""Whom the office knows, as looking alike is judged: names and domains that were answered."""

from __future__ import annotations

from dataclasses import dataclass

from firsthand.core.lookalike import Domains, name_key, shown_address
from firsthand.office.models import Account, Actor, Handle


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, as far as looks go. `known`: answered or written to; `seen`: earlier messages."""

    person: int
    name: str
    address: str
    known: bool
    seen: int


class Known:
    """The names and domains of the office and of its correspondents. Loaded once per round."""

    def __init__(self) -> None:
        actors = list(Actor.objects.values_list("name", "email", "addresses"))
        accounts = Account.objects.values_list("address", flat=True)
        theirs = {a.lower() for _, email, more in actors for a in (email or "", *more) if a}
        self.own = frozenset({address.lower() for address in accounts} | theirs)
        principal = Actor.objects.filter(is_principal=True)
        self.names = tuple(principal.values_list("name", flat=True))
        self._ours = {key: name for name, _, _ in actors if (key := name_key(name))}
        self._people: dict[str, tuple[int, str, int]] = {}
        domains = {address.rpartition("@")[2] for address in self.own}
        answered = Handle.objects.filter(person__answered__gt=0)
        for person, name, count, address in answered.values_list(
            "person_id", "person__name", "person__answered", "address"
        ):
            domains.add(address.rpartition("@")[2])
            if key := name_key(name):
                self._people.setdefault(key, (person, name, count))
        self._domains = Domains(domains)

    def lookalike(self, sender: Sender) -> str:
        """A sentence where it plainly pretends to be somebody else, or ""."""
        if sender.known or sender.address in self.own:
            return ""
        ours = self._ours.get(name_key(sender.name))
        if ours:
            return f"bears the name of {ours}, but comes from {sender.address}"
        shown = shown_address(sender.name)
        if shown in self.own:
            return f"shows {shown}, an address of the office, but comes from {sender.address}"
        domain = sender.address.rpartition("@")[2]
        like = self._domains.resembles(domain)
        return f"its domain {domain} looks like {like}, which you know" if like else ""

    def namesake(self, sender: Sender) -> str:
        """A sentence where it may be who it says, at another address than is known or shown; or ""."""
        if sender.address in self.own:
            return "bears an own address of the office, but came in from outside"
        if sender.known:
            return ""
        shown = shown_address(sender.name)
        if shown and shown != sender.address:
            return f"shows the address {shown}, but comes from {sender.address}"
        if sender.seen:
            return ""
        return self._of_a_name(sender) or self._of_a_domain(sender)

    def _of_a_name(self, sender: Sender) -> str:
        found = self._people.get(name_key(sender.name))
        if not found or found[0] == sender.person:
            return ""
        times = "once" if found[2] == 1 else f"{found[2]} times"
        return (
            f"has the name of {found[1]}, whom you answered {times}, but another address: "
            f"{sender.address}"
        )

    def _of_a_domain(self, sender: Sender) -> str:
        domain = sender.address.rpartition("@")[2]
        like = self._domains.cousin(domain)
        return f"its domain {domain} is not {like}, which you know" if like else ""
