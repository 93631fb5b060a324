"""Passkeys on the pages: whose they are, what a touch is good for, and what it is not."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from firsthand.core.passkey import decode
from firsthand.core.rights import Right
from firsthand.office import desk, staff
from firsthand.office.models import Account, Actor, Approval, Draft, Passkey, Submission, Thread
from tests.office.conftest import Hire
from tests.office.touching import give
from tests.verifier.authenticator import Authenticator

TYPED = "Dear Stella, of course I will. Ada"


@pytest.fixture
def now() -> datetime:
    """The pages read the clock themselves, so the office was made just before."""
    return timezone.now() - timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor)
    return client


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, pattern
    return match[1]


def asked(client: Client, path: str, which: str) -> dict[str, str]:
    """The challenge and its token, as a page carries them."""
    page = client.get(path).content.decode()
    form = page[page.index(which) :]
    return {
        "challenge": found(which + r'="([^"]+)"', form),
        "token": found(r'name="token" value="([^"]+)"', form),
    }


def add(client: Client, touch: Authenticator, **more: str) -> Any:
    page = asked(client, "/office/keys", "data-register")
    answer = touch.register(decode(page["challenge"]))
    return client.post(
        "/office/keys/add", {"name": "phone", "answer": answer, "token": page["token"], **more}
    )


def test_a_passkey_is_added_once_by_its_owner(ada: Actor, hal: Actor) -> None:
    client = signed_in(ada)
    page = asked(client, "/office/keys", "data-register")
    form = {"name": "phone", "token": page["token"]}
    form["answer"] = Authenticator().register(decode(page["challenge"]))
    assert signed_in(hal).post("/office/keys/add", form).status_code == 403
    assert client.post("/office/keys/add", form).status_code == 302
    again = client.post("/office/keys/add", form)
    assert again.status_code == 403 and "used already" in again.content.decode()
    assert Passkey.objects.get().actor == ada
    shown = client.get("/office/keys").content.decode()
    assert "phone" in shown and "Revoke it" in shown


def test_a_sign_in_of_long_ago_adds_none(ada: Actor) -> None:
    client = signed_in(ada)
    Actor.objects.update(last_login=timezone.now() - timedelta(hours=1))
    answer = add(client, Authenticator())
    assert answer.status_code == 403
    assert "Sign out and in again" in answer.content.decode()
    assert not Passkey.objects.exists()


def test_who_may_revoke_sees_the_button(ada: Actor, hal: Actor, gwen: Actor, now: datetime) -> None:
    _, row = give(hal, now)
    assert f"/office/keys/{row.pk}/revoke" in signed_in(ada).get("/office/keys").content.decode()
    assert f"/office/keys/{row.pk}/" not in signed_in(gwen).get("/office/keys").content.decode()
    assert signed_in(gwen).post(f"/office/keys/{row.pk}/revoke").status_code == 403
    assert signed_in(ada).post(f"/office/keys/{row.pk}/revoke").status_code == 302
    row.refresh_from_db()
    assert row.revoked_at


def test_an_office_at_a_bare_address_says_why_there_are_none(
    ada: Actor, now: datetime, office: Any
) -> None:
    give(ada, now)
    office.base = "http://127.0.0.1:8000"
    office.save()
    assert "a bare address" in signed_in(ada).get("/office/keys").content.decode()
    assert "Sign in with a passkey" not in Client().get("/sign-in").content.decode()
    assert "data-touch" not in signed_in(ada).get("/new").content.decode()


def enter(client: Client, touch: Authenticator, **more: str) -> Any:
    page = asked(client, "/sign-in", "data-enter")
    answer = touch.touch(decode(page["challenge"]))
    return client.post("/sign-in/passkey", {"answer": answer, "token": page["token"], **more})


def test_a_passkey_lets_in_without_a_password(ada: Actor, now: datetime) -> None:
    touch, row = give(ada, now)
    client = Client()
    assert enter(client, touch, next="/desk").headers["Location"] == "/desk"
    assert client.get("/desk").status_code == 200
    assert enter(Client(), touch, next="https://evil.example/").headers["Location"] == "/"
    staff.revoke_passkey(passkey=row, by=ada, now=now)
    refused = enter(Client(), touch)
    assert refused.status_code == 403 and "was revoked" in refused.content.decode()


def test_an_answer_lets_in_once_and_only_to_its_own_question(ada: Actor, now: datetime) -> None:
    touch, _ = give(ada, now)
    client = Client()
    page = asked(client, "/sign-in", "data-enter")
    form = {"token": page["token"], "answer": touch.touch(decode(page["challenge"]))}
    assert client.post("/sign-in/passkey", form).status_code == 302
    assert Client().post("/sign-in/passkey", form).status_code == 403
    key_page = asked(signed_in(ada), "/office/keys", "data-register")
    form = {"token": key_page["token"], "answer": touch.touch(decode(key_page["challenge"]))}
    assert Client().post("/sign-in/passkey", form).status_code == 403
    for junk in ({}, {"token": "x", "answer": form["answer"]}, {"answer": "{}"}):
        assert Client().post("/sign-in/passkey", junk).status_code == 403


def proposal(client: Client, act: str, *items: str) -> dict[str, Any]:
    answer = client.post("/touch", {"act": act, "item": items})
    assert answer.status_code == 200, answer.content
    value: dict[str, Any] = json.loads(answer.content)
    return value


def touched(touch: Authenticator, asked: dict[str, Any]) -> dict[str, str]:
    return {"touch": asked["token"], "answer": touch.touch(decode(asked["challenge"]))}


def reply(thread: Thread, draft: Draft, **more: str) -> dict[str, object]:
    return {
        "text": draft.current.text,
        "to": "Stella Kaur <stella@elsewhere.example>",
        "subject": draft.subject,
        "seen": thread.latest,
        "draft": draft.pk,
        "base": draft.revision,
        "do": "send",
        **more,
    }


def test_a_reply_is_saved_touched_and_sent(ada: Actor, thread: Thread, now: datetime) -> None:
    client, (touch, row) = signed_in(ada), give(ada, now)
    draft = desk.draft(actor=ada, text=TYPED, now=now, thread=thread)
    question = proposal(client, "send", f"{draft.pk}:1:{thread.latest}")
    assert question["allow"] == [row.credential_id] and question["rpId"] == "ada.example"
    assert not Submission.objects.exists()
    form = reply(thread, draft, **touched(touch, question))
    assert client.post(f"/t/{thread.pk}/reply", form).status_code == 302
    assert Submission.objects.get().hand_signed
    assert "own passkey" in client.get("/desk").content.decode()


def test_a_touch_is_bound_to_its_actor_act_and_text(
    ada: Actor, gwen: Actor, thread: Thread, now: datetime
) -> None:
    (mine, _), (gwens, _) = give(ada, now), give(gwen, now)
    draft = desk.draft(actor=gwen, text=TYPED, now=now, thread=thread)
    item = f"{draft.pk}:1:{thread.latest}"
    approving = proposal(signed_in(ada), "approve", item)
    sending = proposal(signed_in(gwen), "send", item)
    client, address = signed_in(gwen), f"/t/{thread.pk}/reply"
    for kept in (
        touched(mine, approving),
        touched(gwens, approving),
        touched(mine, sending),
        {"touch": sending["token"], "answer": "{}"},
        {"touch": sending["token"] + "x", "answer": "{}"},
    ):
        assert client.post(address, reply(thread, draft, **kept)).status_code == 403
    changed = reply(thread, draft, **touched(gwens, sending), text="Something else.")
    refused = client.post(address, changed)
    assert refused.status_code == 403 and "another text" in refused.content.decode()
    assert not Submission.objects.exists()


def test_a_touch_is_refused_with_the_reason_of_the_act(
    ada: Actor, hal: Actor, stan: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=hal, text=TYPED, now=now, thread=thread)
    item = f"{draft.pk}:1:{thread.latest}"
    for actor, act, item_, status in (
        (hal, "send", item, 403),
        (stan, "send", item, 403),
        (ada, "approve", item, 403),
        (ada, "send", f"{draft.pk}:2:{thread.latest}", 409),
        (ada, "send", f"{draft.pk}:1:0", 409),
        (ada, "steal", item, 400),
        (ada, "send", "x", 400),
        (ada, "send", "9999:1:1", 404),
    ):
        answer = signed_in(actor).post("/touch", {"act": act, "item": [item_]})
        assert answer.status_code == status, (actor, act, item_, answer.content)
        if status != 404:
            assert json.loads(answer.content)["message"]


def test_approved_by_touch_here_and_on_the_desk(
    ada: Actor, gwen: Actor, account: Account, thread: Thread, now: datetime
) -> None:
    client, (touch, _) = signed_in(ada), give(ada, now)
    drafts = [desk.draft(actor=gwen, text=TYPED, now=now, thread=thread) for _ in range(3)]
    for draft in drafts:
        desk.ask(draft=draft, actor=gwen, now=now)
    items = [f"{draft.pk}:1:{thread.latest}" for draft in drafts]
    page = client.get("/desk").content.decode()
    assert all(f'value="{item}"' in page for item in items)
    one = proposal(client, "approve", items[0])
    form = {"revision": 1, "seen": thread.latest, **touched(touch, one)}
    assert client.post(f"/d/{drafts[0].pk}/approval", form).status_code == 302
    rest = proposal(client, "approve", *items[1:])
    form = {"item": items[1:], **touched(touch, rest)}
    assert client.post("/desk/approve", form).status_code == 302
    assert [len(row.evidence) for row in Approval.objects.order_by("pk")] == [1, 1, 1]
    assert "signed exactly this" in signed_in(gwen).get(f"/d/{drafts[1].pk}").content.decode()


def test_many_are_approved_without_a_touch_too_and_by_nobody_else(
    ada: Actor, gwen: Actor, hire: Hire, thread: Thread, now: datetime
) -> None:
    drafts = [desk.draft(actor=gwen, text=TYPED, now=now, thread=thread) for _ in range(2)]
    items = [f"{draft.pk}:1:{thread.latest}" for draft in drafts]
    everything = hire("Bea Orlov", *Right)
    assert signed_in(everything).post("/desk/approve", {"item": items}).status_code == 403
    assert not Approval.objects.exists()
    assert signed_in(ada).post("/desk/approve", {}).status_code == 400
    assert signed_in(ada).post("/desk/approve", {"item": items}).status_code == 302
    assert [row.evidence for row in Approval.objects.all()] == [[], []]


def test_strangers_get_to_none_of_it(ada: Actor, now: datetime) -> None:
    _, row = give(ada, now)
    for path in ("/touch", "/office/keys/add", f"/office/keys/{row.pk}/revoke", "/desk/approve"):
        assert Client().post(path).status_code == 403
    assert Client().get("/office/keys").status_code == 302
    document = json.loads(Client().get("/.well-known/did.json").content)
    assert document["authentication"] == ["did:web:ada.example#ada-passkey-1"]
    assert "phone" not in json.dumps(document)
