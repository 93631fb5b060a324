"""X, against our fake of it: the contract, the limits, the tokens, and everything that goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from firsthand.channels import spending
from firsthand.channels.base import Channel, Connection, Cursor, open_channel
from firsthand.channels.notebook import Scratch
from firsthand.channels.spending import Limits
from firsthand.channels.x import thing
from firsthand.channels.x.dialect import X
from firsthand.core.envelope import Address, Attachment, Inbound, Outbound, Parent
from firsthand.core.errors import Misuse, Permanent, Temporary
from firsthand.core.reaction import Reaction
from tests.channels.contract import ChannelContract, fetched, outbound
from tests.channels.x_server import XServer

SALT = "A" * 43
ADA, STELLA, TOM = "101", "102", "103"

ADA_HERSELF = Address("@ada", "Ada Ferrer")
FRIENDS = (Address("@stella_x"), Address("@tom"))
NOBODY = Address("@nobody_here")


@dataclass
class OnX:
    """Ada's profile, and those she writes to."""

    end: XServer
    author: Address = ADA_HERSELF
    friends: tuple[Address, Address] = FRIENDS
    nobody: Address = NOBODY
    settings: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    notebook: Scratch = field(init=False)

    def __post_init__(self) -> None:
        self.notebook = Scratch(self.clock)

    def channel(self) -> Channel:
        settings = {
            "client_id": "client-1",
            "base": self.end.base,
            "every": "0.05",
            "history": "1000",
            **self.settings,
        }
        secrets = {"token": "token-0", "refresh_token": "refresh-0", **self.secrets}
        return open_channel("x", Connection("@ada", settings, secrets, self.notebook))

    def addressed(self, message: Outbound) -> Outbound:
        link = f"https://ada.example/b/{message.message_id}#{SALT}"
        return replace(message, text=f"{message.text.strip()}\n\n^AF {link}", link=link)

    def arrive(self, count: int = 1) -> list[bytes]:
        posts = [self.end.post(STELLA, f"@Ada, a question & more: {n}") for n in range(count)]
        users = [self.end.users[STELLA]]
        return [thing.one(each, users) for each in posts]

    def received(self, friend: Address) -> list[str]:
        number = self.end.user(friend.address.lstrip("@"))["id"]
        mine = [m for m in self.end.messages if number in m["participant_ids"]]
        links = [m["entities"]["urls"][-1]["expanded_url"] for m in mine]
        return [link.partition("/b/")[2].partition("#")[0] for link in links]

    def copies(self) -> list[str]:
        raise NotImplementedError

    def unread(self) -> int:
        """X has no such count: nothing at all must be changed by reading."""
        return sum(each.startswith("POST") for each in self.end.asked)


@pytest.fixture
def end() -> Iterator[XServer]:
    server = XServer()
    yield server
    server.close()


@pytest.fixture
def far(end: XServer) -> OnX:
    return OnX(end)


class TestX(ChannelContract):
    """The contract, as every kind keeps it."""


def answer_to(far: OnX, post: dict[str, Any], **changes: Any) -> Outbound:
    parent = Parent(post["id"], f"{thing.POST}{post['id']}", "mention")
    return outbound(far, far.friends[0], parent=parent, in_reply_to=parent.message_id, **changes)


def test_an_answer_stands_under_what_it_answers(far: OnX) -> None:
    post = far.end.post(STELLA, "@Ada and @Tom, is it so?")
    message = answer_to(far, post)
    receipt = far.channel().send(message)
    made = far.end.posts[-1]
    assert receipt.remote_id == made["id"]
    assert receipt.url == f"{thing.POST}{made['id']}"
    assert made["referenced_posts"] == [{"type": "replied_to", "id": post["id"]}]
    ours, theirs = X.received(receipt.raw), X.received(fetched(far.channel())[0][-1].raw)
    assert replace(ours, message_id="") == replace(theirs, message_id="")
    assert ours.text == message.text
    assert ours.recipients == ("@stella_x",)
    assert ours.in_reply_to == message.in_reply_to
    assert ours.link == message.link


def test_what_we_posted_elsewhere_comes_in_as_ours(far: OnX) -> None:
    far.end.post(ADA, "Written on the phone.")
    far.end.post(STELLA, "@ada, hello")
    far.end.message(ADA, STELLA, "privately")
    found, _ = fetched(far.channel())
    assert [(each.folder, each.mine) for each in found] == [
        ("mention", False),
        ("post", True),
        ("direct", True),
    ]


def test_a_direct_message_is_answered_in_its_conversation(far: OnX) -> None:
    came = far.end.message(STELLA, ADA, "Between us?")
    found, _ = fetched(far.channel())
    assert found[0].folder == "direct"
    assert found[0].remote_id == f"dm/101-102/{came['id']}"
    parent = Parent(found[0].remote_id, X.parse(found[0].raw).message_id, "direct")
    receipt = far.channel().send(outbound(far, far.friends[0], parent=parent))
    assert not far.end.posts
    again = fetched(far.channel())[0]
    assert again[-1].remote_id == receipt.remote_id
    assert X.received(receipt.raw).text == X.received(again[-1].raw).text
    assert X.received(again[-1].raw).recipients == ("@stella_x",)


@pytest.mark.parametrize(
    "change",
    [
        {"attachments": (Attachment("a.txt", "text/plain", b"a"),)},
        {"replaces": "12"},
        {"reaction": Reaction.LIKE},
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_asked(
    far: OnX, change: dict[str, Any]
) -> None:
    with pytest.raises(Permanent, match="X"):
        far.channel().send(outbound(far, to=(), **change))
    assert far.end.asked == []


def test_the_tokens_of_somebody_else_are_refused(far: OnX) -> None:
    far.end.users[ADA]["username"] = "Mallory"
    with pytest.raises(Permanent, match="@mallory"):
        far.channel().probe()


# Limits


def test_no_request_goes_beyond_what_the_owner_allows(far: OnX) -> None:
    far.arrive(3)
    far.settings["most_requests"] = "3"
    with pytest.raises(Temporary, match="more than the 3 requests that you allow") as told:
        fetched(far.channel())
    assert len(far.end.asked) == 3
    assert told.value.retry_at == spending.next_month(datetime.now(UTC))


@pytest.mark.parametrize("budget", ["0.4", "1", "3.33", "4.05"])
def test_no_money_goes_beyond_what_the_owner_allows(far: OnX, budget: str) -> None:
    """Also where pages are cut to what can be paid; and in the end nothing was lost."""
    far.arrive(230)
    far.settings |= {"budget": budget, "price_read": "0.02"}
    had: list[Inbound] = []
    cursor: Cursor = {}

    def go_on() -> None:
        nonlocal cursor
        for _ in range(99):
            for batch in far.channel().fetch(cursor):
                had.extend(batch.inbounds)
                cursor = batch.cursor
            far.end.post(STELLA, "@ada more")

    with pytest.raises(Temporary, match="more than the"):
        go_on()
    paid = spending.used(far.notebook.notes, datetime.now(UTC))
    assert Decimal("0.02") * paid.reads <= Decimal(budget)
    assert len({each.remote_id for each in had}) == len(had) <= paid.reads
    far.settings["budget"] = "1000"
    rest, _ = fetched(far.channel(), cursor)
    everything = {each["id"] for each in far.end.posts}
    assert {each.remote_id for each in [*had, *rest]} == everything
    assert len(had) + len(rest) == len(everything)


def test_sending_costs_too(far: OnX) -> None:
    far.settings |= {"budget": "0.25", "price_send": "0.1"}
    for _ in range(2):
        far.channel().send(outbound(far, to=()))
    with pytest.raises(Temporary, match=r"more than the 0.25 of money"):
        far.channel().send(outbound(far, to=()))
    assert len(far.end.posts) == 2


def test_a_new_month_begins_anew() -> None:
    notes: dict[str, Any] = {}
    limits = Limits(requests=1)
    last = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    spending.reserve(notes, limits, last)
    with pytest.raises(Temporary, match="on 1 January 2027"):
        spending.reserve(notes, limits, last)
    spending.reserve(notes, limits, last + timedelta(minutes=1))
    assert spending.used(notes, last + timedelta(minutes=1)).requests == 1


@pytest.mark.parametrize("value", ["much", "-1", "nan", "1e999999999999", "inf"])
def test_a_limit_that_is_no_number_stops_everything(far: OnX, value: str) -> None:
    """A limit that is not understood must not pass for none."""
    far.settings["budget"] = value
    with pytest.raises((Permanent, Misuse), match="budget"):
        fetched(far.channel())
    assert far.end.asked == []


def test_the_windows_of_x_are_kept(far: OnX) -> None:
    far.end.limit = 2
    far.arrive(1)
    channel = far.channel()
    for _ in range(2):
        fetched(channel)
    before = len(far.end.asked)
    with pytest.raises(Temporary, match="X allows no more requests for reading mentions") as told:
        fetched(channel)
    assert len(far.end.asked) == before
    assert told.value.retry_at is not None
    assert 0 < (told.value.retry_at - datetime.now(UTC)).total_seconds() < 901


def test_it_is_told_before_it_is_used(far: OnX) -> None:
    far.settings |= {"budget": "5", "price_read": "0.01", "price_send": "0.02"}
    far.secrets["app_token"] = "app-token"
    said = " ".join(far.channel().probe())
    assert "2 requests" in said
    assert "The next answer uses 1 request and costs 0.02." in said
    assert "The next look uses 3 requests or more, and reads 300 posts" in said
    assert "for 3.00 at most" in said
    assert "X counts 4321 of the 10000 posts" in said
    fetched(far.channel())
    told = X.usage(far.channel()._connection.settings, far.notebook.notes, datetime.now(UTC))  # type: ignore[attr-defined]
    assert any("for reading mentions" in each for each in told)
    assert far.end.asked.count("GET /2/usage/tweets") == 1


# Tokens


def test_a_token_that_ended_is_renewed_and_kept(far: OnX) -> None:
    far.end.tokens = {"another"}
    far.arrive(1)
    assert len(fetched(far.channel())[0]) == 1
    assert far.notebook.secrets is not None
    assert {far.notebook.secrets["token"]} == far.end.tokens
    assert {far.notebook.secrets["refresh_token"]} == far.end.refreshes


def test_a_token_renewed_by_another_process_is_waited_for(far: OnX) -> None:
    """X's refresh tokens work once: a second use must not break the account."""
    far.end.tokens = {"another"}
    fetched(far.channel())
    far.end.tokens = {"another"}
    with pytest.raises(Temporary, match="renewed meanwhile"):
        fetched(far.channel())  # opened with the secrets of before


def test_two_do_not_renew_at_once(far: OnX) -> None:
    far.end.tokens = {"another"}
    far.notebook.notes["renewing"] = time.time() + 50
    with pytest.raises(Temporary, match="being renewed"):
        fetched(far.channel())
    assert "POST /2/oauth2/token" not in far.end.asked


def test_tokens_that_are_of_no_use_need_a_person(far: OnX) -> None:
    far.end.tokens, far.end.refreshes = set(), set()
    with pytest.raises(Permanent, match="does not renew") as told:
        far.channel().probe()
    assert "Connect the account again" in told.value.hint
    far.secrets["refresh_token"] = ""
    with pytest.raises(Permanent, match="does not take the account's token"):
        far.channel().probe()
