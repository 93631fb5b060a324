"""A blog that is down, slow, flooding or lying is an error of its own account, and always the right one."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest

from firsthand.channels.base import Channel, Connection, open_channel
from firsthand.channels.web import Web
from firsthand.channels.wordpress import api
from firsthand.channels.wordpress.dialect import WORDPRESS
from firsthand.core.envelope import Address, Outbound, Parent
from firsthand.core.errors import FirsthandError, Permanent, Temporary, Uncertain
from tests.channels.hostile import Hostile, hostile

LINK = "https://office.example/b/1#salt"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ANSWER = Outbound(
    message_id="1@office.example",
    author=Address("ada.example"),
    sender=Address("ada.example"),
    to=(),
    subject="",
    text=f"Tall. Check: {LINK}",
    date=NOW,
    link=LINK,
    parent=Parent("comments/1", "https://ada.example/?p=1#comment-1", "comment"),
)


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hostile]:
    monkeypatch.setattr(api, "Web", partial(Web, silence=0.3, longest=0.7, limit=100_000))
    with hostile() as server:
        yield server


def blog(far: Hostile, fault: str) -> Channel:
    settings = {"user": "ada", "site": f"{far.base}/blog/{fault}"}
    return open_channel("wordpress", Connection("ada.example", settings, {"password": "s"}))


FAULTS: dict[str, tuple[type[FirsthandError], type[FirsthandError]]] = {
    # what fetching means, what sending means
    "html": (Temporary, Uncertain),
    "page": (Temporary, Temporary),
    "endless": (Permanent, Uncertain),
    "bomb": (Permanent, Uncertain),
    "drip": (Temporary, Uncertain),
    "drip-headers": (Temporary, Uncertain),
    "silent": (Temporary, Uncertain),
    "hangs-up": (Temporary, Uncertain),
    "halfway": (Temporary, Uncertain),
    "nonsense": (Temporary, Uncertain),
    "status/401": (Permanent, Permanent),
    "status/429/60": (Temporary, Temporary),
    "status/500": (Temporary, Uncertain),
    "status/503": (Temporary, Temporary),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fetching_from_it_is_an_error_of_this_account(far: Hostile, fault: str) -> None:
    began = time.monotonic()
    for act in (lambda: list(blog(far, fault).fetch({})), lambda: blog(far, fault).wait(0)):
        with pytest.raises(FirsthandError) as told:
            act()
        assert type(told.value) is FAULTS[fault][0], told.value
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("fault", FAULTS)
def test_sending_to_it_says_whether_it_may_have_arrived(far: Hostile, fault: str) -> None:
    with pytest.raises(FirsthandError) as told:
        blog(far, fault).send(ANSWER)
    assert type(told.value) is FAULTS[fault][1], told.value
    assert [method for method, path, _ in far.asked if "/wp/" in path] == ["POST"]


def test_nobody_there_is_trouble_for_now() -> None:
    settings = {"user": "ada", "site": "http://127.0.0.1:9"}
    channel = open_channel("wordpress", Connection("ada.example", settings, {"password": "s"}))
    for act in (lambda: list(channel.fetch({})), lambda: channel.send(ANSWER), channel.probe):
        with pytest.raises(Temporary, match="cannot be reached"):
            act()


def test_a_page_that_is_no_blog_is_told(far: Hostile) -> None:
    settings = {"user": "ada", "site": f"{far.base}/page"}
    channel = open_channel("wordpress", Connection("ada.example", settings, {"password": "s"}))
    with pytest.raises(Permanent, match="no WordPress blog"):
        channel.probe()


def test_the_password_goes_to_no_other_host(far: Hostile) -> None:
    """A page may name any API: what was typed for one host is for that host."""
    with hostile() as other:
        settings = {"user": "ada", "site": f"{far.base}/blog/{other.base}"}
        channel = open_channel("wordpress", Connection("ada.example", settings, {"password": "s"}))
        with pytest.raises(FirsthandError):
            channel.probe()
        assert other.asked, "nobody asked it, so nothing was tried"
        assert not [h for _, _, h in other.asked if "Authorization" in h]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\x00",
        b'{"comment": 1}',
        b'{"home": 1, "comment": {"id": 1}}',
        b'{"home": "https://a.example", "comment": {"id": true}}',
        b'{"home": "https://a.example", "comment": {"id": 1, "content": [], "date_gmt": 5}}',
        b'{"home": "https://a.example", "post": {"id": 1, "content": {"rendered": "<![x<p"}}}',
        b"[" * 100_000,
        json.dumps({"home": "h", "comment": {"id": 1, "content": {"rendered": "<p>" * 9999}}}).encode(),
    ],
)  # fmt: skip
def test_nothing_that_comes_in_is_an_accident(raw: bytes) -> None:
    WORDPRESS.parse(raw)
    WORDPRESS.received(raw)


def test_what_stands_for_an_erased_comment_is_read_as_one() -> None:
    where = "https://ada.example/?p=4#comment-5"
    stone = WORDPRESS.stone(
        message_id=where,
        author="ada.example",
        in_reply_to="https://ada.example/?p=4#comment-2",
        text="Erased.",
    )
    parsed = WORDPRESS.parse(stone)
    assert (parsed.message_id, parsed.sender.address) == (where, "ada.example")
    assert parsed.in_reply_to == ("https://ada.example/?p=4#comment-2",)
    assert "Erased." in parsed.text
