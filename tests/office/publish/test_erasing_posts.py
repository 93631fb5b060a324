"""A public revision that is erased takes all of its text with it, and says what it took; no claim grows."""

from __future__ import annotations

from datetime import datetime

import pytest

from firsthand.core.byline import Ai, Level
from firsthand.core.errors import Denied, NotAllowed
from firsthand.office import desk, erasing, publish, search
from firsthand.office.models import Account, Actor, Draft, Event, Post, PostRevision
from firsthand.office.publish import Credited, Place
from tests.office.publish.conftest import published
from tests.office.test_erasing import everything

FIRST = "The jacaranda blooms behind the customs house. See https://quagga.example/list today."
GWENS = "Whoever came late last year comes first, as the okapi does."


@pytest.fixture
def first(ada: Actor, wall: Account, now: datetime) -> PostRevision:
    made = publish.compose(
        actor=ada, text=FIRST, title="Jacaranda time", slug="list", places=[Place(wall, "whole")],
        credits=[Credited("Mo Zebu", "guest")], sponsor="The Narwhal Mill", now=now,
    )  # fmt: skip
    return published(made, ada, now)


def begun(first: PostRevision, gwen: Actor, now: datetime) -> Draft:
    """Gwen begins the next revision with its text, and a file of words about it."""
    return publish.revise(post=first.post, actor=gwen, text=f"{FIRST}\n\n{GWENS}", now=now)


def test_a_draft_that_was_put_away_goes_with_it(
    first: PostRevision, ada: Actor, gwen: Actor, now: datetime
) -> None:
    away = begun(first, gwen, now)
    desk.ask(draft=away, actor=gwen, now=now)
    desk.reject(draft=away, actor=ada, reason="No okapi, please.", now=now)
    desk.discard(draft=away, actor=gwen, now=now)
    assert search.find(query="jacaranda", limit=5)
    taken = erasing.erase(submission=first.submission, actor=ada, now=now)
    words = ["acaranda", "okapi", "quagga", "Zebu", "Narwhal"]
    assert [word for word in words if word in everything()] == []
    assert not search.find(query="jacaranda", limit=5)
    assert (taken.places, taken.versions, taken.drafts, taken.repeats) == (2, 1, 1, 0)
    assert taken.sentence == (
        "Erased: its records on 2 accounts, its text, our 2 copies in threads, a draft of it that was "
        "put away."
    )


def test_its_text_within_later_drafts_goes_and_later_public_texts_stay(
    first: PostRevision, ada: Actor, now: datetime
) -> None:
    draft = publish.revise(post=first.post, actor=ada, now=now)  # begins with its text
    publish.edit(draft=draft, actor=ada, base=1, text="It opens in June.", title="June", now=now)
    second = published(draft, ada, now)
    taken = erasing.erase(submission=first.submission, actor=ada, now=now)
    assert taken.repeats == 1
    assert "jacaranda" not in everything()
    second.refresh_from_db()
    assert (second.text, second.draft.current.text) == ("It opens in June.",) * 2
    assert second.post.sponsor == "The Narwhal Mill", "the text that stays says so too"


def test_while_somebody_goes_on_from_it_it_is_not_erased(
    first: PostRevision, ada: Actor, gwen: Actor, now: datetime
) -> None:
    going = begun(first, gwen, now)
    with pytest.raises(NotAllowed, match=f"Gwen Osei has begun .*draft {going.pk}"):
        erasing.erase(submission=first.submission, actor=ada, now=now)
    first.refresh_from_db()
    assert first.text == FIRST
    desk.discard(draft=going, actor=ada, now=now)
    assert erasing.erase(submission=first.submission, actor=ada, now=now).drafts == 1


def test_what_was_erased_is_no_beginning_of_anything(
    first: PostRevision, ada: Actor, now: datetime
) -> None:
    erasing.erase(submission=first.submission, actor=ada, now=now)
    with pytest.raises(NotAllowed, match="was erased: write a new post"):
        publish.revise(post=Post.objects.get(), actor=ada, text="Anew.", now=now)


@pytest.mark.parametrize("who", ["gwen", "stan", "rev"])
def test_nobody_else_erases_it(
    first: PostRevision, request: pytest.FixtureRequest, who: str, now: datetime
) -> None:
    with pytest.raises(Denied, match="Only the principal"):
        erasing.erase(submission=first.submission, actor=request.getfixturevalue(who), now=now)
    assert not Event.objects.filter(act="submission.erased").exists()


def test_words_whose_writer_was_erased_do_not_become_the_principals(
    first: PostRevision, ada: Actor, gwen: Actor, now: datetime
) -> None:
    away = begun(first, gwen, now)
    desk.discard(draft=away, actor=ada, now=now)
    words = f"It opens in June. {GWENS}"
    second = published(publish.revise(post=first.post, actor=ada, text=words, now=now), ada, now)
    assert second.submission.level == Level.APPROVED
    erasing.erase(submission=first.submission, actor=ada, now=now)
    third = published(
        publish.revise(post=first.post, actor=ada, text=f"{words} Come.", now=now), ada, now
    )
    assert third.submission.level == Level.APPROVED
    assert "Gwen Osei" in third.submission.sentence


def test_words_of_a_program_that_were_erased_stay_told_as_such(
    otto: Actor, ada: Actor, now: datetime
) -> None:
    """What Otto wrote was public as `generated`; erasing its record makes the next one no less."""
    made = publish.compose(actor=otto, text=FIRST, now=now)
    first = published(made, ada, now)
    assert first.submission.ai == Ai.GENERATED
    second = published(
        publish.revise(post=first.post, actor=ada, text=f"{FIRST} Come.", now=now), ada, now
    )
    assert second.submission.ai == Ai.GENERATED
    erasing.erase(submission=first.submission, actor=ada, now=now)
    third = published(
        publish.revise(post=first.post, actor=ada, text=f"{FIRST} Come. Soon.", now=now), ada, now
    )
    assert (third.submission.level, third.submission.ai) == (Level.APPROVED, Ai.GENERATED)
