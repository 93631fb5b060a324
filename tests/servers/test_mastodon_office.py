"""A whole office in a real fediverse: asked from afar, answered by a hand under a promise, checked."""

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

import pytest

from firsthand.channels.mastodon.content import to_text
from tests.doors.living import ROOT, environment, free_port
from tests.servers.snac import Fediverse, Somebody, until
from tests.servers.test_bluesky_office import answers

pytestmark = pytest.mark.servers
LONGEST = 90.0
QUESTION = "how do you answer hundreds of people a day? 👩🏽‍💻"
ANSWER = "With friends & <honest> *ones*:\n> see https://ada.example/hands?a=1&b=2\nבברכה 🇩🇪"


@dataclass(frozen=True, slots=True)
class Served:
    """`firsthand up` with its worker, and the command line beside it, which knows the servers' names."""

    home: Path
    fediverse: Fediverse

    @property
    def command(self) -> list[str]:
        both = (self.fediverse.home, self.fediverse.away)
        places = {each.host: int(each.base.rpartition(":")[2]) for each in both}
        return [sys.executable, "-m", "tests.servers.naming", json.dumps(places)]

    def run(
        self, *words: str, text: str = "", secret: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.command, *words],
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

    def verify(self, what: str) -> dict[str, Any]:
        said = self.run("verify", what, "--json")
        verdict: dict[str, Any] = json.loads(said.stdout)
        return verdict


@contextmanager
def serving(home: Path, fediverse: Fediverse) -> Iterator[Served]:
    base = f"http://127.0.0.1:{(port := free_port())}"
    served = Served(home, fediverse)
    first = ["up", "--port", str(port), "--name", "Ada Ferrer", "--email", "ada@ada.example"]
    with (home / "up.log").open("w") as log:
        process = subprocess.Popen(
            [*served.command, *first], env=environment(home), cwd=ROOT, stdout=log, stderr=log
        )
        try:
            until(lambda: answers(base), "the office did not come up", LONGEST)
            yield served
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40)


@pytest.fixture(scope="module")
def people(fediverse: Fediverse) -> tuple[Somebody, Somebody]:
    return fediverse.home.somebody("ada"), fediverse.away.somebody("stan")


@pytest.fixture(scope="module")
def office(
    fediverse: Fediverse,
    people: tuple[Somebody, Somebody],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    ada, _ = people
    with serving(tmp_path_factory.mktemp("office"), fediverse) as served:
        server = ["--server", fediverse.home.base]
        connected = served.ask("connect", "mastodon", f"@{ada.handle}", *server, secret=ada.token)
        assert "snac" in " ".join(connected["account"]["found"])
        promised = served.run("promise", "add", "on_behalf", "--channel", "mastodon")
        assert promised.returncode == 0, promised.stderr
        for words in (["Hal Brandt"], ["Otto", "--kind", "agent"]):
            rights = [part for right in ("read", "draft", "send") for part in ("--right", right)]
            served.ask("hand", "add", *words, *rights)
        yield served


@pytest.fixture(scope="module")
def asked(office: Served, people: tuple[Somebody, Somebody]) -> tuple[dict[str, Any], int, float]:
    """Stan asks from his server: his post, the thread, and the seconds until it stood in Today."""
    ada, stan = people
    began = time.monotonic()
    question = stan.post(f"@{ada.handle} {QUESTION}")
    until(lambda: waiting(office) > 0, "the mention is not in Today", LONGEST)
    seconds = time.monotonic() - began
    (found,) = office.ask("search", "hundreds")["threads"]
    return question, found["thread"], seconds


def waiting(office: Served) -> int:
    """The threads that Today shows, or folds: Stan writes for the first time."""
    listed = office.ask("today", "--all")
    folded: dict[str, int] = listed["folded"]
    return len(listed["items"]) + sum(folded.values())


def test_a_mention_from_another_server_is_soon_in_the_queue(
    asked: tuple[dict[str, Any], int, float], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print(
            f"\nfrom the post to Today, federation and a command's start included: {asked[2]:.1f} s"
        )
    assert asked[2] < LONGEST


def test_a_machine_is_refused_by_the_promise(
    office: Served, asked: tuple[dict[str, Any], int, float]
) -> None:
    refused = office.run("reply", str(asked[1]), "--as", "otto", text="By the hundred.")
    assert refused.returncode != 0
    assert "promise" in refused.stderr.lower()


@pytest.fixture(scope="module")
def answered(
    office: Served,
    people: tuple[Somebody, Somebody],
    asked: tuple[dict[str, Any], int, float],
) -> dict[str, Any]:
    """Hal answers in Ada's name; the status as Stan's server shows it to him."""
    _, stan = people
    office.ask("reply", str(asked[1]), "--as", "hal", text=ANSWER)
    (notice,) = until(lambda: stan.heard("friends"), "the answer did not arrive", LONGEST)
    until(lambda: all_sent(office), "it was not filed", LONGEST)
    status: dict[str, Any] = notice["status"]
    return status


def all_sent(office: Served) -> bool:
    states = [each["state"] for each in office.ask("drafts", "--state", "sent")["drafts"]]
    return states == ["sent"]


def test_the_answer_stands_under_the_question_and_says_whose_it_is(
    people: tuple[Somebody, Somebody],
    asked: tuple[dict[str, Any], int, float],
    answered: dict[str, Any],
) -> None:
    ada, stan = people
    shown = to_text(answered["content"])
    assert shown.startswith(f"@{stan.handle} {ANSWER}\n\n^HB http")
    assert answered["account"]["acct"] == ada.handle
    assert stan.find(asked[0]["uri"])["id"] == answered["in_reply_to_id"]


def test_a_stranger_verifies_it_by_its_address(office: Served, answered: dict[str, Any]) -> None:
    verdict = office.verify(answered["uri"])
    assert (verdict["verdict"], verdict["level"]) == ("verified", "on_behalf"), verdict
    assert verdict["people"] == ["Ada Ferrer", "Hal Brandt"]


def test_the_same_words_by_another_are_no_post_of_adas(
    office: Served, people: tuple[Somebody, Somebody], answered: dict[str, Any]
) -> None:
    _, stan = people
    copied = stan.post(to_text(answered["content"]).replace("<", "&lt;").replace("*", "&#42;"))
    verdict = office.verify(copied["uri"])
    assert verdict["verdict"] == "altered"
    assert any("author" in each for each in verdict["problems"])


def test_what_came_back_is_known_and_answers_the_thread(
    office: Served, answered: dict[str, Any]
) -> None:
    """The profile is read too: the office's own answer is no second message."""
    office.ask("sync")
    (thread,) = office.ask("search", "friends")["threads"]
    shown = office.ask("show", str(thread["thread"]))
    assert [each["direction"] for each in shown["messages"]] == ["in", "out"]


def test_a_private_question_is_answered_in_private(
    office: Served, people: tuple[Somebody, Somebody]
) -> None:
    ada, stan = people
    stan.post(f"@{ada.handle} between us, where?", visibility="direct")
    found = until(lambda: office.ask("search", "between")["threads"], "it is not here", LONGEST)
    office.ask("reply", str(found[0]["thread"]), text="At the harbour.")
    (notice,) = until(lambda: stan.heard("harbour"), "the answer did not arrive", LONGEST)
    assert notice["status"]["visibility"] == "direct"
    verdict = office.verify(notice["status"]["uri"])
    assert verdict["verdict"] != "verified", "a stranger read a private post"


def test_a_post_that_its_account_changed_is_told(
    office: Served, people: tuple[Somebody, Somebody], answered: dict[str, Any]
) -> None:
    """Last, because it spoils the post for the others."""
    ada, _ = people
    own = ada.find(answered["uri"])
    link = to_text(answered["content"]).rpartition("^HB")[2]
    ada.edit(own["id"], f"Alone: everything myself.\n\n^HB{link}")
    verdict = office.verify(answered["uri"])
    assert verdict["verdict"] == "altered"
    assert any("text" in each for each in verdict["problems"])
