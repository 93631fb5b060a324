"""Rebuilding gives the same rows again, and keeps what people decided (invariant 6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Model

from firsthand.core.attention import Lane, Screening
from firsthand.office import attention, intake, search
from firsthand.office.models import (
    Account,
    Actor,
    Handle,
    LaneCount,
    Message,
    Person,
    RankRow,
    Thread,
)  # fmt: skip
from tests.office.letters import ADA, STELLA, at, inbounds, letter

pytestmark = pytest.mark.django_db


def everything() -> dict[str, list[dict[str, Any]]]:
    models: tuple[type[Model], ...] = (Message, Thread, Person, Handle, RankRow, LaneCount)
    return {m.__name__: list(m._default_manager.order_by("pk").values()) for m in models}


def furnish(account: Account, ada: Actor, now: datetime) -> None:
    bob = "Bob <bob@third.example>"
    raws = [
        letter(1, when=at(10)),
        letter(2, when=at(11), sender=ADA, to=STELLA, subject="Re: Your essay", answers=1),
        letter(3, when=at(12), answers=2, text="Thank you. May I quote you?"),
        letter(4, when=at(13), sender=bob, subject="Ciao"),
        letter(5, when=at(14), sender=bob, subject="Re: Ciao", text="Still there?"),
        letter(6, when=now - timedelta(days=200), sender=bob, subject="Long ago"),
        bytes(range(256)) * 9,
    ]
    for raw in raws:
        intake.take(account=account, inbounds=inbounds(raw), now=now)
    ciao = Thread.objects.get(subject="Ciao")
    attention.snooze(actor=ada, thread=ciao, until=now + timedelta(days=3), now=now)
    essay = Thread.objects.get(subject="Your essay")
    attention.move(actor=ada, thread=essay, lane=Lane.HELPER, now=now)
    stella = Person.objects.get(name="Stella Kaur")
    attention.screen(actor=ada, person=stella, screening=Screening.YES, now=now)
    attention.rank_waiting(now=now)


def test_a_rebuild_changes_nothing_that_was_right(
    account: Account, ada: Actor, gwen: Actor, now: datetime
) -> None:
    furnish(account, ada, now)
    sent = Message.objects.filter(direction="out")
    sent.update(actor=gwen)  # who has no address of her own
    before = everything()
    assert intake.rebuild(now=now) == 7
    attention.rank_waiting(now=now)
    assert everything() == before
    assert [hit.subject for hit in search.find(query="quote")] == ["Your essay"]


def test_a_rebuild_repairs_what_was_derived_wrongly(
    account: Account, ada: Actor, now: datetime
) -> None:
    furnish(account, ada, now)
    before = everything()
    Message.objects.filter(set_aside="").update(subject="?", words=0, in_reply_to="", person=None)
    Person.objects.update(received=99, answered=0, answer_words=1.5)
    Thread.objects.update(subject="?", subject_key="?", messages_count=77, person=None)
    search.clear()
    intake.rebuild(now=now)
    attention.rank_waiting(now=now)
    assert everything() == before
    assert [hit.subject for hit in search.find(query="quote")] == ["Your essay"]


def test_messages_in_the_wrong_thread_come_apart(
    account: Account, ada: Actor, now: datetime
) -> None:
    furnish(account, ada, now)
    threads = Thread.objects.count()
    Message.objects.filter(set_aside="").update(thread=Thread.objects.get(subject="Ciao"))
    intake.rebuild(now=now)
    assert Thread.objects.count() == threads
    counts = sorted(Thread.objects.values_list("subject", "messages_count"))
    assert counts == [("Ciao", 2), ("Long ago", 1), ("Your essay", 3)]
