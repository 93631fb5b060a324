"""Foreign HTML: nothing runs, nothing loads, nothing costs much; and its words survive."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from firsthand.channels.html import SafeHtml, to_safe, to_text

CASES = Path(__file__).parents[3] / "shared" / "data" / "html" / "dompurify.json"
ATTACKS = json.loads(CASES.read_text()) if CASES.exists() else []
PIXEL = "data:image/png;base64,iVBORw0KGgo="

OWN = [
    '<img src="http://t.example/p.gif">',
    '<img src=" https://t.example/p.gif">',
    "<img src=//t.example/p.gif>",
    '<img src="ht\ntps://t.example/p.gif">',
    '<img src="\\\\t.example\\p">',
    '<img srcset="https://t.example/a 1x, https://t.example/b 2x">',
    '<picture><source srcset="https://t.example/a"><img src="cid:no"></picture>',
    '<input type=image src="https://t.example/a">',
    '<video poster="https://t.example/a" src="https://t.example/b"></video>',
    '<audio src="https://t.example/b" autoplay>',
    '<body background="https://t.example/a"><table background="https://t.example/b"><tr><td>x',
    '<div style="background:url(https://t.example/a)">x</div>',
    "<div style=\"background-image:u\\72l('https://t.example/a')\">x</div>",
    '<div style="color:red;/*x*/background/**/:/**/url(https://t.example/a)">x</div>',
    '<div style="width:expression(alert(1));list-style:url(x)">x</div>',
    '<div style="font-family:x&quot;;background:url(https://t.example/a)">x</div>',
    '<div style="color:image-set(&quot;https://t.example/a&quot; 1x)">x</div>',
    '<div style="position:fixed;top:0;left:0;width:100%;height:100%">x</div>',
    '<style>@import "https://t.example/a.css";</style><style>a{b:url(//t.example)}</style>',
    '<link rel=stylesheet href="https://t.example/a.css"><link rel=prefetch href=//t.example>',
    '<meta http-equiv=refresh content="0;url=https://t.example"><base href="https://t.example">',
    '<iframe src="https://t.example"></iframe><iframe srcdoc="<script>alert(1)</script>">',
    '<object data="https://t.example"></object><embed src="https://t.example">',
    '<form action="https://t.example"><input name=a><button formaction=javascript:alert(1)>b',
    "<svg><script>alert(1)</script><image href=https://t.example/a /></svg>",
    '<svg><use href="data:image/svg+xml;base64,AAAA#x"/></svg><math><mi xlink:href=javascript:x>',
    '<a href="javascript:alert(1)">x</a><a href=" &#x6A;avascript:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a><a href="vbscript:x">y</a><a href="data:text/html,x">z',
    '<a href="https://ok.example" onclick="alert(1)" target="_self" ping="https://t.example">x</a>',
    '<img src="data:image/svg+xml;base64,PHN2Zz4="><img src="data:text/html,x">',
    "<img src=x onerror=alert(1)><body onload=alert(1)><p onmouseover=alert(1)>x",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=x&gt;'>",
    "<template><img src=https://t.example></template><xmp><img src=x onerror=x></xmp>",
    "<p id=body name=cookie class=admin>x</p>",
]
PAYLOADS = OWN + [case["payload"] for case in ATTACKS]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_runs_and_nothing_loads(payload: str) -> None:
    assert_harmless(to_safe(payload, images={"a": PIXEL}))


@given(st.lists(st.sampled_from(PAYLOADS), max_size=4), st.integers(0, 200), st.text(max_size=9))
def test_pieces_of_attacks_are_harmless_too(pieces: list[str], cut: int, junk: str) -> None:
    page = junk.join(pieces)
    assert_harmless(to_safe(page[cut:]))
    assert_harmless(to_safe(page[: -cut or None]))


@given(st.text(max_size=300))
def test_any_text_is_harmless_and_readable(page: str) -> None:
    assert_harmless(to_safe(page))
    assert "\0" not in to_text(page)


def assert_harmless(safe: SafeHtml) -> None:
    """As a browser's parser sees the output: known elements, no handlers, no address but links'."""
    tree = LexborHTMLParser(f"<body>{safe.html}")
    assert tree.body is not None
    for node in tree.body.traverse():
        assert node.tag not in FORBIDDEN, safe.html
        for name, value in node.attributes.items():
            assert not name.startswith("on"), safe.html
            assert_attribute_harmless(node.tag or "", name, (value or "").strip(), safe.html)


FORBIDDEN = set(
    "script style link meta base iframe frame frameset object embed applet form input button "
    "textarea select svg math video audio source track picture template noscript portal".split()
)


def assert_attribute_harmless(tag: str, name: str, value: str, page: str) -> None:
    if name == "href":
        assert tag == "a", page
        assert re.match(r"https?://|mailto:|tel:", value, re.IGNORECASE), page
    elif name == "src":
        assert re.match(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,", value), page
    elif name == "style":
        assert not re.search(r"url|\\|@|image|expression|position|:\s*//", value), page
    else:
        assert name in KNOWN, (name, page)


KNOWN = set(
    "title dir lang align valign width height bgcolor alt border hspace vspace color size face "
    "cellpadding cellspacing summary colspan rowspan nowrap scope start type reversed value span "
    "datetime rel target".split()
)


def test_links_tell_their_target_nothing() -> None:
    safe = to_safe('<a href="https://ok.example/?a=1&amp;b=2" rel=opener target=_top>ok</a>')
    link = LexborHTMLParser(safe.html).css_first("a")
    assert link is not None
    assert link.attributes == {
        "href": "https://ok.example/?a=1&b=2",
        "rel": "noopener noreferrer nofollow",
        "target": "_blank",
    }


def test_images_of_the_mail_are_shown_and_others_counted() -> None:
    page = '<img src="cid:logo@x" alt="Logo"><img src="cid:gone@x"><img src="http://t.example/p">'
    safe = to_safe(page, images={"logo@x": PIXEL})
    assert safe == SafeHtml(f'<img src="{PIXEL}" alt="Logo"><img><img>', 1)


def test_a_given_image_must_be_an_image() -> None:
    assert to_safe('<img src="cid:a">', images={"a": "https://t.example/p"}).html == "<img>"
    assert to_safe('<img src="cid:a">', images={"a": "data:text/html,x"}).html == "<img>"


@pytest.mark.parametrize(
    ("page", "blocked"),
    [
        ("<p>none</p>", 0),
        ("<img src=//t.example/p>", 1),
        ('<img srcset="https://t.example/a 1x">', 1),
        ('<td><table background="https://t.example/a">', 1),
        ('<p style="background:url(https://t.example)">', 1),
        ('<p style="background:u\\72l(https://t.example)">', 1),
        ('<style>@import "https://t.example"; a { background: url(https://t.example) }</style>', 2),
    ],
)
def test_what_was_kept_from_loading_is_counted(page: str, blocked: int) -> None:
    assert to_safe(page).blocked_remote == blocked


def test_harmless_looks_stay() -> None:
    page = '<p style="color: #333; margin:0 auto!important; width:calc(100% - 2px)">a<b>b</b></p>'
    style = "color:#333;margin:0 auto!important;width:calc(100% - 2px)"
    assert to_safe(page).html == f'<p style="{style}">a<b>b</b></p>'


HOSTILE = {
    "deep": "<div>" * 200_000,
    "reopened formatting": "<p>" + "".join(f"<b id={n}>" for n in range(3000)) + "</p><p>x" * 3000,
    "attributes": "<p " + " ".join(f"a{n}=1" for n in range(60_000)) + ">x",
    "open tags": "<" * 500_000,
    "styles": '<p style="' + "a:rgb(" * 80_000,
    "comments": '<p style="' + "/*" * 200_000 + '">',
    "padding": "<p>" + "\u200c\u00a0" * 200_000,
    "tables": "<table><tr><td>" * 50_000,
    "entities": "&lt" * 300_000,
    "lists": "<ul><li>" * 50_000,
    "half a character": "\ud800<p>\udfff",
}


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_pages_cost_little(page: str) -> None:
    start = time.process_time()
    safe, text = to_safe(page), to_text(page)
    assert time.process_time() - start < 8  # without bounds: minutes, or gigabytes
    assert len(safe.html) + len(text) < 20_000_000
    (safe.html + text).encode()


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("  a \n b\t<b> c</b>  d&nbsp;&nbsp;e", "a b c d e"),
        ("<h1>Title</h1>text", "Title\n\ntext"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "- a\n- b\n  - c"),
        ("<ol start=9><li>a<li>b</ol>", "9. a\n10. b"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
        ("x<blockquote>a<blockquote>b</blockquote></blockquote>y", "x\n\n> a\n>\n> > b\n\ny"),
        ("<pre>a  b\n\n c</pre>", "a  b\n\n c"),
        ("<a href=https://x.example/y>here</a>", "here (https://x.example/y)"),
        ("<a href=https://x.example>https://x.example</a>", "https://x.example"),
        ("<a href=https://x.example/>x.example</a>", "x.example"),
        ("<a href=mailto:a@x.example>a@x.example</a>", "a@x.example"),
        ("<a href=javascript:alert(1)>here</a>", "here"),
        ("<img alt='A logo' src=x><img src=y>", "[A logo]"),
        ("<style>p{}</style><script>x()</script><title>t</title>y", "y"),
        ("<!-- no --><p>&lt;tag&gt; &amp;amp; &eacute;</p>", "<tag> &amp; é"),
        ("<div style='display: none'>hidden <p>too</p></div>seen", "seen"),
        ("<div style='max-height:0px;overflow:hidden'>x</div>seen", "seen"),
        ("<span style='font-size:0'>x</span><span style='font-size:0.9em'>y</span>", "y"),
        ("<p hidden>x</p>seen", "seen"),
        ("<p>sale!&zwnj;&nbsp;&zwnj;&nbsp;&zwnj;&nbsp;&zwnj;&nbsp;</p>", "sale!"),
        ("a<hr>b", f"a\n{'-' * 20}\nb"),
        ("", ""),
        ("just text", "just text"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_the_words_a_reader_sees(page: str, text: str) -> None:
    assert to_text(page) == text


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1))
def test_no_word_is_lost(found: list[str]) -> None:
    page = "".join(f"<div><b>{word}</b></div>" for word in found)
    assert to_text(page).split("\n") == found
