"""Published texts as strangers and their programs meet them; what they are was written by others."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any

import feedparser
import jsonschema
import pytest
from django.test import Client
from django.utils import timezone

from firsthand.core.revising import Change
from firsthand.office import desk, publish
from firsthand.office.models import Account, Actor, PostRevision, Submission
from firsthand.office.publish import Credited
from tests.office.publish.conftest import editor, published

__all__ = ["editor"]

HOSTILE = (
    "Hello *world*.\n\n<script>alert(1)</script>\n\n[click](javascript:alert(1)) "
    "![spy](https://spy.example/x.png) and <b onclick=x>bold</b>\x0b & more ]]> end.\n\n# A heading"
)
# The JSON Feed 1.1 specification as a schema: https://www.jsonfeed.org/version/1.1/
AUTHOR = {
    "type": "object",
    "properties": {k: {"type": "string"} for k in ("name", "url", "avatar")},
    "minProperties": 1,
}
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": {"type": "string"},
        "home_page_url": {"type": "string", "format": "uri"},
        "feed_url": {"type": "string", "format": "uri"},
        "authors": {"type": "array", "items": AUTHOR},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id"],
                "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
                "properties": {
                    "id": {"type": "string"},
                    "url": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "content_html": {"type": "string"},
                    "date_published": {"type": "string", "format": "date-time"},
                    "date_modified": {"type": "string", "format": "date-time"},
                    "authors": {"type": "array", "items": AUTHOR},
                    "language": {"type": "string"},
                },
                "patternProperties": {"^_": {"type": "object", "required": ["about"]}},
            },
        },
    },
}


@pytest.fixture
def now() -> datetime:
    """The pages read the clock themselves, so all this happened a while ago."""
    return timezone.now() - timedelta(days=3)


@pytest.fixture
def post(ada: Actor, editor: Actor, now: datetime) -> PostRevision:
    """By a hand, approved, with a guest and a sponsor; then corrected."""
    draft = publish.compose(
        actor=editor,
        text=HOSTILE,
        title="On <letters> & more",
        language="en",
        credits=[Credited("Mia Lund", "guest", "https://mia.example/")],
        sponsor="The Paper Mill",
        sponsor_url="https://mill.example/",
        now=now,
    )
    desk.approve(draft=draft, actor=ada, revision=1, now=now)
    first = published(draft, ada, now)
    later = now + timedelta(days=1)
    again = publish.revise(
        post=first.post,
        actor=ada,
        text=f"{HOSTILE} It opens in June.",
        change=Change.CORRECTION,
        note="The date was missing.",
        now=later,
    )
    return published(again, ada, later)


def page(path: str, status: int = 200) -> str:
    response = Client().get(path)
    assert response.status_code == status, path
    assert not response.cookies
    return response.content.decode()


def test_a_post_has_a_plain_page_that_runs_and_loads_nothing_foreign(post: PostRevision) -> None:
    html = page("/p/on-letters-more")
    assert '<h1 class="p-name">On &lt;letters&gt; &amp; more</h1>' in html
    assert "<em>world</em>" in html
    assert "<script>alert" not in html
    assert 'href="javascript' not in html
    assert "<img" not in html
    assert "onclick=x>" not in html
    assert "Corrected on" in html and "The date was missing." in html
    assert "Paid for by" in html and "https://mill.example/" in html
    assert "Mia Lund" in html and "Edda Roth" in html
    assert f"https://ada.example/b/{post.submission.number}#" in html
    assert '<meta name="ai-disclosure" content="none">' in html


def test_the_file_of_a_post_is_verified_here_and_an_address_is_told_what_to_do(
    post: PostRevision,
) -> None:
    raw, ask = page("/p/on-letters-more.json"), Client().post
    good = ask("/verify", {"source": raw}).content.decode()
    assert 'class="verdict verified"' in good
    assert "<dt>Revision</dt><dd>2</dd>" in good
    bad = ask("/verify", {"source": raw.replace("in June.", "in July.")}).content.decode()
    assert 'class="verdict altered"' in bad
    told = ask("/verify", {"source": "https://ada.example/p/on-letters-more/1"})
    assert (told.status_code, b"nothing is fetched here" in told.content) == (400, True)


def test_a_text_without_a_title_is_called_by_its_first_line_without_marks(
    ada: Actor, now: datetime
) -> None:
    text = "# We *recieve* [many](https://a.example/x) letters\n\nEach is **read**."
    slug = published(publish.compose(actor=ada, text=text, now=now), ada, now).post.slug
    name, html = "We recieve many letters", page(f"/p/{slug}")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)
    assert found and json.loads(found[1])["headline"] == name
    assert f'<meta property="og:title" content="{name}">' in html
    assert feedparser.parse(page("/posts.atom")).entries[0].title == name
    assert f">{name}</a>" in page("/posts") and f">{name}</a>" in page(f"/p/{slug}/history")
    inside = Client()
    inside.force_login(ada)
    assert f">{name}</a>" in inside.get("/publish").content.decode()
    [item] = json.loads(page("/posts.json"))["items"]
    assert "title" not in item, "JSON Feed 1.1: a note has none"


def test_the_linked_data_names_everybody(post: PostRevision) -> None:
    found = re.search(
        r'<script type="application/ld\+json">(.*?)</script>', page("/p/on-letters-more")
    )
    assert found
    value = json.loads(found[1])
    assert value["@context"] == "https://schema.org"
    assert value["headline"] == "On <letters> & more"
    assert value["author"] == {
        "@type": "Person",
        "name": "Ada Ferrer",
        "url": "https://ada.example/hands#ada",
    }
    assert {"Edda Roth", "Mia Lund"} <= {each["name"] for each in value["contributor"]}
    assert [each["name"] for each in value["editor"]] == ["Ada Ferrer"]
    assert value["digitalSourceType"].endswith("/digitalCreation")
    assert value["correction"][0]["text"] == "The date was missing."
    assert value["sponsor"]["name"] == "The Paper Mill"
    assert (value["version"], value["inLanguage"]) == (2, "en")
    assert value["datePublished"] < value["dateModified"]


def test_the_history_tells_what_changed_and_of_what_kind(post: PostRevision) -> None:
    html = page("/p/on-letters-more/history")
    assert html.index("Revision 2") < html.index("Revision 1")
    assert '<span class="kind correction">correction</span>' in html
    assert "<ins> It opens in June.</ins>" in html.replace("\n", "")
    assert "First published." in html
    assert "Its editor called this" not in html
    assert "revision 1 of 2" in page("/p/on-letters-more/1")
    page("/p/on-letters-more/3", 404)
    page("/p/no-such-post", 404)


def test_a_decision_that_says_too_little_is_told(ada: Actor, now: datetime) -> None:
    first = published(publish.compose(actor=ada, text="In May.", title="When", now=now), ada, now)
    draft = publish.revise(
        post=first.post, actor=ada, text="In June.", change=Change.TYPO, now=now + timedelta(days=1)
    )
    published(draft, ada, now + timedelta(days=1))
    html = page("/p/when/history")
    assert (
        "Its editor called this <strong>typo</strong>. The texts show more: <strong>substance"
        in html
    )


def test_what_is_not_public_is_nowhere(ada: Actor, now: datetime) -> None:
    draft = publish.compose(actor=ada, text="Secret still.", title="Not yet", now=now)
    publish.publish(draft=draft, actor=ada, revision=1, at=now + timedelta(days=30), now=now)
    for path in ("/p/not-yet", "/p/not-yet/history", "/p/not-yet.json", "/p/not-yet/1"):
        page(path, 404)
    for path in ("/posts", "/posts.atom", "/posts.json"):
        assert "ecret" not in page(path)


def test_feedparser_reads_the_atom_feed(post: PostRevision) -> None:
    feed = feedparser.parse(Client().get("/posts.atom").content)
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.version == "atom10"
    [entry] = feed.entries
    assert entry.title == "On <letters> & more"
    assert entry.link == entry.id == "https://ada.example/p/on-letters-more"
    assert entry.published_parsed < entry.updated_parsed
    assert entry.author == "Ada Ferrer"
    assert {"Edda Roth", "Mia Lund"} <= {each.name for each in entry.contributors}
    assert "<em>world</em>" in entry.content[0].value


def test_the_json_feed_keeps_its_specification(post: PostRevision) -> None:
    value: dict[str, Any] = json.loads(page("/posts.json"))
    jsonschema.validate(value, JSON_FEED, format_checker=jsonschema.FormatChecker())
    [item] = value["items"]
    assert item["authors"][0]["name"] == "Ada Ferrer"
    assert (item["_firsthand"]["revision"], item["_firsthand"]["change"]) == (2, "correction")
    feed = Client().get("/posts.json")
    assert feed.headers["Content-Type"] == "application/feed+json; charset=utf-8"


def test_an_empty_feed_is_one_too(ada: Actor) -> None:
    assert not feedparser.parse(Client().get("/posts.atom").content).bozo
    jsonschema.validate(json.loads(page("/posts.json")), JSON_FEED)
    assert "Nothing was published yet" in page("/posts")


def test_our_handles_elsewhere_are_told(ada: Actor, post: PostRevision, now: datetime) -> None:
    Account.objects.create(channel="mastodon", address="ada@social.example", made_at=now)
    html = page("/p/on-letters-more")
    assert '<meta name="fediverse:creator" content="@ada@social.example">' in html
    assert '<link rel="me" href="https://social.example/@ada">' in html


def test_an_ai_is_told_to_machines_too(ada: Actor, otto: Actor, hire: Any, now: datetime) -> None:
    draft = publish.compose(actor=otto, text="Words by a machine.", title="Machine", now=now)
    desk.approve(draft=draft, actor=ada, revision=1, now=now)
    published(draft, ada, now)
    html = page("/p/machine")
    assert '<meta name="ai-disclosure" content="ai-generated">' in html
    assert "Otto</a>, a machine" in html


def test_an_erased_post_is_gone(ada: Actor, post: PostRevision, now: datetime) -> None:
    Submission.objects.update(erased_on=now.date(), record=b"")
    page("/p/on-letters-more", 410)
