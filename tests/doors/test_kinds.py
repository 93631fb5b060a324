"""Kinds of what has nothing to answer: on the page, in the API, on the command line."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from firsthand.office.models import Account, Actor, Thread
from tests.doors.program import Enter
from tests.doors.shell import Run, refused
from tests.office.letters import letter
from tests.office.test_attention import bring

pytestmark = pytest.mark.django_db

LEAVE = {"List_Unsubscribe": "<https://shop.example/leave>"}


@pytest.fixture
def now() -> datetime:
    """The doors read the clock themselves, so the letters came just before."""
    return timezone.now() - timedelta(minutes=1)


@pytest.fixture
def fyi(account: Account, now: datetime) -> None:
    """Two newsletters and a receipt."""
    news, shop = "news@news.example", "no-reply@shop.example"
    bring(
        account,
        now,
        letter(1, when=now, sender=news, subject="News 1", **LEAVE),
        letter(2, when=now, sender=news, subject="News 2", **LEAVE),
        letter(3, when=now, sender=shop, subject="Your receipt"),
    )


def closed() -> set[str]:
    return set(Thread.objects.filter(state="closed").values_list("subject", flat=True))


def test_today_leads_to_each_kind_and_its_page_closes_all_of_it(as_ada: Client, fyi: None) -> None:
    today = as_ada.get("/").content.decode()
    assert re.search(r'href="/lane/fyi\?kind=newsletters">Newsletters <span[^>]*>2</span>', today)
    page = as_ada.get("/lane/fyi?kind=newsletters").content.decode()
    assert "<h1>Newsletters</h1>" in page
    assert ("News 1" in page, "Your receipt" in page) == (True, False)
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen
    back = "/lane/fyi?kind=newsletters"
    form = {"all": "newsletters", "seen": seen[1], "back": back}
    done = as_ada.post("/sort", form, follow=True)
    assert done.redirect_chain == [(back, 302)]
    assert "2 letters: closed for everyone." in done.content.decode()
    assert closed() == {"News 1", "News 2"}
    undo = re.search(r'action="(/sort/\d+/undo)"', done.content.decode())
    assert undo
    as_ada.post(undo[1], {"back": back})
    assert closed() == set()


def test_what_is_no_kind_shows_and_closes_nothing(as_ada: Client, fyi: None) -> None:
    assert "<h1>Nothing to answer</h1>" in as_ada.get("/lane/fyi?kind=nonesuch").content.decode()
    for form in ({"all": "nonesuch"}, {"all": "newsletters"}, {"all": "newsletters", "seen": "x"}):
        as_ada.post("/sort", form)
        assert closed() == set()


def test_a_kind_is_closed_by_whoever_may_sort_it(
    fyi: None, hal: Actor, stan: Actor, rev: Actor
) -> None:
    form = {"all": "newsletters", "seen": "99"}
    assert Client().post("/sort", form).status_code == 403
    for nobody in (stan, rev):
        client = Client()
        client.force_login(nobody)
        client.post("/sort", form)
        assert closed() == set()
        assert b"News 1" not in client.get("/lane/fyi?kind=newsletters").content
    client = Client()
    client.force_login(hal)
    assert b"News 1" in client.get("/lane/fyi?kind=newsletters").content
    assert client.post("/sort", form).status_code == 302
    assert closed() == {"News 1", "News 2"}


def test_the_command_line_tells_and_sorts_kinds(fyi: None, run: Run) -> None:
    assert run("today", "--json").value["kinds"] == {"newsletters": 2, "receipts": 1}
    assert "newsletters (2) · receipts (1)" in run("today").out
    done = run("sort", "close", "--all-of", "newsletters", "--json").value
    assert len(done["threads"]) == 2
    assert closed() == {"News 1", "News 2"}
    assert run("put-back", str(done["sorting"])).code == 0
    refused(run("sort", "close", "--all-of", "nonesuch", "--json"), "misuse")
    refused(run("sort", "close", "--all-of", "bounces", "--json"), "misuse")
    refused(run("sort", "close", "--json"), "misuse")


def test_the_api_has_a_lane_by_its_kinds(fyi: None, enter: Enter, ada: Actor) -> None:
    program = enter(ada)
    assert program("GET", "/today")["kinds"] == {"newsletters": 2, "receipts": 1}
    items = program("GET", "/lanes/fyi?kind=receipts")["items"]
    assert [item["subject"] for item in items] == ["Your receipt"]
    assert program("GET", "/lanes/fyi?kind=nonesuch").status == 422
