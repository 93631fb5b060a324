"""One person behind several addresses: joined on evidence, parted again, counted right both times."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from firsthand.core.attention import Lane, Screening
from firsthand.core.envelope import Inbound
from firsthand.core.errors import Denied, Misuse
from firsthand.core.rights import Right, Scope
from firsthand.office import attention, intake, staff
from firsthand.office.models import (
    Account,
    Actor,
    Event,
    Handle,
    Message,
    Person,
    RankRow,
    Thread,
)
from tests.office import letters
from tests.office.conftest import Hire

STELLA = "stella@elsewhere.example"
FEDI = "stella@social.example"
ASIDE = timedelta(hours=1)


@pytest.fixture
def memory(ada: Actor, now: datetime) -> Account:
    return Account.objects.create(channel="memory", address="ada@social.example", made_at=now)


Sent = dict[str, str]


def letter(number: str, sender: str, **more: str) -> Sent:
    return {"number": number, "sender": sender, **more}


def come(account: Account, at: datetime, *sent: Sent) -> None:
    raws = [letters.letter(each.pop("number"), when=at, **each) for each in sent]
    found = [Inbound(account.channel, str(hash(raw)), raw, at) for raw in raws]
    intake.take(account=account, inbounds=found, now=at)


@pytest.fixture
def both(account: Account, memory: Account, now: datetime) -> tuple[Person, Person]:
    """Stella by mail, answered once, and Stella on another channel; Tom got a copy of the answer."""
    before = now - ASIDE
    come(account, before, letter("m1", f"Stella Kaur <{STELLA}>", subject="The essay"))
    reply = letter(
        "m2",
        "ada@ada.example",
        to=f"{STELLA}, tom@x.example",
        subject="Re: The essay",
        answers="m1",
    )
    come(account, now, reply)
    come(memory, now, letter("f1", f"Stella Kaur <{FEDI}>", to=memory.address, subject="Hello"))
    by_mail = Handle.objects.get(channel="mail", address=STELLA).person
    return by_mail, Handle.objects.get(channel="memory", address=FEDI).person


def counts(person: Person) -> tuple[int, int, int]:
    found = Person.objects.get(pk=person.pk)
    return found.received, found.answered, found.written


def test_all_of_the_other_becomes_theirs(
    both: tuple[Person, Person], hal: Actor, now: datetime
) -> None:
    mail, fedi = both
    assert (counts(mail), counts(fedi)) == ((1, 1, 1), (1, 0, 0))
    attention.screen(actor=hal, person=fedi, screening=Screening.YES, now=now)
    one = intake.join(actor=hal, person=mail, other=fedi, why="She said so.", now=now)
    assert counts(one) == (2, 1, 1)
    assert one.screening == Screening.YES
    assert {each.channel for each in one.handles.all()} == {"mail", "memory"}
    assert set(Thread.objects.values_list("person", flat=True)) == {one.pk}
    assert not Person.objects.filter(pk=fedi.pk).exists()
    event = Event.objects.get(act="person.joined")
    assert event.data["handles"] == [["memory", FEDI]]
    assert event.data["why"] == "She said so."


def test_a_rebuild_and_new_mail_keep_them_one(
    both: tuple[Person, Person], hal: Actor, memory: Account, now: datetime
) -> None:
    mail, fedi = both
    one = intake.join(actor=hal, person=mail, other=fedi, why="", now=now)
    before = counts(one)
    intake.rebuild(now=now)
    assert counts(one) == before
    come(memory, now, letter("f2", FEDI, to=memory.address, subject="Again"))
    assert counts(one) == (before[0] + 1, *before[1:])


def test_who_was_joined_can_be_parted(
    both: tuple[Person, Person], hal: Actor, now: datetime
) -> None:
    mail, fedi = both
    one = intake.join(actor=hal, person=mail, other=fedi, why="", now=now)
    handle = one.handles.get(channel="memory")
    apart = intake.part(actor=hal, person=one, handles=[handle.pk], now=now)
    assert (counts(mail), counts(apart)) == ((1, 1, 1), (1, 0, 0))
    assert Thread.objects.get(channel="memory").person == apart
    assert Thread.objects.get(channel="mail").person == mail
    assert Message.objects.get(channel="memory").person == apart
    before = (counts(mail), counts(apart))
    intake.rebuild(now=now)
    assert (counts(mail), counts(apart)) == before


def test_an_answer_to_both_addresses_counts_once(
    account: Account, hal: Actor, now: datetime
) -> None:
    come(account, now, letter("a", "old@x.example"), letter("b", "new@x.example", subject="New"))
    come(account, now, letter("c", "ada@ada.example", to="old@x.example, new@x.example"))
    old, new = (Handle.objects.get(address=f"{each}@x.example").person for each in ("old", "new"))
    assert (counts(old)[2], counts(new)[2]) == (1, 1)
    one = intake.join(actor=hal, person=old, other=new, why="", now=now)
    assert counts(one)[2] == 1
    apart = intake.part(
        actor=hal, person=one, handles=[one.handles.get(address="new@x.example").pk], now=now
    )
    assert (counts(one)[2], counts(apart)[2]) == (1, 1)


def test_neither_strangers_nor_half_rights_join(
    both: tuple[Person, Person], ada: Actor, hire: Hire, stan: Actor, rev: Actor, now: datetime
) -> None:
    mail, fedi = both
    half = hire("Mia Half")
    staff.grant(
        hand=half, by=ada, right=Right.TRIAGE, now=now, scope=Scope(channels=frozenset({"mail"}))
    )
    for actor in (stan, rev, half):
        with pytest.raises(Denied):
            intake.join(actor=actor, person=mail, other=fedi, why="", now=now)
    one = intake.join(actor=ada, person=mail, other=fedi, why="", now=now)
    handle = one.handles.get(channel="memory")
    for actor in (stan, rev, half):
        with pytest.raises(Denied):
            intake.part(actor=actor, person=one, handles=[handle.pk], now=now)


def test_nobody_is_joined_to_themselves_or_parted_from_all(
    both: tuple[Person, Person], hal: Actor, now: datetime
) -> None:
    mail, _ = both
    with pytest.raises(Misuse, match="same person already"):
        intake.join(actor=hal, person=mail, other=mail, why="", now=now)
    for handles in ([], [mail.handles.get().pk], [99_999]):
        with pytest.raises(Misuse, match="leave them at least one"):
            intake.part(actor=hal, person=mail, handles=handles, now=now)


def test_evidence_is_told_and_nothing_joins_by_itself(
    both: tuple[Person, Person], account: Account, memory: Account, now: datetime
) -> None:
    mail, fedi = both
    assert [each.evidence for each in intake.alike(mail)] == [
        f"The same name, as {FEDI} on memory."
    ]
    come(account, now, letter("m3", STELLA, subject="P.S.", text=f"Find me as {FEDI}."))
    assert intake.alike(fedi)[0].evidence == f"{STELLA} names {FEDI} in a message of theirs."
    come(memory, now, letter("f3", STELLA, to=memory.address, subject="I say I am Stella"))
    imposter = Handle.objects.get(channel="memory", address=STELLA).person
    assert imposter != mail
    assert intake.alike(imposter)[0].person == mail
    assert "Nobody may have checked it" in intake.alike(imposter)[0].evidence


def test_a_conversation_that_moved_is_one(
    both: tuple[Person, Person], hal: Actor, stan: Actor, rev: Actor, now: datetime
) -> None:
    mail, fedi = both
    here, there = Thread.objects.get(channel="mail"), Thread.objects.get(channel="memory")
    with pytest.raises(Misuse, match="same person"):
        attention.carry_on(actor=hal, thread=here, earlier=there, now=now)
    intake.join(actor=hal, person=mail, other=fedi, why="", now=now)
    for actor in (stan, rev):
        with pytest.raises(Denied):
            attention.carry_on(actor=actor, thread=here, earlier=there, now=now)
    attention.carry_on(actor=hal, thread=here, earlier=there, now=now)
    there.refresh_from_db()
    here.refresh_from_db()
    assert there.state == "closed"
    assert attention.before(here) == [there]
    with pytest.raises(Misuse, match="itself"):
        attention.carry_on(actor=hal, thread=there, earlier=here, now=now)
    attention.carry_on(actor=hal, thread=here, earlier=None, now=now)
    here.refresh_from_db()
    assert attention.before(here) == []


def lanes() -> dict[str, str]:
    return dict(RankRow.objects.values_list("thread__subject", "lane"))


@pytest.mark.parametrize(
    ("answer", "lane"),
    [(Screening.YES, Lane.YOU), (Screening.HELPER, Lane.HELPER), (Screening.NO, Lane.JUNK)],
)
def test_one_decision_holds_on_all_channels_of_a_person(
    account: Account, memory: Account, ada: Actor, now: datetime, answer: Screening, lane: Lane
) -> None:
    tom, elsewhere = "Tom Ng <tom@x.example>", "Tom Ng <tom@social.example>"
    come(account, now, letter("t1", tom, subject="By mail"))
    come(memory, now, letter("t2", elsewhere, to=memory.address, subject="Elsewhere"))
    attention.rank_waiting(now=now)
    assert set(lanes().values()) == {Lane.SCREENED}
    mail, other = (
        Handle.objects.get(address=f"tom@{each}.example").person for each in ("x", "social")
    )
    attention.screen(actor=ada, person=mail, screening=answer, now=now)
    assert lanes() == {"By mail": lane, "Elsewhere": Lane.SCREENED}
    one = intake.join(actor=ada, person=other, other=mail, why="He said so.", now=now)
    attention.rank_waiting(now=now)
    assert lanes() == {"By mail": lane, "Elsewhere": lane}
    come(memory, now, letter("t3", elsewhere, to=memory.address, subject="Elsewhere again"))
    attention.rank_waiting(now=now)
    assert lanes()["Elsewhere again"] == lane
    handle = one.handles.get(channel="memory")
    apart = intake.part(actor=ada, person=one, handles=[handle.pk], now=now)
    come(memory, now, letter("t4", elsewhere, to=memory.address, subject="After they were parted"))
    attention.rank_waiting(now=now)
    assert set(lanes().values()) == {lane}
    attention.screen(actor=ada, person=apart, screening=Screening.NO, now=now)
    assert lanes() == {"By mail": lane, **dict.fromkeys(lanes().keys() - {"By mail"}, Lane.JUNK)}


def test_who_decides_may_sort_on_every_channel_and_in_every_lane_that_it_moves(
    both: tuple[Person, Person], ada: Actor, hire: Hire, hal: Actor, now: datetime
) -> None:
    mail, fedi = both
    attention.rank_waiting(now=now)
    one = intake.join(actor=ada, person=mail, other=fedi, why="", now=now)
    attention.rank_waiting(now=now)
    scopes = {
        "Mia Mail": Scope(channels=frozenset({"mail"})),
        "Mel Memory": Scope(channels=frozenset({"memory"})),
        "Lin Lane": Scope(lanes=frozenset({"helper"})),
    }
    for name, scope in scopes.items():
        half = hire(name)
        staff.grant(hand=half, right=Right.TRIAGE, by=ada, now=now, scope=scope)
        with pytest.raises(Denied):
            attention.screen(actor=half, person=one, screening=Screening.NO, now=now)
    assert Person.objects.get(pk=one.pk).screening == Screening.UNDECIDED
    attention.screen(actor=hal, person=one, screening=Screening.NO, now=now)
    assert set(lanes().values()) == {Lane.JUNK}


def test_a_hand_who_sorts_first_time_senders_only_may_let_them_in(
    account: Account, ada: Actor, hire: Hire, now: datetime
) -> None:
    come(account, now, letter("t1", "Tom Ng <tom@x.example>", subject="By mail"))
    attention.rank_waiting(now=now)
    door = hire("Dora Door")
    scope = Scope(lanes=frozenset({"screened"}))
    staff.grant(hand=door, right=Right.TRIAGE, by=ada, now=now, scope=scope)
    tom = Handle.objects.get(address="tom@x.example").person
    attention.screen(actor=door, person=tom, screening=Screening.YES, now=now)
    assert lanes() == {"By mail": Lane.YOU}
    with pytest.raises(Denied):
        attention.screen(actor=door, person=tom, screening=Screening.NO, now=now)
