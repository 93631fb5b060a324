"""Which person is behind an address. Persons are made for who writes to us and whom we write to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from firsthand.office.intake import looking, writing
from firsthand.office.models import Handle, Person
from firsthand.office.reading import Pair


def match(channel: str, addresses: Iterable[Pair]) -> dict[str, int]:
    """{address: person}, with persons and handles made for the addresses not met before."""
    wanted: dict[str, str] = {}
    for address, name in addresses:
        if address and not wanted.get(address):
            wanted[address] = name
    known = _known(channel, wanted)
    missing = [address for address in wanted if address not in known]
    return known | _make(channel, missing, wanted)


def _make(channel: str, addresses: Sequence[str], names: Mapping[str, str]) -> dict[str, int]:
    persons = writing.numbers(Person, len(addresses))
    made = dict(zip(addresses, persons, strict=True))
    rows = [(pk, (names[address] or address)[:300]) for address, pk in made.items()]
    writing.insert(Person, ("id", "name"), rows)
    handles = zip(writing.numbers(Handle, len(addresses)), persons, addresses, strict=True)
    columns = ("id", "person_id", "channel", "address", "name")
    writing.insert(Handle, columns, [(*row[:2], channel, row[2], names[row[2]]) for row in handles])
    return made


def _known(channel: str, wanted: Mapping[str, str]) -> dict[str, int]:
    """Known addresses. A person who was only an address gets the first name that is told."""
    columns = ("id", "address", "name", "person_id")
    known: dict[str, int] = {}
    for pk, address, name, person in looking.find(
        Handle, columns, "address", wanted, channel=channel
    ):
        known[address] = person
        told = wanted[address]
        if told and not name:
            Handle.objects.filter(pk=pk).update(name=told)
            Person.objects.filter(pk=person, name=address).update(name=told)
    return known


def find(channel: str, addresses: Iterable[str]) -> dict[str, int]:
    """{address: person} for those that are known."""
    columns = ("address", "person_id")
    return dict(looking.find(Handle, columns, "address", set(addresses), channel=channel))
