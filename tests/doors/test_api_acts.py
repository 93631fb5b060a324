"""What programs read and do over the API: by right and scope, with the act's own refusals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from firsthand.core.byline import Level
from firsthand.core.rights import Right, Scope
from firsthand.office import publish, staff
from firsthand.office.models import (
    Account,
    Actor,
    Draft,
    Person,
    Submission,
    Thread,
)
from tests.doors.program import BASE, OPERATIONS, Answer, Enter, Program, rank
from tests.office.conftest import Hire, receive


@pytest.fixture
def now() -> datetime:
    """This door reads the clock itself, so the office was made just before."""
    return timezone.now() - timedelta(minutes=1)


# Reading


@pytest.fixture
def no_writing() -> Iterator[None]:
    """Any statement but a reading one is an error."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        assert sql.split()[0] in {"SELECT", "SAVEPOINT", "RELEASE", "EXPLAIN", "BEGIN"}, sql
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


def test_reading_changes_nothing(
    enter: Enter,
    ada: Actor,
    hal: Actor,
    gwen: Actor,
    thread: Thread,
    now: datetime,
    request: pytest.FixtureRequest,
) -> None:
    rank(thread, "you", now)
    program = enter(gwen)
    draft = program("POST", f"/threads/{thread.pk}/drafts", {"text": "Gladly."})["draft"]
    sent = program("POST", f"/drafts/{draft}/submission", {"revision": 1, "seen": thread.latest})
    known = {"thread": thread.pk, "draft": draft, "submission": sent["submission"], "lane": "you"}
    post = publish.compose(actor=ada, text="For everybody.", title="Tides", now=now).post
    known["post"] = post.slug if post else ""
    paths = [path.removeprefix(BASE).format(**known) for m, path in OPERATIONS if m == "GET"]
    assert len(paths) >= 9
    request.getfixturevalue("no_writing")
    for path in paths:
        answer = program("GET", path + ("?q=chapter" if path == "/search" else ""))
        assert answer.status == 200, path


def test_a_conversation_and_where_it_waits(
    enter: Enter, hal: Actor, thread: Thread, now: datetime
) -> None:
    rank(thread, "you", now)
    program = enter(hal)
    queue = program("GET", "/today?minutes=10")
    assert queue["minutes"] == 10
    assert [(i["thread"], i["from"], i["subject"]) for i in queue["items"]] == [
        (thread.pk, "Stella Kaur", "Your essay")
    ]
    assert queue["items"][0]["reasons"] == ["Asks a question."]
    assert [i["thread"] for i in program("GET", "/lanes/you")["items"]] == [thread.pk]
    assert program("GET", "/lanes/fyi")["items"] == []
    found = program("GET", f"/threads/{thread.pk}")
    assert found["thread"]["latest"] == thread.latest
    assert "my chapter" in found["messages"][0]["text"]
    assert found["messages"][0]["address"] == "stella@elsewhere.example"


def test_a_scoped_hand_sees_its_lane_only(
    enter: Enter, ada: Actor, hire: Hire, account: Account, now: datetime
) -> None:
    mine = receive(account, person=Person.objects.create(name="Mia"), at=now)
    other = receive(account, person=Person.objects.create(name="Oli"), at=now)
    rank(mine, "helper", now)
    rank(other, "you", now)
    hand = hire("Lena Wolf")
    scope = Scope(lanes=frozenset({"helper"}))
    staff.grant(hand=hand, by=ada, right=Right.DRAFT, now=now, scope=scope)
    program = enter(hand)
    theirs = Draft.objects.get(pk=_draft(Program(cookie_of=ada), other)["draft"])
    assert program("GET", "/today")["items"] == []
    assert set(program("GET", "/today")["folded"]) <= {"helper"}
    assert [i["thread"] for i in program("GET", "/lanes/helper")["items"]] == [mine.pk]
    assert program("GET", "/lanes/you")["items"] == []
    assert program("GET", f"/threads/{mine.pk}").status == 200
    refused = program("GET", f"/threads/{other.pk}")
    assert refused.refused == (403, "denied")
    assert "helper" in refused["error"]["message"]
    assert program("GET", f"/drafts/{theirs.pk}").refused == (403, "denied")
    assert program("GET", "/drafts")["drafts"] == []
    assert program("POST", f"/threads/{other.pk}/notes", {"text": "x"}).status == 403


def test_a_hand_on_another_channel_sees_nothing(
    enter: Enter, ada: Actor, hire: Hire, thread: Thread, now: datetime
) -> None:
    rank(thread, "you", now)
    hand = hire("Lena Wolf")
    scope = Scope(channels=frozenset({"mastodon"}))
    staff.grant(hand=hand, by=ada, right=Right.READ, now=now, scope=scope)
    program = enter(hand)
    assert program("GET", "/today")["items"] == []
    assert program("GET", "/today")["folded"] == {}
    assert program("GET", f"/threads/{thread.pk}").refused == (403, "denied")


@pytest.mark.parametrize("who", ["stan", "rev"])
@pytest.mark.parametrize("path", ["/today", "/lanes/you", "/search?q=chapter", "/drafts"])
def test_without_the_right_to_read_there_is_no_list(
    enter: Enter, who: str, path: str, request: pytest.FixtureRequest
) -> None:
    program = enter(request.getfixturevalue(who))
    assert program("GET", path).refused == (403, "denied")


def test_hands_and_promises(
    enter: Enter, ada: Actor, hal: Actor, otto: Actor, now: datetime
) -> None:
    staff.promise(by=ada, floor=Level.APPROVED, channel="mail", now=now)
    told = {hand["hand"]: hand for hand in enter(hal)("GET", "/hands")["hands"]}
    assert told[otto.key]["kind"] == "agent"
    assert told[otto.key]["grants"] is None
    assert {grant["right"] for grant in told[hal.key]["grants"]} == {"triage", "draft"}
    every = enter(ada)("GET", "/hands")["hands"]
    assert all(hand["grants"] for hand in every if hand["hand"] == otto.key)
    promise = enter(otto)("GET", "/promises")["promises"][0]
    assert (promise["floor"], promise["strength"]) == ("approved", "guarantee")
    assert "approved every word" in promise["sentence"]


# The life of a draft


def _draft(program: Program, thread: Thread, text: str = "Gladly.") -> Answer:
    answer = program("POST", f"/threads/{thread.pk}/drafts", {"text": text})
    assert answer.status == 201, answer.value
    return answer


def test_from_a_draft_to_a_submission_and_back(
    enter: Enter, hal: Actor, gwen: Actor, ada: Actor, thread: Thread
) -> None:
    made = _draft(enter(hal), thread)
    assert (made["by"], made["state"], made["revision"]) == (hal.key, "writing", 1)
    assert made["to"] == ["stella@elsewhere.example"]
    assert made["subject"] == "Re: Your essay"
    assert made["preview"]["level"] == "on_behalf"
    assert made["preview"]["may_send"] is False
    path = f"/drafts/{made['draft']}"
    text = {"text": "Gladly, on Friday.", "base": 1}
    assert enter(hal)("POST", f"{path}/revisions", text)["revision"] == 2
    late = enter(gwen)("POST", f"{path}/revisions", {"text": "No.", "base": 1})
    assert late.refused == (409, "conflict")
    assert enter(hal)("POST", f"{path}/request")["state"] == "waiting"
    assert enter(hal)("POST", f"{path}/approval", {"revision": 2}).refused == (403, "denied")
    assert enter(ada)("POST", f"{path}/approval", {"revision": 1}).refused == (409, "conflict")
    approved = enter(ada)("POST", f"{path}/approval", {"revision": 2})
    assert (approved["state"], approved["approved_revisions"]) == ("approved", [2])
    given = {"revision": 2, "seen": thread.latest}
    assert enter(hal)("POST", f"{path}/submission", given).refused == (403, "denied")
    sent = enter(gwen)("POST", f"{path}/submission", given)
    assert (sent.status, sent["state"], sent["level"]) == (201, "pending", "approved")
    assert "read and approved by Ada Ferrer" in sent["sentence"]
    assert sent["byline"].startswith("https://ada.example/b/")
    again = enter(gwen)("POST", f"{path}/submission", given)
    assert again.refused == (409, "not_allowed")
    assert Submission.objects.count() == 1
    back = enter(gwen)("DELETE", f"/submissions/{sent['submission']}")
    assert (back.status, back["state"]) == (200, "writing")
    assert Submission.objects.get().state == "cancelled"


def test_a_rejection_carries_its_reason(
    enter: Enter, hal: Actor, ada: Actor, thread: Thread
) -> None:
    path = f"/drafts/{_draft(enter(hal), thread)['draft']}"
    enter(hal)("POST", f"{path}/request")
    assert enter(ada)("POST", f"{path}/rejection", {"reason": ""}).refused == (422, "invalid")
    assert enter(hal)("POST", f"{path}/rejection", {"reason": "x"}).refused == (403, "denied")
    answer = enter(ada)("POST", f"{path}/rejection", {"reason": "Too long."})
    assert (answer["state"], answer["rejections"]) == ("rejected", ["Too long."])


def test_a_promise_refuses_with_its_sentence(
    enter: Enter, ada: Actor, gwen: Actor, thread: Thread, now: datetime
) -> None:
    staff.promise(by=ada, floor=Level.APPROVED, channel="mail", now=now)
    made = _draft(enter(gwen), thread)
    assert made["preview"]["promise_kept"] is False
    given = {"revision": 1, "seen": thread.latest}
    answer = enter(gwen)("POST", f"/drafts/{made['draft']}/submission", given)
    assert answer.refused == (409, "promise_broken")
    assert "If I answer e-mail" in answer["error"]["message"]
    assert answer["error"]["message"] == made["preview"]["promise"]


def test_who_did_not_see_the_newest_letter_sends_nothing(
    enter: Enter, gwen: Actor, thread: Thread, account: Account, now: datetime
) -> None:
    made, before = _draft(enter(gwen), thread), thread.latest
    receive(account, thread=thread, at=now)
    given = {"revision": 1, "seen": before}
    answer = enter(gwen)("POST", f"/drafts/{made['draft']}/submission", given)
    assert answer.refused == (409, "conflict")
    assert "wrote again" in answer["error"]["message"]


def test_a_later_moment_and_a_lower_level(
    enter: Enter, ada: Actor, thread: Thread, now: datetime
) -> None:
    made = _draft(enter(ada), thread)
    at = (now + timedelta(hours=3)).isoformat()
    given = {"revision": 1, "seen": thread.latest, "at": at, "lower_to": "on_behalf"}
    sent = enter(ada)("POST", f"/drafts/{made['draft']}/submission", given)
    assert (sent.status, sent["level"]) == (201, "on_behalf")
    late = datetime.fromisoformat(sent["due_at"]) - now - timedelta(hours=3)
    assert abs(late) < timedelta(seconds=1)
    naive = {**given, "at": "2030-01-01T10:00:00"}
    answer = enter(ada)("POST", f"/drafts/{made['draft']}/submission", naive)
    assert answer.refused == (422, "invalid")


def test_only_who_may_send_settles_an_uncertain_one(
    enter: Enter, hal: Actor, gwen: Actor, thread: Thread
) -> None:
    made = _draft(enter(gwen), thread)
    given = {"revision": 1, "seen": thread.latest}
    number = enter(gwen)("POST", f"/drafts/{made['draft']}/submission", given)["submission"]
    path = f"/submissions/{number}/settlement"
    assert enter(gwen)("POST", path, {"arrived": True}).refused == (409, "not_allowed")
    assert enter(hal)("POST", path, {"arrived": True}).refused == (403, "denied")
    assert enter(gwen)("POST", path, {"arrived": "yes"}).refused == (422, "invalid")


# Sorting


def test_sorting_a_thread(enter: Enter, hal: Actor, thread: Thread, now: datetime) -> None:
    rank(thread, "you", now)
    path, program = f"/threads/{thread.pk}", enter(hal)
    closed = program("POST", f"{path}/closure")
    assert (closed.status, closed["state"]) == (201, "closed")
    assert program("POST", f"{path}/closure").refused == (409, "not_allowed")
    opened = program("DELETE", f"{path}/closure")
    assert (opened.status, opened["state"]) == (200, "open")
    until = (now + timedelta(days=2)).isoformat()
    assert program("POST", f"{path}/snooze", {"until": until})["state"] == "snoozed"
    passed = program("POST", f"{path}/assignment", {"to": hal.key})
    assert passed["assigned_to"] == hal.key
    assert program("POST", f"{path}/assignment", {"to": None})["assigned_to"] is None
    assert program("POST", f"{path}/assignment", {"to": "nobody"}).refused == (400, "misuse")
    assert program("POST", f"{path}/lane", {"lane": "attic"}).refused == (422, "invalid")
    assert program("POST", f"{path}/lane", {"lane": "helper"}).status == 201
    assert Thread.objects.get(pk=thread.pk).wanted_lane == "helper"
    note = program("POST", f"{path}/notes", {"text": "Ask Gwen."})
    assert (note["by"], note["text"]) == (hal.key, "Ask Gwen.")
    assert program("GET", path)["notes"][0]["text"] == "Ask Gwen."


def test_sorting_needs_the_right(enter: Enter, otto: Actor, thread: Thread, now: datetime) -> None:
    """Otto drafts, so he reads; but he sorts nothing."""
    path, program = f"/threads/{thread.pk}", enter(otto)
    until = (now + timedelta(days=2)).isoformat()
    for what, body in (
        ("closure", None),
        ("snooze", {"until": until}),
        ("assignment", {"to": otto.key}),
        ("lane", {"lane": "fyi"}),
    ):
        assert program("POST", f"{path}/{what}", body).refused == (403, "denied"), what
    assert Thread.objects.get(pk=thread.pk).state == "open"
