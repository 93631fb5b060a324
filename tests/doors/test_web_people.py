"""Persons on the pages: joined on evidence, parted again, and a conversation that moved."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from firsthand.office.models import Account, Actor, Handle, Message, Person, Thread
from tests.office.conftest import receive


@pytest.fixture
def now() -> datetime:
    return timezone.now() - timedelta(minutes=1)


def wrote(account: Account, now: datetime, address: str) -> Thread:
    person = Person.objects.create(name="Stella Kaur", received=1)
    Handle.objects.create(
        person=person, channel=account.channel, address=address, name="Stella Kaur"
    )
    thread = receive(account, person=person, at=now, from_address=address)
    Message.objects.filter(thread=thread).update(person=person)
    return thread


def test_two_persons_become_one_and_two_again(
    account: Account, ada: Actor, stan: Actor, rev: Actor, client: Client, now: datetime
) -> None:
    elsewhere = Account.objects.create(channel="memory", address="ada@social.example", made_at=now)
    mail = wrote(account, now, "stella@elsewhere.example")
    fedi = wrote(elsewhere, now, "stella@social.example")
    assert mail.person
    assert fedi.person
    join = (f"/people/{mail.person.pk}/join", {"other": fedi.person.pk, "why": "The same name."})
    for who in (stan, rev):
        client.force_login(who)
        assert client.post(*join).status_code in (302, 403)
        assert Person.objects.count() == 2
    client.force_login(ada)
    page = client.get(f"/people/{mail.person.pk}").content.decode()
    assert "The same name, as stella@social.example on memory." in page
    told = client.post(*join, follow=True).content.decode()
    assert "are one person now" in told
    shown = client.get(f"/t/{mail.pk}").content.decode()
    assert "This goes on from there" in shown
    client.post(f"/t/{mail.pk}/carry-on", {"earlier": fedi.pk})
    assert (
        "It goes on from a conversation on memory." in client.get(f"/t/{mail.pk}").content.decode()
    )
    handle = Handle.objects.get(channel="memory")
    client.post(f"/people/{mail.person.pk}/part", {"handle": handle.pk})
    handle.refresh_from_db()
    assert handle.person != mail.person
