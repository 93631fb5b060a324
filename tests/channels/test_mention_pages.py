"""What a stranger's page says about ours, whatever it looks like; bounded, and never too much believed."""

from __future__ import annotations

import time
from typing import Any

import mf2py
import pytest

from firsthand.channels.links import links_of
from firsthand.channels.mentions import thing
from firsthand.channels.mentions.dialect import MENTIONS
from firsthand.channels.mentions.microformats import Page
from firsthand.channels.mentions.page import says
from firsthand.core.envelope import Automation, Parsed
from tests.channels.hostile import cpu

TARGET = "https://ada.example/p/on-letters"
SOURCE = "https://stella.example/7"
LINK = f'<a href="{TARGET}">Ada</a>'
CARD = '<a class="p-author h-card" href="https://stella.example/">Stella</a>'
REPLY = f"""<!doctype html><html><head><title>T</title></head><body><nav><a href="/">home</a></nav>
<article class="h-entry">{CARD} <time class="dt-published" datetime="2026-11-20T08:00:00Z">now</time>
<a class="u-in-reply-to" href="{TARGET}">On letters</a>
<div class="e-content"><p>Tall <b>ones</b>?</p><script>x()</script></div></article>"""


def said(html: str, kind: str = "text/html") -> dict[str, Any] | None:
    return says(html.encode(), kind, SOURCE, TARGET)


def parsed(html: str, source: str = SOURCE, **place: str) -> Parsed:
    found = says(html.encode(), "text/html", source, TARGET)
    assert found is not None
    return MENTIONS.parse(thing.pack("mf2", found, source=source, **place))


def test_a_reply_is_read_with_its_writer_and_its_words() -> None:
    seen = parsed(REPLY)
    assert (seen.sender.address, seen.sender.name) == ("https://stella.example", "Stella")
    assert seen.text == f"Tall ones?\n\n{SOURCE}"
    assert seen.references == (TARGET,)
    assert seen.subject == "ada.example/p/on-letters"
    assert (seen.automation, seen.problems) == (Automation.NO, ())
    assert "script" not in seen.html


@pytest.mark.parametrize(
    ("how", "text"), [("like-of", "Likes"), ("repost-of", "Reposts"), ("bookmark-of", "Bookmarks")]
)
def test_a_like_is_a_notice(how: str, text: str) -> None:
    seen = parsed(REPLY.replace("in-reply-to", how))
    assert seen.automation == Automation.NOTICE
    assert seen.text == f"{text} {TARGET}\n\n{SOURCE}"


def test_a_page_that_only_links_is_a_mention_with_what_stands_around_the_link() -> None:
    page = (
        f"<title>My &amp; day</title><p>Rain.</p><p>I read {LINK} and <i>liked</i> it.</p><p>Sun."
    )
    seen = parsed(page)
    assert seen.text == f"My & day\n\nI read Ada and liked it.\n\n{SOURCE}"
    assert (seen.sender.address, seen.sender.name) == ("https://stella.example", "")
    essay = (
        f'<div class="h-entry">{CARD}<h1 class="p-name">Essay</h1><div class="e-content"><p>Long.'
    )
    seen = parsed(f"{essay}<p>As {LINK} says.<p>Longer.</div></div>")
    assert seen.text == f"Essay\n\nAs Ada says.\n\n{SOURCE}"


def test_among_many_entries_the_one_that_links_to_us_is_meant() -> None:
    other = REPLY.replace(TARGET, "https://other.example/").replace("Tall", "Small")
    for page in (other + REPLY, REPLY + other):
        assert "Tall" in parsed(page).text
    feed = f'<div class="h-feed">{"".join(_entry(n) for n in range(5))}</div>'
    assert "number 3" in parsed(feed).text


def _entry(number: int) -> str:
    linked = LINK if number == 3 else ""
    return (
        f'<div class="h-entry"><div class="e-content"><p>number {number} {linked}</p></div></div>'
    )


@pytest.mark.parametrize(
    "page",
    [
        "",
        f"<!-- {LINK} -->",
        f"<script>'{LINK}'</script>",
        f"<textarea>{LINK}</textarea>",
        f"<p>&lt;a href='{TARGET}'&gt;",
        f"<p>{TARGET}</p>",
        f'<a href="{TARGET}x">Ada</a>',
        f'<a href="http{TARGET.removeprefix("https")}">Ada</a>',
        '<a href="/p/on-letters">here</a>',
        f'<a data-href="{TARGET}">Ada</a>',
    ],
)
def test_what_does_not_link_says_nothing(page: str) -> None:
    assert said(page) is None


@pytest.mark.parametrize(
    "page",
    [
        f"<a href={TARGET}>",
        f'<A HREF="{TARGET}#there">',
        f'<img src="{TARGET}">',
        f'<video src="{TARGET}"></video>',
        f'<blockquote cite="{TARGET}">',
        '<base href="https://ada.example/x/"><a href="../p/on-letters">',
        '<a href="//ada.example/p/on-letters">',
    ],
)
def test_every_way_to_link_is_seen(page: str) -> None:
    assert said(page) is not None


def test_text_and_json_link_in_their_own_way() -> None:
    assert said(f"See {TARGET} for more", "text/plain") is not None
    assert said(f"See {TARGET}x", "text/plain") is None
    assert said(f'{{"a": [{{"b": "{TARGET}"}}]}}', "application/json") is not None
    assert said(f'{{"a": "see {TARGET}"}}', "application/activity+json") is None
    assert said('{"a": ' + "[" * 100_000, "application/json") is None
    assert said(LINK, "image/png") is None


def test_characters_are_read_as_the_page_says() -> None:
    page = f"<meta charset=latin1><title>caf\xe9</title><p>{LINK}".encode("latin-1")
    found = says(page, "text/html", SOURCE, TARGET)
    assert found is not None
    assert found["properties"]["name"] == ["café"]


def test_nobody_speaks_for_another_site() -> None:
    """A page may name any writer and any address; only its own site is believed."""
    evil = "https://evil.example/1"
    forged = REPLY.replace(
        "</a> <time", '</a><a class="u-email" href="mailto:s@x.example">m</a><time'
    )
    seen = parsed(forged, evil)
    assert (seen.sender.address, seen.sender.name) == (evil, "Stella")
    assert "https://stella.example/ wrote it" in seen.problems[0]
    assert parsed(REPLY, "https://www.stella.example/7").sender.address == "https://stella.example"
    assert parsed(REPLY, "https://blog.stella.example/7").problems
    nobody = REPLY.replace(CARD, "")
    assert parsed(nobody, evil).sender.address == "https://evil.example"


def test_a_change_and_an_end_belong_to_the_first_one() -> None:
    first, at = parsed(REPLY), "2026-11-25T10:00:00+00:00"
    changed, gone = parsed(REPLY, changed=at), parsed(REPLY, gone=at)
    assert changed.in_reply_to == gone.in_reply_to == (first.message_id,)
    assert len({first.message_id, changed.message_id, gone.message_id}) == 2
    assert changed.problems == ("It was changed after it had come in.",)
    assert gone.text.startswith("Taken back: this page does not link to")
    assert gone.automation == Automation.NOTICE
    assert gone.sender == first.sender


PAGES = [
    REPLY,
    f'<body class="h-entry"><p class="p-name">N</p><a class="u-like-of" href="{TARGET}"></a>',
    f'<div class="h-entry"><div class="p-author h-card"><img alt="Stella" src="/me.jpg"><a class="u-url" '
    f'href="/about">x</a></div><div class="u-in-reply-to h-cite"><a class="u-url p-name" '
    f'href="{TARGET}">A</a><p class="p-author h-card">Ada</p></div><div class="e-content">hi</div></div>',
    f'<div class="hentry"><h2 class="entry-title">Older</h2><span class="author vcard"><a class="url fn" '
    f'href="https://stella.example/">Stella</a></span><time class="published" datetime="2026-01-01">d'
    f'</time><div class="entry-content"><p>{LINK}</p></div></div>',
    f'<base href="https://else.example/y/"><div class="h-entry"><a class="u-bookmark-of" href="z">b</a>'
    f'<p class="p-summary">s {LINK}</p></div>',
    '<div class="h-feed"><div class="h-entry"><p class="p-name">1</p><div class="h-entry"><p '
    'class="p-name">inner</p></div></div><div class="h-entry"><p class="p-name">2</p></div></div>',
]
SHARED = ("name", "published", "in-reply-to", "like-of", "bookmark-of")


@pytest.mark.parametrize("page", PAGES)
def test_another_reader_of_microformats_finds_the_same(page: str) -> None:
    ours = Page(page, SOURCE).entries()
    theirs = _entries(mf2py.parse(doc=page, url=SOURCE)["items"])
    assert len(ours) == len(theirs)
    for own, other in zip(ours, theirs, strict=True):
        for name in SHARED:
            expected = _plain(other, name)
            implied = name == "name" and name not in own["properties"]
            assert implied or own["properties"].get(name) == expected, name
        assert _author(own) == _author(other)


def _entries(items: list[Any]) -> list[Any]:
    found = []
    for each in items:
        found += [each] if "h-entry" in each["type"] else []
        found += _entries(each.get("children", []))
    return found


def _plain(item: Any, name: str) -> list[str] | None:
    values = item["properties"].get(name)
    found = [e["properties"]["url"][0] if isinstance(e, dict) else e for e in values or []]
    return found[:1] or None


def _author(item: Any) -> tuple[Any, Any] | None:
    for each in item["properties"].get("author", []):
        if isinstance(each, dict):
            own = each["properties"]
            return own.get("name"), own.get("url")
    return None


WORD = "w " * 150_000
BOMBS = {
    "nested properties": '<div class="h-entry">'
    + '<div class="p-a e-content p-author h-card">' * 190,
    "nested entries": '<div class="h-entry"><div class="e-content">' * 95 + WORD,
    "many entries": '<div class="h-entry"><p class="p-name">x</p></div>' * 9000,
    "many classes": f'<p class="h-entry"><b class="{"p-name e-content " * 5000}">{WORD}',
    "formatting": '<div class="h-entry">' + "<b><i><u>" * 3000 + "<p>x" * 3000,
    "deep": "<div>" * 15_000,
    "quotes": '<a href="' * 20_000,
    "links": "<a href=/x rel=webmention>" * 15_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_no_page_takes_long(name: str) -> None:
    began = time.process_time()
    found = said(LINK + BOMBS[name])
    assert found is not None
    MENTIONS.parse(thing.pack("mf2", found, source=SOURCE))
    assert cpu(began) < 4


def test_a_link_is_told_with_its_words_and_where_it_leads() -> None:
    page = '<link rel="WebMention me" href="?a=1&amp;b=2"><a href="javascript:x">x</a><a href="">'
    found = list(links_of(page, "https://a.example/p"))
    assert [each.address for each in found] == [
        "https://a.example/p?a=1&b=2",
        "https://a.example/p",
    ]
    assert found[0].rel == {"webmention", "me"}
