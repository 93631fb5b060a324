"""The same act through every door: the same sentence when it is refused, the same rows when not."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from asgiref.sync import async_to_sync
from django.test import Client as Browser
from django.utils import timezone
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from firsthand.cli import main
from firsthand.core.attention import Lane
from firsthand.core.byline import Level
from firsthand.core.errors import FirsthandError
from firsthand.core.rights import Right, Scope
from firsthand.mcp.server import build
from firsthand.office import attention, desk, staff
from firsthand.office.models import Account, Actor, Draft, Event, Person, Submission, Thread
from tests.office.conftest import Hire, receive

TEXT = "Gladly.\n\nCome on Friday."
Outcome = dict[str, Any]


@pytest.fixture
def now() -> datetime:
    """The doors read the clock themselves, so the office was made just before."""
    return timezone.now() - timedelta(minutes=1)


class ByAct:
    """No door at all: what the doors must not differ from."""

    def __call__(self, who: Actor, act: str, **told: Any) -> Outcome:
        now = timezone.now()
        try:
            if act == "read":
                thread = Thread.objects.get(pk=told["thread"])
                who.must(Right.READ, target=thread.target, now=now)
                return {"read": thread.latest}
            if act == "draft":
                thread = Thread.objects.get(pk=told["thread"])
                made = desk.draft(actor=who, thread=thread, text=told["text"], now=now)
                return {"draft": made.pk}
            found = Draft.objects.get(pk=told.pop("draft"))
            getattr(desk, act)(draft=found, actor=who, now=now, **told)
        except FirsthandError as problem:
            return {"code": problem.code, "message": problem.message, "hint": problem.hint}
        return {"draft": found.pk}


class ByApi:
    """Over HTTP, with a token."""

    PATHS = {"edit": "revisions", "ask": "request", "send": "submission"}

    def __call__(self, who: Actor, act: str, **told: Any) -> Outcome:
        browser = Browser(headers={"authorization": f"Bearer {token_of(who)}"})
        if act == "read":
            answer = browser.get(f"/api/v1/threads/{told['thread']}").json()
            return dict(answer.get("error") or {"read": answer["thread"]["latest"]})
        if act == "draft":
            path = f"threads/{told.pop('thread')}/drafts"
        else:
            path = f"drafts/{told.pop('draft')}/{self.PATHS[act]}"
        answer = browser.post(f"/api/v1/{path}", told, content_type="application/json").json()
        return dict(answer.get("error") or {"draft": answer["draft"]})


class ByCommand:
    """`firsthand ACT … --as HAND --json`."""

    WORDS = {"read": "show"}

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.capsys, self.patch = capsys, patch

    def __call__(self, who: Actor, act: str, **told: Any) -> Outcome:
        number = told.get("thread") or told["draft"]
        self.patch.setattr(sys, "stdin", io.StringIO(told.get("text", "")))
        with pytest.raises(SystemExit) as end:
            main([self.WORDS.get(act, act), str(number), "--as", who.key, "--json"])
        out, err = self.capsys.readouterr()
        answer = json.loads(out)
        assert (end.value.code == 0) == ("error" not in answer)
        if "error" in answer:
            error = answer["error"]
            assert err == f"firsthand: {error['message']} {error['hint']}".rstrip() + "\n"
        if "messages" in answer:
            return {"read": answer["thread"]["latest"]}
        return dict(answer.get("error") or {"draft": answer["draft"]})


class ByAgent:
    """With the SDK's client, over HTTP, in this process: the rows are the test's own."""

    TOOLS = {
        "read": "read_thread",
        "draft": "draft_reply",
        "edit": "edit_draft",
        "ask": "ask_for_approval",
        "send": "send",
    }

    def __call__(self, who: Actor, act: str, **told: Any) -> Outcome:
        result = async_to_sync(self._call)(token_of(who), self.TOOLS[act], told)
        if "messages" in result:
            return {"read": result["latest"]}
        return dict(result.get("error") or {"draft": result["draft"]})

    async def _call(self, token: str, tool: str, told: dict[str, Any]) -> dict[str, Any]:
        app = build(base="https://ada.example", principal="Ada Ferrer")
        headers = {"Authorization": f"Bearer {token}"}
        inside = httpx2.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(transport=inside, headers=headers) as http,
            Client(streamable_http_client("https://ada.example/mcp", http_client=http)) as client,
        ):
            result = await asyncio.wait_for(client.call_tool(tool, told), 30)
        assert result.structured_content is not None
        return dict(result.structured_content)


def token_of(who: Actor) -> str:
    ada = Actor.objects.get(is_principal=True)
    return staff.issue_token(hand=who, by=ada, name="test", now=timezone.now())


Door = Callable[..., Outcome]


@pytest.fixture
def doors(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, office: object
) -> dict[str, Door]:
    return {
        "act": ByAct(),
        "api": ByApi(),
        "cli": ByCommand(capsys, monkeypatch),
        "mcp": ByAgent(),
    }


@pytest.fixture
def letter(account: Account, now: datetime) -> Callable[[], Thread]:
    """The same letter anew, for each door its own."""
    person = Person.objects.create(name="Stella Kaur")

    def arrive() -> Thread:
        found = receive(account, person=person, at=now - timedelta(days=2))
        return Thread.objects.get(pk=found.pk)

    return arrive


def same(outcomes: dict[str, Any]) -> Any:
    """What they all are."""
    assert outcomes == dict.fromkeys(outcomes, outcomes["act"])
    return outcomes["act"]


def draft_rows(number: int) -> dict[str, Any]:
    """All that a draft left in the database, without numbers and times."""
    draft = Draft.objects.get(pk=number)
    assert draft.thread
    revisions = draft.revisions.values_list("number", "actor", "text", "pasted", "ai_declared")
    fields = "account channel subject to cc bcc state made_by revision lowered_to".split()
    return {
        **{name: getattr(draft, name) for name in fields},
        "answers": draft.answers_id == draft.seen == draft.thread.latest,
        "revisions": list(revisions),
        "events": events(draft),
    }


def events(row: Draft | Submission) -> list[tuple[Any, ...]]:
    found = Event.objects.filter(about=row._meta.model_name, about_id=row.pk)
    return list(found.order_by("pk").values_list("act", "actor", "data"))


THREADED = {"in_reply_to", "references", "parent"}
"""What of an envelope depends on the letter that is answered."""


def submission_rows(draft: int) -> dict[str, Any]:
    found = Submission.objects.get(draft=draft)
    fields = "revision account channel actor state level ai sentence subject evidence seq".split()
    envelope = {k: v for k, v in found.envelope.items() if k not in THREADED}
    statement = {k: v for k, v in found.statement.items() if k not in {"id"}}
    return {
        **{name: getattr(found, name) for name in fields},
        "envelope": envelope,
        "statement": sorted(statement),
        "text": found.text.partition("https://")[0],
        "wait": round((found.due_at - found.made_at).total_seconds()),
        "events": events(found),
    }


def prepared(who: Actor, letter: Callable[[], Thread]) -> int:
    """A draft by somebody who may, for the acts that need one."""
    made = ByAct()(who, "draft", thread=letter().pk, text=TEXT)
    return int(made["draft"])


def test_hal_drafts_and_changes(
    doors: dict[str, Door], hal: Actor, letter: Callable[[], Thread]
) -> None:
    rows: dict[str, list[Any]] = {}
    for name, door in doors.items():
        number = door(hal, "draft", thread=letter().pk, text=TEXT)["draft"]
        first = draft_rows(number)
        changed = door(hal, "edit", draft=number, base=1, text=TEXT + " Or Monday.")
        assert changed == {"draft": number}
        second = draft_rows(number)
        assert door(hal, "ask", draft=number) == {"draft": number}
        rows[name] = [first, second, draft_rows(number)]
    first, second, third = same(rows)
    assert first["revisions"] == [(1, hal.pk, TEXT, 0, False)]
    assert second["revision"] == 2
    assert third["state"] == "waiting"


def test_hal_may_not_send(
    doors: dict[str, Door], hal: Actor, ada: Actor, letter: Callable[[], Thread], now: datetime
) -> None:
    staff.promise(by=ada, floor=Level.APPROVED, channel="mail", now=now)
    refused = same({n: sent(door, hal, prepared(hal, letter)) for n, door in doors.items()})
    assert refused["code"] == "denied"
    assert refused["message"].startswith("Hal Brandt has no right to send")
    assert not Submission.objects.exists()


def sent(door: Door, who: Actor, draft: int) -> Outcome:
    found = Draft.objects.get(pk=draft)
    assert found.thread
    outcome = door(who, "send", draft=draft, revision=found.revision, seen=found.thread.latest)
    return outcome if "code" in outcome else {"sent": True}


def test_a_promise_refuses_gwen_in_the_same_words(
    doors: dict[str, Door], gwen: Actor, ada: Actor, letter: Callable[[], Thread], now: datetime
) -> None:
    staff.promise(by=ada, floor=Level.APPROVED, channel="mail", now=now)
    refused = same({n: sent(door, gwen, prepared(gwen, letter)) for n, door in doors.items()})
    assert refused["code"] == "promise_broken"
    assert "Ada Ferrer promised: “If I answer e-mail" in refused["message"]
    assert not Submission.objects.exists()


def test_a_promise_refuses_a_draft_that_can_never_leave(
    doors: dict[str, Door], hal: Actor, ada: Actor, letter: Callable[[], Thread], now: datetime
) -> None:
    staff.promise(by=ada, floor=Level.FIRSTHAND, channel="mail", now=now)
    refused = same(
        {n: door(hal, "draft", thread=letter().pk, text=TEXT) for n, door in doors.items()}
    )
    assert refused["code"] == "promise_broken"
    assert not Draft.objects.exists()


def test_gwen_sends_what_ada_approved(
    doors: dict[str, Door],
    hal: Actor,
    gwen: Actor,
    ada: Actor,
    letter: Callable[[], Thread],
    now: datetime,
) -> None:
    staff.promise(by=ada, floor=Level.APPROVED, channel="mail", now=now)
    rows: dict[str, Any] = {}
    for name, door in doors.items():
        number = prepared(hal, letter)
        draft = Draft.objects.get(pk=number)
        desk.approve(draft=draft, actor=ada, revision=1, now=timezone.now())
        assert sent(door, gwen, number) == {"sent": True}
        rows[name] = submission_rows(number)
    left = same(rows)
    assert left["level"] == "approved"
    assert left["state"] == "pending"
    assert left["sentence"] == (
        "Written by Hal Brandt; read and approved by Ada Ferrer, sent by Gwen Osei."
    )


def test_otto_may_draft_but_not_send(
    doors: dict[str, Door], otto: Actor, letter: Callable[[], Thread]
) -> None:
    numbers = {
        name: door(otto, "draft", thread=letter().pk, text=TEXT)["draft"]
        for name, door in doors.items()
    }
    same({name: draft_rows(number) for name, number in numbers.items()})
    refused = same({name: sent(door, otto, numbers[name]) for name, door in doors.items()})
    assert refused["code"] == "denied"
    assert refused["message"].startswith("Otto has no right to send")


@pytest.mark.parametrize("name", ["stan", "rev"])
@pytest.mark.parametrize("act", ["read", "draft", "edit", "ask", "send"])
def test_who_has_no_rights_is_refused_in_the_same_words(
    doors: dict[str, Door],
    name: str,
    act: str,
    hal: Actor,
    letter: Callable[[], Thread],
    request: pytest.FixtureRequest,
) -> None:
    who: Actor = request.getfixturevalue(name)
    thread = letter()
    number = ByAct()(hal, "draft", thread=thread.pk, text=TEXT)["draft"]
    every: dict[str, dict[str, Any]] = {
        "read": {"thread": thread.pk},
        "draft": {"thread": thread.pk, "text": "No."},
        "edit": {"draft": number, "base": 1, "text": "No."},
        "ask": {"draft": number},
        "send": {"draft": number, "revision": 1, "seen": thread.latest},
    }
    before = draft_rows(number), Draft.objects.count()
    refused = same({n: door(who, act, **every[act]) for n, door in doors.items()})
    assert refused["code"] == "denied"
    assert who.name in refused["message"]
    if name == "rev":
        assert "was revoked on" in refused["message"]
    assert (draft_rows(number), Draft.objects.count()) == before
    assert not Submission.objects.exists()


@pytest.mark.parametrize("lane", ["helper", "fyi"])
def test_a_lane_that_the_grant_does_not_reach(
    doors: dict[str, Door],
    lane: str,
    hire: Hire,
    ada: Actor,
    letter: Callable[[], Thread],
    now: datetime,
) -> None:
    lena, thread = hire("Lena Wolf"), letter()
    scope = Scope(lanes=frozenset({"helper"}))
    staff.grant(hand=lena, by=ada, right=Right.DRAFT, now=now, scope=scope)
    attention.move(actor=ada, thread=thread, lane=Lane(lane), now=now)
    read = same({n: door(lena, "read", thread=thread.pk) for n, door in doors.items()})
    drafted = {n: door(lena, "draft", thread=thread.pk, text=TEXT) for n, door in doors.items()}
    if lane == "helper":
        assert read == {"read": thread.latest}
        assert all("draft" in outcome for outcome in drafted.values())
    else:
        assert "in the lane helper only" in read["message"]
        assert "in the lane helper only" in same(drafted)["message"]


def test_a_step_that_the_state_forbids(
    doors: dict[str, Door], hal: Actor, letter: Callable[[], Thread]
) -> None:
    outcomes = {}
    for name, door in doors.items():
        number = prepared(hal, letter)
        door(hal, "ask", draft=number)
        outcomes[name] = door(hal, "ask", draft=number)
    assert same(outcomes)["code"] == "not_allowed"
