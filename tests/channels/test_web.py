"""Whatever a server does, the client ends in time, in bounds, and says what it means."""

from __future__ import annotations

import ipaddress
import socket
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from firsthand.channels.reachable import is_public
from firsthand.channels.web import Web
from firsthand.core.errors import FirsthandError, Permanent, Temporary, Uncertain
from tests.channels.hostile import Hostile, hostile

PRIVATE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "localhost", "[::1]", "[::]",
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "[fe80::1]",
    "[fd00::1]", "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]", "198.18.0.1", "192.0.2.1",
    "224.0.0.1", "255.255.255.255", "240.0.0.1", "[ff02::1]", "[fec0::1]", "[::7f00:1]",
    "[2002:7f00:1::]", "[2002:a00:1::]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]", "[2001:db8::1]",
]  # fmt: skip


@pytest.fixture
def far() -> Iterator[Hostile]:
    with hostile() as server:
        yield server


@pytest.fixture
def web(far: Hostile) -> Iterator[Web]:
    with Web(far.base, limit=100_000, silence=0.3, longest=0.7) as client:
        yield client


@pytest.mark.parametrize("host", PRIVATE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_stranger_has_no_private_network_asked(host: str, scheme: str) -> None:
    with Web(public_only=True) as web, pytest.raises(Permanent, match="private network"):
        web.get(f"{scheme}://{host}:9/")


def test_nothing_reaches_this_machine_for_a_stranger(far: Hostile) -> None:
    with Web(public_only=True) as web, pytest.raises(Permanent, match="private network"):
        web.get(f"{far.base}/page")
    assert far.asked == []
    with Web(public_only=True, loopback=True) as web:
        assert web.get(f"{far.base}/page").json() == {"fine": True}


def test_every_hop_of_a_redirect_is_checked(far: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    _names(monkeypatch, {"fine.example": ["127.0.0.1"], "evil.example": ["10.0.0.1"]})
    start = f"http://fine.example:{far.server_port}"
    with Web(public_only=True, loopback=True, elsewhere=True) as web:
        assert web.get(f"{start}/to/{start}/page").status == 200
        for target in (
            "http://evil.example/",
            "http://169.254.169.254/latest/meta-data",
            "//10.1.1.1/",
        ):
            with pytest.raises(Permanent, match="private network"):
                web.get(f"{start}/to/{target}")
        for target in ("file:///etc/passwd", "gopher://fine.example/", "javascript:alert(1)"):
            with pytest.raises(Permanent, match="not a web address"):
                web.get(f"{start}/to/{target}")


def test_a_name_that_changes_its_meaning_gains_nothing(
    far: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when it is checked, private when it is connected to."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"], ["127.0.0.1"]])
    looked: list[str] = []
    reached: list[str] = []

    def lookup(host: str, port: int, *_: object, **__: object) -> list[object]:
        looked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in next(answers)]

    def connect(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        reached.append(address[0])
        raise ConnectionRefusedError("nobody")

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setattr(socket, "create_connection", connect)
    with Web(public_only=True) as web, pytest.raises(Temporary, match="cannot be reached"):
        web.get(f"http://rebind.example:{far.server_port}/")
    assert (looked, reached) == (["rebind.example"], ["93.184.215.14"])


def test_of_several_addresses_only_those_that_may_be_asked_are(
    far: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    _names(monkeypatch, {"both.example": ["10.0.0.1", "127.0.0.1"]})
    with Web(public_only=True, loopback=True) as web:
        assert web.get(f"http://both.example:{far.server_port}/page").status == 200


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808"]
)
def test_the_internet_may_be_asked(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://ada.example/",
        "http://",
        "http://a@b.example/",
        "http://@b.example/",
        "http://[x",
        "http://a:99999/",
        "http://" + "a" * 300 + ".example/",
        "http://a..example/",
        "http://\u2024.example/",
        "http://a b.example/",
    ],
)
def test_nonsense_is_no_address_and_never_an_accident(url: str) -> None:
    with Web(public_only=True, silence=1, longest=2) as web, pytest.raises(FirsthandError):
        web.get(url)


def test_an_answer_is_whole(web: Web, far: Hostile) -> None:
    answer = web.get("/page", params={"q": "a b"}).good()
    assert answer.json() == {"fine": True} and answer.url == f"{far.base}/page?q=a+b"
    assert answer.headers["content-type"] == "application/json"
    assert far.asked[0][2]["User-Agent"] == "Firsthand"
    assert web.get("/gzip").json() == {"fine": True}
    assert web.ask("HEAD", "/page").body == b""


@pytest.mark.parametrize("path", ["/endless", "/boasts"])
def test_too_much_is_not_taken(web: Web, path: str) -> None:
    with pytest.raises(FirsthandError):
        web.get(path)


@pytest.mark.parametrize("path", ["/bomb", "/cut", "/packed"])
def test_what_is_packed_stays_small(web: Web, path: str) -> None:
    tracemalloc.start()
    with pytest.raises(Permanent, match="packed"):
        web.get(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000, peak


@pytest.mark.parametrize(
    "path",
    ["/drip", "/drip-headers", "/silent", "/hangs-up", "/halfway", "/long-header", "/nonsense"],
)
@pytest.mark.parametrize(("method", "means"), [("GET", Temporary), ("POST", Uncertain)])
def test_a_broken_answer_says_whether_it_may_be_asked_again(
    web: Web, path: str, method: str, means: type[FirsthandError]
) -> None:
    began = time.monotonic()
    with pytest.raises(means, match="broke off"):
        web.ask(method, path)
    assert time.monotonic() - began < 10


def test_nobody_there_means_that_nothing_happened() -> None:
    with Web("http://127.0.0.1:9") as web:
        for method in ("GET", "POST"):
            with pytest.raises(Temporary, match="cannot be reached"):
                web.ask(method, "/")


def test_html_is_no_json(web: Web) -> None:
    with pytest.raises(Temporary, match="answered text/html where JSON was due"):
        web.get("/html").good().json()
    with pytest.raises(Uncertain, match="text/html"):
        web.ask("POST", "/html").good().json()
    with pytest.raises(Temporary, match="text/html"):
        web.ask("POST", "/html", effect=False).good().json()


@pytest.mark.parametrize(
    ("status", "method", "means"),
    [
        (400, "POST", Permanent), (401, "GET", Permanent), (403, "POST", Permanent),
        (404, "GET", Permanent), (408, "POST", Temporary), (429, "GET", Temporary),
        (429, "POST", Temporary), (500, "GET", Temporary), (500, "POST", Uncertain),
        (502, "POST", Uncertain), (503, "POST", Temporary), (302, "POST", Permanent),
    ],
)  # fmt: skip
def test_a_status_says_what_to_do(
    web: Web, status: int, method: str, means: type[FirsthandError]
) -> None:
    with pytest.raises(
        FirsthandError, match=rf"127\.0\.0\.1 answered {status}: No, sorry\."
    ) as told:
        web.ask(method, f"/status/{status}").good()
    assert type(told.value) is means


def test_it_waits_as_long_as_it_is_told_but_not_for_ever(web: Web) -> None:
    now = datetime.now(UTC)
    for said, least, most in (
        ("120", 119, 125),
        ("999999999999", 86000, 86500),
        ("soon", None, None),
    ):
        with pytest.raises(Temporary) as told:
            web.get(f"/status/429/{said}").good()
        at = told.value.retry_at
        if least is None or most is None:
            assert at is None
        else:
            assert at is not None
            assert timedelta(seconds=least) <= at - now <= timedelta(seconds=most)


def test_a_redirect_stays_on_its_host_unless_asked_otherwise(web: Web, far: Hostile) -> None:
    assert web.get("/to//page").url == f"{far.base}/page"
    with hostile() as other:
        with pytest.raises(Permanent, match="redirects to"):
            web.get(f"/to/{other.base}/page")
        assert other.asked == []
        with Web(far.base, {"Authorization": "Bearer s"}, elsewhere=True) as away:
            assert away.get(f"/to/{other.base}/page").status == 200
        assert far.asked[-1][2]["Authorization"] == "Bearer s"
        assert "Authorization" not in other.asked[0][2]


def test_a_redirect_has_an_end_and_a_post_has_none(web: Web, far: Hostile) -> None:
    with pytest.raises(Permanent, match="without end"):
        web.get("/round")
    before = len(far.asked)
    assert web.ask("POST", "/to//page", json={"a": 1}).status == 302
    assert len(far.asked) == before + 1


def test_credentials_are_never_shown() -> None:
    web = Web("https://ada.example", {"Authorization": "Bearer secret"})
    assert "secret" not in repr(web)


def _names(monkeypatch: pytest.MonkeyPatch, known: dict[str, list[str]]) -> None:
    real = socket.getaddrinfo

    def lookup(host: str, port: int, *rest: object, **named: object) -> object:
        if host in known:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in known[host]]
        return real(host, port, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
