"""Workers are killed, at every step and at random, and the repository on the real PDS is the judge.

Posting has a key that follows from the message, so nothing is ever uncertain: each leaves once.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from firsthand.channels.bluesky.dialect import BYLINE
from tests.servers.bluesky import Bluesky, until
from tests.servers.crashed import Asked, Far, Killed, number_of

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def asked(bluesky: Bluesky) -> Asked:
    """Another one asks Ada."""

    def ask(number: int) -> Far:
        ada, stan = bluesky.somebody("ada"), bluesky.somebody("stan")
        last = [stan.mention(ada, f"question {index}?") for index in range(number)][-1]
        until(lambda: any(e["uri"] == last["uri"] for e in ada.notices()), "not noticed", 120)
        account = {
            "channel": "bluesky",
            "address": ada.handle,
            "settings": {"pds": ada.server.pds, "timeout": 10},
            "password": ada.app_password(),
        }
        return Far(
            account, lambda: Counter(number_of(e["value"][BYLINE]["url"]) for e in ada.posts())
        )

    return ask


class TestBluesky(Killed):
    """Its repository."""

    answers = int(os.environ.get("CRASH_POSTS", "60"))
    kills = 3
    unknown = "deliver: recorded, not known"
