"""What every channel has to do, whatever it speaks. Each channel's tests inherit these.

A subclass gives the fixture `far`: the other end of one account, as the outside world sees it.
"""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from itertools import count
from typing import Protocol

import pytest

from firsthand.channels.base import Batch, Channel, Cursor
from firsthand.core.envelope import Address, Inbound, Outbound
from firsthand.core.errors import Permanent

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
_numbers = count(1)


class Source(Protocol):
    """The other end of what can be read only."""

    def channel(self) -> Channel:
        """A new connection to the account."""

    def arrive(self, count: int = 1) -> list[bytes]:
        """Messages come in; the bytes that the channel has to hand over."""

    def unread(self) -> int:
        """How many messages the owner's own program would show as new."""


class Far(Source, Protocol):
    """The other end of one account: Ada's mailbox, and those she writes to."""

    @property
    def author(self) -> Address:
        """Ada, as she signs."""

    @property
    def friends(self) -> tuple[Address, Address]:
        """Two who can be written to."""

    @property
    def nobody(self) -> Address:
        """An address that is refused for good."""

    def addressed(self, message: Outbound) -> Outbound:
        """The same, as whoever it names gets it here: a letter as it is, a post as an answer."""

    def received(self, friend: Address) -> list[str]:
        """The ids of what a friend got, oldest first."""

    def copies(self) -> list[str]:
        """The ids of what lies in the owner's folder of sent messages."""


def outbound(far: Far, *to: Address, **changes: object) -> Outbound:
    """A message on its way out, with an id of its own."""
    values: dict[str, object] = {
        "message_id": f"contract-{next(_numbers)}@ada.example",
        "author": far.author,
        "sender": far.author,
        "to": to or far.friends[:1],
        "subject": "Your essay",
        "text": "Gladly.\n\n.\nFrom here on, with a dot and ünïcode.\n",
        "date": NOW,
        **changes,
    }
    return far.addressed(Outbound(**values))  # type: ignore[arg-type]


def fetched(channel: Channel, cursor: Cursor | None = None) -> tuple[list[Inbound], Cursor]:
    """Everything since `cursor`, and the last cursor."""
    inbounds: list[Inbound] = []
    last: Cursor = cursor or {}
    for batch in channel.fetch(last):
        inbounds += batch.inbounds
        last = batch.cursor
    return inbounds, last


class ReadingContract:
    """What of the contract concerns reading: all of it, where nothing can be sent."""

    def test_what_came_in_is_handed_over_as_it_came(self, far: Source) -> None:
        sent = far.arrive(3)
        inbounds, _ = fetched(far.channel())
        assert [each.raw for each in inbounds] == sent
        assert len({each.remote_id for each in inbounds}) == 3
        assert all(each.received_at and each.received_at.tzinfo for each in inbounds)

    def test_an_empty_account_has_nothing(self, far: Source) -> None:
        assert fetched(far.channel())[0] == []

    def test_the_cursor_goes_on_where_it_was(self, far: Source) -> None:
        far.arrive(2)
        _, cursor = fetched(far.channel())
        later = far.arrive(1)
        stored: Cursor = json.loads(json.dumps(cursor))
        inbounds, last = fetched(far.channel(), stored)
        assert [each.raw for each in inbounds] == later
        assert fetched(far.channel(), last)[0] == []

    def test_fetching_again_names_the_same_messages_the_same(self, far: Source) -> None:
        far.arrive(3)
        first, second = fetched(far.channel())[0], fetched(far.channel())[0]
        assert [each.remote_id for each in first] == [each.remote_id for each in second]

    def test_each_batch_can_be_the_last_one_kept(self, far: Source) -> None:
        """A kill between two batches loses nothing and repeats nothing."""
        sent = far.arrive(self.many)
        batches: list[Batch] = list(far.channel().fetch({}))
        assert len(batches) > 1
        assert batches[0].more
        for kept in range(1, len(batches)):
            had = [each.raw for batch in batches[:kept] for each in batch.inbounds]
            rest, _ = fetched(far.channel(), batches[kept - 1].cursor)
            assert had + [each.raw for each in rest] == sent

    many = 450
    """Messages enough for more than one batch."""

    def test_reading_leaves_no_trace(self, far: Source) -> None:
        far.arrive(2)
        before = far.unread()
        fetched(far.channel())
        far.channel().probe()
        assert far.unread() == before

    def test_waiting_ends_without_news(self, far: Source) -> None:
        far.arrive(1)
        channel = far.channel()
        fetched(channel)
        began = time.monotonic()
        assert channel.wait(0.5) is False
        assert 0.4 < time.monotonic() - began < 5
        channel.close()

    def test_waiting_ends_with_news(self, far: Source) -> None:
        channel = far.channel()
        fetched(channel)
        timer = threading.Timer(0.5, far.arrive)
        timer.start()
        began = time.monotonic()
        assert channel.wait(20) is True
        assert time.monotonic() - began < 10
        timer.join()
        channel.close()

    def test_news_between_two_looks_is_noticed(self, far: Source) -> None:
        channel = far.channel()
        channel.wait(0)
        far.arrive(1)
        assert channel.wait(5) is True
        channel.close()

    def test_probing_says_what_it_found(self, far: Source) -> None:
        said = far.channel().probe()
        assert said
        assert all(sentence.endswith(".") for sentence in said)

    def test_a_channel_can_be_closed_twice_and_used_again(self, far: Source) -> None:
        channel = far.channel()
        channel.close()
        far.arrive(1)
        assert len(fetched(channel)[0]) == 1
        channel.close()
        channel.close()


class ChannelContract(ReadingContract):
    """The contract of `channels.base.Channel`, as every kind keeps it that can send."""

    def test_each_send_has_one_effect(self, far: Far) -> None:
        channel = far.channel()
        first, second = outbound(far), outbound(far)
        for each in (first, second):
            receipt = channel.send(each)
            assert receipt.refused == {}
            assert receipt.at.tzinfo
        channel.close()
        assert far.received(far.friends[0]) == [first.message_id, second.message_id]

    def test_nobody_accepted_is_a_failure_for_good(self, far: Far) -> None:
        with pytest.raises(Permanent, match="recipient"):
            far.channel().send(outbound(far, far.nobody))


class LetterContract(ChannelContract):
    """What is more where somebody can be written to alone: blind copies, refusals one by one, Sent."""

    def test_everybody_addressed_gets_it(self, far: Far) -> None:
        one, two = far.friends
        message = outbound(far, one, bcc=(two,))
        far.channel().send(message)
        assert far.received(one) == far.received(two) == [message.message_id]

    def test_a_refused_recipient_does_not_stop_the_others(self, far: Far) -> None:
        message = outbound(far, far.friends[0], far.nobody)
        receipt = far.channel().send(message)
        assert list(receipt.refused) == [far.nobody.address]
        assert receipt.refused[far.nobody.address]
        assert far.received(far.friends[0]) == [message.message_id]

    def test_a_copy_is_made_once(self, far: Far) -> None:
        channel, message = far.channel(), outbound(far)
        channel.copy(message)
        channel.copy(message)
        far.channel().copy(message)
        assert far.copies() == [message.message_id]
