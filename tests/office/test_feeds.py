"""A feed in an office: read and never answered, whoever tries; an item waits for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from firsthand.core.attention import Lane
from firsthand.core.errors import Denied, Misuse, Permanent
from firsthand.office import attention, desk, intake, publish, staff
from firsthand.office.models import Account, Actor, Draft, Message, Thread
from firsthand.office.publish import Place
from tests.channels.feed_server import FeedServer

RSS = "<rss version='2.0'><channel><title>Mia</title>{}</channel></rss>"
ITEM = "<item><title>{}</title><guid>{}</guid><description>Could you read it, Ada?</description></item>"


@pytest.fixture
def server() -> Iterator[FeedServer]:
    server = FeedServer()
    yield server
    server.close()


def give(server: FeedServer, *names: str) -> None:
    """Each item has the same title, as weekly ones do."""
    server.put(RSS.format("".join(ITEM.format("Weekly", name) for name in names)))


def connected(server: FeedServer, by: Actor, now: datetime) -> Account:
    account, found = staff.connect(
        by=by,
        channel="feed",
        address=f"{server.base}/feed",
        settings={"every": "30"},
        secrets={},
        now=now,
    )
    assert found[0].startswith("A feed “Mia”")
    return account


@pytest.fixture
def feed(server: FeedServer, ada: Actor, now: datetime) -> Account:
    give(server, "1", "2")
    account = connected(server, ada, now)
    assert intake.sync(account=account, now=now).new == 2
    return account


def test_each_item_is_something_to_read_for_which_nobody_waits(
    feed: Account, server: FeedServer, now: datetime
) -> None:
    attention.rank_waiting(now=now)
    assert set(Thread.objects.values_list("rank__lane", flat=True)) == {Lane.FYI.value}
    assert Thread.objects.count() == 2  # the same title does not join them
    message = Message.objects.first()
    assert message and (message.direction, message.subject) == ("in", "Weekly")
    later = now + timedelta(minutes=31)
    give(server, "3", "2", "1")
    assert intake.sync(account=feed, now=later).new == 1
    assert intake.sync(account=feed, now=later).new == 0
    assert len(server.asked) == 3  # with the one of connecting


def test_a_feed_that_fails_is_told_and_loses_nothing(
    feed: Account, server: FeedServer, now: datetime
) -> None:
    server.put("<html>Sorry", "text/html", status=200)
    later = now + timedelta(minutes=31)
    intake.sync(account=feed, now=later)
    feed.refresh_from_db()
    assert (feed.state, feed.retry_at) == ("failing", later + timedelta(minutes=30))
    assert "web page" in feed.problem
    give(server, "3", "2", "1")
    intake.sync(account=feed, now=later + timedelta(minutes=30))
    feed.refresh_from_db()
    assert (feed.state, Message.objects.count()) == ("ok", 3)


def test_whoever_answers_is_told_that_it_can_only_be_read(
    feed: Account, ada: Actor, now: datetime
) -> None:
    thread = Thread.objects.latest("pk")
    with pytest.raises(Misuse, match="can only be read"):
        desk.draft(actor=ada, text="Thank you.", thread=thread, now=now)
    with pytest.raises(Misuse, match="can only be read"):
        desk.draft(actor=ada, text="Hello.", account=feed, subject="Hello", now=now)
    assert not Draft.objects.exists()


def test_a_feed_is_no_second_account_to_write_from(
    feed: Account, account: Account, ada: Actor, now: datetime
) -> None:
    draft = desk.draft(actor=ada, text="Hello.", subject="Hello", now=now)
    assert draft.account == account


def test_no_post_can_be_put_on_a_feed(feed: Account, ada: Actor, now: datetime) -> None:
    with pytest.raises(Misuse, match="Nothing can be published"):
        publish.compose(actor=ada, text="A post.", title="A", places=[Place(feed, "link")], now=now)


def test_stan_and_rev_connect_none(
    server: FeedServer, stan: Actor, rev: Actor, now: datetime
) -> None:
    give(server, "1")
    for actor in (stan, rev):
        with pytest.raises(Denied):
            connected(server, actor, now)
    assert server.asked == []


def test_a_feed_that_is_none_is_not_connected(
    server: FeedServer, ada: Actor, now: datetime
) -> None:
    with pytest.raises(Permanent, match="404"):
        connected(server, ada, now)
    assert not Account.objects.filter(channel="feed").exists()
