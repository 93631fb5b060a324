"""Workers are killed, at every step and at random, and the files of a real server are the judge.

This one knows no Idempotency-Key, so only looking keeps a second attempt from being a second post.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import suppress

import pytest

from firsthand.channels.mastodon.content import to_text
from firsthand.channels.mastodon.words import link_in
from tests.servers.crashed import Asked, Far, Killed, number_of
from tests.servers.snac import Fediverse, Somebody, until

pytestmark = pytest.mark.servers


def standing(ada: Somebody) -> Counter[str]:
    """What the server has on its disk of the profile."""
    files = (ada.server.home / "user" / ada.name / "public").glob("*.json")
    posts = [json.loads(each.read_text()) for each in files]
    own = [each for each in posts if each.get("attributedTo") == ada.actor]
    return Counter(number_of(link_in(to_text(each["content"]))) for each in own)


ROUNDS = 4
"""On a busy machine a server may give up a delivery to the other: what was lost is asked again."""


@pytest.fixture(scope="module")
def asked(fediverse: Fediverse) -> Asked:
    """Somebody on another server asks Ada."""

    def ask(number: int) -> Far:
        ada, stan = fediverse.home.somebody("ada"), fediverse.away.somebody("stan")
        for _ in range(ROUNDS):
            for index in range(number - len(ada.heard("question"))):
                stan.post(f"@{ada.handle} question {index}?")
            with suppress(TimeoutError):
                until(lambda: len(ada.heard("question")) >= number, "not all arrived", 60)
                break
        assert len(ada.heard("question")) >= number, "not all arrived"
        account = {
            "channel": "mastodon",
            "address": ada.handle,
            "settings": {"server": ada.server.base},
            "secret": "token",
            "password": ada.token,
        }
        return Far(account, lambda: standing(ada))

    return ask


class TestMastodon(Killed):
    """The server lists 64 notices."""

    answers = int(os.environ.get("CRASH_STATUSES", "50"))
    unknown = "deliver: posted, not known"
