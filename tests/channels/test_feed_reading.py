"""What feeds say, in every form and encoding, and what is refused."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.channels.feed.dialect import FEED
from firsthand.channels.feed.markup import DEEPEST, MOST_ELEMENTS, Broken
from firsthand.channels.feed.reading import MOST, Item, moment, read
from firsthand.core.envelope import Automation, Parsed, Sealed

URL = "https://blog.example/feeds/all.xml"


def items(body: str | bytes, kind: str = "") -> list[Item]:
    return read(body.encode() if isinstance(body, str) else body, kind, URL, URL)


def parsed(item: Item) -> Parsed:
    return FEED.parse(json.dumps(item).encode())


def rss(inner: str) -> str:
    return f"<rss version='2.0'><channel><title>Mia</title><item>{inner}</item></channel></rss>"


def atom(inner: str) -> str:
    entry = f"<entry><id>urn:1</id>{inner}</entry>"
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Mia</title>{entry}</feed>"


def test_rss_with_the_usual_modules() -> None:
    [item] = items(
        """<?xml version="1.0"?><rss version="2.0"
        xmlns:c="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom">
        <channel><title>Mia's</title><atom:link href="x" rel="self"/><link>https://blog.example/</link>
        <item><media:title>Not this</media:title><title>AT&amp;amp;T &amp;lt;b&amp;gt;</title>
        <guid>https://blog.example/1</guid><dc:creator>Mia Lund</dc:creator>
        <pubDate>Sun, 22 Nov 2026 09:00 +0200</pubDate><description>Short</description>
        <c:encoded><![CDATA[<p>Long <a href="../x?a=1&amp;b=2">there</a> <img src='/i.png'></p>]]></c:encoded>
        </item></channel></rss>"""
    )
    message = parsed(item)
    assert (message.subject, message.sender.name) == ("AT&T <b>", "Mia's")
    assert message.sender.address == "blog.example/feeds/all.xml"
    assert message.date == datetime(2026, 11, 22, 7, tzinfo=UTC)
    assert message.automation is Automation.BULK
    assert message.text == (
        "By Mia Lund\n\nLong there (https://blog.example/x?a=1&b=2)\n\nhttps://blog.example/1"
    )
    assert "src='https://blog.example/i.png'" in message.html


def test_atom_with_xhtml_and_bases() -> None:
    [item] = items(
        atom(
            "<title type='html'>On &lt;i&gt;letters&lt;/i&gt;</title><author><name>Mia</name></author>"
            "<link rel='edit' href='/no'/><link href='posts/1'/><updated>2026-11-22T09:00:00Z</updated>"
            "<content type='xhtml' xml:base='/deep/'><div xmlns='http://www.w3.org/1999/xhtml'>"
            "<p>Words &amp; <a href='more'>more</a><br/></p></div></content>"
        )
    )
    message = parsed(item)
    assert message.subject == "On letters"
    assert message.date == datetime(2026, 11, 22, 9, tzinfo=UTC)
    assert message.text.startswith("Words & more (https://blog.example/deep/more)")


def test_a_text_in_atom_is_no_markup() -> None:
    [item] = items(atom("<title>1 &lt; 2</title><summary>a &lt;b&gt; c</summary>"))
    assert (parsed(item).subject, parsed(item).text, parsed(item).html) == ("1 < 2", "a <b> c", "")


def test_json_feed() -> None:
    [first, second] = items(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "Mia",
                "authors": [{"name": "Mia Lund"}],
                "items": [
                    {
                        "id": 7,
                        "url": "/7",
                        "content_text": "a <b>",
                        "date_published": "2026-11-22T09:00:00Z",
                    },
                    {"id": "8", "content_html": "<b>x</b>", "authors": [{"name": "Tom"}, 5, {}]},
                    "no item",
                ],
            }
        )
    )
    assert parsed(first).text == "By Mia Lund\n\na <b>\n\nhttps://blog.example/7"
    assert parsed(second).text == "By Tom\n\nx"


def test_rss_1_has_its_items_beside_the_channel() -> None:
    [item] = items(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Old</title></channel>
        <item><title>One</title><link>https://blog.example/1</link><dc:date>2026-11-22</dc:date></item>
        </rdf:RDF>"""
    )
    assert (item["source"], item["title"], item["at"][:10]) == ("Old", "One", "2026-11-22")


@pytest.mark.parametrize(
    ("encoding", "kind"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", ""),
        ("iso-8859-1", "text/xml; charset=ISO-8859-1"),
        ("windows-1252", ""),
        ("iso-8859-1", "text/xml; charset=utf-8"),
        ("utf-8", "text/xml; charset=no-such"),
        ("utf-8", "text/xml; charset=idna"),
    ],
)
def test_every_encoding_is_read_even_where_it_is_stated_wrongly(encoding: str, kind: str) -> None:
    declared = "" if encoding.startswith("utf") else f"<?xml version='1.0' encoding='{encoding}'?>"
    [item] = items((declared + rss("<title>Äöß é</title>")).encode(encoding), kind)
    assert item["title"] == "Äöß é"


def test_japanese_is_read_by_its_declaration() -> None:
    text = "<?xml version='1.0' encoding='Shift_JIS'?>" + rss("<title>手紙</title>")
    assert items(text.encode("shift_jis"))[0]["title"] == "手紙"


def test_entities_of_html_and_control_characters_do_no_harm() -> None:
    [item] = items(rss("<title>a&nbsp;b&eacute;\x08 c&unknown;</title>"))
    assert item["title"] == "a bé c"


BOMB = "<!DOCTYPE rss [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>" + rss("<title>&b;</title>")
FILE = '<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + rss("<title>&f;</title>")
PARAMETER = '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]>' + rss("<title/>")


@pytest.mark.parametrize("body", [BOMB, FILE, PARAMETER])
def test_no_entity_is_declared_or_loaded(body: str) -> None:
    with pytest.raises(Broken, match="declares entities"):
        items(body)


def test_an_outside_dtd_is_not_loaded() -> None:
    head = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://127.0.0.1:1/rss.dtd">'
    assert items(head + rss("<title>One</title>"))[0]["title"] == "One"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "breaks at line 1"),
        ("<rss><channel>\n<item>a & b</item>", "breaks at line 2"),
        ("<opml/>", "no feed"),
        ("<!DOCTYPE html><html><p>Hi", "web page"),
        ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "web page"),
        ("{}", "no JSON Feed"),
        ('{"a"', "no JSON that"),
        ('{"a":' + "[" * 100_000, "no JSON that"),
        ("<rss>" + "<a>" * DEEPEST, "beyond all sense"),
        ("<rss>" + "<a/>" * MOST_ELEMENTS, "beyond all sense"),
    ],
)
def test_what_is_no_feed_is_refused_with_the_reason(body: str, why: str) -> None:
    with pytest.raises(Broken, match=why):
        items(body)


@pytest.mark.parametrize(
    "body",
    [
        "<!---->" * 2000 + "<rss/>",
        "<!--" * 100_000,
        rss(f"<description>{'&lt;a ' * 60_000}</description>"),
        rss(f"<description>{'&lt;a ' + ' href' * 60_000}</description>"),
        rss(f"<description>{'&lt;a href=' + ' ' * 300_000}</description>"),
        rss(f"<title>{'&amp;' * 300_000}</title>"),
        "<html>" + "<link " * 30_000,
    ],
    ids=range(7),
)
def test_no_feed_takes_long(body: str) -> None:
    begun = time.process_time()
    with contextlib.suppress(Broken):
        [parsed(item) for item in items(body)]
    assert time.process_time() - begun < 3


def test_items_have_an_end_and_each_comes_once() -> None:
    many = "".join(f"<item><guid>{n // 2}</guid></item>" for n in range(3 * MOST))
    assert len(items(f"<rss><channel>{many}</channel></rss>")) == MOST


def test_an_item_without_an_id_is_known_by_its_link_or_by_what_it_says() -> None:
    linked = "<link>https://blog.example/1</link>"
    [a], [b] = items(rss(f"{linked}<title>x</title>")), items(rss(f"{linked}<title>y</title>"))
    assert a["key"] == b["key"]
    [c], [d] = items(rss("<title>x</title>")), items(rss("<title>y</title>"))
    assert c["key"] != d["key"]


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "http://[", "mailto:a@b"]
)
def test_a_link_that_is_no_web_address_is_left_out(link: str) -> None:
    [item] = items(rss(f"<title>x</title><link>{link}</link>"))
    assert "link" not in item


def test_hostile_html_is_cleaned_before_it_is_shown() -> None:
    from firsthand.channels.html import to_safe

    bad = '&lt;script&gt;alert(1)&lt;/script&gt;&lt;p onclick=x&gt;Hi&lt;img src="/spy.gif"&gt;&lt;/p&gt;'
    [item] = items(rss(f"<title>x</title><description>{bad}</description>"))
    shown = to_safe(parsed(item).html)
    assert shown.html == "<p>Hi<img></p>"
    assert shown.blocked_remote == 1
    assert parsed(item).text == "Hi"


def test_an_item_cannot_pass_for_the_post_of_another_channel() -> None:
    [item] = items(rss("<guid>https://social.example/@ada/1</guid><title>x</title>"))
    assert parsed(item).message_id == f"{URL}#{item['key']}"
    assert FEED.received(json.dumps(item).encode()) == Sealed()


@pytest.mark.parametrize(
    "text", ["", "yesterday", "0001-01-01", "Mon, 99 Foo 2026", "9999-12-31T23:59:59-12:00"]
)
def test_an_absurd_date_is_none(text: str) -> None:
    assert moment(text) is None


@given(st.text())
def test_no_feed_raises_anything_else(text: str) -> None:
    for body in (text, f"<rss><channel><item>{text}</item></channel></rss>"):
        try:
            items(body.encode("utf-8", "replace"))
        except Broken:
            continue


@given(st.binary())
def test_what_came_in_is_always_parsed(raw: bytes) -> None:
    assert FEED.parse(raw).unreadable or FEED.parse(raw).message_id


def test_what_is_no_item_is_set_aside() -> None:
    for raw in (b"", b"[]", b"{}", b'{"feed": 1}'):
        assert FEED.parse(raw).unreadable
    assert (
        FEED.parse(
            FEED.stone(message_id=f"{URL}#k", author="", in_reply_to="", text="Erased.")
        ).text
        == "Erased."
    )
