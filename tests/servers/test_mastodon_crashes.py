"""Workers are killed, at every step and at random, and the files of a real server are the judge.

This one knows no Idempotency-Key, so only looking keeps a second attempt from being a second post.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from firsthand.channels.mastodon.content import to_text
from firsthand.channels.mastodon.words import link_in
from tests.servers.snac import Fediverse, Somebody, until
from tests.servers.test_outbox_crashes import run_with

pytestmark = pytest.mark.servers
POSTS = int(os.environ.get("CRASH_STATUSES", "50"))
"""The server lists 64 notices."""


def account_of(ada: Somebody) -> dict[str, Any]:
    return {
        "channel": "mastodon",
        "address": ada.handle,
        "settings": {"server": ada.server.base},
        "secret": "token",
        "password": ada.token,
    }


def asked(fediverse: Fediverse, number: int) -> Somebody:
    """Somebody of whom another one, on another server, has asked that many things."""
    ada, stan = fediverse.home.somebody("ada"), fediverse.away.somebody("stan")
    for index in range(number):
        stan.post(f"@{ada.handle} question {index}?")
    until(lambda: len(ada.heard("question")) == number, "not all arrived", 180)
    return ada


def standing(ada: Somebody) -> Counter[str]:
    """How often each byline stands in the profile, by its number: what the server has on its disk."""
    files = (ada.server.home / "user" / ada.name / "public").glob("*.json")
    posts = [json.loads(each.read_text()) for each in files]
    own = [each for each in posts if each.get("attributedTo") == ada.actor]
    links = [link_in(to_text(each["content"])) for each in own]
    return Counter(link.rpartition("/b/")[2].partition("#")[0] for link in links)


@pytest.fixture(scope="module")
def table(
    fediverse: Fediverse, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Counter[str]]:
    ada = asked(fediverse, 30)
    found = run_with("table", tmp_path_factory.mktemp("table"), account_of(ada), [])
    return found, standing(ada)


def test_every_kill_leads_to_one_post(table: tuple[dict[str, Any], Counter[str]]) -> None:
    found, posts = table
    for name, after in found["points"].items():
        assert after["died"], f"{name}: the worker never came to this step"
        assert after["state"] == "sent", name
        assert posts[after["message_id"].partition("@")[0]] == 1, name
        assert (after["filed"], after["problems"]) == (1, []), name
    assert len(found["points"]) >= 20
    assert "deliver: posted, not known" in found["points"]


def test_after_all_these_kills_the_log_is_whole(
    table: tuple[dict[str, Any], Counter[str]],
) -> None:
    report, count = table[0]["report"], len(table[0]["points"])
    assert report["problems"] == []
    assert report["entries"][0] == report["entries"][1]
    assert report["numbers"] == list(range(1, count + 1))
    assert table[1].total() == count


def test_two_workers_killed_at_random_post_each_once(fediverse: Fediverse, tmp_path: Path) -> None:
    ada, seed = asked(fediverse, POSTS), int.from_bytes(os.urandom(4))
    print(f"seed {seed}")
    found = run_with(
        "chaos", tmp_path / "home", account_of(ada), [], number=POSTS, seed=seed, seconds=420
    )
    report, posts = found["report"], standing(ada)
    states = Counter(state for state, _, _ in report["submissions"].values())
    print(f"{found['kills']} kills, {dict(states)}")
    assert found["kills"] >= 2
    assert states == {"sent": POSTS}
    assert set(posts.values()) == {1}, "a post stands there twice"
    assert {key.partition("@")[0] for key in report["submissions"]} == set(posts)
    assert {filed for _, _, filed in report["submissions"].values()} == {1}
    assert report["problems"] == []
    assert report["numbers"] == list(range(1, POSTS + 1))
