"""The Bluesky of the tests does what the real one does: accounts, posts, notices; and only here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.servers.bluesky import PASSWORD, POST, Bluesky, Refused, until

pytestmark = pytest.mark.servers
LISTENING = "0A"


def test_a_mention_and_a_reply_are_noticed(bluesky: Bluesky) -> None:
    ada, stan = bluesky.somebody("ada"), bluesky.somebody("stan")
    root = stan.mention(ada, "what do you say?")
    # One after the other: the AppView indexes repositories side by side, and may miss a reply to
    # what it does not know yet.
    until(lambda: len(ada.notices()) == 1, "the mention was not noticed")
    answer = ada.reply("Little.", root, root)
    until(lambda: len(stan.notices()) == 1, "the reply was not noticed")
    (mention,), (reply,) = ada.notices(), stan.notices()
    assert (mention["reason"], mention["uri"]) == ("mention", root["uri"])
    assert (reply["reason"], reply["uri"]) == ("reply", answer["uri"])
    assert [each["uri"] for each in ada.posts()] == [answer["uri"]]


def test_an_app_password_signs_in_and_a_wrong_one_does_not(bluesky: Bluesky) -> None:
    ada = bluesky.somebody("ada")
    method = "com.atproto.server.createSession"
    signed_in = bluesky.tell(method, {"identifier": ada.handle, "password": ada.app_password()})
    assert signed_in["did"] == ada.did
    with pytest.raises(Refused, match="401"):
        bluesky.tell(method, {"identifier": ada.handle, "password": PASSWORD + "x"})


def test_a_stale_swap_is_refused(bluesky: Bluesky) -> None:
    ada = bluesky.somebody("ada")
    made = ada.post("First.")
    changed: dict[str, Any] = {
        "repo": ada.did,
        "collection": POST,
        "rkey": made["uri"].rpartition("/")[2],
        "record": {"$type": POST, "text": "Second.", "createdAt": "2026-11-22T09:00:00Z"},
        "swapRecord": made["cid"],
    }
    ada.tell("com.atproto.repo.putRecord", **changed)
    changed["record"] = {**changed["record"], "text": "Third."}
    with pytest.raises(Refused, match="InvalidSwap"):
        ada.tell("com.atproto.repo.putRecord", **changed)


def test_it_listens_on_the_loopback_only(bluesky: Bluesky) -> None:
    """By itself it would listen to the whole network. /proc/net/tcp says who listens where."""
    mine = {str(each.readlink()) for each in Path(f"/proc/{bluesky.process.pid}/fd").iterdir()}
    sockets = {found[1] for each in mine if (found := re.fullmatch(r"socket:\[(\d+)\]", each))}
    places = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and fields[9] in sockets:
                places.append(fields[1].partition(":")[0])
    assert len(places) >= 4
    assert set(places) == {"0100007F"}
