"""The pages of publishing: what their forms ask for happens, and a refusal loses nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from firsthand.office import publish
from firsthand.office.models import Account, Actor, Blackout, Draft, Hours, PostRevision, Submission
from tests.office.publish.conftest import editor, published, wall, work

__all__ = ["editor", "wall"]


@pytest.fixture
def now() -> datetime:
    """The pages read the clock themselves."""
    return timezone.now() - timedelta(minutes=5)


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor)
    return client


def form(**given: str) -> dict[str, str]:
    return {"title": "On letters", "text": "They come in.", "do": "save", **given}


def test_a_post_is_written_shown_published_and_called_back(
    ada: Actor, wall: Account, now: datetime
) -> None:
    client = signed_in(ada)
    answer = client.post("/publish/new", form(**{f"place-{wall.pk}": "whole"}))
    draft = Draft.objects.get()
    assert answer.headers["Location"] == f"/publish/draft/{draft.pk}"
    page = client.get(f"/publish/draft/{draft.pk}").content.decode()
    assert "Written and published by Ada Ferrer in person." in page
    assert "^AF https://ada.example/b/" in page, "as it will look on the board"
    answer = client.post(
        f"/publish/draft/{draft.pk}",
        form(do="publish", base="1", **{f"place-{wall.pk}": "whole"}),
    )
    assert answer.headers["Location"] == "/publish"
    assert Submission.objects.filter(state="pending").count() == 2
    revision = PostRevision.objects.get()
    assert "Call it back" in client.get("/publish").content.decode()
    client.post(f"/publish/revision/{revision.pk}/cancel")
    draft.refresh_from_db()
    assert (draft.state, PostRevision.objects.count()) == ("writing", 0)


def test_a_hand_asks_and_the_principal_approves(ada: Actor, hal: Actor, now: datetime) -> None:
    signed_in(hal).post("/publish/new", form(do="ask"))
    draft = Draft.objects.get()
    assert draft.state == "waiting"
    principal = signed_in(ada)
    assert "On letters" in principal.get("/desk").content.decode()
    page = principal.get(f"/d/{draft.pk}").content.decode()
    assert "How it will look" in page and "Send it myself" not in page
    principal.post(f"/d/{draft.pk}/approval", {"revision": "1", "seen": "0"})
    draft.refresh_from_db()
    assert draft.state == "approved"
    refused = signed_in(hal).post(f"/publish/draft/{draft.pk}", {"do": "publish"})
    assert refused.status_code == 403
    assert "has no right to publish" in refused.content.decode()


def test_a_change_shows_its_kind_and_a_word_about_it(ada: Actor, now: datetime) -> None:
    first = published(
        publish.compose(actor=ada, text="We recieve it.", title="When", now=now), ada, now
    )
    client = signed_in(ada)
    answer = client.post("/publish/post/when/revise")
    pk = Draft.objects.latest("pk").pk
    assert answer.headers["Location"] == f"/publish/draft/{pk}"
    client.post(f"/publish/draft/{pk}", form(title="When", text="We receive it.", base="1"))
    page = client.get(f"/publish/draft/{pk}").content.decode()
    assert "The texts show: typo" in page
    client.post(
        f"/publish/draft/{pk}",
        form(title="When", text="We receive it.", base="2", do="publish", note="A slip."),
    )
    work(timezone.now())
    assert first.post.newest and first.post.newest.number == 2
    inside = client.get("/publish/post/when").content.decode()
    assert "A slip." in inside and "Change it" in inside


def test_the_principal_begins_anew_what_a_hand_has_begun_and_both_read_why(
    ada: Actor, gwen: Actor, now: datetime
) -> None:
    post = published(
        publish.compose(actor=ada, text="In May.", title="When", now=now), ada, now
    ).post
    begun = publish.revise(post=post, actor=gwen, text="In June.", now=now)
    hers, principal = signed_in(gwen), signed_in(ada)
    assert "Begin anew instead" not in hers.get("/publish/post/when").content.decode()
    assert "Begin anew instead" in principal.get("/publish/post/when").content.decode()
    assert principal.post("/publish/post/when/revise").status_code == 409
    answer = principal.post("/publish/post/when/revise", {"over": "yes"})
    made = Draft.objects.latest("pk")
    assert answer.headers["Location"] == f"/publish/draft/{made.pk}"
    for client in (hers, principal):
        inside = client.get("/publish/post/when").content.decode()
        assert "A draft by Gwen Osei" in inside and "begun anew" in inside
        page = client.get(f"/publish/draft/{begun.pk}").content.decode()
        assert f"put revision 1 away: The next revision is begun anew, in draft {made.pk}." in page
        assert "In June." in page


def test_what_was_typed_is_not_lost_when_it_is_refused(ada: Actor, now: datetime) -> None:
    client = signed_in(ada)
    answer = client.post(
        "/publish/new", form(text="Long thought.", sponsor="Mill", sponsor_url="javascript:1")
    )
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "is no web address" in page and "Long thought." in page
    assert not Draft.objects.exists()


def test_a_nul_is_refused_where_it_stands(ada: Actor, now: datetime) -> None:
    answer = signed_in(ada).post("/publish/new", form(text="Long tho\0ught."))
    assert answer.status_code == 400
    assert "NUL character after “Long tho”" in answer.content.decode()
    assert not Draft.objects.exists()


def test_hours_and_blackouts_are_set_by_their_forms(ada: Actor, now: datetime) -> None:
    client = signed_in(ada)
    client.post(
        "/publish/hours",
        {"slots": "Mon 9:00", "opens": "8:00", "closes": "20:00", "spread": "5"},
    )
    row = Hours.objects.get()
    assert (row.slots, row.opens, row.closes, row.spread) == ([540], 480, 1200, 5)
    wrong = client.post(
        "/publish/hours", {"slots": "Moon 9:00", "opens": "8:00", "closes": "20:00"}
    )
    assert wrong.status_code == 400 and "is no day" in wrong.content.decode()
    client.post("/publish/blackout", {"reason": "A death."})
    assert "Nothing is published" in client.get("/publish").content.decode()
    client.post(f"/publish/blackout/{Blackout.objects.get().pk}/lift")
    assert "Nothing is published" not in client.get("/publish").content.decode().replace(
        "Nothing is published until it is over.", ""
    )


@pytest.mark.parametrize("who", ["stan", "rev"])
def test_strangers_and_the_revoked_see_nothing_of_it(
    request: pytest.FixtureRequest, ada: Actor, now: datetime, who: str
) -> None:
    draft = publish.compose(actor=ada, text="Secret.", now=now)
    client = signed_in(request.getfixturevalue(who))
    for path in ("/publish", f"/publish/draft/{draft.pk}", f"/publish/post/{draft.post.slug}"):  # type: ignore[union-attr]
        answer = client.get(path)
        assert answer.status_code == 403, path
        assert "Secret." not in answer.content.decode()
    assert client.post("/publish/new", form()).status_code == 403
    assert client.post("/publish/hours", {"slots": ""}).status_code == 403


def test_one_who_only_publishes_sees_posts_and_no_letters(
    ada: Actor, editor: Actor, thread: object, now: datetime
) -> None:
    for grant in editor.grants.exclude(right="publish"):
        grant.delete()
    draft = publish.compose(actor=ada, text="For all.", now=now)
    client = signed_in(editor)
    assert client.get(f"/publish/draft/{draft.pk}").status_code == 200
    assert client.get("/desk").status_code == 403
