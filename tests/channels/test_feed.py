"""A feed on a real web server: the contract, when it is asked, and what servers give instead."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from firsthand.channels.base import Batch, Channel, Connection, dialect_of, kinds, open_channel
from firsthand.channels.notebook import Scratch
from firsthand.core.envelope import Address, Outbound
from firsthand.core.errors import Misuse, Permanent, Temporary
from tests.channels.contract import NOW, ReadingContract
from tests.channels.feed_server import FeedServer

FEED = dialect_of("feed")


@pytest.fixture
def server() -> Iterator[FeedServer]:
    server = FeedServer()
    yield server
    server.close()


@dataclass
class Blog:
    """A blog with an RSS feed, the newest first. Each connection to it begins without notes."""

    server: FeedServer
    items: list[tuple[int, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._publish()

    def channel(self) -> Channel:
        notes = Scratch(lambda: datetime.now(UTC))
        connection = Connection(f"{self.server.base}/feed", {"every": "0.02"}, {}, notes)
        return open_channel("feed", connection)

    def arrive(self, count: int = 1) -> list[bytes]:
        begun = len(self.items)
        made = [
            (begun + n, NOW - timedelta(days=9) + timedelta(minutes=begun + n))
            for n in range(count)
        ]
        self.items += made
        self._publish()
        return [self._raw(number, at) for number, at in made]

    def _raw(self, number: int, at: datetime) -> bytes:
        item = {
            "feed": f"{self.server.base}/feed",
            "key": hashlib.sha256(f"e{number}".encode()).hexdigest()[:32],
            "source": "Mia & co.",
            "link": f"{self.server.base}/essay/{number}",
            "base": f"{self.server.base}/essay/{number}",
            "title": f"Essay {number}",
            "at": at.isoformat(),
            "html": "<p>Words.</p>",
        }
        return json.dumps(item, sort_keys=True).encode()

    def unread(self) -> int:
        return sum(each[0] != "/feed" for each in self.server.asked)

    def _publish(self) -> None:
        items = "".join(
            f"<item><title>Essay {n}</title><link>/essay/{n}</link><guid isPermaLink='false'>e{n}"
            f"</guid><pubDate>{format_datetime(at)}</pubDate>"
            "<description>&lt;p&gt;Words.&lt;/p&gt;</description></item>"
            for n, at in reversed(self.items)
        )
        self.server.put(
            f"<rss version='2.0'><channel><title>Mia &amp; co.</title>{items}</channel></rss>",
            ETag=f'"{len(self.items)}"',
        )


class TestFeed(ReadingContract):
    @pytest.fixture
    def far(self, server: FeedServer) -> Blog:
        return Blog(server)


class Clock:
    """A reader of one feed whose notes last, at a time that the test says."""

    def __init__(self, address: str, **settings: str) -> None:
        self.now = NOW
        self.notes = Scratch(lambda: self.now)
        self.connection = Connection(address, {"every": "30", **settings}, {}, self.notes)
        self.cursor: dict[str, object] = {}

    def look(self) -> list[Batch]:
        channel = open_channel("feed", self.connection)
        batches = list(channel.fetch(self.cursor))
        channel.close()
        self.cursor = dict(batches[-1].cursor) if batches else self.cursor
        return batches

    def ids(self) -> list[str]:
        return [each.remote_id for batch in self.look() for each in batch.inbounds]


def rss(*titles: str, more: str = "") -> str:
    items = "".join(f"<item><title>{t}</title><guid>{t}</guid>{more}</item>" for t in titles)
    return f"<rss version='2.0'><channel><title>Mia</title>{items}</channel></rss>"


def test_it_can_be_connected_and_sends_nothing(server: FeedServer) -> None:
    assert "feed" in kinds()
    channel = open_channel("feed", Connection(f"{server.base}/feed", {}))
    assert channel.capabilities.recovery == "blind"
    ada = Address("ada@ada.example")
    message = Outbound("1@ada.example", ada, ada, (ada,), "", "Hello", NOW)
    with pytest.raises(Permanent, match="can only be read"):
        channel.send(message)
    assert channel.find(message) is None
    assert server.asked == []
    with pytest.raises(Misuse, match="can only be read"):
        FEED.address("mia.example")


def test_an_unchanged_feed_is_not_sent_again(server: FeedServer) -> None:
    server.put(rss("one"), ETag='"a"', Last_Modified="Sun, 22 Nov 2026 08:00:00 GMT")
    reader = Clock(f"{server.base}/feed")
    assert len(reader.ids()) == 1
    reader.now += timedelta(minutes=31)
    assert reader.look() == []
    path, sent = server.asked[-1]
    assert (path, sent["if-none-match"]) == ("/feed", '"a"')
    assert sent["if-modified-since"] == "Sun, 22 Nov 2026 08:00:00 GMT"
    server.put(rss("two", "one"), ETag='"b"')
    reader.now += timedelta(minutes=31)
    assert len(reader.ids()) == 1
    assert "if-modified-since" in server.asked[-1][1]
    assert reader.cursor["modified"] == ""


def test_it_is_asked_no_sooner_than_its_owner_and_its_server_say(server: FeedServer) -> None:
    server.put(rss("one"), Cache_Control="public, max-age=7200")
    reader = Clock(f"{server.base}/feed", every="20")
    reader.look()
    server.put(rss("two", "one"))
    for minutes, asked in [(19, 1), (100, 1), (2, 2), (19, 2), (2, 3)]:
        reader.now += timedelta(minutes=minutes)
        reader.look()
        assert len(server.asked) == asked


def test_a_strangers_server_is_asked_every_quarter_of_an_hour_at_most() -> None:
    def look(address: str) -> float:
        return open_channel("feed", Connection(address, {"every": "1"})).capabilities.look

    assert look("https://blog.example/feed") == 900
    assert look("http://127.0.0.1:1/feed") == 60


def test_after_a_failure_it_waits_as_well_and_says_why(server: FeedServer) -> None:
    server.put("busy", status=429, Retry_After="7200")
    reader = Clock(f"{server.base}/feed")
    reader.now = datetime.now(UTC)  # Retry-After counts from the server's own clock
    with pytest.raises(Temporary, match="answered 429") as first:
        reader.look()
    assert first.value.retry_at and first.value.retry_at > reader.now + timedelta(minutes=119)
    reader.now += timedelta(minutes=60)
    with pytest.raises(Temporary, match="answered 429") as again:
        reader.look()
    assert again.value.retry_at == first.value.retry_at
    assert len(server.asked) == 1
    server.put(rss("one"))
    reader.now += timedelta(minutes=61)
    assert len(reader.ids()) == 1


@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_feed_that_is_gone_needs_a_person(server: FeedServer, status: int) -> None:
    server.put("gone", status=status)
    with pytest.raises(Permanent, match=f"answered {status}"):
        Clock(f"{server.base}/feed").look()


def test_it_follows_a_feed_that_moved_and_names_its_items_the_same(server: FeedServer) -> None:
    server.put(rss("one"))
    before = Clock(f"{server.base}/feed").ids()
    server.put(rss("one"), path="/new/place")
    server.put("", status=301, Location="/new/place")
    assert Clock(f"{server.base}/feed").ids() == before


def test_no_redirect_leads_into_a_private_network(server: FeedServer) -> None:
    server.put("", status=302, Location="http://192.168.0.1/feed")
    with pytest.raises(Permanent, match="private network"):
        Clock(f"{server.base}/feed").look()


def test_a_feed_in_a_private_network_is_not_asked() -> None:
    for address in ("http://10.0.0.1/feed", "http://169.254.169.254/latest"):
        with pytest.raises(Permanent, match="private network"):
            Clock(address).look()


def test_a_huge_feed_is_refused_also_when_it_is_packed(server: FeedServer) -> None:
    server.put(b"<rss>" + b" " * 5_000_000)
    with pytest.raises(Permanent, match="more than"):
        Clock(f"{server.base}/feed").look()
    server.put(gzip.compress(b"<rss>" + b" " * 5_000_000), Content_Encoding="gzip")
    with pytest.raises(Permanent, match="more than"):
        Clock(f"{server.base}/feed").look()


def test_a_page_instead_of_a_feed_says_where_the_feed_is(server: FeedServer) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/real.xml">'
    server.put(f"<!doctype html><html><head>{link}</head><p>Hi", "text/html")
    channel = open_channel("feed", Connection(f"{server.base}/feed", {}))
    with pytest.raises(Temporary, match=f"web page: its feed is {server.base}/real.xml"):
        channel.probe()


def test_a_changed_item_is_not_new(server: FeedServer) -> None:
    server.put(rss("one", more="<description>a</description>"))
    reader = Clock(f"{server.base}/feed")
    assert len(reader.ids()) == 1
    server.put(rss("one", more="<description>b</description>"))
    reader.now += timedelta(hours=1)
    assert reader.ids() == []


def test_without_dates_the_order_is_the_feeds(server: FeedServer) -> None:
    server.put(rss("three", "two", "one"))
    [batch] = Clock(f"{server.base}/feed").look()
    titles = [FEED.parse(each.raw).subject for each in batch.inbounds]
    assert titles == ["one", "two", "three"]
    assert {each.received_at for each in batch.inbounds} == {None}


def test_a_date_in_the_future_is_not_believed(server: FeedServer) -> None:
    server.put(rss("one", more="<pubDate>Sat, 01 Jan 2050 00:00:00 GMT</pubDate>"))
    [batch] = Clock(f"{server.base}/feed").look()
    assert batch.inbounds[0].received_at == NOW


def test_probing_tells_the_title_and_the_count(server: FeedServer) -> None:
    server.put(rss("one", "two"))
    said = open_channel("feed", Connection(f"{server.base}/feed", {})).probe()
    assert said == ("A feed “Mia”, with 2 items.", "It can be read only.")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("blog.example", "https://blog.example/"),
        (" HTTPS://Blog.Example/Feed.xml?a=B#c ", "https://blog.example/Feed.xml?a=B"),
        ("feed://blog.example/x", "https://blog.example/x"),
        ("feed:http://blog.example/x", "http://blog.example/x"),
    ],
)
def test_an_address_has_one_form(typed: str, kept: str) -> None:
    assert FEED.account(typed) == kept == FEED.account(kept)


@pytest.mark.parametrize(
    "typed",
    ["", "ftp://blog.example/", "https://ada:secret@blog.example/", "https://b/" + "x" * 255],
)
def test_what_is_no_feeds_address_is_refused(typed: str) -> None:
    with pytest.raises(Misuse):
        FEED.account(typed)
