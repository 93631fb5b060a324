"""The doors for who links to our pages: what they tell, what they take, and what strangers cannot do."""

from __future__ import annotations

import xmlrpc.client
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from firsthand.channels.links import links_of
from firsthand.channels.mentions.asking import endpoint_in
from firsthand.channels.web import Answer
from firsthand.office import mentions, publish
from firsthand.office.mentions import hearing
from firsthand.office.models import Account, Actor, Mention, PostRevision, Telling
from tests.office.publish.conftest import published

SOURCE, TARGET = "https://stella.example/7", "https://ada.example/p/on-letters"
CALL = xmlrpc.client.dumps((SOURCE, TARGET), "pingback.ping")
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    "<methodCall><methodName>&b;</methodName></methodCall>"
)
FILE = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><methodCall>&f;</methodCall>'


@pytest.fixture
def now() -> datetime:
    """The pages read the clock themselves, so the office was made just before."""
    return timezone.now() - timedelta(minutes=10)


@pytest.fixture
def post(ada: Actor, now: datetime) -> PostRevision:
    return published(
        publish.compose(actor=ada, text="Long.", title="On letters", now=now), ada, now
    )


def ping(client: Client, body: str | bytes) -> Any:
    """What the call returns; a fault's code."""
    answer = client.post("/pingback", body, content_type="text/xml")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert not answer.cookies
    try:
        (said,), _ = xmlrpc.client.loads(answer.content)
    except xmlrpc.client.Fault as fault:
        return fault.faultCode
    return said


@pytest.mark.parametrize("path", ["/", "/public", "/posts", "/p/on-letters", "/p/on-letters/1"])
def test_a_page_says_where_it_takes_mentions(post: PostRevision, path: str) -> None:
    answer = Client().get(path)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    known = Answer(200, headers, answer.content, "https://ada.example/x")
    assert endpoint_in(known) == "https://ada.example/webmention"
    assert answer["X-Pingback"] == "https://ada.example/pingback"
    if path not in {"/posts"}:
        rels = {rel: e.address for e in links_of(answer.content.decode(), "x:") for rel in e.rel}
        assert rels["webmention"] == "https://ada.example/webmention"
        assert rels["pingback"] == "https://ada.example/pingback"


def test_a_webmention_is_queued(post: PostRevision) -> None:
    client = Client(enforce_csrf_checks=True)
    for _ in range(2):
        answer = client.post("/webmention", f"source={SOURCE}&target={TARGET}",
                             content_type="application/x-www-form-urlencoded")  # fmt: skip
        assert answer.status_code == 202
        assert not answer.cookies
    row = Mention.objects.get()
    assert (row.source, row.target, row.way, row.state) == (SOURCE, TARGET, "webmention", "heard")


@pytest.mark.parametrize(
    "body",
    ["", "source=x", f"source={SOURCE}", f"source={SOURCE}&target={SOURCE}",
     f"source={SOURCE}&target=https://ada.example/p/nothing", f"source=file:///x&target={TARGET}",
     "x=" + "y" * 30_000],
)  # fmt: skip
def test_a_wrong_webmention_is_told_why(post: PostRevision, body: str) -> None:
    answer = Client().post("/webmention", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert len(answer.content) > 10
    assert not Mention.objects.exists()


def test_no_other_way_to_ask(post: PostRevision) -> None:
    client = Client()
    assert client.get("/webmention").status_code == client.get("/pingback").status_code == 405
    assert client.post("/webmention", {"source": SOURCE, "target": TARGET}).status_code == 400
    assert not Mention.objects.exists()


def test_too_many_are_told_to_wait(post: PostRevision, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "OF_A_SITE", 0)
    body = f"source={SOURCE}&target={TARGET}"
    answer = Client().post("/webmention", body, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert ping(Client(), CALL) == 49


def test_a_pingback_is_queued_and_known_afterwards(post: PostRevision) -> None:
    assert (
        ping(Client(enforce_csrf_checks=True), CALL)
        == "Thank you. The page is going to be looked at."
    )
    row = Mention.objects.get()
    assert (row.source, row.target, row.way) == (SOURCE, TARGET, "pingback")
    Mention.objects.update(state="found")
    assert ping(Client(), CALL) == 48


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("", -32700),
        ("<", -32700),
        (BOMB, -32700),
        (FILE, -32700),
        ("<html/>", -32700),
        ("<a>" * 5000, -32700),
        ("x" * 30_000, -32700),
        (b"\xff\xfe\x00", -32700),
        (xmlrpc.client.dumps((), "system.listMethods"), -32601),
        (xmlrpc.client.dumps((SOURCE,), "pingback.ping"), -32602),
        (xmlrpc.client.dumps((SOURCE, 7), "pingback.ping"), -32602),
        (xmlrpc.client.dumps((SOURCE, [TARGET]), "pingback.ping"), -32602),
        (xmlrpc.client.dumps(("ftp://x.example/", TARGET), "pingback.ping"), 16),
        (xmlrpc.client.dumps((SOURCE, "https://ada.example/p/no"), "pingback.ping"), 32),
        (xmlrpc.client.dumps((SOURCE, "https://b.example/"), "pingback.ping"), 32),
    ],
)
def test_a_wrong_pingback_gets_its_fault(post: PostRevision, call: str | bytes, code: int) -> None:
    assert ping(Client(), call) == code
    assert not Mention.objects.exists()


def test_where_nothing_is_taken_the_fault_says_so(post: PostRevision, now: datetime) -> None:
    Account.of_mentions(now)
    Account.objects.filter(channel="web").update(state="paused")
    assert ping(Client(), CALL) == 33
    with pytest.raises(mentions.Closed):
        mentions.hear(source=SOURCE, target=TARGET, way="pingback", now=now)


def test_a_string_may_stand_without_its_element(post: PostRevision) -> None:
    bare = CALL.replace("<string>", "").replace("</string>", "")
    assert "Thank you" in ping(Client(), bare)


def test_the_posts_page_shows_who_links_to_it_and_what_became_of_its_own_links(
    ada: Actor, post: PostRevision, hal: Actor, rev: Actor, stan: Actor, now: datetime
) -> None:
    for number, (state, problem) in enumerate(
        [
            ("told", ""),
            ("unheard", "No."),
            ("failed", "b.example answered 400."),
            ("uncertain", "?"),
        ]
    ):
        Telling.objects.create(
            revision=post, target=f"https://b.example/{number}", key=str(number), state=state,
            problem=problem, told_at=now if state == "told" else None,
        )  # fmt: skip
    row = mentions.hear(source=f"{SOURCE}?<b>", target=TARGET, way="webmention", now=now)
    Mention.objects.filter(pk=row.pk).update(state="gone", versions=2)
    client = Client()
    client.force_login(ada)
    page = client.get("/publish/post/on-letters").content.decode()
    for words in (
        "was told of it",
        "takes no webmentions",
        "could not be told",
        "may have been told",
    ):
        assert words in page
    assert "b.example answered 400." in page and "No.</p>" not in page
    assert f"{SOURCE}?&lt;b&gt;" in page and "no longer" in page
    assert page.count("Tell them again") == 2
    failed, told = (Telling.objects.get(state=state) for state in ("failed", "told"))
    for nobody, status in ((stan, 403), (rev, 403), (hal, 403)):
        other = Client()
        other.force_login(nobody)
        assert other.post(f"/publish/post/on-letters/tell/{failed.pk}").status_code == status
    assert client.post(f"/publish/post/on-letters/tell/{told.pk}").status_code == 409
    answer = client.post(f"/publish/post/on-letters/tell/{failed.pk}")
    assert answer.headers["Location"] == "/publish/post/on-letters"
    failed.refresh_from_db()
    assert (failed.state, failed.attempts) == ("noted", 0)
