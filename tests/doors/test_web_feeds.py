"""Our own feeds as another office reads them, and the page of an item that somebody else published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from firsthand.channels.feed.dialect import FEED
from firsthand.channels.feed.reading import read
from firsthand.core.envelope import Parsed
from firsthand.office import attention, desk, intake, publish, staff
from firsthand.office.models import Actor, Message, PostRevision
from tests.channels.feed_server import FeedServer
from tests.office.publish.conftest import editor, published

__all__ = ["editor"]

TEXT = "Hello *world*, 1 < 2 & more ]]> end.\n\n<script>alert(1)</script>\n\n[there](https://x.example/)"


@pytest.fixture
def now() -> datetime:
    """The pages read the clock themselves, so all this happened a while ago."""
    return timezone.now() - timedelta(days=3)


@pytest.fixture
def post(ada: Actor, editor: Actor, now: datetime) -> PostRevision:
    draft = publish.compose(actor=editor, text=TEXT, title="On <letters> & more", now=now)
    desk.approve(draft=draft, actor=ada, revision=1, now=now)
    return published(draft, ada, now)


@pytest.mark.parametrize("path", ["/posts.atom", "/posts.json"])
def test_our_own_feeds_are_read_as_they_were_meant(post: PostRevision, path: str) -> None:
    answer = Client().get(path)
    kind = answer.headers["Content-Type"]
    url = f"https://ada.example{path}"
    [item] = read(answer.content, kind, url, url)
    found: Parsed = FEED.parse(json.dumps(item).encode())
    assert found.subject == "On <letters> & more"
    assert found.date == post.at
    assert "Hello world, 1 < 2 & more ]]> end." in found.text
    assert "there (https://x.example/)" in found.text
    assert found.text.endswith("https://ada.example/p/on-letters-more")
    assert "Ada Ferrer" in (found.sender.name, item.get("author"))


def test_both_of_our_feeds_name_a_post_by_one_address(post: PostRevision) -> None:
    keys = set()
    for path in ("/posts.atom", "/posts.json"):
        answer = Client().get(path)
        kind = answer.headers["Content-Type"]
        [item] = read(answer.content, kind, f"https://ada.example{path}", "https://ada.example/")
        keys.add((item["key"], item["link"], item["at"]))
    assert len(keys) == 1


@pytest.fixture
def server() -> Iterator[FeedServer]:
    server = FeedServer()
    yield server
    server.close()


def test_the_page_of_an_item_says_that_it_can_only_be_read(
    server: FeedServer, ada: Actor, now: datetime
) -> None:
    server.put(
        "<rss version='2.0'><channel><title>Mia's</title><item><title>One</title><guid>1</guid>"
        "<description>&lt;p&gt;Words&lt;script&gt;alert(1)&lt;/script&gt;</description></item></channel></rss>"
    )
    address = f"{server.base}/feed"
    account, _ = staff.connect(
        by=ada, channel="feed", address=address, settings={"every": "30"}, secrets={}, now=now
    )
    intake.sync(account=account, now=now)
    attention.rank_waiting(now=now)
    client = Client()
    client.force_login(ada)
    page = client.get(f"/t/{Message.objects.get().thread_id}").content.decode()
    assert f"{address} can only be read: nothing can be sent or answered there." in page
    assert "Words" in page and "alert(1)" not in page
    assert 'name="text"' not in page
    assert client.get("/new").status_code == 200
    assert address not in client.get("/new").content.decode()
