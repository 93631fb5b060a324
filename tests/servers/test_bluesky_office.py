"""A whole office on a real Bluesky: asked in public, answered by a hand under a promise, checked."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from firsthand.channels.bluesky.dialect import BYLINE
from tests.doors.living import ROOT, environment, free_port
from tests.servers.bluesky import POST, Bluesky, Somebody, until

pytestmark = pytest.mark.servers
CODE = "from firsthand.cli import main; main()"
LONGEST = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """`firsthand up` with its worker, and the command line beside it."""

    base: str
    home: Path
    servers: Bluesky

    def run(
        self, *words: str, text: str = "", secret: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", CODE, *words],
            env={**surroundings(self.home, self.servers), "ACCOUNT_SECRET": secret},
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

    def verify(self, what: str) -> dict[str, Any]:
        verdict: dict[str, Any] = json.loads(self.run("verify", what, "--json").stdout)
        return verdict


def surroundings(home: Path, servers: Bluesky) -> dict[str, str]:
    """Everything on this machine: the directory of names, and who knows of handles."""
    named = {"ATPROTO_PLC": servers.plc, "ATPROTO_RESOLVER": servers.pds}
    return {**environment(home), **named}


@contextmanager
def serving(home: Path, servers: Bluesky) -> Iterator[Served]:
    base = f"http://127.0.0.1:{(port := free_port())}"
    first = ["--port", str(port), "--name", "Ada Ferrer", "--email", "ada@ada.example"]
    with (home / "up.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", CODE, "up", *first],
            env=surroundings(home, servers),
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        try:
            until(lambda: answers(base), "the office did not come up", LONGEST)
            yield Served(base, home, servers)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40)


def answers(base: str) -> bool:
    try:
        return httpx.get(f"{base}/public", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def people(bluesky: Bluesky) -> tuple[Somebody, Somebody]:
    return bluesky.somebody("ada"), bluesky.somebody("stan")


@pytest.fixture(scope="module")
def office(
    bluesky: Bluesky,
    people: tuple[Somebody, Somebody],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """An office whose account was connected by its handle alone, and whose guarantee is public."""
    ada, _ = people
    with serving(tmp_path_factory.mktemp("office"), bluesky) as served:
        connected = served.ask("connect", "bluesky", ada.handle, secret=ada.app_password())
        assert bluesky.pds in connected["account"]["found"][0]
        promised = served.run("promise", "add", "on_behalf", "--channel", "bluesky")
        assert promised.returncode == 0, promised.stderr
        for words in (["Hal Brandt"], ["Otto", "--kind", "agent"]):
            rights = [part for right in ("read", "draft", "send") for part in ("--right", right)]
            served.ask("hand", "add", *words, *rights)
        yield served


@pytest.fixture(scope="module")
def asked(office: Served, people: tuple[Somebody, Somebody]) -> tuple[dict[str, str], int, float]:
    """Stan asks in public: his post, the thread in Today, and the seconds until it stood there."""
    ada, stan = people
    began = time.monotonic()
    question = stan.mention(ada, "how do you answer hundreds of people a day? 👩🏽‍💻")
    until(lambda: waiting(office) > 0, "the mention is not in Today", LONGEST)
    seconds = time.monotonic() - began
    (found,) = office.ask("search", "hundreds")["threads"]
    return question, found["thread"], seconds


def waiting(office: Served) -> int:
    """The threads that Today shows, or folds: Stan writes for the first time."""
    listed = office.ask("today", "--all")
    folded: dict[str, int] = listed["folded"]
    return len(listed["items"]) + sum(folded.values())


def test_a_mention_is_soon_in_the_queue(
    asked: tuple[dict[str, str], int, float], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(f"\nfrom the post to Today, one command's start included: {asked[2]:.1f} s")
    assert asked[2] < LONGEST


def test_a_machine_is_refused_by_the_promise(
    office: Served, asked: tuple[dict[str, str], int, float]
) -> None:
    refused = office.run("reply", str(asked[1]), "--as", "otto", text="By the hundred.")
    assert refused.returncode != 0
    assert "promise" in refused.stderr.lower()


@pytest.fixture(scope="module")
def answered(
    office: Served,
    people: tuple[Somebody, Somebody],
    asked: tuple[dict[str, str], int, float],
) -> dict[str, Any]:
    """Hal answers in Ada's name; the record as it stands in her repository."""
    ada, _ = people
    office.ask("reply", str(asked[1]), "--as", "hal", text="With friends:\nhonest ones. 🇩🇪")
    until(lambda: bool(ada.posts()), "the answer did not leave", LONGEST)
    (post,) = ada.posts()
    return post


def test_the_answer_stands_under_the_question_and_says_whose_it_is(
    people: tuple[Somebody, Somebody],
    asked: tuple[dict[str, str], int, float],
    answered: dict[str, Any],
) -> None:
    _, stan = people
    record = answered["value"]
    assert record["text"] == "With friends:\nhonest ones. 🇩🇪 ^HB"
    assert record["reply"] == {"parent": asked[0], "root": asked[0]}
    (facet,) = record["facets"]
    raw = record["text"].encode()
    assert raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]] == b"^HB"
    assert facet["features"][0]["uri"] == record[BYLINE]["url"]
    assert record[BYLINE]["level"] == "on_behalf"
    until(lambda: bool(stan.notices()), "Stan was not told")
    assert stan.notices()[0]["uri"] == answered["uri"]


@pytest.fixture
def settled(office: Served, answered: dict[str, Any]) -> None:
    """The worker has written down what came of it, and published all."""
    until(lambda: all_sent(office), "it was not filed", LONGEST)


def all_sent(office: Served) -> bool:
    states = [each["state"] for each in office.ask("drafts", "--state", "sent")["drafts"]]
    return states == ["sent"]


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(
    "form", ["at://{did}/{post}/{key}", "https://bsky.app/profile/{handle}/post/{key}"]
)
def test_a_stranger_verifies_it_by_its_address(
    office: Served, people: tuple[Somebody, Somebody], answered: dict[str, Any], form: str
) -> None:
    ada, _ = people
    key = answered["uri"].rpartition("/")[2]
    verdict = office.verify(form.format(did=ada.did, handle=ada.handle, post=POST, key=key))
    assert (verdict["verdict"], verdict["level"]) == ("verified", "on_behalf"), verdict
    assert verdict["people"] == ["Ada Ferrer", "Hal Brandt"]


@pytest.mark.usefixtures("settled")
def test_the_same_post_by_another_is_no_post_of_adas(
    office: Served, people: tuple[Somebody, Somebody], answered: dict[str, Any]
) -> None:
    """Stan copies the whole record, byline and all, into his own repository."""
    _, stan = people
    copied = stan.put(POST, answered["value"])
    verdict = office.verify(copied["uri"])
    assert verdict["verdict"] == "altered"
    assert "author" in verdict["problems"][0]


@pytest.mark.usefixtures("settled")
def test_what_came_back_is_known_and_answers_the_thread(
    office: Served, people: tuple[Somebody, Somebody], answered: dict[str, Any]
) -> None:
    """The repository is read too: the office's own answer is no second message."""
    time.sleep(1)
    office.run("sync")
    (thread,) = office.ask("search", "friends")["threads"]
    shown = office.ask("show", str(thread["thread"]))
    assert [each["direction"] for each in shown["messages"]] == ["in", "out"]


@pytest.mark.usefixtures("settled")
def test_a_post_that_its_account_changed_is_told(
    office: Served, people: tuple[Somebody, Somebody], answered: dict[str, Any]
) -> None:
    """Last, because it spoils the post for the others."""
    ada, _ = people
    changed = {**answered["value"], "text": "Alone: everything myself. 🇩🇪 ^HB"}
    key = answered["uri"].rpartition("/")[2]
    where = {"repo": ada.did, "collection": POST, "rkey": key}
    ada.tell("com.atproto.repo.putRecord", record=changed, **where)
    verdict = office.verify(answered["uri"])
    assert verdict["verdict"] == "altered"
    assert "text" in verdict["problems"][0]
