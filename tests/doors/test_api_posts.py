"""Posts through the API and the agents' door: the same acts, the same refusals."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from firsthand.core.byline import Level
from firsthand.mcp import tools
from firsthand.office import staff
from firsthand.office.models import Account, Actor, PostRevision
from tests.doors.program import Answer, Enter, Program
from tests.office.publish.conftest import editor, wall, work

__all__ = ["editor", "wall"]


@pytest.fixture
def now() -> datetime:
    return timezone.now() - timedelta(minutes=5)


def post(program: Program, path: str, body: object, status: int = 201) -> Answer:
    answer = program("POST", path, body)
    assert answer.status == status, answer.value
    return answer


def test_a_hand_drafts_publishes_and_revises(
    enter: Enter, editor: Actor, wall: Account, now: datetime
) -> None:
    program = enter(editor)
    made = post(
        program,
        "/posts",
        {
            "title": "When",
            "text": "We recieve it in May.",
            "places": [{"account": wall.pk, "form": "whole"}],
            "credits": [{"name": "Mia Lund", "role": "translator"}],
        },
        status=201,
    )
    told = post(program, f"/drafts/{made['draft']}/publication", {"revision": made["revision"]})
    [revision] = told["revisions"]
    assert (revision["state"], revision["level"], revision["change"]) == (
        "pending",
        "on_behalf",
        "",
    )
    assert [place["account"] for place in revision["places"]] == [wall.address]
    back = program("DELETE", "/posts/when/publication")
    assert back["state"] == "writing"
    post(program, f"/drafts/{made['draft']}/publication", {"revision": 1})
    work(timezone.now())
    post(program, "/posts/when/revisions", {"text": "We recieve it."})
    wanted = {"text": "We receive it in May."}
    assert post(program, "/posts/when/revisions", wanted, status=409)["error"]["code"] == "conflict"
    again = post(program, "/posts/when/revisions", {**wanted, "over": True})
    post(program, f"/drafts/{again['draft']}/publication", {"revision": 1})
    work(timezone.now())
    shown = program("GET", "/posts/when")
    assert [(r["number"], r["change"]) for r in shown["revisions"]] == [(2, "typo"), (1, "")]
    assert [p["post"] for p in program("GET", "/posts")["posts"]] == ["when"]


@pytest.mark.parametrize("who", ["stan", "rev"])
def test_who_has_no_right_is_refused(
    request: pytest.FixtureRequest, enter: Enter, ada: Actor, who: str
) -> None:
    program = enter(request.getfixturevalue(who))
    refusal = post(program, "/posts", {"text": "No."}, status=403)
    assert refusal["error"]["code"] == "denied"
    assert program("GET", "/posts").refused == (403, "denied")
    assert program("GET", "/posts/none").refused == (403, "denied")


def test_a_promise_refuses_what_a_hand_publishes_alone(
    enter: Enter, ada: Actor, editor: Actor, now: datetime
) -> None:
    staff.promise(by=ada, floor=Level.APPROVED, channel="site", now=now)
    program = enter(editor)
    made = post(program, "/posts", {"text": "Hello."})
    refusal = post(program, f"/drafts/{made['draft']}/publication", {"revision": 1}, status=409)
    assert refusal["error"]["code"] == "promise_broken"
    assert not PostRevision.objects.exists()


def test_a_nul_and_a_year_far_ahead_are_refused(enter: Enter, ada: Actor) -> None:
    program = enter(ada)
    for body in ({"text": "A\0B"}, {"text": "A", "title": "\0"}):
        refusal = post(program, "/posts", body, status=400)
        assert "NUL character" in refusal["error"]["message"]
    made = post(program, "/posts", {"text": "Hello."})
    far = {"revision": 1, "at": "9999-01-01T00:00:00Z"}
    refusal = post(program, f"/drafts/{made['draft']}/publication", far, status=400)
    assert "The year 9999 is too far ahead." in refusal["error"]["message"]


def test_a_limit_of_a_search_that_was_not_understood_is_told(
    enter: Enter, ada: Actor, now: datetime
) -> None:
    found = enter(ada)("GET", "/search?q=after:9999-99-99%20x")
    assert found["threads"] == [] and "after:9999-99-99" in found["hints"][0]
    told = tools.find(ada, now, "before:soon")
    assert "before:soon" in told["hints"][0]


def test_an_agent_is_shown_no_way_to_publish(
    ada: Actor, otto: Actor, editor: Actor, now: datetime
) -> None:
    assert {"draft_post", "revise_post"} <= tools.shown_to(otto, now)
    assert "publish_post" not in tools.shown_to(otto, now)
    assert "publish_post" in tools.shown_to(editor, now)
    made = tools.draft_post(otto, now, "By a machine.", "Machine")
    assert made["preview"]["may_send"] is False
    assert "right to publish" in made["preview"]["because"]
