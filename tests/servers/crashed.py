"""What must hold after workers were killed, whatever the server: never twice, never lost, the log whole.

One test module for each server gives `asked`: somebody of whom that many things were asked.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers.test_outbox_crashes import run_with


@dataclass(frozen=True, slots=True)
class Far:
    """The account as crashing.py opens it, and how often each byline stands there, by its number: what
    the server itself has."""

    account: dict[str, Any]
    standing: Callable[[], Counter[str]]


Asked = Callable[[int], Far]


def number_of(link: str) -> str:
    """The number of a byline, out of its address."""
    return link.rpartition("/b/")[2].partition("#")[0]


class Killed:
    """A server where looking, or a key, keeps a second attempt from being a second effect."""

    questions = 30
    answers = 50
    kills = 2
    unknown = ""
    """The step at which the server has it and the office does not know."""

    @pytest.fixture(scope="class")
    @classmethod
    def table(
        cls, asked: Asked, tmp_path_factory: pytest.TempPathFactory
    ) -> tuple[dict[str, Any], Counter[str]]:
        far = asked(cls.questions)
        found = run_with("table", tmp_path_factory.mktemp("table"), far.account, [])
        return found, far.standing()

    def test_every_kill_leads_to_one_answer(
        self, table: tuple[dict[str, Any], Counter[str]]
    ) -> None:
        found, posts = table
        for name, after in found["points"].items():
            assert after["died"], f"{name}: the worker never came to this step"
            assert after["state"] == "sent", name
            assert posts[after["message_id"].partition("@")[0]] == 1, name
            assert (after["filed"], after["problems"]) == (1, []), name
        assert len(found["points"]) >= 20
        assert self.unknown in found["points"]

    def test_after_all_these_kills_the_log_is_whole(
        self, table: tuple[dict[str, Any], Counter[str]]
    ) -> None:
        report, count = table[0]["report"], len(table[0]["points"])
        assert report["problems"] == []
        assert report["entries"][0] == report["entries"][1]
        assert report["numbers"] == list(range(1, count + 1))
        assert table[1].total() == count

    def test_two_workers_killed_at_random_answer_each_once(
        self, asked: Asked, tmp_path: Path
    ) -> None:
        far, seed = asked(self.answers), int.from_bytes(os.urandom(4))
        print(f"seed {seed}")
        given = {"number": self.answers, "seed": seed, "seconds": 420}
        found = run_with("chaos", tmp_path / "home", far.account, [], **given)
        report, posts = found["report"], far.standing()
        states = Counter(state for state, _, _ in report["submissions"].values())
        print(f"{found['kills']} kills, {dict(states)}")
        assert found["kills"] >= self.kills
        assert states == {"sent": self.answers}
        assert set(posts.values()) == {1}, "one stands there twice"
        assert {key.partition("@")[0] for key in report["submissions"]} == set(posts)
        assert {filed for _, _, filed in report["submissions"].values()} == {1}
        assert report["problems"] == []
        assert report["numbers"] == list(range(1, self.answers + 1))
