"""Who may be the same person under another address, each with the evidence, for somebody to weigh."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Value
from django.db.models.functions import Lower

from firsthand.office import search
from firsthand.office.models import Account, Handle, Message, Person

MOST = 5
_HITS = 20


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who may be the same, and why: a sentence that says how far to trust it."""

    person: Person
    evidence: str


def alike(person: Person) -> list[Alike]:
    """The strongest evidence first; each person once, and at most five."""
    own = list(person.handles.order_by("pk")[:MOST])
    if not Account.objects.exclude(channel__in=[handle.channel for handle in own]).exists():
        return []  # nobody is met elsewhere
    found: dict[int, Alike] = {}
    for each in (*_same_address(own), *_named_in_letters(own), *_same_name(person, own)):
        if each.person.pk != person.pk:
            found.setdefault(each.person.pk, each)
    return list(found.values())[:MOST]


def _same_address(own: list[Handle]) -> Iterator[Alike]:
    for handle in own:
        rows = Handle.objects.filter(address=handle.address).exclude(channel=handle.channel)
        for other in rows.exclude(person=handle.person_id).select_related("person")[:MOST]:
            claimed = f"The same address, {handle.address}, on {other.channel}."
            yield Alike(other.person, claimed + " Nobody may have checked it there.")


def _named_in_letters(own: list[Handle]) -> Iterator[Alike]:
    """Somebody's own words name this address: a signature, a "find me at"."""
    for handle in own:
        hits = search.find(query=f'"{handle.address}"', limit=_HITS)
        rows = Message.objects.filter(pk__in=[hit.message for hit in hits], direction="in")
        rows = rows.exclude(person=handle.person_id).exclude(channel=handle.channel)
        for message in rows.exclude(person=None).select_related("person").order_by("-at")[:MOST]:
            if message.person:
                said = f"{message.from_address} names {handle.address} in a message of theirs."
                yield Alike(message.person, said)


def _same_name(person: Person, own: list[Handle]) -> Iterator[Alike]:
    """A first name alone says nothing."""
    if len(person.name.split()) < 2 or not own:
        return
    channels = {handle.channel for handle in own}
    rows = Handle.objects.alias(lower=Lower("name")).filter(lower=Lower(Value(person.name)))
    rows = rows.exclude(channel__in=channels)
    for other in rows.exclude(person=person).select_related("person")[:MOST]:
        yield Alike(other.person, f"The same name, as {other.address} on {other.channel}.")
