"""One person behind several addresses: joined on evidence that somebody weighed, parted when wrong.

Nothing joins by itself: whoever writes to us types their own name, and may type another's address.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q

from firsthand.core.attention import Screening
from firsthand.core.errors import Misuse
from firsthand.core.rights import Right, Target
from firsthand.office.intake import people
from firsthand.office.intake.counting import change_persons, lines_of
from firsthand.office.intake.tally import Share, in_order, shares
from firsthand.office.models import Actor, Event, Handle, Message, Person, Thread

LONGEST_WHY = 300


@transaction.atomic
def join(*, actor: Actor, person: Person, other: Person, why: str, now: datetime) -> Person:
    """All of `other` becomes `person`'s; `other` is no more. `why`: the evidence, in words.

    What was decided about one of them (let in, turned away) holds for both, and `person`'s before
    `other`'s. Raises Denied, Misuse.
    """
    person, other = _locked(person, other)
    _must(actor, [*person.handles.all(), *other.handles.all()], now)
    threads = _threads({person.pk, other.pk})
    before = _shares(threads)
    told = {
        "name": other.name,
        "handles": [[each.channel, each.address] for each in other.handles.order_by("pk")],
        "screening": other.screening,
        "why": " ".join(why.split())[:LONGEST_WHY],
    }
    for model in (Handle, Message, Thread):
        model._default_manager.filter(person=other).update(person=person)
    _count(before, _shares(threads), {person.pk})
    if person.screening == Screening.UNDECIDED and other.screening != Screening.UNDECIDED:
        person.screening = other.screening
        person.screened_by, person.screened_at = other.screened_by, other.screened_at
    person.about = person.about or other.about
    person.save(update_fields=["screening", "screened_by", "screened_at", "about"])
    other.delete()
    Event.record("person.joined", actor=actor, about=person, now=now, data=told)
    return Person.objects.get(pk=person.pk)


@transaction.atomic
def part(*, actor: Actor, person: Person, handles: Collection[int], now: datetime) -> Person:
    """These addresses of `person` are somebody else's: a new person, with what came from them.

    What was decided about `person` holds for both until somebody decides anew.
    """
    (person,) = _locked(person)
    every = list(person.handles.order_by("pk"))
    gone = [each for each in every if each.pk in handles]
    if not gone or len(gone) == len(every):
        raise Misuse("Choose some of their addresses, and leave them at least one.")
    _must(actor, every, now)
    threads = _threads({person.pk})
    before = _shares(threads)
    apart = Person.objects.create(
        name=next((each.name for each in gone if each.name), gone[0].address),
        screening=person.screening,
        screened_by=person.screened_by,
        screened_at=person.screened_at,
    )
    Handle.objects.filter(pk__in=[each.pk for each in gone]).update(person=apart)
    _take_messages(person, apart, gone)
    _front(threads)
    _count(before, _shares(threads), {person.pk, apart.pk})
    moved = [[each.channel, each.address] for each in gone]
    data = {"to": apart.pk, "handles": moved}
    Event.record("person.parted", actor=actor, about=person, now=now, data=data)
    return Person.objects.get(pk=apart.pk)


def _locked(*persons: Person) -> list[Person]:
    """As they are now, in the order asked for; locked in that of their numbers."""
    rows = Person.objects.select_for_update().filter(pk__in=[each.pk for each in persons])
    found = {row.pk: row for row in rows.order_by("pk")}
    if len(found) != len(persons):
        raise Misuse("They are the same person already.", hint="Load the page again.")
    return [found[each.pk] for each in persons]


def _must(actor: Actor, handles: Iterable[Handle], now: datetime) -> None:
    """Sorting on every channel that either of them writes on."""
    for channel in sorted({each.channel for each in handles}):
        actor.must(Right.TRIAGE, target=Target(channel), now=now)


def _threads(persons: Collection[int]) -> dict[int, str]:
    """{thread: its channel} wherever one of them has part."""
    addressed = Q()
    for address in Handle.objects.filter(person__in=persons).values_list("address", flat=True):
        addressed |= Q(to__icontains=address) | Q(cc__icontains=address)
    rows = Message.objects.filter(
        Q(person__in=persons) | (Q(direction="out") & addressed), thread__isnull=False
    )
    return {thread: channel for thread, channel in rows.values_list("thread", "channel") if thread}


def _shares(threads: dict[int, str]) -> dict[int, Share]:
    """{person: what these threads add to their counts}."""
    found: dict[int, Share] = defaultdict(Share)
    for channel in sorted(set(threads.values())):
        ids = [thread for thread, its in threads.items() if its == channel]
        for lines in lines_of(ids, channel).values():
            for person, share in shares(in_order(lines)).items():
                found[person].add(share)
    return found


def _count(before: dict[int, Share], after: dict[int, Share], persons: Collection[int]) -> None:
    """Bring the counts of persons up to date, and have the ranks of their open threads follow."""
    changes: dict[int, Share] = defaultdict(Share)
    for found, sign in ((before, -1), (after, 1)):
        for person, share in found.items():
            changes[person].add(share, sign)
    there = set(Person.objects.filter(pk__in=changes).values_list("pk", flat=True))
    change_persons({person: share for person, share in changes.items() if person in there})
    for person in persons:
        last = Message.objects.filter(person=person).aggregate(at=Max("at"))["at"]
        Person.objects.filter(pk=person).update(last_at=last)
    Thread.objects.filter(person__in=persons, state="open").update(needs_rank=True)


def _take_messages(person: Person, apart: Person, handles: Iterable[Handle]) -> None:
    """The messages from and to these addresses are `apart`'s."""
    for each in handles:
        rows = Message.objects.filter(person=person, channel=each.channel)
        rows.filter(direction="in", from_address=each.address).update(person=apart)
        sent = rows.filter(direction="out").values_list("pk", "to", "cc")
        first = {pk: next((p[0] for p in (*to, *cc)), "") for pk, to, cc in sent}
        known = people.find(each.channel, set(first.values()))
        theirs = [pk for pk, address in first.items() if known.get(address) == apart.pk]
        Message.objects.filter(pk__in=theirs).update(person=apart)


def _front(threads: dict[int, str]) -> None:
    """Who is in front of a thread: who wrote last, else whom we wrote to (as when it came in)."""
    for channel in sorted(set(threads.values())):
        ids = [thread for thread, its in threads.items() if its == channel]
        for thread, lines in lines_of(ids, channel).items():
            ordered = [line for line in in_order(lines) if line.person]
            came = [line for line in ordered if line.incoming]
            front = next((line.person for line in reversed(came or ordered)), None)
            Thread.objects.filter(pk=thread).update(person_id=front)
