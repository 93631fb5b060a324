"""What a real server makes of a text that means harm to it is read back, here and afar, as it was signed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from firsthand.channels.base import Connection, dialect_of, open_channel
from firsthand.channels.dialect import Mark
from firsthand.channels.mastodon.status import wrap
from firsthand.core.envelope import Address, Outbound, Parent
from firsthand.core.errors import Uncertain
from firsthand.core.text import canonical
from tests.channels.contract import fetched
from tests.channels.test_mastodon_dialect import HOSTILE
from tests.servers.snac import Fediverse, until

pytestmark = pytest.mark.servers
MASTODON = dialect_of("mastodon")
PAGE = 40
"""The most that Mastodon's API gives at once."""
WORSE = (
    "“https://q.example/a” (https://q.example/b)* [l](http://y.example) :beer: X-D :-) ~~s~~ __u__\n"
    "--- \\* {a} |b| $c ^d http://münchen.example/ü “@Nobody@q.example”\n"
)


def test_a_hostile_text_is_shown_as_it_was_signed(fediverse: Fediverse) -> None:
    ada, stan = fediverse.home.somebody("ada"), fediverse.away.somebody("stan")
    root = stan.post(f"@{ada.handle} what do you say?")
    until(lambda: ada.heard("what do you"), "the mention did not arrive")
    known = Connection(ada.handle, {"server": fediverse.home.base}, {"token": ada.token})
    channel = open_channel("mastodon", known)
    (asked,), cursor = fetched(channel)

    def answer(text: str, number: int) -> Outbound:
        link = f"https://ada.example/b/x-{number}#zSalt_x-y"
        mark = Mark("", "^HB", link, to=(stan.handle,))
        return Outbound(
            message_id=f"{number}@ada.example",
            author=Address(ada.handle),
            sender=Address(ada.handle),
            to=(Address(stan.handle),),
            subject="",
            text=MASTODON.final(text, mark),
            date=datetime.now(UTC),
            link=link,
            initials="^HB",
            parent=Parent(asked.remote_id, root["uri"], asked.folder),
        )

    message = answer(WORSE + HOSTILE, 1)
    receipt = channel.send(message)
    assert receipt.answer == "posted"
    afar = until(lambda: stan.heard("münchen"), "the answer did not arrive")[0]["status"]
    for raw in (receipt.raw, wrap(afar, host=fediverse.away.host)):
        assert MASTODON.received(raw).text == canonical(message.text)

    def get(url: str, accept: str) -> bytes:
        bases = {each.host: each.base for each in (fediverse.home, fediverse.away)}
        place = httpx.URL(url)
        where = bases[place.host] + place.raw_path.decode()
        return httpx.get(where, headers={"Accept": accept}, trust_env=False).content

    found = MASTODON.lookup(receipt.url, get)
    assert found is not None
    assert (found.text, found.author) == (canonical(message.text), ada.handle)
    assert found.in_reply_to == root["uri"]

    stan.edit(root["id"], f"@{ada.handle} what do you REALLY say?")
    until(lambda: ada.heard("REALLY"), "the change did not arrive")
    later, _ = fetched(channel, cursor)
    changed = [MASTODON.parse(each.raw) for each in later if not each.mine]
    assert [each.in_reply_to for each in changed] == [(root["uri"],)]
    again = channel.send(answer("After the change.", 2))
    assert again.answer == "posted"

    alone = replace(answer("Alone.", 3), parent=None)
    channel.send(alone)
    with pytest.raises(Uncertain, match="private"):
        channel.find(alone)
    channel.close()


def test_nothing_is_left_out_where_a_server_gives_only_the_newest(fediverse: Fediverse) -> None:
    """snac knows no `min_id`: more came than one page of Mastodon's holds."""
    ada, stan = fediverse.home.somebody("ada"), fediverse.away.somebody("stan")
    for number in range(45):
        stan.post(f"@{ada.handle} question {number}?")
    with suppress(TimeoutError):  # of many at once snac was seen to lose one, for good
        until(lambda: len(ada.heard("question")) == 45, "not all arrived", 60)
    there = len(ada.heard("question"))
    assert there > PAGE
    known = Connection(ada.handle, {"server": fediverse.home.base}, {"token": ada.token})
    channel = open_channel("mastodon", known)
    inbounds, cursor = fetched(channel)
    assert len({each.remote_id for each in inbounds}) == len(inbounds) == there
    assert fetched(channel, cursor)[0] == []
    channel.close()
