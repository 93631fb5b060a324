"""The rooms of the office: hands, promises, accounts, settings, and who may change them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from firsthand.core.rights import Right
from firsthand.office.models import Account, Actor, Grant, Office, Promise, Token
from tests.office.conftest import Hire


@pytest.fixture
def now() -> datetime:
    """The pages read the clock themselves, so the office was made just before."""
    return timezone.now() - timedelta(minutes=1)


def test_a_hand_is_added_granted_invited_and_revoked(as_ada: Client) -> None:
    fields = {"name": "Hal Brandt", "kind": "human", "email": "hal@ada.example", "initials": "HB"}
    as_ada.post("/office/hands/add", fields)
    hal = Actor.objects.get(email="hal@ada.example")
    as_ada.post(f"/office/hands/{hal.key}/grant", {"right": "draft", "until": "2099-05-01"})
    grant = Grant.objects.get(actor=hal)
    page = as_ada.get("/office/hands").content.decode()
    assert "may write drafts, everywhere, until 1 May 2099" in page
    told = as_ada.post(f"/office/hands/{hal.key}/invitation").content.decode()
    link = told.split('id="secret">')[1].split("<")[0].removeprefix(Office.objects.get().base)
    assert Client().post(link).status_code == 302
    as_ada.post(f"/office/grants/{grant.pk}/revoke")
    grant.refresh_from_db()
    assert grant.revoked_at is not None


def test_a_refused_hand_keeps_what_was_typed(as_ada: Client, hal: Actor) -> None:
    fields = {"name": "Hal Brandt", "kind": "human", "email": "other@ada.example"}
    answer = as_ada.post("/office/hands/add", fields)
    assert answer.status_code == 400
    assert b'value="other@ada.example"' in answer.content


def test_a_token_is_shown_once(as_ada: Client, otto: Actor) -> None:
    told = as_ada.post(f"/office/hands/{otto.key}/token", {"name": "draft box"}).content.decode()
    secret = told.split('id="secret">')[1].split("<")[0]
    assert secret.startswith("fh_")
    page = as_ada.get("/office/hands").content.decode()
    assert "draft box" in page
    assert secret not in page
    as_ada.post(f"/office/tokens/{Token.objects.get().pk}/revoke")
    assert Token.objects.get().revoked_at is not None


def test_offboarding_shows_what_it_stops_before_it_does(as_ada: Client, hal: Actor) -> None:
    browser = Client()
    browser.force_login(hal)
    page = as_ada.get(f"/office/hands/{hal.key}/offboard").content.decode()
    assert "2 grants" in page
    assert Actor.objects.get(pk=hal.pk).is_active
    as_ada.post(f"/office/hands/{hal.key}/offboard")
    assert not Actor.objects.get(pk=hal.pk).is_active
    assert browser.get("/").content == Client().get("/").content


@pytest.mark.parametrize(
    "path",
    [
        "/office/hands/add",
        "/office/hands/otto/grant",
        "/office/hands/otto/token",
        "/office/hands/otto/offboard",
        "/office/promises/make",
        "/office/accounts/connect",
        "/office/settings",
    ],
)
def test_a_hand_without_the_right_changes_nothing(
    hal: Actor, otto: Actor, client: Client, path: str
) -> None:
    client.force_login(hal)
    before = (Actor.objects.count(), Grant.objects.count(), Office.objects.values().get())
    fields = {
        "name": "Mal", "kind": "human", "right": "draft", "floor": "firsthand",
        "address": "x@y.example", "imap": "a.example", "smtp": "b.example", "password": "p",
        "minutes": "9", "undo_seconds": "9",
    }  # fmt: skip
    assert client.post(path, fields).status_code == 403
    assert before == (Actor.objects.count(), Grant.objects.count(), Office.objects.values().get())
    assert Actor.objects.get(key="otto").is_active
    assert not Promise.objects.exists()
    assert not Account.objects.exists()


def test_a_promise_stands_in_public_until_it_is_ended(as_ada: Client) -> None:
    as_ada.post("/office/promises/make", {"floor": "approved", "channel": "mail"})
    said = "If I answer e-mail, I have read and approved every word."
    assert said in Client().get("/").content.decode()
    assert said in as_ada.get("/office/promises").content.decode()
    as_ada.post(f"/office/promises/{Promise.objects.get().pk}/end")
    assert said not in Client().get("/").content.decode()
    assert as_ada.post("/office/promises/make", {"floor": "automated"}).status_code == 400


def test_a_mailbox_that_does_not_answer_is_not_connected(as_ada: Client) -> None:
    fields = {
        "address": "ada@ada.example", "password": "hush-hush", "imap": "127.0.0.1:1",
        "smtp": "127.0.0.1:1",
    }  # fmt: skip
    answer = as_ada.post("/office/accounts/connect", fields)
    assert answer.status_code in {400, 503}
    assert b'value="127.0.0.1:1"' in answer.content
    assert b"hush-hush" not in answer.content
    assert not Account.objects.exists()
    wrong = as_ada.post("/office/accounts/connect", {**fields, "imap": "host:port"})
    assert b"Write the IMAP server as" in wrong.content


def test_only_the_principal_changes_the_settings(as_ada: Client, hire: Hire) -> None:
    fields = {
        "minutes": 40, "undo_seconds": 30, "signature": "Ada", "time_zone": "Europe/Lisbon"
    }  # fmt: skip
    as_ada.post("/office/settings", fields)
    office = Office.objects.get()
    assert (office.minutes, office.undo_seconds, office.signature) == (40, 30, "Ada")
    wrong = as_ada.post("/office/settings", {**fields, "time_zone": "Moon/Base", "minutes": 7})
    assert wrong.status_code == 400
    assert b'value="Moon/Base"' in wrong.content
    assert Office.objects.get().minutes == 40
    client = Client()
    client.force_login(hire("Hal Brandt", *Right))
    assert client.post("/office/settings", fields).status_code == 403


def test_a_weak_password_is_refused_and_a_good_one_keeps_this_session(as_ada: Client) -> None:
    assert as_ada.post("/office/password", {"new": "short"}).status_code == 400
    assert as_ada.post("/office/password", {"new": "a few words in a row"}).status_code == 302
    assert as_ada.get("/desk").status_code == 200
    wrong = as_ada.post("/office/password", {"old": "nope", "new": "other words in a row"})
    assert wrong.status_code == 400
