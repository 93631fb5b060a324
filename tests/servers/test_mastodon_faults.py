"""A server that is down, slow, lying or flooding: an error of this account, and no second post."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from firsthand.channels.base import Channel, Connection, open_channel
from firsthand.channels.mastodon.channel import MastodonChannel
from firsthand.channels.web import Web
from firsthand.core.errors import FirsthandError, Permanent, Temporary, Uncertain
from tests.channels.contract import fetched, outbound
from tests.servers.fedibox import Fedibox, new_fedibox
from tests.servers.front import Fault
from tests.servers.mastodon_mock import Mock

pytestmark = pytest.mark.servers
POSTING = Fault(path="/api/v1/statuses", method="POST")
PAGE = b"<!doctype html><title>Just a moment</title>"
TEN_GIGABYTES = 10_000_000_000


@pytest.fixture
def far(mock: Mock) -> Iterator[Fedibox]:
    box = new_fedibox(mock)
    yield box
    box.close()
    mock.front.faults.clear()


def hurried(channel: Channel) -> Channel:
    """With less patience than the real one, so that a test need not have it."""
    assert isinstance(channel, MastodonChannel)
    web: Web = channel._api._web
    web.silence, web.longest = 2.0, 4.0
    return channel


def looking(channel: Channel) -> object:
    return fetched(channel)


LIES = [b"[]", b"[1]", b'{"id": 3}', b'[{"id": {}}]', b"null", b"\xff", b"[" * 200_000]


@pytest.mark.parametrize("act", [lambda c: c.probe(), looking, lambda c: c.wait(0)])
@pytest.mark.parametrize("body", [PAGE, *LIES[1:]])
def test_whatever_it_answers_is_an_error_of_this_account(
    far: Fedibox, act: Callable[[Channel], object], body: bytes
) -> None:
    for _ in range(3):
        far.mock.front.faults.append(Fault(status=200, body=body))
    with pytest.raises(FirsthandError) as told:
        act(far.channel())
    assert isinstance(told.value, Temporary | Permanent)


@pytest.mark.parametrize(
    ("status", "name", "at"),
    [
        (429, "Retry-After", "Sun, 22 Nov 2026 09:05:00 GMT"),
        (429, "X-RateLimit-Reset", "2026-11-22T09:05:00.000000Z"),
        (503, "Retry-After", "300"),
    ],
)
def test_it_comes_back_not_before_the_time_that_it_is_told(
    far: Fedibox, status: int, name: str, at: str
) -> None:
    headers = {"Date": "Sun, 22 Nov 2026 09:00:00 GMT", name: at}
    for act in (looking, lambda channel: channel.send(outbound(far, to=()))):
        far.mock.front.faults.append(Fault(status=status, headers=headers, body=b"{}"))
        with pytest.raises(Temporary) as told:
            act(far.channel())
        assert told.value.retry_at == datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
    assert far.own() == []


def test_ten_gigabytes_are_not_read(far: Fedibox) -> None:
    before = far.mock.front.given
    far.mock.front.faults.append(Fault(status=200, body=b"[", size=TEN_GIGABYTES))
    with pytest.raises((Temporary, Permanent)):
        far.channel().probe()
    assert far.mock.front.given - before < 100_000_000


@pytest.mark.parametrize("fault", [Fault(hang=30.0), Fault(status=200, body=b"[" * 99, drip=0.5)])
def test_silence_and_dripping_end(far: Fedibox, fault: Fault) -> None:
    far.mock.front.faults.append(fault)
    with pytest.raises(Temporary):
        hurried(far.channel()).probe()


def test_a_server_that_is_down_had_no_effect(far: Fedibox) -> None:
    nowhere = {"server": "http://127.0.0.1:9"}
    channel = open_channel("mastodon", Connection(far.people.ada, nowhere, {"token": "x"}))
    for act in (
        lambda: channel.probe(),
        lambda: fetched(channel),
        lambda: channel.send(outbound(far, to=())),
    ):
        with pytest.raises(Temporary):
            act()


AFTER = {
    "silence": replace(POSTING, taken=True, hang=30.0),
    "hangs up": replace(POSTING, taken=True),
    "a page": replace(POSTING, taken=True, status=200, body=PAGE),
    "no object": replace(POSTING, taken=True, status=200, body=b"[]"),
    "no id": replace(POSTING, taken=True, status=200, body=b"{}"),
    "500": replace(POSTING, taken=True, status=500, body=b"{}"),
    "too much": replace(POSTING, taken=True, status=200, size=TEN_GIGABYTES),
}


@pytest.mark.parametrize("name", AFTER)
def test_what_it_took_without_a_true_answer_is_uncertain_and_found(far: Fedibox, name: str) -> None:
    channel, message = hurried(far.channel()), outbound(far, to=())
    far.mock.front.faults.append(AFTER[name])
    with pytest.raises(Uncertain):
        channel.send(message)
    found = channel.find(message)
    (made,) = far.own()
    assert found is not None and found.remote_id == made["id"]


@pytest.mark.parametrize("fault", [POSTING, replace(POSTING, status=500, body=b"{}")])
def test_what_it_did_not_take_is_not_found_and_may_be_sent(far: Fedibox, fault: Fault) -> None:
    channel, message = far.channel(), outbound(far, to=())
    far.mock.front.faults.append(fault)
    with pytest.raises(Uncertain):
        channel.send(message)
    assert channel.find(message) is None
    channel.send(message)
    assert len(far.own()) == 1


def test_looking_that_fails_is_no_answer(far: Fedibox) -> None:
    """Neither found nor not found: nothing may be sent on it."""
    channel, message = far.channel(), outbound(far, to=())
    channel.send(message)
    far.mock.front.faults.append(Fault(path="/api/v1/accounts/", status=500, body=b"{}"))
    with pytest.raises(Temporary):
        channel.find(message)


def test_a_refusal_is_told_in_the_servers_words(far: Fedibox) -> None:
    words = b'{"error": "Validation failed: Text is too rude"}'
    far.mock.front.faults.append(replace(POSTING, status=422, body=words))
    with pytest.raises(Permanent, match="too rude"):
        far.channel().send(outbound(far, to=()))
