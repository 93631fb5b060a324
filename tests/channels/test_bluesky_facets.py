"""Links, mentions and tags: found in what was typed, read from what is foreign, at the right bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.channels.bluesky import facets, graphemes
from firsthand.channels.bluesky.facets import Facet

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
PIECES = st.sampled_from(
    [
        "@ada.example",
        "https://ada.example/ü?q=1#x",
        "#tag",
        "#Straße",
        "word",
        "👨\u200d👩\u200d👧\u200d👦",
        "é",
        "שלום",
        "(",
        ")",
        ".",
        "\n",
        " ",
        "  ",
        "@",
        "#",
        "http://",
        "a@b.example",
        "1.5",
        "#2026",
        "’s",
    ]
)


def seen(text: str) -> list[tuple[str, str, str]]:
    return [(each.kind, text[each.start : each.end], each.value) for each in facets.found(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ask @Stan.Example.", [("mention", "@Stan.Example", "stan.example")]),
        ("(@stan.example)", [("mention", "@stan.example", "stan.example")]),
        ("mail stan@stan.example", []),
        ("See https://ada.example/a_(b).", [("link", *["https://ada.example/a_(b)"] * 2)]),
        ("(see https://ada.example/x)", [("link", *["https://ada.example/x"] * 2)]),
        ("https://ada.example/@x.y/#tag", [("link", *["https://ada.example/@x.y/#tag"] * 2)]),
        ("„https://ada.example/x“, he", [("link", *["https://ada.example/x"] * 2)]),
        ("ftp://ada.example http:// https://", []),
        ("#one #2 a#b", [("tag", "#one", "one")]),
        ("#zwei-3, ＃drei", [("tag", "#zwei-3", "zwei-3"), ("tag", "＃drei", "drei")]),
        ("#" + "x" * 65, []),
        ("@nobody @localhost @x.1", []),
    ],
)  # fmt: skip
def test_what_a_text_shows(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert seen(text) == expected


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=60))
def test_bytes_point_at_what_was_found(text: str) -> None:
    found = facets.found(text)
    dids = {each.value: DID for each in found if each.kind == "mention"}
    records = facets.written(text, found, dids)
    raw = text.encode("utf-8", "surrogatepass")
    for each, record in zip(found, records, strict=True):
        start, end = record["index"]["byteStart"], record["index"]["byteEnd"]
        assert raw[start:end].decode() == text[each.start : each.end]
    read = facets.read(text, records)
    assert [(each.start, each.end, each.kind) for each in read] == [
        (each.start, each.end, each.kind) for each in found
    ]


def test_a_mention_of_nobody_stays_text() -> None:
    text = "@stan.example and @otto.example"
    (record,) = facets.written(text, facets.found(text), {"otto.example": DID})
    assert record["index"] == {"byteStart": 18, "byteEnd": 31}
    assert record["features"][0]["did"] == DID


INDEX = {"byteStart": 0, "byteEnd": 2}


def link(start: object, end: object, uri: object = "https://x.example") -> dict[str, Any]:
    kind = "app.bsky.richtext.facet#link"
    index = {"byteStart": start, "byteEnd": end}
    return {"index": index, "features": [{"$type": kind, "uri": uri}]}


@pytest.mark.parametrize(
    "records",
    [
        None, 7, "x", {}, [None], [[]], [{}], [{"index": 1, "features": 2}],
        [link(0, 99)], [link(-1, 2)], [link(2, 2)], [link(3, 1)], [link("0", "2")],
        [link(True, 2)], [link(1, 2)], [link(0, 2, 7)],
        [{"index": INDEX, "features": [None]}], [{"index": INDEX, "features": {"a": 1}}],
        [{"index": INDEX, "features": [{"$type": "x#y"}]}],
    ],
)  # fmt: skip
def test_foreign_facets_that_make_no_sense_are_passed_over(records: object) -> None:
    """Of `üx`, byte 1 lies within a letter."""
    assert facets.read("üx", records) == []


def test_of_overlapping_facets_the_first_counts() -> None:
    read = facets.read("0123456789", [link(4, 8), link(0, 5), link(8, 10)])
    assert [(each.start, each.end) for each in read] == [(0, 5), (8, 10)]


def test_a_reader_gets_links_and_nothing_else() -> None:
    text = "<b>here</b> & there\nend"
    marked = [
        Facet(3, 7, "link", 'https://x.example/"><script>'),
        Facet(14, 19, "link", "javascript:alert(1)"),
    ]
    assert facets.hypertext(text, marked) == (
        '<p>&lt;b&gt;<a href="https://x.example/&quot;&gt;&lt;script&gt;">here</a>'
        "&lt;/b&gt; &amp; there<br>end</p>"
    )
    assert facets.hypertext(text, marked[1:]) == ""


@pytest.mark.parametrize(
    ("shown", "leads", "told"),
    [
        (
            "bank.example/login",
            "https://evil.example",
            "shows bank.example and leads to evil.example",
        ),
        ("https://www.bank.example", "https://bank.example/x", ""),
        ("bank.exam…", "https://bank.example", ""),
        ("here", "https://evil.example", ""),
        ("bank.example", "https://bank.example@evil.example", "leads to somewhere else"),
    ],
)
def test_a_link_that_shows_another_place_is_told(shown: str, leads: str, told: str) -> None:
    sentences = facets.disguised(shown, [Facet(0, len(shown), "link", leads)])
    assert bool(sentences) == bool(told)
    assert told in " ".join(sentences)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Hello", 5),
        ("e\u0301", 1),
        ("\r\n\n", 2),
        ("👨‍👩‍👧‍👦", 1),
        ("👍🏽", 1),
        ("🏳️‍🌈🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("🇩🇪🇫🇷🇮", 3),
        ("한국어", 3),
        ("각", 1),
        ("नमस्ते", 3),
        ("กำ", 1),
        ("\u200dx", 2),
        ("👩\u200d👩\u200da", 2),
    ],
)  # fmt: skip
def test_characters_are_counted_as_readers_see_them(text: str, count: int) -> None:
    assert graphemes.count(text) == count
