"""The cast of the office: Ada the principal, her hands, a stranger, one whose rights were revoked."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from firsthand.core.byline import ActorKind
from firsthand.core.rights import Right, Scope
from firsthand.office import staff
from firsthand.office.models import Account, Actor, Body, Message, Office, Person, Thread

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
QUESTION = "Dear Ada,\n\nwould you read my chapter? I do not agree with the critics.\n\nStan"


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def office(db: None, settings: object, tmp_path: Path, now: datetime) -> Office:
    """A fresh office whose log is published into a folder of the test's own."""
    settings.LOG_FOLDER = tmp_path / "log"  # type: ignore[attr-defined]
    return staff.open_office(
        name="Ada Ferrer", email="ada@ada.example", base="https://ada.example", now=now
    )


@pytest.fixture
def ada(office: Office) -> Actor:
    principal: Actor = Actor.objects.get(is_principal=True)
    return principal


Hire = Callable[..., Actor]


@pytest.fixture
def hire(ada: Actor, now: datetime) -> Hire:
    """Add a hand with rights everywhere."""

    def add(
        name: str, *rights: Right, kind: ActorKind = ActorKind.HUMAN, email: str | None = None
    ) -> Actor:
        hand = staff.add_hand(by=ada, name=name, kind=kind, email=email, now=now)
        for right in rights:
            staff.grant(hand=hand, by=ada, right=right, now=now, scope=Scope())
        return hand

    return add


@pytest.fixture
def hal(hire: Hire) -> Actor:
    """The assistant: sorts and drafts."""
    return hire("Hal Brandt", Right.TRIAGE, Right.DRAFT, email="hal@ada.example")


@pytest.fixture
def gwen(hire: Hire) -> Actor:
    """The ghost-writer: drafts, edits and sends; has no address of her own."""
    return hire("Gwen Osei", Right.DRAFT, Right.EDIT, Right.SEND)


@pytest.fixture
def otto(hire: Hire) -> Actor:
    """The AI agent: drafts, does not send."""
    return hire("Otto", Right.DRAFT, kind=ActorKind.AGENT)


@pytest.fixture
def stan(office: Office, now: datetime) -> Actor:
    """A stranger who somehow is an actor: no grant at all."""
    stranger: Actor = Actor.objects.create(
        key="stan", name="Stan Marsh", initials="SM", kind=ActorKind.HUMAN, made_at=now
    )
    return stranger


@pytest.fixture
def rev(hire: Hire, ada: Actor, now: datetime) -> Actor:
    """A hand who had every right until yesterday's tomorrow: all were revoked."""
    hand = hire("Rev Lindqvist", *Right)
    for grant in hand.grants.all():
        staff.revoke(grant=grant, by=ada, now=now)
    return hand


@pytest.fixture
def gone(hire: Hire, ada: Actor, now: datetime) -> Actor:
    """A hand who was let go."""
    hand = hire("Gil Novak", *Right)
    staff.offboard(hand=hand, by=ada, now=now)
    return hand


@pytest.fixture
def account(office: Office, now: datetime) -> Account:
    return Account.objects.create(
        channel="mail",
        address="ada@ada.example",
        settings={"imap": "mail.ada.example"},
        state="ok",
        made_at=now,
    )


@pytest.fixture
def arrive() -> Callable[..., Thread]:
    """A message comes in; see `receive`."""
    return receive


@pytest.fixture
def thread(account: Account, now: datetime) -> Thread:
    """A letter by somebody outside, unanswered."""
    person = Person.objects.create(name="Stella Kaur")
    return receive(account, person=person, at=now - timedelta(days=2))


def receive(
    account: Account,
    *,
    at: datetime,
    thread: Thread | None = None,
    person: Person | None = None,
    text: str = QUESTION,
    **fields: object,
) -> Thread:
    """A message comes in; into a thread, or as a new one. `fields` go to the message."""
    subject = str(fields.pop("subject", "Your essay"))
    thread = thread or Thread.objects.create(
        account=account,
        channel=account.channel,
        person=person,
        subject=subject,
        first_at=at,
        last_at=at,
        waiting_since=at,
    )
    count = Message.objects.count() + 1
    values: dict[str, object] = {
        "thread": thread,
        "account": account,
        "channel": account.channel,
        "remote_id": f"INBOX/1/{count}",
        "fingerprint": f"{count:064}",
        "message_id": f"letter-{count}@elsewhere.example",
        "direction": "in",
        "person": thread.person,
        "from_address": "stella@elsewhere.example",
        "from_name": "Stella Kaur",
        "to": [["ada@ada.example", "Ada Ferrer"]],
        "subject": subject,
        "at": at,
        **fields,
    }
    message = Message.objects.create(**values)
    raw = text.encode()
    Body.objects.create(message=message, raw=zlib.compress(raw), size=len(raw), text=text)
    thread.latest, thread.last_at = message.pk, at
    thread.messages_count += 1
    thread.save()
    return thread
