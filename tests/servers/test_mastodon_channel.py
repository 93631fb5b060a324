"""The Mastodon channel keeps the contract, on the mock, which answers as Mastodon does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from firsthand.channels.base import dialect_of
from firsthand.core.envelope import Attachment, Parent
from firsthand.core.errors import Permanent
from firsthand.core.reaction import Reaction
from tests.channels.contract import ChannelContract, fetched, outbound
from tests.servers.fedibox import Fedibox, new_fedibox
from tests.servers.mastodon_mock import Mock

pytestmark = pytest.mark.servers
MASTODON = dialect_of("mastodon")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000000000500010d0a2db40000000049454e44ae426082"
)


@pytest.fixture
def far(mock: Mock) -> Iterator[Fedibox]:
    box = new_fedibox(mock)
    yield box
    box.close()


class TestMastodon(ChannelContract):
    many = 45


def test_the_server_says_what_it_is_and_how_long_a_post_may_be(far: Fedibox) -> None:
    said = " ".join(far.channel().probe())
    assert "4.6.0" in said
    assert "500 characters" in said
    with pytest.raises(Permanent, match="500 characters") as refused:
        far.channel(longest="5000").probe()
    assert "--longest 500" in refused.value.hint


def test_a_wrong_token_and_the_token_of_somebody_else_are_refused(far: Fedibox) -> None:
    with pytest.raises(Permanent, match="access token was refused"):
        far.channel(token="not that").probe()
    with pytest.raises(Permanent, match="not of ada"):
        far.channel(token=far.people.token(far.people.stan)).probe()


def test_what_the_owner_wrote_elsewhere_comes_in_as_the_owners(far: Fedibox) -> None:
    root = far.mention("what do you say?")
    own = far.post("Little, from my telephone.", who=far.people.ada, in_reply_to_id=root["id"])
    inbounds, cursor = fetched(far.channel())
    assert [(each.mine, each.remote_id) for each in inbounds] == [
        (False, root["id"]),
        (True, own["id"]),
    ]
    assert MASTODON.parse(inbounds[1].raw).in_reply_to == (root["uri"],)
    assert MASTODON.parse(inbounds[1].raw).sender.address == far.people.ada
    assert fetched(far.channel(), cursor)[0] == []


@pytest.mark.parametrize(
    ("visibility", "folder"),
    [
        ("public", "mention"),
        ("unlisted", "unlisted"),
        ("private", "followers"),
        ("direct", "direct"),
    ],
)
def test_an_answer_is_as_wide_as_what_it_answers(
    far: Fedibox, visibility: str, folder: str
) -> None:
    root = far.mention("quietly", visibility=visibility, language="pt")
    (asked,), _ = fetched(far.channel())
    assert asked.folder == folder
    message = outbound(far, parent=Parent(asked.remote_id, root["uri"], asked.folder))
    far.channel().send(message)
    (made,) = far.own()
    assert (made["visibility"], made["language"]) == (visibility, "pt")
    assert made["in_reply_to_id"] == root["id"]
    assert far.received(far.friends[0]) == [message.message_id]


def test_what_was_private_stays_so_though_its_server_says_other_now(far: Fedibox) -> None:
    root = far.mention("now public")
    far.channel().send(outbound(far, parent=Parent(root["id"], root["uri"], "direct")))
    assert far.own()[0]["visibility"] == "direct"


def test_a_post_to_nobody_is_public_and_one_to_somebody_is_not(far: Fedibox) -> None:
    channel = far.channel()
    channel.send(outbound(far, to=()))
    channel.send(outbound(far))
    assert [each["visibility"] for each in far.own()] == ["direct", "public"]


def test_an_answer_to_what_is_gone_does_not_become_a_post(far: Fedibox) -> None:
    with pytest.raises(Permanent, match="gone"):
        far.channel().send(outbound(far, parent=Parent("99999", "https://x/1", "mention")))
    assert far.own() == []


def test_one_whom_nobody_knows_does_not_stop_the_others(far: Fedibox) -> None:
    receipt = far.channel().send(outbound(far, far.friends[0], far.nobody))
    assert list(receipt.refused) == [far.nobody.address]
    assert len(far.received(far.friends[0])) == 1


def test_a_repeated_attempt_makes_nothing_new(far: Fedibox) -> None:
    """The key, while it lasts."""
    channel, message = far.channel(), outbound(far)
    first, again = channel.send(message), channel.send(message)
    assert first.remote_id == again.remote_id
    assert len(far.own()) == 1


def test_what_was_sent_is_found_by_its_byline_and_nothing_else_is(far: Fedibox) -> None:
    root = far.mention("and?")
    parent = Parent(root["id"], root["uri"], "mention")
    channel = far.channel()
    alone, answer, never = outbound(far), outbound(far, parent=parent), outbound(far)
    sent = [channel.send(each).remote_id for each in (alone, answer)]
    found = [channel.find(each) for each in (alone, answer, never)]
    assert [each and each.remote_id for each in found] == [*sent, None]
    assert found[0] is not None and found[0].raw


def test_it_is_found_though_much_was_written_since(far: Fedibox) -> None:
    channel, message = far.channel(), outbound(far)
    sent = channel.send(message)
    for number in range(60):
        far.post(f"more {number}", who=far.people.ada)
    found = channel.find(message)
    assert found is not None and found.remote_id == sent.remote_id


def test_a_change_is_a_version_of_the_same_post(far: Fedibox) -> None:
    channel, message = far.channel(), outbound(far, to=())
    sent = channel.send(message)
    better = far.addressed(replace(message, message_id="better@ada.example", text="Better."))
    channel.send(replace(better, replaces=sent.remote_id))
    again = channel.send(replace(better, replaces=sent.remote_id))
    (made,) = far.own()
    assert made["id"] == sent.remote_id == again.remote_id
    history = far.ask(f"/api/v1/statuses/{made['id']}/history")
    assert "Gladly." in history[0]["content"] and "Better." in history[-1]["content"]
    found = channel.find(replace(better, replaces=sent.remote_id))
    assert found is not None and found.remote_id == sent.remote_id
    unmade = replace(message, message_id="x", link="https://ada.example/b/x#s")
    assert channel.find(replace(unmade, replaces=sent.remote_id)) is None


def test_a_change_of_what_came_in_comes_in(far: Fedibox) -> None:
    root = far.mention("first words")
    inbounds, cursor = fetched(far.channel())
    token = far.people.token(far.people.stan)
    name = far.people.ada.partition("@")[0]
    said = {"status": f"@{name} other words"}
    far.mock.request("PUT", f"/api/v1/statuses/{root['id']}", token, json=said)
    (changed,), last = fetched(far.channel(), json.loads(json.dumps(cursor)))
    assert changed.remote_id != inbounds[0].remote_id
    parsed = MASTODON.parse(changed.raw)
    assert "other words" in parsed.text
    assert parsed.in_reply_to == (root["uri"],)
    assert fetched(far.channel(), last)[0] == []


def test_likes_boosts_and_follows_are_counted_and_not_queued(far: Fedibox) -> None:
    own = far.post("Hear this.", who=far.people.ada)
    stan = far.people.token(far.people.stan)
    me = far.ask("/api/v1/accounts/verify_credentials")["id"]
    for path in (
        f"statuses/{own['id']}/favourite",
        f"statuses/{own['id']}/reblog",
        f"accounts/{me}/follow",
    ):
        far.mock.request("POST", f"/api/v1/{path}", stan)
    inbounds, cursor = fetched(far.channel())
    assert [each.mine for each in inbounds] == [True]
    assert cursor["counted"] == {"favourite": 1, "reblog": 1, "follow": 1}
    assert fetched(far.channel(), cursor)[1].get("counted", cursor["counted"]) == cursor["counted"]


def test_a_gesture_repeated_is_one_gesture(far: Fedibox) -> None:
    root = far.mention("like me")
    channel = far.channel()
    parent = Parent(root["id"], root["uri"], "mention")
    for reaction in (Reaction.LIKE, Reaction.BOOST):
        for _ in range(2):
            channel.send(replace(outbound(far), text="", parent=parent, reaction=reaction))
    for _ in range(2):
        channel.send(replace(outbound(far), text="", reaction=Reaction.FOLLOW))
    seen = far.ask(f"/api/v1/statuses/{root['id']}")
    assert (seen["favourited"], seen["favourites_count"], seen["reblogs_count"]) == (True, 1, 1)
    kinds = [each["type"] for each in far.ask("/api/v1/notifications", far.people.stan)]
    assert sorted(kinds) == ["favourite", "follow", "reblog"]


def test_a_picture_goes_along_with_words_for_those_who_do_not_see_it(far: Fedibox) -> None:
    picture = Attachment("a_red_pixel.png", "image/png", PIXEL)
    channel = far.channel()
    sent = channel.send(outbound(far, to=(), attachments=(picture,)))
    (made,) = far.own()
    assert [each["description"] for each in made["media_attachments"]] == ["a red pixel"]
    better = far.addressed(replace(outbound(far, to=()), text="Better."))
    channel.send(replace(better, replaces=sent.remote_id))
    assert len(far.own()[0]["media_attachments"]) == 1
    with pytest.raises(Permanent, match="4 files"):
        channel.send(outbound(far, to=(), attachments=(picture,) * 5))


def test_a_poll_is_read_as_its_choices(far: Fedibox) -> None:
    asked: dict[str, Any] = {"options": ["yes", "no"], "expires_in": 3600}
    far.mention("which?", poll=asked)
    (found,), _ = fetched(far.channel())
    assert MASTODON.parse(found.raw).text.endswith("[poll: yes / no]")
