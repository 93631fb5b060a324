"""A Facebook Page, against our fake of it, when something goes wrong: told, and never sent twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from firsthand.channels.facebook.dialect import FACEBOOK
from firsthand.core.errors import FirsthandError, Permanent, Temporary, Uncertain
from tests.channels.contract import NOW, fetched, outbound
from tests.channels.facebook_server import FacebookServer, Handler
from tests.channels.test_facebook import OnFacebook, comment_of, news


@pytest.fixture
def end() -> Iterator[FacebookServer]:
    server = FacebookServer(NOW)
    yield server
    server.close()


@pytest.fixture
def far(end: FacebookServer) -> OnFacebook:
    far = OnFacebook(end)
    far.end.post("1000001", "")
    return far


def graph(status: int, code: int, subcode: int = 0, **headers: str) -> Any:
    def fault(handler: Handler, serve: Callable[[], None]) -> None:
        handler.fb.headers = {k.replace("_", "-"): v for k, v in headers.items()}
        handler.error(status, code, "so it is", subcode)
        handler.fb.headers = {}

    return fault


def answers(status: int, body: bytes, *, after: bool = False) -> Any:
    def fault(handler: Handler, serve: Callable[[], None]) -> None:
        if after:
            say, handler.say = handler.say, lambda *_: None  # type: ignore[method-assign]
            serve()
            handler.say = say  # type: ignore[method-assign]
        handler.say(status, body)

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


HTML = b"<html>Sorry, something went wrong.</html>"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (graph(400, 4), Temporary),
        (graph(400, 32), Temporary),
        (graph(500, 2), Temporary),
        (graph(401, 190), Permanent),
        (graph(403, 200), Permanent),
        (answers(503, HTML), Temporary),
        (answers(200, HTML), Temporary),
        (answers(429, HTML), Temporary),
        (answers(200, b"[]"), Temporary),
        (answers(200, b'{"data": 7, "paging": 8}'), None),
        (answers(200, b'{"data": [{"id": "../../x"}, {"id": 5}, {"id": "1_9"}]}'), None),
        (hang_up(after=False), Temporary),
        (endless, FirsthandError),
    ],
)
def test_reading_from_a_server_that_is_broken(
    far: OnFacebook, fault: Any, error: type[FirsthandError] | None
) -> None:
    far.arrive(2)
    far.end.faults.append(fault)
    far.end.comments["1_9"] = []
    if error is None:
        fetched(far.channel())
    else:
        with pytest.raises(error):
            fetched(far.channel())
    assert len(news(far.channel())) == 2


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [
        (graph(400, 17), Temporary, False),
        (graph(500, 2), Uncertain, False),
        (graph(403, 10, 2018278), Permanent, False),
        (graph(400, 100), Permanent, False),
        (answers(200, HTML, after=True), Uncertain, True),
        (answers(200, b"{}", after=True), Uncertain, True),
        (answers(502, HTML, after=True), Uncertain, True),
        (hang_up(after=False), Uncertain, False),
        (hang_up(after=True), Uncertain, True),
        (endless, Uncertain, False),
    ],
)
@pytest.mark.parametrize("kind", ["comment", "post", "message"])
def test_whether_it_was_sent_is_found_out(
    far: OnFacebook, fault: Any, error: type[FirsthandError], done: bool, kind: str
) -> None:
    message = {
        "comment": lambda: comment_of(far)[1],
        "post": lambda: outbound(far, to=()),
        "message": lambda: outbound(far, far.friends[0]),
    }[kind]()
    channel = far.channel()

    def through(handler: Handler, serve: Callable[[], None]) -> None:
        serve()

    far.end.faults.extend([*([through] if kind == "message" else []), fault])
    with pytest.raises(error):
        channel.send(message)
    receipt = channel.find(message)
    assert (receipt is not None) == done
    if receipt is None and error is not Permanent:
        receipt = channel.send(message)
    every = [
        *far.end.posts,
        *(c for all_ in far.end.comments.values() for c in all_),
        *(m for all_ in far.end.talks.values() for m in all_),
    ]
    made = [each for each in every if message.link in each["message"]]
    assert len(made) == (error is not Permanent)
    if receipt:
        assert receipt.remote_id.endswith(made[0]["id"])
        assert FACEBOOK.received(receipt.raw).link == message.link


def test_how_long_to_wait_is_taken_from_the_answer(far: OnFacebook) -> None:
    told = '{"1": [{"type": "pages", "estimated_time_to_regain_access": 19}]}'
    far.end.faults.append(graph(400, 4, X_Business_Use_Case_Usage=told))
    with pytest.raises(Temporary) as problem:
        far.channel().probe()
    assert problem.value.retry_at == far.end.now + timedelta(minutes=19)


def test_the_token_of_another_page(far: OnFacebook) -> None:
    far.token = "stolen"
    with pytest.raises(Permanent, match="does not take the Page's token"):
        far.channel().probe()
