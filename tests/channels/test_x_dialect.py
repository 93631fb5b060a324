"""How X reads and writes: what a post is, how long it is, and that a text comes back as it was signed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firsthand.channels.dialect import Mark
from firsthand.channels.x import thing
from firsthand.channels.x.dialect import X, sent
from firsthand.channels.x.weight import weight
from firsthand.core.envelope import Address
from firsthand.core.errors import Misuse
from firsthand.core.text import canonical
from tests.channels.contract import outbound
from tests.channels.test_x_channel import ADA, SALT, STELLA, OnX
from tests.channels.x_server import XServer

LINK = f"https://ada.example/b/7Q2#{SALT}"
MARK = Mark("Written by Hal for Ada; she has not read it.", "^HB", LINK)


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("", 0),
        ("a" * 280, 280),
        ("é", 1),
        ("e\u0301", 1),  # NFC makes one letter of it
        ("ß ж ש ع ก", 9),
        ("\u10ff", 1),
        ("\u1100", 2),
        ("漢字かなカナ한글", 16),
        ("“quoted” – and – dashed", 23),
        ("\u2026", 2),
        ("€", 2),
        ("🙂", 2),
        ("👍🏽", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🏳️‍🌈", 2),
        ("🇩🇪🇫🇷", 4),
        ("🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", 2),
        ("1️⃣", 2),
        ("❤️", 2),
        ("https://a.example/" + "x" * 300, 23),
        ("see https://a.example/b, and https://c.example.", 4 + 23 + 6 + 23 + 1),
        (f"^HB {LINK}", 4 + 23),
        ("http://a.example", 23),
        ("two\nlines", 9),
    ],
)
def test_the_weighted_length(text: str, long: int) -> None:
    """twitter-text 3, configuration version 3: our own vectors, each worked out by its rules."""
    assert weight(text) == long
    assert X.length(text) == long


def test_the_longest_is_a_setting() -> None:
    assert X.longest({}) == 280
    assert X.longest({"longest": "25000"}) == 25000
    assert X.longest({"longest": "much"}) == 280


def test_what_leaves_carries_initials_and_link() -> None:
    assert X.final("Gladly. ", MARK) == f"Gladly.\n\n^HB {LINK}"
    assert X.final("Gladly.", replace(MARK, initials="")) == f"Gladly.\n\n{LINK}"
    assert X.length(X.final("", MARK)) == 27


def test_a_text_that_x_would_hide_a_part_of_is_refused() -> None:
    mark = replace(MARK, answers="@stella", to=("@stella",))
    with pytest.raises(Misuse, match="would hide “@carol @dave”"):
        X.final("@carol @dave look", mark)
    assert X.final("Look, @carol", mark).startswith("Look, @carol\n")
    assert X.final("@carol look", MARK).startswith("@carol")


def test_a_second_recipient_is_refused() -> None:
    with pytest.raises(Misuse, match="one person"):
        X.final("Hello", replace(MARK, to=("@a", "@b")))


@pytest.mark.parametrize("typed", ["@Stella_X", "stella_x", " STELLA_X "])
def test_a_name_has_one_form(typed: str) -> None:
    assert X.address(typed) == "@stella_x"
    assert X.recipients(f"{typed}, @tom") == (Address("@stella_x"), Address("@tom"))


@pytest.mark.parametrize("typed", ["", "@", "a b", "stella@x.example", "@" + "a" * 16, "@ünï"])
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(Misuse, match="no name on X"):
        X.address(typed)


HOSTILE = [
    "Plain.",
    "Two lines\n\nand a third & <b>bold</b> &amp; &lt;i&gt;",
    "שלום, مرحبا \u202eevil\u202c 👨‍👩‍👧‍👦 ✔️",
    "See example.com/a?b=c&d=e and http://example.com, https://www.example.com/#x.",
    "@stella you & @Tom",
    "50% < 100 > 2 &copy; &#65; \\u0041 https://t.co/abc",
    "e\u0301 and é; a  double  space",
    "“quoted” https://a.example/(b)_c",
    "#tag $CASH @ada_ @",
]


@pytest.fixture(scope="module")
def end() -> Iterator[XServer]:
    server = XServer()
    yield server
    server.close()


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("private", [False, True])
def test_what_the_server_shows_is_what_was_signed(end: XServer, text: str, private: bool) -> None:
    """Out through the channel, wrapped and escaped by the server, back, and the same to the letter."""
    far = OnX(end)
    to = far.friends[:1] if private else ()
    mark = replace(MARK, to=tuple(a.address for a in to))
    message = outbound(far, *to, to=to)
    link = message.link
    message = replace(message, text=X.final(text, replace(mark, link=link)))
    receipt = far.channel().send(message)
    kept = (end.messages if private else end.posts)[-1]
    assert "https://t.co/" in kept["text"]
    shown = thing.one(kept, end.users.values())
    for raw in (receipt.raw, shown):
        sealed = X.received(raw)
        assert canonical(sealed.text) == canonical(message.text)
        assert sealed.link == link
        assert sealed.subject_id == X.subject_id("", link) == link.partition("#")[0]
        assert sealed.author == "@ada"
        assert sealed.recipients == tuple(a.address for a in to)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.text(
        st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n @&<>:/."), max_size=200
    )
)
def test_any_text_comes_back(end: XServer, text: str) -> None:
    final = X.final(text, MARK)
    post = end.post(ADA, final)
    sealed = X.received(thing.one(post, end.users.values()))
    assert canonical(sealed.text) == canonical(final)
    assert sealed.link == LINK


def test_a_link_of_somebody_else_is_no_byline_of_ours(end: XServer) -> None:
    """Only the link that stands in the post itself counts, the last of them."""
    post = end.post(STELLA, f"I never wrote https://ada.example/b/1#{SALT} nor\n\n^HB {LINK}")
    assert X.received(thing.one(post, end.users.values())).link == LINK
    post = end.post(STELLA, "https://ada.example/b/7Q2 https://ada.example/b/7Q2#short")
    assert X.received(thing.one(post, end.users.values())).link == ""


def test_a_question_is_read_as_its_readers_see_it(end: XServer) -> None:
    first = end.post(ADA, "I think so & so.")
    post = end.post(STELLA, "Really? Look: https://a.example/x", first["id"])
    raw = thing.one(post, end.users.values())
    seen = X.parse(raw)
    assert seen.text == "Really? Look: https://a.example/x"
    assert seen.sender == Address("@stella_x", "Stella & Co")
    assert seen.to == (Address("@ada"),)
    assert seen.message_id == f"https://x.com/i/web/status/{post['id']}"
    assert seen.in_reply_to == seen.references == (f"https://x.com/i/web/status/{first['id']}",)
    assert seen.date is not None and seen.date.tzinfo
    assert not seen.unreadable


def test_a_long_post_is_read_whole(end: XServer) -> None:
    post = end.post(STELLA, "The beginning …")
    whole = {
        "text": "The beginning &amp; the end https://t.co/1",
        "entities": {
            "urls": [
                {
                    "start": 29,
                    "end": 43,
                    "url": "https://t.co/1",
                    "expanded_url": "https://a.example/",
                }
            ]
        },
    }
    raw = thing.one({**post, "note_post": whole}, end.users.values())
    assert X.parse(raw).text == "The beginning & the end https://a.example/"


def test_the_links_of_pictures_are_no_text(end: XServer) -> None:
    post = end.post(STELLA, "Look! https://x.com/s/status/1/photo/1")
    post["entities"]["urls"][0]["media_key"] = "3_1"
    seen = X.parse(thing.one({**post, "attachments": {"media_keys": ["3_1"]}}, end.users.values()))
    assert seen.text == "Look!"
    assert seen.problems == ("Its pictures or films are not shown here.",)


@given(
    st.recursive(
        st.none() | st.integers() | st.text() | st.sampled_from(["1", "https://t.co/a"]),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    "data includes users id text entities urls url expanded_url author_id mentions "
                    "username referenced_posts type note_post dm_conversation_id participant_ids "
                    "created_at attachments media_keys lang".split()
                ),
                inner,
            )
        ),
    )
)
def test_nothing_that_comes_makes_reading_fail(value: object) -> None:
    for raw in (json.dumps(value).encode(), json.dumps({"data": {"id": "1", "x": value}}).encode()):
        X.parse(raw)
        X.received(raw)
    if isinstance(value, dict):
        raw = json.dumps({"data": {**value, "id": "1"}, "includes": value}).encode()
        assert not X.parse(raw).unreadable
        X.received(raw)


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"data": {"id": "x"}}', b"[" * 99_999, b"\xff"]
)
def test_what_is_no_post_is_set_aside(raw: bytes) -> None:
    assert X.parse(raw).unreadable
    assert X.parse(raw).problems
    assert X.received(raw).text == ""


def test_what_was_erased_leaves_a_stone(end: XServer) -> None:
    post = end.post(ADA, "Gone soon.")
    message_id = f"{thing.POST}{post['id']}"
    stone = X.stone(
        message_id=message_id, author="@ada", in_reply_to=f"{thing.POST}5", text="Erased."
    )
    seen = X.parse(stone)
    assert (seen.message_id, seen.text) == (message_id, "Erased.")
    assert seen.sender.address == "@ada"
    assert seen.in_reply_to == (f"{thing.POST}5",)
    direct = X.stone(message_id="dm-77@x.com", author="@ada", in_reply_to="", text="Erased.")
    assert X.parse(direct).message_id == "dm-77@x.com"


def test_what_we_file_is_what_x_would_show(end: XServer) -> None:
    """The receipt of a post has the form that X's document describes."""
    from tests.channels.x_contract import check_schema, document

    message = outbound(OnX(end), to=())
    value = json.loads(sent(message, number="9", me=ADA))
    assert re.fullmatch(r"\d+", value["data"]["id"])
    if document() is not None:
        check_schema("Post", value["data"])
