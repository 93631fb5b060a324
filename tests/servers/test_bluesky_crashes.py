"""Workers are killed, at every step and at random, and the repository on the real PDS is the judge.

Posting has a key that follows from the message, so nothing is ever uncertain: each leaves once.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from firsthand.channels.bluesky.dialect import BYLINE
from tests.servers.bluesky import Bluesky, Somebody, until
from tests.servers.test_outbox_crashes import run_with

pytestmark = pytest.mark.servers
POSTS = int(os.environ.get("CRASH_POSTS", "60"))


def account_of(ada: Somebody) -> dict[str, Any]:
    return {
        "channel": "bluesky",
        "address": ada.handle,
        "settings": {"pds": ada.server.pds, "timeout": 10},
        "password": ada.app_password(),
    }


def asked(bluesky: Bluesky, number: int) -> Somebody:
    """Somebody whom another one has asked that many things."""
    ada, stan = bluesky.somebody("ada"), bluesky.somebody("stan")
    last = [stan.mention(ada, f"question {index}?") for index in range(number)][-1]
    until(lambda: any(each["uri"] == last["uri"] for each in ada.notices()), "not noticed", 120)
    return ada


def arrived(ada: Somebody) -> Counter[str]:
    """How often each byline stands in the repository, by the number in its address."""
    links = [post["value"][BYLINE]["url"] for post in ada.posts()]
    return Counter(link.rpartition("/b/")[2].partition("#")[0] for link in links)


@pytest.fixture(scope="module")
def table(
    bluesky: Bluesky, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Counter[str]]:
    ada = asked(bluesky, 30)
    found = run_with("table", tmp_path_factory.mktemp("table"), account_of(ada), [])
    return found, arrived(ada)


def test_every_kill_leads_to_one_post(table: tuple[dict[str, Any], Counter[str]]) -> None:
    found, posts = table
    for name, after in found["points"].items():
        assert after["died"], f"{name}: the worker never came to this step"
        assert after["state"] == "sent", name
        assert posts[after["message_id"].partition("@")[0]] == 1, name
        assert (after["filed"], after["problems"]) == (1, []), name
    assert len(found["points"]) >= 20
    assert "deliver: recorded, not known" in found["points"]


def test_after_all_these_kills_the_log_is_whole(
    table: tuple[dict[str, Any], Counter[str]],
) -> None:
    report, count = table[0]["report"], len(table[0]["points"])
    assert report["problems"] == []
    assert report["entries"][0] == report["entries"][1]
    assert report["numbers"] == list(range(1, count + 1))
    assert table[1].total() == count


def test_two_workers_killed_at_random_post_each_once(bluesky: Bluesky, tmp_path: Path) -> None:
    ada, seed = asked(bluesky, POSTS), int.from_bytes(os.urandom(4))
    print(f"seed {seed}")
    found = run_with(
        "chaos", tmp_path / "home", account_of(ada), [], number=POSTS, seed=seed, seconds=420
    )
    report, posts = found["report"], arrived(ada)
    states = Counter(state for state, _, _ in report["submissions"].values())
    print(f"{found['kills']} kills, {dict(states)}")
    assert found["kills"] >= 3
    assert states == {"sent": POSTS}
    assert set(posts.values()) == {1}, "a post stands there twice"
    assert {key.partition("@")[0] for key in report["submissions"]} == set(posts)
    assert {filed for _, _, filed in report["submissions"].values()} == {1}
    assert report["problems"] == []
    assert report["numbers"] == list(range(1, POSTS + 1))
