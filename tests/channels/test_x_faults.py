"""X, against our fake of it, when something goes wrong: set aside, told, and never sent twice."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from firsthand.channels.x.dialect import X
from firsthand.core.envelope import Parent
from firsthand.core.errors import FirsthandError, Permanent, Temporary, Uncertain
from tests.channels.contract import NOW, fetched, outbound
from tests.channels.test_x_channel import ADA, SALT, OnX
from tests.channels.x_server import Handler, XServer


@pytest.fixture
def end() -> Iterator[XServer]:
    server = XServer()
    yield server
    server.close()


@pytest.fixture
def far(end: XServer) -> OnX:
    return OnX(end)


def status(code: int, body: Any = b"{}", after: bool = False, **headers: str) -> Any:
    def fault(handler: Handler, serve: Callable[[], None]) -> None:
        if after:
            say, handler.say = handler.say, lambda *_: None  # type: ignore[method-assign]
            serve()
            handler.say = say  # type: ignore[method-assign]
        handler.say(code, body, {k.replace("_", "-"): v for k, v in headers.items()})

    return fault


def hang_up(*, after: bool) -> Any:
    def fault(handler: Handler, serve: Callable[[], None]) -> None:
        if after:
            handler.say = lambda *_: None  # type: ignore[method-assign]
            serve()
        handler.connection.close()

    return fault


def endless(handler: Handler, serve: Callable[[], None]) -> None:
    handler.send_response(200)
    handler.send_header("content-length", str(10_000_000_000))
    handler.end_headers()
    while True:
        handler.wfile.write(b"[" * 65536)


HTML = b"<html><body>Over capacity</body></html>"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (status(503), Temporary),
        (status(500, HTML), Temporary),
        (status(200, HTML), Temporary),
        (status(200, b"[" * 100_000), Temporary),
        (status(200, b'{"data": 5, "meta": "x", "includes": []}'), None),
        (status(200, b'{"data": [5, {"id": "x"}, {"id": "9", "text": 7}]}'), None),
        (status(302, b"", location="https://elsewhere.example/"), FirsthandError),
        (status(429, b"{}"), Temporary),
        (status(403, b'{"detail": "Not with your plan."}'), Permanent),
        (status(402, b"{}"), Permanent),
        (hang_up(after=False), Temporary),
        (endless, FirsthandError),
    ],
)
def test_reading_from_a_server_that_is_broken(
    far: OnX, fault: Any, error: type[FirsthandError] | None
) -> None:
    far.arrive(2)
    far.channel().probe()
    far.end.faults.append(fault)
    if error is None:
        fetched(far.channel())  # nonsense is passed over, or handed over to be set aside
    else:
        with pytest.raises(error):
            fetched(far.channel())
    assert len(fetched(far.channel())[0]) == 2


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [
        (status(503), Uncertain, False),
        (status(503, after=True), Uncertain, True),
        (status(500, HTML), Uncertain, False),
        (status(201, HTML, after=True), Uncertain, True),
        (status(200, b"{}"), Uncertain, False),
        (hang_up(after=False), Uncertain, False),
        (hang_up(after=True), Uncertain, True),
        (endless, Uncertain, False),
        (status(429, b"{}"), Temporary, False),
        (status(403, b'{"detail": "You cannot reply to this."}'), Permanent, False),
        (status(400, b'{"errors": [{"message": "too long"}]}'), Permanent, False),
        (status(402, b"{}"), Permanent, False),
    ],
)
@pytest.mark.parametrize("private", [False, True])
def test_whether_it_was_sent_is_found_out(
    far: OnX, fault: Any, error: type[FirsthandError], done: bool, private: bool
) -> None:
    """Sent once, whenever the fault strikes: what is not known can be asked."""
    channel = far.channel()
    channel.probe()
    message = outbound(
        far, *(far.friends[:1] if private else ()), to=far.friends[:1] if private else ()
    )
    if private:
        parent = Parent("dm/101-102/1", "dm-1@x.com", "direct")
        message = replace(message, parent=parent)
    far.end.faults.append(fault)
    with pytest.raises(error):
        channel.send(message)
    receipt = channel.find(message)
    assert (receipt is not None) == done
    if error is not Permanent and receipt is None:
        receipt = channel.send(message)
    made = [*far.end.posts, *far.end.messages]
    assert len(made) == (error is not Permanent)
    if receipt:
        assert receipt.remote_id.endswith(made[0]["id"])
        assert X.received(receipt.raw).text == message.text


def test_a_refusal_as_a_duplicate_means_that_it_was_sent(far: OnX) -> None:
    message = outbound(far, to=())
    far.channel().send(message)
    with pytest.raises(Uncertain, match="posted before"):
        far.channel().send(message)
    assert far.channel().find(message) is not None


def test_what_was_never_sent_is_not_found(far: OnX) -> None:
    for number in range(30):
        far.end.post(ADA, f"Another {number}: https://ada.example/b/zzz#{SALT}")
    assert far.channel().find(outbound(far, to=())) is None


def test_a_refusal_for_now_says_until_when(far: OnX) -> None:
    reset = int(time.time()) + 321
    far.end.faults.append(status(429, b"{}", x_rate_limit_reset=str(reset)))
    with pytest.raises(Temporary) as told:
        far.channel().send(outbound(far, to=()))
    assert told.value.retry_at == datetime.fromtimestamp(reset, UTC)


def test_a_server_that_is_down(far: OnX) -> None:
    far.settings["base"] = "http://127.0.0.1:9"
    for ask in (far.channel().probe, lambda: fetched(far.channel())):
        with pytest.raises(Temporary, match="cannot be reached"):
            ask()
    with pytest.raises(Temporary):
        far.channel().send(outbound(far, to=()))


def test_requests_carry_no_date_of_ours(far: OnX) -> None:
    """The clock is the office's: with one that stands still, everything works as well."""
    still = OnX(far.end, clock=lambda: NOW)
    still.arrive(1)
    assert len(fetched(still.channel())[0]) == 1
    assert still.notebook.notes["used"]["month"] == "2026-11"
    assert re.fullmatch(r"\d+", still.notebook.notes["me"])
