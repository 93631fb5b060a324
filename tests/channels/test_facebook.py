"""A Facebook Page, against our fake of it: the contract, the messaging window, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.channels.base import Channel, Connection, open_channel
from firsthand.channels.dialect import Mark
from firsthand.channels.facebook import thing
from firsthand.channels.facebook.dialect import FACEBOOK
from firsthand.channels.notebook import Scratch
from firsthand.core.envelope import Address, Attachment, Outbound, Parent
from firsthand.core.errors import Misuse, Permanent, Temporary
from firsthand.core.text import canonical
from tests.channels.contract import NOW, ChannelContract, fetched, outbound
from tests.channels.facebook_server import PAGE, FacebookServer

SALT = "A" * 43
STELLA = "2000001"
ADA_HERSELF = Address(PAGE, "Ada Ferrer")
FRIENDS = (Address(STELLA, "Stella"), Address("2000002", "Tom"))
NOBODY = Address("2999999")


@dataclass
class OnFacebook:
    """Ada's Page, and those who write to it."""

    end: FacebookServer
    author: Address = ADA_HERSELF
    friends: tuple[Address, Address] = FRIENDS
    nobody: Address = NOBODY
    settings: dict[str, Any] = field(default_factory=dict)
    token: str = "page-token"
    notebook: Scratch = field(init=False)

    def __post_init__(self) -> None:
        self.notebook = Scratch(lambda: self.end.now)

    def channel(self) -> Channel:
        settings = {"base": self.end.base, "every": "0.05", **self.settings}
        secrets = {"token": self.token}
        return open_channel("facebook", Connection(PAGE, settings, secrets, self.notebook))

    def addressed(self, message: Outbound) -> Outbound:
        """An answer to a message of theirs: a Page cannot write first."""
        link = f"https://ada.example/b/{message.message_id}#{SALT}"
        parent = message.parent
        if parent is None and message.to and message.to[0] in self.friends:
            person = message.to[0].address
            self.end.message(person, PAGE, "A question.")
            parent = Parent(f"message/t_{person}/m_1", "", "direct")
        text = f"{message.text.strip()}\n\nBy Ada. Check: {link}"
        return replace(message, text=text, link=link, parent=parent)

    def arrive(self, count: int = 1) -> list[bytes]:
        post = self.end.posts[0] if self.end.posts else self.end.post(PAGE, "")
        if post["message"] == "":  # a post that must not be counted as news: long ago
            post["created_time"] = "2020-01-01T00:00:00+0000"
        made = [self.end.comment(STELLA, f"Question {n} & more", post["id"]) for n in range(count)]
        return [thing.pack("comment", each, post["id"]) for each in made]

    def received(self, friend: Address) -> list[str]:
        own = [m for m in self.end.talks[f"t_{friend.address}"] if m["from"]["id"] == PAGE]
        return [m["message"].partition("/b/")[2].partition("#")[0] for m in own]

    def copies(self) -> list[str]:
        raise NotImplementedError

    def unread(self) -> int:
        return sum(each.startswith("POST") for each in self.end.asked)


@pytest.fixture
def end() -> Iterator[FacebookServer]:
    server = FacebookServer(NOW)
    yield server
    server.close()


@pytest.fixture
def far(end: FacebookServer) -> OnFacebook:
    """With a post of the Page that was read before."""
    far = OnFacebook(end)
    far.end.post(PAGE, "")
    return far


def news(channel: Channel) -> list[Any]:
    return [each for each in fetched(channel)[0] if each.folder != "post"]


class TestFacebook(ChannelContract):
    """The contract, as every kind keeps it; the Page has no post yet in which nothing was said."""

    @pytest.fixture
    def far(self, end: FacebookServer) -> OnFacebook:
        return Commented(end)


class Commented(OnFacebook):
    """Where everything that arrives is a message: one conversation, oldest first."""

    def arrive(self, count: int = 1) -> list[bytes]:
        made = [self.end.message(STELLA, PAGE, f"Question {n} & more") for n in range(count)]
        return [thing.pack("message", each, f"t_{STELLA}") for each in made]


def comment_of(far: OnFacebook) -> tuple[dict[str, Any], Outbound]:
    came = far.end.comment(STELLA, "Really?", far.end.posts[0]["id"])
    parent = Parent(came["id"], f"{thing.SITE}{came['id']}", "mention")
    return came, outbound(far, far.friends[0], parent=parent, in_reply_to=parent.message_id)


def test_a_comment_is_answered_under_it(far: OnFacebook) -> None:
    came, message = comment_of(far)
    receipt = far.channel().send(message)
    made = far.end.comments[far.end.posts[0]["id"]][-1]
    assert made["parent"]["id"] == came["id"]
    assert receipt.remote_id == made["id"]
    again = news(far.channel())
    assert [(e.folder, e.mine) for e in again] == [("mention", False), ("mention", True)]
    for raw in (receipt.raw, again[-1].raw):
        sealed = FACEBOOK.received(raw)
        assert canonical(sealed.text) == canonical(message.text)
        assert sealed.recipients == (STELLA,)
        assert sealed.in_reply_to == message.in_reply_to
        assert sealed.link == message.link
    seen = FACEBOOK.parse(again[0].raw)
    assert seen.sender == FRIENDS[0]
    assert seen.in_reply_to == (f"{thing.SITE}{far.end.posts[0]['id']}",)


def test_a_post_is_a_post(far: OnFacebook) -> None:
    receipt = far.channel().send(outbound(far, to=()))
    assert far.end.posts[-1]["id"] == receipt.remote_id
    posts = [e for e in fetched(far.channel())[0] if e.folder == "post"]
    assert posts[-1].mine
    assert posts[-1].remote_id == receipt.remote_id


@pytest.mark.parametrize(
    ("hours", "human", "automated", "sent_as"),
    [
        (1, "no", False, ("RESPONSE", "")),
        (23.9, "no", True, ("RESPONSE", "")),
        (24.1, "yes", False, ("MESSAGE_TAG", "HUMAN_AGENT")),
        (167.9, "yes", False, ("MESSAGE_TAG", "HUMAN_AGENT")),
        (24.1, "no", False, "not allowed the tag HUMAN_AGENT"),
        (24.1, "yes", True, "only people may answer"),
        (168.1, "yes", False, "more than 7 days"),
    ],
)
def test_the_messaging_window_is_kept(
    far: OnFacebook, hours: float, human: str, automated: bool, sent_as: Any
) -> None:
    """From the person's newest message, not from ours, and not from what the office has seen."""
    far.settings["human_agent"] = human
    message = replace(outbound(far, far.friends[0]), automated=automated)
    far.end.message(PAGE, STELLA, "A word of ours.")
    far.end.now += timedelta(hours=hours)
    if isinstance(sent_as, tuple):
        far.channel().send(message)
        assert far.end.talks[f"t_{STELLA}"][-1]["messaging"] == sent_as
        return
    with pytest.raises(Permanent, match=sent_as) as told:
        far.channel().send(message)
    assert "when they write again" in told.value.hint
    assert not any(each.startswith("POST") for each in far.end.asked)


def test_nobody_is_written_to_first(far: OnFacebook) -> None:
    message = replace(outbound(far, far.friends[0]), parent=None)
    with pytest.raises(Permanent, match="not write first"):
        far.channel().send(message)
    assert far.end.asked == []


def test_files_and_edits_are_refused(far: OnFacebook) -> None:
    file = Attachment("a.txt", "text/plain", b"a")
    for change in ({"attachments": (file,)}, {"replaces": "1"}):
        with pytest.raises(Permanent):
            far.channel().send(outbound(far, to=(), **change))
    assert far.end.asked == []


def test_what_became_visible_late_is_not_missed_nor_doubled(far: OnFacebook) -> None:
    post = far.end.posts[0]
    far.end.comment(STELLA, "First", post["id"])
    late = far.end.comment(STELLA, "Late", post["id"])
    far.end.comments[post["id"]].remove(late)
    far.end.comment(STELLA, "Third", post["id"])
    first, cursor = fetched(far.channel())
    far.end.comments[post["id"]].insert(1, late)
    then, cursor = fetched(far.channel(), json.loads(json.dumps(cursor)))
    assert [each.remote_id for each in then] == [late["id"]]
    assert late["id"] not in {each.remote_id for each in first}
    far.end.now += timedelta(hours=3)
    far.end.comment(STELLA, "Fourth", post["id"])
    _, cursor = fetched(far.channel(), cursor)
    assert len(cursor["seen"]) == 1  # it does not grow for ever


def test_use_and_limits_are_told_and_kept(far: OnFacebook) -> None:
    far.end.headers = {
        "X-App-Usage": '{"call_count": 28, "total_time": 25, "total_cputime": 31}',
        "X-Page-Usage": '{"call_count": 7, "total_time": 1, "total_cputime": 1}',
    }
    far.settings["most_requests"] = "2"
    far.channel().probe()
    said = " ".join(far.channel().probe())
    assert "2 requests of the 2" in said
    assert "31 % of what it allows your app" in said
    assert "7 % of what it allows the Page" in said
    with pytest.raises(Temporary, match="more than the 2 requests"):
        fetched(far.channel())
    assert len(far.end.asked) == 2


MARK = Mark("Written by Hal for Ada; she has not read it.", "^HB", f"https://a.example/b/1#{SALT}")


def test_what_leaves_carries_its_byline_in_words() -> None:
    final = FACEBOOK.final("Gladly. ", MARK)
    assert final == f"Gladly.\n\n{MARK.sentence} Check: {MARK.link}"
    with pytest.raises(Misuse, match="one person"):
        FACEBOOK.final("Hello", replace(MARK, to=("1", "2")))
    assert FACEBOOK.longest({}) == 2000


@pytest.mark.parametrize("typed", ["", "ada", "12a", "１２", "1" * 41, "1 2"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(Misuse, match="no number"):
        FACEBOOK.address(typed)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from("id message from to data parent created_time name".split()), inner
            )
        ),
    ),
    st.sampled_from(["post", "comment", "message", "x"]),
)
def test_nothing_that_comes_makes_reading_fail(value: Any, kind: str) -> None:
    raw = json.dumps({"kind": kind, "object": value, "place": value}).encode()
    FACEBOOK.parse(raw)
    FACEBOOK.received(raw)
    if isinstance(value, dict) and kind != "x":
        assert not FACEBOOK.parse(thing.pack(kind, {**value, "id": "1"})).unreadable


def test_what_was_erased_leaves_a_stone() -> None:
    answered = f"{thing.SITE}1_2"
    for message_id, parent in (
        (f"{thing.SITE}1_3", answered),
        (f"{thing.SITE}1_3", ""),
        ("m_1@messenger.com", ""),
    ):
        stone = FACEBOOK.stone(
            message_id=message_id, author=PAGE, in_reply_to=parent, text="Erased."
        )
        seen = FACEBOOK.parse(stone)
        assert (seen.message_id, seen.text, seen.sender.address) == (message_id, "Erased.", PAGE)
        assert seen.in_reply_to == ((parent,) if parent else ())


def test_times_are_read_as_graph_writes_them() -> None:
    assert thing.when("2026-11-22T08:00:00+0000") == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert thing.when("yesterday") is None
