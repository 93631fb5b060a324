"""An answer on a channel of short public posts: what it may be, before anything is handed out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from firsthand.channels.bluesky.dialect import LARGEST_PICTURE
from firsthand.core.envelope import Address
from firsthand.core.errors import Misuse
from firsthand.core.record import place_digest, text_digest
from firsthand.office import desk
from firsthand.office.models import Account, Actor, Draft, Submission, Thread

Arrive = Callable[..., Thread]
STAN, TOM = Address("stan.bsky.social"), Address("tom.bsky.social")


@pytest.fixture
def profile(now: datetime) -> Account:
    return Account.objects.create(
        channel="bluesky", address="ada.bsky.social", settings={"pds": ""}, state="ok", made_at=now
    )


@pytest.fixture
def question(arrive: Arrive, profile: Account, now: datetime) -> Thread:
    """Stan mentions Ada, and Tom."""
    thread = arrive(profile, at=now, subject="", to=[["ada.bsky.social", ""], [TOM.address, ""]])
    thread.messages.update(from_address=STAN.address, from_name="Stan", folder="mention")
    return thread


def sent(draft: Draft, actor: Actor, now: datetime) -> Submission:
    return desk.send(draft=draft, actor=actor, revision=draft.revision, seen=draft.seen, now=now)


def test_an_answer_names_whoever_is_not_answered_and_ends_with_initials(
    ada: Actor, question: Thread, now: datetime
) -> None:
    made = sent(desk.draft(actor=ada, text="Gladly.\n", now=now, thread=question), ada, now)
    assert made.text == f"@{TOM.address} Gladly. ^AF"
    subject = made.statement["credentialSubject"]
    salt = bytes(made.salt)
    assert subject["digestMultibase"] == text_digest(salt, made.text)
    assert subject["placeDigest"] == place_digest(
        salt,
        author="ada.bsky.social",
        to=[STAN.address, TOM.address],
        in_reply_to=question.messages.get().message_id,
        subject="",
    )
    assert made.envelope["parent"][2] == "mention"


def test_what_is_too_long_with_its_initials_is_told_before(
    ada: Actor, question: Thread, now: datetime
) -> None:
    room = 300 - len(" ^AF")
    long = desk.draft(actor=ada, text="é" * room + "é", now=now, thread=question, to_all=False)
    with pytest.raises(Misuse, match="1 characters too long"):
        sent(long, ada, now)
    desk.edit(draft=long, actor=ada, text="é" * room, base=1, now=now)
    long.refresh_from_db()
    assert len(sent(long, ada, now).text) == 300


def test_nobody_is_written_to_in_private_where_all_is_public(
    ada: Actor, profile: Account, question: Thread, now: datetime
) -> None:
    letter = desk.draft(actor=ada, text="Between us.", now=now, account=profile, to=[STAN])
    with pytest.raises(Misuse, match="no private messages"):
        sent(letter, ada, now)
    blind = desk.draft(actor=ada, text="Gladly.", now=now, thread=question, bcc=[TOM])
    with pytest.raises(Misuse, match="blind copy"):
        sent(blind, ada, now)
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("media_type", "size", "why"),
    [("application/pdf", 10, "Only pictures"), ("image/png", LARGEST_PICTURE + 1, "up to 2 MB")],
)
def test_a_file_that_cannot_go_along_is_refused_when_it_is_added(
    ada: Actor, question: Thread, now: datetime, media_type: str, size: int, why: str
) -> None:
    draft = desk.draft(actor=ada, text="Look.", now=now, thread=question)
    with pytest.raises(Misuse, match=why):
        desk.attach(
            draft=draft,
            actor=ada,
            name="a",
            media_type=media_type,
            content=bytes(size),
            base=1,
            now=now,
        )
    for number in range(4):
        desk.attach(
            draft=draft,
            actor=ada,
            name=f"{number}.png",
            media_type="image/png",
            content=b"x",
            base=1 + number,
            now=now,
        )
    with pytest.raises(Misuse, match="4 pictures at most"):
        desk.attach(
            draft=draft, actor=ada, name="5", media_type="image/png", content=b"x", base=5, now=now
        )
