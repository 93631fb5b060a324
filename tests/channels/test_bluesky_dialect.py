"""How a post reads, what is disclosed under it, and what a stranger finds in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.channels.base import dialect_of
from firsthand.channels.bluesky.dialect import BLUESKY, BYLINE, dump
from firsthand.channels.dialect import Mark
from firsthand.core.envelope import Address, Automation
from firsthand.core.errors import Misuse, Permanent, Temporary

ADA, STAN = "did:plc:ada" + "a" * 21, "did:plc:stan" + "a" * 20
LINK = "https://ada.example/b/x1#" + "A" * 43
POST = f"at://{STAN}/app.bsky.feed.post/3k43tv4rft22g"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = ["text", "createdAt", "facets", "reply", "embed", "labels", "langs", BYLINE]


def post(text: str = "Hello.", **record: Any) -> bytes:
    return dump(
        {
            "uri": POST,
            "cid": "bafy",
            "author": {"did": STAN, "handle": "Stan.Example", "displayName": "Stan\n the Man"},
            "record": {"text": text, "createdAt": "2026-11-22T09:00:00.000Z", **record},
        }
    )


def mark(*to: str, answers: str = "", initials: str = "^HB") -> Mark:
    return Mark("Written by Hal Brandt for Ada.", initials, LINK, "Ada", to, answers)


def test_the_table_knows_it() -> None:
    assert dialect_of("bluesky") is BLUESKY


def test_a_common_post() -> None:
    parent, root = (f"at://{ADA}/app.bsky.feed.post/{key}" for key in ("3k2", "3k1"))
    index = {"byteStart": 0, "byteEnd": 12}
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": ADA}
    seen = BLUESKY.parse(
        post(
            "@Ada.Example, what do you say?",
            facets=[{"index": index, "features": [feature]}],
            reply={"parent": {"uri": parent, "cid": "x"}, "root": {"uri": root, "cid": "y"}},
            langs=["en"],
        )
    )
    assert seen.message_id == POST
    assert seen.in_reply_to == (parent,)
    assert seen.references == (root, parent)
    assert seen.date == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    assert seen.sender == Address("stan.example", "Stan the Man")
    assert seen.to == (Address("ada.example"),)
    assert seen.text == "@Ada.Example, what do you say?"
    assert (seen.language, seen.automation, seen.problems) == ("en", Automation.NO, ())


def test_who_has_lost_the_handle_is_known_by_the_did() -> None:
    raw = dump({"author": {"did": STAN, "handle": "handle.invalid"}, "record": {"text": "Hello"}})
    assert BLUESKY.parse(raw).sender.address == STAN
    assert BLUESKY.address(STAN) == STAN


def test_what_stands_beside_the_text_is_told() -> None:
    image = {"alt": "A heron", "image": {"ref": {"$link": "bafk"}}}
    embed = {
        "record": {"record": {"uri": POST}},
        "media": {
            "images": [image, {}, 7],
            "external": {"title": "News", "uri": "https://x.example"},
        },
    }
    assert BLUESKY.parse(post(embed=embed)).text == (
        "Hello.\n[Picture: A heron]\n[Picture: not described]\n[Link: News https://x.example]"
        f"\n[Quotes https://bsky.app/profile/{STAN}/post/3k43tv4rft22g]"
    )


@pytest.mark.parametrize(
    "record",
    [
        {"labels": {"values": [{"val": "bot"}]}},
        {BYLINE: {"level": "automated"}},
    ],
)
def test_a_machine_that_says_so_is_known_for_one(record: dict[str, Any]) -> None:
    assert BLUESKY.parse(post(**record)).automation is Automation.NOTICE


@given(st.binary(max_size=60) | JSON.map(lambda found: json.dumps(found).encode()))
def test_any_bytes_give_a_usable_answer(raw: bytes) -> None:
    BLUESKY.parse(raw)
    BLUESKY.received(raw)


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4), JSON)
def test_any_record_gives_a_usable_answer(record: dict[str, Any], embed: Any) -> None:
    raw = json.dumps({"uri": embed, "author": embed, "record": {"text": "x", **record}}).encode()
    BLUESKY.parse(raw)
    BLUESKY.received(raw)


def test_nesting_without_end_is_set_aside() -> None:
    assert BLUESKY.parse(b"[" * 200_000).unreadable
    assert BLUESKY.parse(b'{"record":' * 100_000).unreadable


@pytest.mark.parametrize(
    ("text", "to", "answers", "final"),
    [
        ("Gladly.\n", (), "", "Gladly. ^HB"),
        ("Gladly.", ("stan.example",), "stan.example", "Gladly. ^HB"),
        ("Gladly.", ("stan.example", "tom.example"), "stan.example", "@tom.example Gladly. ^HB"),
        ("Ask @Tom.Example.", ("tom.example",), "stan.example", "Ask @Tom.Example. ^HB"),
        ("", (), "", "^HB"),
    ],
)
def test_whoever_is_addressed_is_answered_or_named(
    text: str, to: tuple[str, ...], answers: str, final: str
) -> None:
    assert BLUESKY.final(text, mark(*to, answers=answers)) == final


def test_length_is_what_readers_see_but_for_monsters() -> None:
    assert BLUESKY.length("👨‍👩‍👧‍👦" * 10) == 25  # 250 bytes: of 3000 there is room for 300 tens
    assert BLUESKY.length("é" * 300) == BLUESKY.longest({}) == 300
    assert BLUESKY.length("नमस्ते" * 100) == 300


@pytest.mark.parametrize("bad", ["ada", "ada@ada.example", "", "@", "ada example"])
def test_what_is_no_handle_is_misuse(bad: str) -> None:
    with pytest.raises(Misuse, match="handle"):
        BLUESKY.address(bad)


def test_an_erased_post_leaves_a_stone() -> None:
    stone = BLUESKY.stone(message_id=POST, author="ada.example", in_reply_to=POST, text="Erased.")
    seen = BLUESKY.parse(stone)
    assert (seen.message_id, seen.in_reply_to, seen.text) == (POST, (POST,), "Erased.")
    assert seen.sender.address == "ada.example"


# --- what a stranger finds -------------------------------------------------------------------------


def linked(text: str, uri: str, **record: Any) -> bytes:
    start = len(text.encode()) - 3
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": uri}
    index = {"byteStart": start, "byteEnd": start + 3}
    return post(text, facets=[{"index": index, "features": [feature]}], **record)


def test_the_link_is_under_the_initials() -> None:
    field = {"url": "https://else.example/b/1#A", "to": ["Tom.Example"]}
    sealed = BLUESKY.received(linked("Gladly, ünd 👍🏽 ^HB", LINK, **{BYLINE: field}))
    assert sealed.text == "Gladly, ünd 👍🏽 ^HB"
    assert (sealed.link, sealed.subject_id) == (LINK, LINK.partition("#")[0])
    assert sealed.author == sealed.sender == "stan.example"
    assert sealed.recipients == ("tom.example",)


def test_or_in_the_record_where_a_client_dropped_it() -> None:
    assert BLUESKY.received(post("Gladly. ^HB", **{BYLINE: {"url": LINK}})).link == LINK
    assert BLUESKY.received(post("Gladly. ^HB")).link == ""


class Network:
    """What `get` would find: handles, documents, and one server with one post and one picture."""

    def __init__(self) -> None:
        self.handles = {"stan.example": STAN}
        self.documents = {
            STAN: {
                "id": STAN,
                "alsoKnownAs": ["at://stan.example"],
                "service": [{"id": "#atproto_pds", "serviceEndpoint": "https://pds.example"}],
            }
        }
        image = {"image": {"ref": {"$link": "bafk"}}, "alt": "x"}
        self.record: dict[str, Any] = {
            "text": "Gladly. ^HB",
            "embed": {"images": [image]},
            BYLINE: {"url": LINK},
        }
        self.asked: list[str] = []

    def get(self, address: str, accept: str) -> bytes:
        self.asked.append(address)
        parts = urlsplit(address)
        question = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/atproto-did":
            raise Temporary("not found")  # the DNS has it
        if parts.path.endswith("resolveHandle"):
            did = self.handles.get(question["handle"])
            return json.dumps({"did": did}).encode() if did else b""
        if parts.hostname == "plc.directory":
            return json.dumps(self.documents.get(parts.path[1:], {})).encode()
        assert parts.hostname == "pds.example"
        if parts.path.endswith("getBlob"):
            return b"a picture"
        found = {"uri": f"at://{question['repo']}/app.bsky.feed.post/{question['rkey']}"}
        return json.dumps({**found, "cid": "bafy", "value": self.record}).encode()


@pytest.mark.parametrize("who", ["stan.example", STAN])
@pytest.mark.parametrize(
    "form", ["at://{}/app.bsky.feed.post/3k", "https://bsky.app/profile/{}/post/3k"]
)
def test_a_post_is_looked_up_where_its_author_keeps_it(who: str, form: str) -> None:
    sealed = BLUESKY.lookup(form.format(who), Network().get)
    assert sealed is not None
    assert (sealed.author, sealed.link) == ("stan.example", LINK)
    assert sealed.message_id == f"at://{STAN}/app.bsky.feed.post/3k"
    assert sealed.files == (b"a picture",)


def test_an_address_of_another_kind_is_nobodys_business() -> None:
    network = Network()
    for address in ("https://ada.example/b/x", "at://stan.example/app.bsky.feed.like/3k"):
        assert BLUESKY.lookup(address, network.get) is None
    assert network.asked == []


def changed(change: Callable[[Network], object]) -> Network:
    network = Network()
    change(network)
    return network


def endpoint(address: str) -> Callable[[Network], object]:
    services = [{"id": "#atproto_pds", "serviceEndpoint": address}]
    return lambda network: network.documents[STAN].update(service=services)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda n: n.handles.clear(), "nobody called stan.example"),
        (lambda n: n.documents.clear(), "no identity"),
        (lambda n: n.documents[STAN].update(id=ADA), "no identity"),
        (
            lambda n: n.documents[STAN].update(alsoKnownAs=["at://ada.example"]),
            "does not call itself",
        ),
        (lambda n: n.documents[STAN].update(service=7), "names no server"),
        (endpoint("http://pds.example"), "not encrypted"),
        (endpoint("https://127.0.0.1:8080"), "this very machine"),
        (endpoint("http://localhost:8080"), "this very machine"),
        (endpoint("https://stan:pw@pds.example"), "not the address of a server"),
        (endpoint("https://pds.example/x"), "not the address of a server"),
        (endpoint("https://[pds"), "not the address of a server"),
        (lambda n: setattr(n, "record", 7), "no such post"),
    ],
)
def test_an_identity_that_does_not_hold_together_is_refused(
    change: Callable[[Network], object], why: str
) -> None:
    with pytest.raises(Permanent, match=why):
        BLUESKY.lookup("at://stan.example/app.bsky.feed.post/3k", changed(change).get)


def test_a_handle_that_leads_elsewhere_is_no_authors_name() -> None:
    """Anybody can write anybody's handle into their own document."""
    network = changed(lambda n: n.documents[STAN].update(alsoKnownAs=["at://ada.example"]))
    network.handles["ada.example"] = ADA
    sealed = BLUESKY.lookup(f"at://{STAN}/app.bsky.feed.post/3k", network.get)
    assert sealed is not None
    assert sealed.author == STAN
