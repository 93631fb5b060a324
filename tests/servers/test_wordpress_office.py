"""A whole office on a real WordPress: a comment is asked, answered by a hand under a promise, checked."""

from __future__ import annotations

import html
import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.doors.living import ROOT, environment, free_port
from tests.servers.blog import Blog
from tests.servers.wordpress import WordPress

pytestmark = pytest.mark.servers
CODE = "from firsthand.cli import main; main()"
LONGEST = 60.0


def until(done: Any, told: str, seconds: float = LONGEST) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, told
        time.sleep(0.3)


@dataclass(frozen=True, slots=True)
class Served:
    """`firsthand up` with its worker, and the command line beside it."""

    base: str
    home: Path

    def run(
        self, *words: str, text: str = "", secret: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", CODE, *words],
            env={**environment(self.home), "ACCOUNT_SECRET": secret},
            cwd=ROOT,
            input=text,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def ask(self, *words: str, **more: str) -> Any:
        """What a command answers in JSON; it must succeed."""
        said = self.run(*words, "--json", **more)
        assert said.returncode == 0, said.stderr + said.stdout
        return json.loads(said.stdout)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """What stands in its rows."""
        with closing(sqlite3.connect(f"file:{self.home}/office.sqlite3?mode=ro", uri=True)) as rows:
            return rows.execute(query).fetchall()

    def verify(self, what: str) -> dict[str, Any]:
        verdict: dict[str, Any] = json.loads(self.run("verify", what, "--json").stdout)
        return verdict


@contextmanager
def serving(home: Path, port: int = 0, **settings: str) -> Iterator[Served]:
    base = f"http://127.0.0.1:{(port := port or free_port())}"
    first = ["--port", str(port), "--name", "Ada Ferrer", "--email", "ada@ada.example"]
    with (home / "up.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", CODE, "up", *first],
            env={**environment(home), **settings},
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        try:
            until(lambda: answers(base), "the office did not come up", 150)
            yield Served(base, home)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40)


def answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/public", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def far(wordpress: WordPress) -> Iterator[Blog]:
    blog = Blog(wordpress)
    yield blog
    blog.close()


@pytest.fixture(scope="module")
def office(far: Blog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An office with a blog, whose guarantee is public, and two hands."""
    with serving(tmp_path_factory.mktemp("office")) as served:
        where = ["--site", far.home, "--user", far.server.user, "--poll", "0.5"]
        told = served.ask(
            "connect", "wordpress", far.author.address, *where, secret=far.server.secret
        )
        assert far.home in told["account"]["found"][0]
        promised = served.run("promise", "add", "on_behalf", "--channel", "wordpress")
        assert promised.returncode == 0, promised.stderr
        for words in (["Hal Brandt"], ["Otto", "--kind", "agent"]):
            rights = [part for right in ("read", "draft", "send") for part in ("--right", right)]
            served.ask("hand", "add", *words, *rights)
        yield served


@pytest.fixture(scope="module")
def asked(office: Served, far: Blog) -> tuple[int, int, float]:
    """Stella comments: her comment, the thread in Today, and the seconds until it stood there."""
    comment = far.server.comment(far.post, "How do you answer <i>hundreds</i> of people?")
    began = time.monotonic()
    until(lambda: waiting(office) > 0, "the comment is not in Today")
    seconds = time.monotonic() - began
    (found,) = office.ask("search", "hundreds")["threads"]
    return comment, found["thread"], seconds


def waiting(office: Served) -> int:
    """The threads that Today shows, or folds: Stella writes for the first time."""
    listed = office.ask("today", "--all")
    folded: dict[str, int] = listed["folded"]
    return len(listed["items"]) + sum(folded.values())


def test_a_comment_is_soon_in_the_queue(
    asked: tuple[int, int, float], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\nfrom the comment to Today, one command's start included: {asked[2]:.1f} s")
    assert asked[2] < LONGEST


def test_a_machine_is_refused_by_the_promise(office: Served, asked: tuple[int, int, float]) -> None:
    refused = office.run("reply", str(asked[1]), "--as", "otto", text="By the hundred.")
    assert refused.returncode != 0
    assert "promise" in refused.stderr.lower()


@pytest.fixture(scope="module")
def answered(office: Served, far: Blog, asked: tuple[int, int, float]) -> dict[str, Any]:
    """Hal answers in Ada's name; the comment as it stands on the blog, once all is filed."""
    office.ask("reply", str(asked[1]), "--as", "hal", text='With "friends" --\nhonest ones. :)')
    until(lambda: len(far.server.comments(far.post)) == 2, "the answer did not leave")
    until(lambda: all_sent(office), "it was not filed")
    return far.server.comments(far.post)[1]


def all_sent(office: Served) -> bool:
    states = [each["state"] for each in office.ask("drafts", "--state", "sent")["drafts"]]
    return states == ["sent"]


def test_the_answer_stands_under_the_question_and_says_whose_it_is(
    asked: tuple[int, int, float], answered: dict[str, Any]
) -> None:
    assert (answered["parent"], answered["author"]) == (asked[0], 1)
    shown = html.unescape(answered["content"]["rendered"])
    assert 'With "friends" --<br />\nhonest ones. :)' in shown
    assert "Hal Brandt" in shown
    assert "Check: <a href=" in shown


def test_a_stranger_verifies_it_by_its_address(office: Served, answered: dict[str, Any]) -> None:
    verdict = office.verify(answered["link"])
    assert (verdict["verdict"], verdict["level"]) == ("verified", "on_behalf"), verdict
    assert verdict["people"] == ["Ada Ferrer", "Hal Brandt"]


def test_the_same_words_under_another_comment_are_no_answer_of_adas(
    office: Served, far: Blog, answered: dict[str, Any]
) -> None:
    other = far.server.comment(far.post, "And thousands?", name="Tom", email="tom@x.example")
    copied = far.server.rest(
        "POST", "/comments",
        json={"post": far.post, "parent": other, "content": answered["content"]["raw"] + " "},
    )  # fmt: skip
    verdict = office.verify(copied["link"])
    assert verdict["verdict"] == "altered"
    assert "answers" in verdict["problems"][0]


def test_what_came_back_is_known_and_answers_the_thread(
    office: Served, asked: tuple[int, int, float], answered: dict[str, Any]
) -> None:
    office.run("sync")
    shown = office.ask("show", str(asked[1]))
    assert [each["direction"] for each in shown["messages"]] == ["in", "out"]
    assert answered["id"]


def test_a_comment_that_its_blog_changed_is_told(
    office: Served, far: Blog, answered: dict[str, Any]
) -> None:
    """Last, because it spoils the comment for the others."""
    spoiled = answered["content"]["raw"].replace("honest", "modest")
    far.server.rest("POST", f"/comments/{answered['id']}", json={"content": spoiled})
    verdict = office.verify(answered["link"])
    assert verdict["verdict"] == "altered"
    assert "text" in verdict["problems"][0]
