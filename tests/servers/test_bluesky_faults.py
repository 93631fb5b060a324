"""When a server of Bluesky's fails decides what it means, and nothing is ever posted twice.

A real PDS does what is asked; between it and us, things go wrong.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from firsthand.channels.base import Channel
from firsthand.core.errors import Permanent, Temporary, Uncertain
from tests.channels.contract import fetched, outbound
from tests.servers.between import Between, between
from tests.servers.bluesky import Bluesky
from tests.servers.skybox import Skybox, new_skybox

pytestmark = pytest.mark.servers
PATIENCE = 2.0


@pytest.fixture(scope="module")
def box(bluesky: Bluesky) -> Iterator[Skybox]:
    """One account for all of these: each counts its own posts."""
    box = new_skybox(bluesky)
    yield box
    box.close()


@pytest.fixture
def middle(bluesky: Bluesky) -> Iterator[Between]:
    with between(bluesky.pds) as server:
        yield server


@pytest.fixture
def patient(box: Skybox, middle: Between) -> Channel:
    """For what must succeed, however busy this machine is."""
    return box.channel(pds=middle.base)


@pytest.fixture
def channel(box: Skybox, middle: Between) -> Channel:
    return box.channel(pds=middle.base, timeout=PATIENCE)


UNKNOWN = [
    "hang_up",
    "silence",
    "halfway",
    "page",
    "lie",
    "nothing",
    "endless",
    "broken",
    "gateway",
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", UNKNOWN)
def test_a_lost_answer_leaves_it_open_and_a_second_attempt_settles_it(
    box: Skybox, middle: Between, channel: Channel, patient: Channel, when: str, fault: str
) -> None:
    before, message = len(box.ada.posts()), outbound(box)
    middle.fail("putRecord", f"{when} {fault}")
    with pytest.raises(Uncertain):
        channel.send(message)
    assert len(box.ada.posts()) == before + (when == "after")
    receipt = patient.send(message)
    assert patient.send(message) == patient.find(message) == receipt
    assert len(box.ada.posts()) == before + 1
    assert middle.asked.count("com.atproto.repo.putRecord") == 1 + (when == "before")


@pytest.mark.parametrize("method", ["createSession", "getRecord", "resolveHandle"])
@pytest.mark.parametrize("fault", [*UNKNOWN, "limit"])
def test_what_fails_before_the_post_had_no_effect(
    box: Skybox, middle: Between, channel: Channel, patient: Channel, method: str, fault: str
) -> None:
    before, message = len(box.ada.posts()), outbound(box)
    middle.fail(method, f"before {fault}")
    with suppress(Temporary, Permanent):
        channel.send(message)
        pytest.fail("it was sent, whatever that server said")
    assert len(box.ada.posts()) == before
    patient.send(message)
    assert len(box.ada.posts()) == before + 1


@pytest.mark.parametrize(
    ("fault", "at"), [("limit", datetime.fromtimestamp(1795770000, UTC)), ("later", None)]
)
def test_a_server_with_enough_says_when_to_come_back(
    box: Skybox, middle: Between, channel: Channel, fault: str, at: datetime | None
) -> None:
    middle.fail("putRecord", f"before {fault}")
    with pytest.raises(Temporary) as refused:
        channel.send(outbound(box))
    until = refused.value.retry_at
    assert until is not None
    assert until == at if at else 60 < (until - datetime.now(UTC)).total_seconds() < 120


def test_a_refusal_is_for_good(box: Skybox, middle: Between, channel: Channel) -> None:
    middle.fail("putRecord", "before refused")
    with pytest.raises(Permanent, match="It is InvalidRequest"):
        channel.send(outbound(box))


def test_nobody_listens(box: Skybox) -> None:
    channel = box.channel(pds="http://127.0.0.1:9")
    with pytest.raises(Temporary, match="cannot be reached"):
        channel.send(outbound(box))
    with pytest.raises(Temporary, match="cannot be reached"):
        fetched(channel)


def test_a_token_that_ends_midway_is_renewed_and_nothing_is_done_twice(
    box: Skybox, middle: Between, channel: Channel
) -> None:
    channel.send(outbound(box))
    before, message = len(box.ada.posts()), outbound(box)
    middle.fail("putRecord", "before expired")
    middle.fail("getRecord", "", "before expired")
    channel.send(message)
    assert len(box.ada.posts()) == before + 1
    assert middle.asked.count("com.atproto.server.refreshSession") == 2
    assert middle.asked.count("com.atproto.server.createSession") == 1


def test_a_session_that_cannot_be_renewed_is_begun_anew(
    box: Skybox, middle: Between, channel: Channel
) -> None:
    channel.send(outbound(box))
    middle.fail("putRecord", "before expired")
    middle.fail("refreshSession", "before expired")
    channel.send(outbound(box))
    assert middle.asked.count("com.atproto.server.createSession") == 2


def test_a_token_that_is_never_good_ends(box: Skybox, middle: Between, channel: Channel) -> None:
    middle.fail("putRecord", "before expired", "before expired", "before expired")
    with pytest.raises(Permanent, match="ExpiredToken"):
        channel.send(outbound(box))


def test_channels_of_one_account_share_a_session(box: Skybox, middle: Between) -> None:
    """Servers count sign-ins: 300 a day at bsky.social."""
    for _ in range(3):
        fetched(box.channel(pds=middle.base))
    assert middle.asked.count("com.atproto.server.createSession") == 1
    box.channel(pds=middle.base).probe()  # which tries the password itself
    assert middle.asked.count("com.atproto.server.createSession") == 2


@pytest.mark.parametrize("fault", [*UNKNOWN, "limit", "refused", "expired"])
@pytest.mark.parametrize("method", ["listNotifications", "listRecords"])
def test_whatever_a_list_answers_is_this_accounts_trouble_only(
    box: Skybox, middle: Between, channel: Channel, patient: Channel, method: str, fault: str
) -> None:
    kept = [each.remote_id for each in fetched(box.channel())[0]]
    began = time.process_time()
    middle.fail(method, f"before {fault}")
    with suppress(Temporary, Permanent):
        fetched(channel)
    assert [each.remote_id for each in fetched(patient)[0]] == kept
    assert time.process_time() - began < 5, "it took in what is endless"


def test_without_an_appview_own_posts_are_read_and_it_is_said(
    box: Skybox, middle: Between, channel: Channel
) -> None:
    channel.send(outbound(box))
    middle.fail("listNotifications", *["before gateway"] * 3)
    assert "no AppView" in channel.probe()[1]
    read = []
    with pytest.raises(Temporary, match="no AppView"):
        read += [each for batch in channel.fetch({}) for each in batch.inbounds]
    assert channel.wait(0.2) is False
