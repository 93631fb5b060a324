"""The API as a program meets it: who is let in, and the one shape of a refusal."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from firsthand.core.errors import Temporary
from firsthand.office import attention, search, staff
from firsthand.office.models import (
    Actor,
    Draft,
    Note,
    Thread,
    Token,
)
from tests.doors.program import BASE, OPERATIONS, Enter, Program


@pytest.fixture
def now() -> datetime:
    """This door reads the clock itself, so the office was made just before."""
    return timezone.now() - timedelta(minutes=1)


# Who is let in


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_stranger_gets_nothing(db: None, method: str, path: str) -> None:
    path = re.sub(r"\{\w+\}", "1", path.removeprefix(BASE).replace("{lane}", "you"))
    assert Program()(method, path, {}).refused == (401, "unauthorized")
    assert Program("fh_guessed")(method, path, {}).refused == (401, "unauthorized")


def test_a_token_is_its_actor(enter: Enter, hal: Actor) -> None:
    me = enter(hal)("GET", "/me")
    assert (me["key"], me["principal"], me["kind"]) == (hal.key, False, "human")
    assert any("write drafts" in sentence for sentence in me["sentences"])
    assert {grant["right"] for grant in me["grants"]} == {"triage", "draft"}


def test_who_has_no_right_is_told_so(enter: Enter, stan: Actor, ada: Actor) -> None:
    assert enter(stan)("GET", "/me")["sentences"] == ["Stan Marsh has no rights here."]
    assert enter(ada)("GET", "/me")["sentences"] == ["Ada Ferrer is the principal."]


def test_a_token_ends_with_its_revocation(enter: Enter, hal: Actor, ada: Actor) -> None:
    program = enter(hal)
    assert program("GET", "/me").status == 200
    staff.revoke_token(token_id=Token.objects.get(actor=hal).pk, by=ada, now=timezone.now())
    assert program("GET", "/me").refused == (401, "unauthorized")


def test_a_token_and_a_cookie_end_when_the_hand_is_offboarded(
    enter: Enter, hal: Actor, ada: Actor
) -> None:
    programs = enter(hal), Program(cookie_of=hal)
    staff.offboard(hand=hal, by=ada, now=timezone.now())
    assert {program("GET", "/me").status for program in programs} == {401}


def test_a_bad_token_is_not_made_good_by_a_cookie(ada: Actor) -> None:
    program = Program(cookie_of=ada)
    answer = program("GET", "/me", headers={"authorization": "Bearer wrong"})
    assert answer.refused == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_cookie_alone_changes_nothing(ada: Actor, thread: Thread) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    path = f"{BASE}/threads/{thread.pk}/notes"
    refused = client.post(path, {"text": "hi"}, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "denied")
    assert not Note.objects.exists()
    client.cookies["csrftoken"] = "a" * 32
    sent = {"X-CSRFToken": "a" * 32}
    done = client.post(path, {"text": "hi"}, content_type="application/json", headers=sent)
    assert (done.status_code, Note.objects.get().text) == (201, "hi")


# The one shape


@pytest.mark.parametrize("path", ["/", "/nothing", "/threads/x", "/threads/-1", "/../../api/v2/me"])
def test_an_address_that_means_nothing(ada: Actor, path: str) -> None:
    assert Program(cookie_of=ada)("GET", path).refused == (404, "not_found")


@pytest.mark.parametrize("path", ["/threads/{}", "/drafts/{}", "/submissions/{}"])
@pytest.mark.parametrize("number", [1, 2**63, 10**30])
def test_a_row_that_is_not_there(ada: Actor, path: str, number: int) -> None:
    answer = Program(cookie_of=ada)("GET", path.format(number))
    assert answer.refused == (404, "not_found")
    assert str(number) in answer["error"]["message"]


def test_a_method_that_means_nothing(ada: Actor) -> None:
    answer = Program(cookie_of=ada)("DELETE", "/today")
    assert answer.refused == (405, "no_such_method")
    assert answer.headers["Allow"] == "GET"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": 7},
        {"text": ""},
        {"text": "Hello", "surprise": 1},
        {"text": "Hello", "pasted": "3"},
        {"text": "Hello", "to": "x@y.example"},
        ["text"],
        None,
    ],
)
def test_what_does_not_fit_is_told_by_its_field(ada: Actor, thread: Thread, body: object) -> None:
    answer = Program(cookie_of=ada)("POST", f"/threads/{thread.pk}/drafts", body)
    assert answer.refused == (422, "invalid")
    assert "openapi.json" in answer["error"]["hint"]
    assert not Draft.objects.exists()


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "after=-1", "limit=501"])
def test_a_query_that_does_not_fit(ada: Actor, query: str) -> None:
    assert Program(cookie_of=ada)("GET", f"/lanes/you?{query}").refused == (422, "invalid")


def test_what_is_no_json(ada: Actor, thread: Thread) -> None:
    client = Client()
    client.force_login(ada)
    path = f"{BASE}/threads/{thread.pk}/notes"
    answer = client.post(path, b"{no json", content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "misuse")


def test_what_is_too_large(ada: Actor, thread: Thread, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = Program(cookie_of=ada)("POST", f"/threads/{thread.pk}/notes", {"text": "x" * 2000})
    assert answer.refused == (400, "misuse")


def test_a_bug_is_logged_and_told_without_its_inside(
    ada: Actor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(attention, "today", broken)
    answer = Program(cookie_of=ada)("GET", "/today")
    assert answer.refused == (500, "bug")
    assert "secret" not in json.dumps(answer.value)
    assert "the secret inside" in caplog.text


def test_what_may_help_later_says_when(
    ada: Actor, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    def busy(**_: object) -> None:
        raise Temporary("The search is being rebuilt.", retry_at=now.replace(microsecond=0))

    monkeypatch.setattr(search, "find", busy)
    answer = Program(cookie_of=ada)("GET", "/search?q=x")
    assert answer.refused == (503, "temporary")
    assert parsedate_to_datetime(answer.headers["Retry-After"]) == now.replace(microsecond=0)


def test_the_description_names_the_refusal_everywhere(db: None) -> None:
    schema = Client().get(f"{BASE}/openapi.json").json()
    refusal = schema["components"]["schemas"]["Refusal"]
    assert refusal["required"] == ["error"]
    for path, method in ((p, m) for p, ms in schema["paths"].items() for m in ms.values()):
        assert "Refusal" in json.dumps(method["responses"]["default"]), path
        assert method["description"], path
    assert Client().get(f"{BASE}/docs").status_code == 404
