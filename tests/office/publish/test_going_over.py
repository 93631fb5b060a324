"""The next revision, begun by one and gone over by another: nothing lost, nothing merged, nobody hidden."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from firsthand.core.byline import Level
from firsthand.core.errors import Conflict, Denied, Misuse, NotAllowed
from firsthand.core.revising import Change
from firsthand.core.rights import Right
from firsthand.office import desk, publish
from firsthand.office.models import Account, Actor, Draft, Event, Post, Rejection
from firsthand.office.publish import Credited, Place
from tests.office.publish.conftest import published

FIRST = "The list opens in May, and everybody on it is written to by hand."
GWENS = "Whoever came late last year comes first this year, without having to ask for it."
ADAS = "The list opens in June now, and everybody on it is written to by hand."


@pytest.fixture
def post(ada: Actor, now: datetime) -> Post:
    made = publish.compose(actor=ada, text=FIRST, title="The list", now=now)
    return published(made, ada, now).post


@pytest.fixture
def begun(post: Post, gwen: Actor, now: datetime) -> Draft:
    """Gwen, who may edit and not publish, has begun the next revision."""
    draft = publish.revise(post=post, actor=gwen, text=f"{FIRST}\n\n{GWENS}", now=now)
    desk.ask(draft=draft, actor=gwen, now=now)
    return draft


def test_the_principal_goes_over_what_a_hand_has_begun(
    post: Post, begun: Draft, ada: Actor, now: datetime
) -> None:
    with pytest.raises(Conflict, match="Gwen Osei has begun") as refused:
        publish.revise(post=post, actor=ada, text=ADAS, now=now)
    assert "go over it" in refused.value.hint
    made = publish.revise(post=post, actor=ada, text=ADAS, over=True, now=now)
    begun.refresh_from_db()
    assert (begun.state, begun.current.text) == ("discarded", f"{FIRST}\n\n{GWENS}")
    why = Rejection.objects.get(draft=begun)
    assert (why.actor, why.ended_it) == (ada, True)
    assert why.reason == f"The next revision is begun anew, in draft {made.pk}."
    event = Event.objects.get(act="draft.superseded")
    assert (event.actor, event.about_id, event.data) == (
        ada, begun.pk, {"revision": 1, "draft": made.pk},
    )  # fmt: skip
    revision = published(made, ada, now)
    assert (revision.number, revision.text) == (2, ADAS)
    assert revision.submission.level == Level.FIRSTHAND, "nothing of Gwen's is in it"
    assert "Gwen" not in str(revision.submission.statement)


def test_words_that_come_back_from_it_stay_their_writers_also_in_the_revisions_after(
    post: Post, begun: Draft, ada: Actor, now: datetime
) -> None:
    taken = publish.revise(post=post, actor=ada, text=f"{ADAS} {GWENS}", over=True, now=now)
    revision = published(taken, ada, now)
    assert revision.submission.level == Level.APPROVED
    assert "Gwen Osei" in revision.submission.sentence
    later = published(
        publish.revise(post=post, actor=ada, text=f"{ADAS} {GWENS} Come.", now=now), ada, now
    )
    assert later.submission.level == Level.APPROVED
    without = published(publish.revise(post=post, actor=ada, text=ADAS, now=now), ada, now)
    assert without.submission.level == Level.FIRSTHAND


def test_so_do_those_of_a_draft_that_was_thrown_away_first(
    post: Post, begun: Draft, ada: Actor, now: datetime
) -> None:
    desk.discard(draft=begun, actor=ada, now=now)
    taken = publish.revise(post=post, actor=ada, text=f"{ADAS} {GWENS}", now=now)
    assert published(taken, ada, now).submission.level == Level.APPROVED


def test_what_the_draft_said_of_places_credits_and_sponsors_goes_with_it(
    post: Post, begun: Draft, gwen: Actor, ada: Actor, wall: Account, now: datetime
) -> None:
    publish.edit(
        draft=begun,
        actor=gwen,
        base=1,
        places=[Place(wall)],
        credits=[Credited("Mo", "guest")],
        sponsor="The Mill",
        now=now,
    )
    made = publish.revise(post=post, actor=ada, text=ADAS, over=True, now=now)
    envelope = made.current.envelope
    assert (envelope["places"], envelope["credits"], envelope["sponsor"]) == ([], [], ["", ""])
    published(made, ada, now)
    assert made.submissions.count() == 1, "nothing left for the wall"


@pytest.mark.parametrize("who", ["stan", "rev", "hal"])
def test_who_may_not_edit_goes_over_nothing(
    post: Post, begun: Draft, request: pytest.FixtureRequest, who: str, now: datetime
) -> None:
    actor = request.getfixturevalue(who)
    with pytest.raises(Denied):
        publish.revise(post=post, actor=actor, text="Mine.", over=True, now=now)
    begun.refresh_from_db()
    assert begun.state == "waiting"


def test_a_publisher_goes_over_a_writer_and_never_over_the_principal_or_what_they_approved(
    post: Post, begun: Draft, ada: Actor, editor: Actor, gwen: Actor, now: datetime
) -> None:
    desk.approve(draft=begun, actor=ada, revision=1, now=now)
    with pytest.raises(Denied, match="by the principal only"):
        publish.revise(post=post, actor=editor, text="Edda's.", over=True, now=now)
    desk.reject(draft=begun, actor=ada, reason="Shorter.", now=now)
    theirs = publish.revise(post=post, actor=editor, text="Edda's.", over=True, now=now)
    with pytest.raises(Denied, match="by the principal only"):
        publish.revise(post=post, actor=gwen, text="Gwen's.", over=True, now=now)
    own = publish.revise(post=post, actor=ada, text=ADAS, over=True, now=now)
    theirs.refresh_from_db()
    assert theirs.state == "discarded"
    with pytest.raises(Denied, match="by the principal only"):
        publish.revise(post=post, actor=editor, text="Edda's.", over=True, now=now)
    assert Draft.objects.get(pk=own.pk).state == "writing"
    again = publish.revise(post=post, actor=ada, text=FIRST, over=True, now=now)
    assert Draft.objects.get(pk=own.pk).state == "discarded", "one's own too"
    assert not publish.may_go_over(again, gwen, now)


def test_what_is_on_its_way_is_not_gone_over(
    post: Post, begun: Draft, ada: Actor, now: datetime
) -> None:
    publish.publish(draft=begun, actor=ada, revision=1, now=now)
    with pytest.raises(Conflict, match="on its way"):
        publish.revise(post=post, actor=ada, text=ADAS, over=True, now=now)


def test_a_revision_that_is_refused_puts_nothing_away(
    post: Post, begun: Draft, ada: Actor, now: datetime
) -> None:
    with pytest.raises(Misuse):
        publish.revise(post=post, actor=ada, text="a" * 1_000_001, over=True, now=now)
    begun.refresh_from_db()
    assert begun.state == "waiting"


@pytest.mark.parametrize("change", [Change.CORRECTION, Change.RETRACTION])
def test_without_a_reason_nothing_is_corrected_or_taken_back_nor_begun(
    post: Post, ada: Actor, change: Change, now: datetime
) -> None:
    for note in ("", " \n"):
        with pytest.raises(Misuse, match="Say what was wrong"):
            publish.revise(post=post, actor=ada, text=ADAS, change=change, note=note, now=now)
    assert post.drafts.count() == 1, "no draft was begun"


def test_what_was_taken_back_is_not_gone_over(post: Post, ada: Actor, now: datetime) -> None:
    taken = publish.revise(post=post, actor=ada, change=Change.RETRACTION, note="No.", now=now)
    published(taken, ada, now)
    with pytest.raises(NotAllowed, match="taken back"):
        publish.revise(post=post, actor=ada, text=ADAS, over=True, now=now)


def test_a_hand_who_may_publish_needs_no_grant_to_edit_a_post_of_their_own(
    hire: Callable[..., Actor], ada: Actor, now: datetime
) -> None:
    writer = hire("Wilma Berg", Right.DRAFT, Right.PUBLISH)
    made = published(publish.compose(actor=writer, text=FIRST, now=now), writer, now)
    publish.revise(post=made.post, actor=writer, text=ADAS, now=now)
    over = publish.revise(post=made.post, actor=writer, text=GWENS, over=True, now=now)
    assert over.base == 1
