"""The channel in memory keeps the contract, and fails on demand as real ones do."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import pytest

from firsthand.channels.base import Channel, Connection, open_channel
from firsthand.channels.memory import Fault, MemoryServer, server
from firsthand.core.envelope import Address, Outbound
from firsthand.core.errors import FirsthandError, Misuse, Permanent, Temporary, Uncertain
from tests.channels.contract import NOW, LetterContract, outbound

_numbers = count(1)
FRIENDS = (Address("stella@x.example"), Address("tom@x.example"))
NOBODY = Address("bounce@x.example")


@dataclass(slots=True)
class Memory:
    """An account in memory and its other end."""

    recovery: str = "blind"
    address: str = field(default_factory=lambda: f"memory-{next(_numbers)}@ada.example")
    friends: tuple[Address, Address] = FRIENDS
    nobody: Address = NOBODY

    def __post_init__(self) -> None:
        self.end.refused[self.nobody.address] = "550 No such mailbox"

    @property
    def author(self) -> Address:
        return Address(self.address, "Ada Ferrer")

    @property
    def end(self) -> MemoryServer:
        return server(self.address)

    def addressed(self, message: Outbound) -> Outbound:
        return message

    def channel(self) -> Channel:
        return open_channel("memory", Connection(self.address, {"recovery": self.recovery}))

    def arrive(self, count: int = 1) -> list[bytes]:
        had = len(self.end.inbox)
        for number in range(had, had + count):
            self.end.arrive(b"Subject: %d\r\n\r\nHello\r\n" % number, NOW)
        return [raw for raw, _ in self.end.inbox[had:]]

    def received(self, friend: Address) -> list[str]:
        sent = self.end.taken
        return [m.message_id for m in sent if friend in (*m.to, *m.cc, *m.bcc)]

    def copies(self) -> list[str]:
        return list(self.end.copies)

    def unread(self) -> int:
        return len(self.end.inbox)


class TestMemory(LetterContract):
    @pytest.fixture
    def far(self) -> Memory:
        return Memory()


def test_an_unknown_kind_is_misuse() -> None:
    with pytest.raises(Misuse, match="pigeon"):
        open_channel("pigeon", Connection("ada@ada.example"))


@pytest.mark.parametrize("error", [Temporary("later"), Permanent("never"), Uncertain("who knows")])
@pytest.mark.parametrize("delivered", [False, True])
def test_a_fault_strikes_once_before_or_after_the_effect(
    error: FirsthandError, delivered: bool
) -> None:
    far = Memory()
    far.end.faults.append(Fault(error, delivered))
    message = outbound(far)
    with pytest.raises(type(error)):
        far.channel().send(message)
    assert far.received(far.friends[0]) == [message.message_id] * delivered
    far.channel().send(outbound(far))
    assert len(far.end.taken) == 1 + delivered


def test_a_server_that_knows_the_key_takes_it_once() -> None:
    far = Memory("dedup")
    message = outbound(far)
    far.channel().send(message)
    far.channel().send(message)
    assert far.received(far.friends[0]) == [message.message_id]


def test_looking_up_tells_what_was_sent() -> None:
    far = Memory("lookup")
    message = outbound(far)
    assert far.channel().find(message) is None
    far.channel().send(message)
    found = far.channel().find(message)
    assert found is not None
    assert found.answer == "taken before"
