"""Workers are killed at every step of a post that goes to our own site and to a real blog.

Looked at from outside afterwards: the page and its past by the stranger's verifier, the blog by its
readers. Never twice, never lost, and never on the blog before it is on our own site.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers.blog import Blog
from tests.servers.test_outbox_crashes import run_with
from tests.servers.test_wordpress_crashes import account_of, seen
from tests.servers.wordpress import WordPress

pytestmark = pytest.mark.servers
POSTS = int(os.environ.get("CRASH_PUBLISHED", "20"))


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What crashing.py found, how often each byline stands on the blog, and its drafts left over."""

    found: dict[str, Any]
    standing: Counter[str]
    drafts: int


def judged(found: dict[str, Any], blog: Blog) -> Aftermath:
    drafts = blog.server.rest("GET", "/posts", params={"status": "draft", "per_page": 100})
    return Aftermath(found, seen(blog, "posts"), len(drafts))


@pytest.fixture(scope="module")
def table(wordpress: WordPress, tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    blog = Blog(wordpress)
    home = tmp_path_factory.mktemp("table")
    return judged(run_with("table", home, account_of(blog), [], posts=True), blog)


def test_every_kill_leads_to_one_post_on_each_of_both(table: Aftermath) -> None:
    points = table.found["points"]
    for name, after in points.items():
        assert after["died"], f"{name}: the worker never came to this step"
        assert after["states"] == ["sent", "sent"], name
        assert after["all_filed"] == [1, 1], name
        assert after["problems"] == [], name
        assert table.standing[after["message_id"].partition("@")[0]] == 1, name
    assert len(points) >= 35
    assert "blog: drafted, not known" in points
    assert "blog: published, not known" in points
    assert table.standing.total() == len(points)
    assert table.drafts == 0, "a draft that an attempt left behind was published by the next one"


def test_strangers_find_every_post_once_and_its_record_in_the_log(table: Aftermath) -> None:
    report, count = table.found["report"], len(table.found["points"])
    assert len(report["shown"]) == count
    assert set(report["shown"].values()) == {"verified"}
    assert report["problems"] == []
    assert report["entries"][0] == report["entries"][1]
    assert report["numbers"] == list(range(1, 2 * count + 1))


def test_two_workers_killed_at_random_publish_each_once(
    wordpress: WordPress, tmp_path: Path
) -> None:
    blog, seed = Blog(wordpress), int.from_bytes(os.urandom(4))
    print(f"seed {seed}")
    given = {"number": POSTS, "seed": seed, "seconds": 420, "posts": True}
    after = judged(run_with("chaos", tmp_path / "home", account_of(blog), [], **given), blog)
    report = after.found["report"]
    assert after.found["kills"] >= 2
    assert {state for state, _, _ in report["submissions"].values()} == {"sent"}
    assert {filed for _, _, filed in report["submissions"].values()} == {1}
    assert after.standing.total() == len(after.standing) == POSTS
    assert set(report["shown"].values()) == {"verified"}
    assert len(report["shown"]) == POSTS
    assert report["problems"] == []
    assert report["numbers"] == list(range(1, 2 * POSTS + 1))
