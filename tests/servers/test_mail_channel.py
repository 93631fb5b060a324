"""The mail channel keeps the contract on a real Dovecot and a real submission server.

Faults that no real server commits on demand come from a small server that follows a script.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from firsthand.channels.mail.imap import SET_ASIDE
from firsthand.channels.mail.parse import parse
from firsthand.core.envelope import Address
from firsthand.core.errors import Permanent, Temporary, Uncertain
from tests.channels.contract import NOW, LetterContract, fetched, outbound
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox, letter, new_mailbox

pytestmark = pytest.mark.servers


@pytest.fixture
def far(dovecot: Dovecot) -> Iterator[Mailbox]:
    mailbox = new_mailbox(dovecot)
    yield mailbox
    mailbox.close()


class TestMail(LetterContract):
    pass


def test_both_folders_are_read_and_sent_mail_is_known(far: Mailbox) -> None:
    far.arrive(1)
    message = outbound(far)
    far.channel().copy(message)
    came, sent = fetched(far.channel())[0]
    assert (came.folder, came.mine, came.seen) == ("INBOX", None, False)
    assert (sent.folder, sent.mine, sent.seen) == ("Sent", True, True)
    assert parse(sent.raw).message_id == message.message_id
    assert sent.received_at == NOW


def test_the_time_of_arrival_is_the_servers(far: Mailbox) -> None:
    at = datetime(2020, 2, 29, 12, 0, tzinfo=UTC)
    with far.imap() as client:
        client.append("INBOX", letter(1), msg_time=at)
        client.append("INBOX", letter(2), flags=[b"\\Seen"])
    first, second = fetched(far.channel())[0]
    assert first.received_at == at
    assert second.received_at is not None
    assert abs(second.received_at - datetime.now(UTC)) < timedelta(minutes=2)
    assert (first.seen, second.seen) == (False, True)


def test_numbers_that_start_anew_are_all_read_again(far: Mailbox) -> None:
    """Another UIDVALIDITY: the server made the folder again (RFC 3501 2.3.1.1)."""
    far.arrive(2)
    before, cursor = fetched(far.channel())
    with far.imap() as client:
        client.create_folder("Kept")
        client.copy(client.search(), "Kept")
    for name in far.server.maildir(far.author.address).glob("dovecot-uidlist*"):
        name.unlink()
    for name in far.server.maildir(far.author.address).glob("dovecot.index*"):
        name.unlink()
    time.sleep(1.1)  # the new UIDVALIDITY is the time in seconds
    after, _ = fetched(far.channel(), cursor)
    assert sorted(each.raw for each in after) == sorted(each.raw for each in before)
    assert not {each.remote_id for each in after} & {each.remote_id for each in before}


def test_a_giant_is_set_aside_and_its_neighbours_come(far: Mailbox) -> None:
    with far.imap() as client:
        client.append("INBOX", letter(1))
        client.append("INBOX", letter(2, b"x" * 70 + b"\r\n" * 30_000))
        client.append("INBOX", letter(3))
    batches = list(far.channel(largest=20_000).fetch({}))
    assert [len(batch.inbounds) for batch in batches] == [1, 1, 1]
    giant = batches[1].inbounds[0]
    assert giant.raw.startswith(SET_ASIDE.encode())
    assert b"Subject: Letter 2" in giant.raw
    assert len(giant.raw) < 2_000
    assert "not fetched" in parse(giant.raw).text


def test_messages_that_vanish_meanwhile_are_passed_over(far: Mailbox) -> None:
    far.arrive(450)
    batches = far.channel().fetch({})
    first = next(batches)
    with far.imap() as client:
        client.delete_messages(client.search()[-10:])
        client.expunge()
    rest = [each for batch in batches for each in batch.inbounds]
    assert len(first.inbounds) + len(rest) == 440


def test_a_token_signs_in(far: Mailbox) -> None:
    far.server.add_token(far.author.address, "a-token")
    far.arrive(1)
    channel = far.channel({"token": "a-token"}, imap_auth="xoauth2")
    assert len(fetched(channel)[0]) == 1
    with pytest.raises(Permanent, match="refused the credentials"):
        fetched(far.channel({"token": "another"}, imap_auth="xoauth2"))


def test_a_wrong_password_is_told_by_both_doors(far: Mailbox) -> None:
    with pytest.raises(Permanent, match=r"IMAP server .* refused the credentials"):
        fetched(far.channel({"password": "wrong"}))
    with pytest.raises(Permanent, match=r"SMTP server .* refused the credentials"):
        far.channel({"password": "wrong"}).send(outbound(far))
    assert far.received(far.friends[0]) == []


def test_an_account_without_servers_says_so(far: Mailbox) -> None:
    with pytest.raises(Permanent, match="no SMTP server"):
        far.channel(smtp_host="").send(outbound(far))
    with pytest.raises(Permanent, match="no IMAP server"):
        fetched(far.channel(imap_host=""))
    with pytest.raises(Permanent, match="cannot be used"):
        far.channel(smtp_security="rot13").send(outbound(far))
    with pytest.raises(Permanent, match="no password"):
        far.channel({}).send(outbound(far))


def test_the_envelope_is_the_accounts_and_the_name_the_hands(far: Mailbox) -> None:
    hal = Address("hal@ada.example", "Hal Brandt")
    message = outbound(far, sender=hal, byline="https://ada.example/b/x; index=1")
    far.channel().send(message)
    taken = far.server.submissions()[-1]
    assert taken["sender"] == far.author.address
    assert taken["user"] == far.author.address
    got = far.server.messages(far.friends[0].address)[0]
    assert b"\nSender: Hal Brandt <hal@ada.example>" in got
    assert parse(got).text.rstrip() == message.text.rstrip()


def test_a_greylisted_message_is_tried_later(far: Mailbox) -> None:
    with pytest.raises(Temporary, match="Greylisted"):
        far.channel().send(outbound(far, Address("greylist@x.example")))


def test_refused_for_now_and_for_good_together_is_for_now(far: Mailbox) -> None:
    with pytest.raises(Temporary):
        far.channel().send(outbound(far, far.nobody, Address("greylist@x.example")))


def test_an_answer_that_does_not_come_is_uncertain_though_it_was_delivered(far: Mailbox) -> None:
    message = outbound(far)
    with (
        far.server.slow(after=4),
        pytest.raises(Uncertain, match="did not say whether it took it"),
    ):
        far.channel(timeout=0.5).send(message)
    assert far.received(far.friends[0]) == [message.message_id]


def test_a_slow_answer_within_patience_is_waited_for(far: Mailbox) -> None:
    message = outbound(far)
    with far.server.slow(before=1.5):
        far.channel(timeout=1).send(message)
    assert far.received(far.friends[0]) == [message.message_id]


def test_addresses_that_mail_cannot_carry_fail_for_good(far: Mailbox) -> None:
    for bad in ("stella", "ste\r\nlla@x.example", "ünser@x.example"):
        with pytest.raises(Permanent):
            far.channel().send(outbound(far, Address(bad)))


def test_nobody_listens(far: Mailbox) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with pytest.raises(Temporary, match="cannot be reached"):
            far.channel(smtp_port=port).send(outbound(far))
        with pytest.raises(Temporary, match="cannot be reached"):
            fetched(far.channel(imap_port=port))


def test_one_connection_carries_several_messages(far: Mailbox) -> None:
    channel = far.channel()
    for _ in range(3):
        channel.send(outbound(far))
    assert len(far.received(far.friends[0])) == 3
    with pytest.raises(Permanent):
        channel.send(outbound(far, far.nobody))
    channel.send(outbound(far))
    assert len(far.received(far.friends[0])) == 4
    channel.close()
