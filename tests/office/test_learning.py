"""Learning in an office: in the order of time, whatever came when; from acts; and across a kill."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from firsthand.core.attention import Lane, Screening
from firsthand.core.byline import ActorKind
from firsthand.core.rights import Right
from firsthand.learning.model import Model, Outcome
from firsthand.learning.watch import Watch
from firsthand.office import attention, intake
from firsthand.office.attention import feed, lesson
from firsthand.office.attention.describing import ATTENTION
from firsthand.office.models import (
    Account,
    Actor,
    Described,
    Learned,
    Message,
    Person,
    RankRow,
    Thread,
)
from tests.office.conftest import Hire
from tests.office.letters import ADA, STELLA, at, inbounds, letter
from tests.servers import postgres

pytestmark = pytest.mark.django_db

BOB = "Bob Stone <bob@third.example>"
FIGURES = "The figures of the week are attached. Sales 1200, returns 340, stock 8800."


def months(now: datetime, letters: int = 120, ends: int = 4) -> list[bytes]:
    """Stella asks and is answered, the shop reports and is not, until `ends` days ago."""
    made = []
    for n in range(letters):
        when = now - timedelta(days=ends, hours=6 * (letters - n))
        if n % 2:
            made.append(letter(f"s{n}", when=when, subject=f"Chapter {n}"))
            answer = when + timedelta(hours=2)
            made.append(
                letter(f"a{n}", when=answer, sender=ADA, to=STELLA, subject=f"Re: Chapter {n}",
                       answers=f"s{n}", text="Gladly, on Monday.")
            )  # fmt: skip
        else:
            made.append(letter(f"b{n}", when=when, sender=BOB, subject=f"Week {n}", text=FIGURES))
    return made


def take(account: Account, now: datetime, raws: Sequence[bytes]) -> None:
    intake.take(account=account, inbounds=inbounds(*raws), now=now)


def learn_all(now: datetime, limit: int = 1000) -> int:
    passes = 0
    while attention.learn(now=now, limit=limit):
        passes += 1
    return passes


def brief() -> dict[str, Any]:
    found: dict[str, Any] = Learned.objects.get(kind=ATTENTION).brief
    return found


def watch() -> Watch:
    return lesson._read(bytes(Learned.objects.get(kind=ATTENTION).kept))[0]


def outcome(number: str) -> Outcome | None:
    message = Message.objects.get(message_id=f"letter-{number}@elsewhere.example")
    return watch().model.outcome(str(message.pk))


def score(subject: str) -> float:
    return RankRow.objects.get(thread__subject=subject).score


def test_an_empty_office_learns_nothing_and_ranks_as_is_usual(
    account: Account, now: datetime
) -> None:
    assert attention.learn(now=now) == 0
    assert attention.today(now=now).items == ()
    take(account, now, [letter(1, when=at(20))])
    attention.catch_up(now=now)
    assert brief()["weights"] == Model.start().weights.to_json()
    assert RankRow.objects.count() == 1


def test_whom_one_answers_comes_first(account: Account, now: datetime) -> None:
    take(account, now, months(now))
    new = [
        letter("new-s", when=at(21), subject="Chapter last"),
        letter("new-b", when=at(21), sender=BOB, subject="Week last", text=FIGURES),
    ]
    take(account, now, new)
    attention.rank_waiting(now=now)
    before = score("Chapter last")
    attention.catch_up(now=now)
    assert score("Chapter last") > max(0.8, before)
    assert score("Week last") < 0.05
    row = RankRow.objects.get(thread__subject="Chapter last")
    past = [weight for text, weight in row.reasons if text == "you answered 60 of 60 other letters"]
    assert len(past) == 1 and past[0] > 0


def test_without_sent_mail_nobody_knows_what_was_answered(account: Account, now: datetime) -> None:
    take(account, now, [raw for raw in months(now) if b"From: ada@" not in raw])
    learn_all(now)
    assert Described.objects.count() == 120
    assert brief()["weights"] == Model.start().weights.to_json()


@pytest.mark.parametrize("limit", [7, 50])
def test_portions_teach_the_same_as_the_whole(account: Account, now: datetime, limit: int) -> None:
    take(account, now, months(now))
    assert learn_all(now) == 1
    whole = brief()
    attention.relearn()
    assert learn_all(now, limit=limit) > 3
    assert brief() == whole


def test_the_order_of_arrival_does_not_matter(
    account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LATE", 0)
    raws = months(now)
    random.Random(3).shuffle(raws)
    for part in range(0, len(raws), 60):
        take(account, now, raws[part : part + 60])
        learn_all(now, limit=40)
    assert Described.objects.count() == 120
    shuffled = brief()
    attention.relearn()
    learn_all(now)
    assert brief() == shuffled


def test_an_archive_that_comes_later_is_learned_in_its_place(
    account: Account, now: datetime
) -> None:
    raws = months(now)
    take(account, now, raws[140:])
    learn_all(now)
    take(account, now, raws[:140])
    assert learn_all(now, limit=50) > 2
    late = brief()
    attention.relearn()
    learn_all(now)
    assert brief() == late


def test_a_few_late_letters_are_learned_without_starting_anew(
    account: Account, now: datetime
) -> None:
    raws = months(now)
    take(account, now, raws[20:])
    learn_all(now)
    seen = watch()
    take(account, now, raws[:20])
    assert learn_all(now) == 1
    progress = feed.Progress.from_json(Learned.objects.get(kind=ATTENTION).state)
    assert (progress.before > 0, progress.newest) == (True, now - timedelta(days=4, hours=4))
    assert len(watch().model) >= len(seen.model)
    assert Described.objects.count() == 120


def test_of_a_large_mailbox_the_newest_letters_are_learned(
    account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LETTERS", 50)
    raws = months(now)
    take(account, now, raws)
    learn_all(now, limit=20)
    newest = Message.objects.order_by("-at")[:50]
    assert Described.objects.count() == sum(each.direction == "in" for each in newest)
    take(account, now, months(now, letters=260, ends=60))  # older than all of it: never mind
    assert learn_all(now) == 1


def test_while_all_is_learned_anew_ranks_keep_what_is_known(
    account: Account, now: datetime
) -> None:
    take(account, now, months(now))
    learn_all(now)
    known = brief()
    attention.relearn()
    attention.learn(now=now, limit=10)
    assert brief() == known


def test_two_workers_learn_once(
    account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(account, now, months(now))
    took = lesson.Lesson.take

    def meanwhile(self: lesson.Lesson) -> None:
        took(self)
        monkeypatch.setattr(lesson.Lesson, "take", took)
        assert attention.learn(now=now)

    monkeypatch.setattr(lesson.Lesson, "take", meanwhile)
    assert attention.learn(now=now) == 0
    once = brief()
    attention.relearn()
    learn_all(now)
    assert brief() == once


def test_what_fails_in_the_middle_leaves_nothing_behind(
    account: Account, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(account, now, months(now))
    attention.learn(now=now, limit=50)
    before = Learned.objects.filter(kind=ATTENTION).values().get()
    described = Described.objects.count()

    def fail(self: object, now: datetime) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("firsthand.office.attention.sifting.Sieve.keep", fail)
        with pytest.raises(OSError, match="disk"):
            attention.learn(now=now, limit=50)
    assert Learned.objects.filter(kind=ATTENTION).values().get() == before
    assert Described.objects.count() == described


@pytest.mark.parametrize(
    ("act", "taught"),
    [
        ("close", Outcome.LET_GO),
        ("fyi", Outcome.NOT_FOR_ME),
        ("junk", Outcome.NOT_FOR_ME),
        ("helper", Outcome.FOR_ASSISTANT),
        ("assign", Outcome.FOR_ASSISTANT),
        ("no", Outcome.NOT_FOR_ME),
        ("you", None),
        ("yes", None),
        ("assign to ada", None),
    ],
)
def test_acts_teach(
    account: Account, ada: Actor, hal: Actor, now: datetime, act: str, taught: Outcome | None
) -> None:
    take(account, now, [*months(now), letter("asked", when=at(21), subject="Asked")])
    attention.catch_up(now=now)
    before = score("Asked")
    do(act, ada, hal, now)
    another = now + timedelta(hours=1)
    attention.catch_up(now=another)
    assert outcome("asked") == taught
    take(account, another, [letter("again", when=now + timedelta(minutes=30), subject="Again")])
    attention.catch_up(now=another)
    if taught:
        assert score("Again") < before


def do(act: str, ada: Actor, hal: Actor, now: datetime) -> None:
    thread = Thread.objects.get(subject="Asked")
    person = thread.person
    assert person
    if act == "close":
        attention.close(actor=ada, thread=thread, now=now)
    elif act == "reopen":
        attention.reopen(actor=ada, thread=thread, now=now)
    elif act == "to helper":
        attention.move(actor=ada, thread=thread, lane=Lane.HELPER, now=now)
    elif act == "back":
        attention.move(actor=ada, thread=thread, lane=None, now=now)
    elif act.startswith("assign"):
        to = {"assign": hal, "assign to ada": ada}.get(act)
        attention.assign(actor=ada, thread=thread, to=to, now=now)
    elif act in set(Screening):
        attention.screen(actor=ada, person=person, screening=Screening(act), now=now)
    else:
        attention.move(actor=ada, thread=thread, lane=Lane(act), now=now)


def test_the_last_word_holds(account: Account, ada: Actor, now: datetime) -> None:
    take(account, now, [*months(now), letter("asked", when=at(21), subject="Asked")])
    learn_all(now)
    attention.close(actor=ada, thread=Thread.objects.get(subject="Asked"), now=now)
    learn_all(now)
    assert outcome("asked") is Outcome.LET_GO
    later = now + timedelta(days=1)
    answer = letter(
        "answer", when=later, sender=ADA, to=STELLA, subject="Re: Asked", answers="asked"
    )
    take(account, later, [answer])
    learn_all(later)
    assert outcome("asked") is Outcome.ANSWERED


def weights() -> list[float]:
    found: dict[str, float] = brief()["weights"]["each"]
    return list(found.values())


@pytest.mark.parametrize("way", ["close", "fyi", "junk", "helper"])
@pytest.mark.parametrize("learned_between", [True, False])
def test_an_undone_sorting_is_unlearned(
    account: Account, ada: Actor, now: datetime, way: str, learned_between: bool
) -> None:
    strangers = [junk(n, now) for n in range(3)]
    take(account, now, [*months(now), *strangers, letter("asked", when=at(21), subject="Asked")])
    attention.catch_up(now=now)
    before, taught = score("Asked"), weights()
    stranger = Thread.objects.get(subject="Replica watches 2")
    threads = [Thread.objects.get(subject="Asked").pk, stranger.pk]
    done = attention.sort(actor=ada, threads=threads, way=way, now=now)
    if learned_between:
        attention.catch_up(now=now)
        assert outcome("asked") not in (None, Outcome.ANSWERED)
        assert way == "close" or weights() != taught
    attention.put_back(actor=ada, sorting=done.number, now=now + timedelta(minutes=1))
    another = now + timedelta(hours=1)
    attention.catch_up(now=another)
    assert (outcome("asked"), outcome("j2")) == (None, None)
    assert weights() == pytest.approx(taught, abs=0.02)
    again = letter("again", when=now + timedelta(minutes=30), subject="Again")
    take(account, another, [again])
    attention.catch_up(now=another)
    assert score("Asked") == pytest.approx(before, abs=0.01)
    assert score("Again") == pytest.approx(before, abs=0.05)
    if way == "junk":
        junk_model = Learned.objects.get(kind="junk").state["learned"]
        assert junk_model[1] == (2 if learned_between else 0)


@pytest.mark.parametrize("act", ["helper", "to helper", "assign"])
def test_what_was_said_before_a_sorting_holds_again(
    account: Account, ada: Actor, hal: Actor, now: datetime, act: str
) -> None:
    take(account, now, [*months(now), letter("asked", when=at(21), subject="Asked")])
    learn_all(now)
    do(act, ada, hal, now)
    thread = Thread.objects.get(subject="Asked")
    done = attention.sort(actor=ada, threads=[thread.pk], way="junk", now=now)
    learn_all(now)
    assert outcome("asked") is Outcome.NOT_FOR_ME
    attention.put_back(actor=ada, sorting=done.number, now=now)
    learn_all(now)
    assert outcome("asked") is Outcome.FOR_ASSISTANT


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("fyi", "you"),
        ("fyi", "back"),
        ("close", "reopen"),
        ("assign", "assign to nobody"),
        ("no", "yes"),
        ("no", "undecided"),
    ],
)
def test_what_is_taken_back_is_unlearned(
    account: Account, ada: Actor, hal: Actor, now: datetime, first: str, then: str
) -> None:
    take(account, now, [*months(now), letter("asked", when=at(21), subject="Asked")])
    attention.catch_up(now=now)
    before = score("Asked")
    do(first, ada, hal, now)
    attention.catch_up(now=now)
    assert outcome("asked") is not None
    do(then, ada, hal, now + timedelta(minutes=1))
    attention.catch_up(now=now + timedelta(minutes=2))
    assert outcome("asked") is None
    assert score("Asked") == pytest.approx(before, abs=0.01)


def test_an_agents_sorting_teaches_nothing(account: Account, hire: Hire, now: datetime) -> None:
    agent = hire("Otto", Right.TRIAGE, kind=ActorKind.AGENT)
    take(account, now, [*months(now), letter("asked", when=at(21), subject="Asked")])
    learn_all(now)
    thread = Thread.objects.get(subject="Asked")
    attention.move(actor=agent, thread=thread, lane=Lane.FYI, now=now)
    learn_all(now)
    assert outcome("asked") is None


def test_what_a_helper_was_given_and_answers_stays_theirs(
    account: Account, ada: Actor, hal: Actor, now: datetime
) -> None:
    asked = [letter(n, when=at(21), subject=f"Asked {n}") for n in ("one", "two")]
    take(account, now, [*months(now), *asked])
    learn_all(now)
    attention.assign(actor=ada, thread=Thread.objects.get(subject="Asked one"), to=hal, now=now)
    later = now + timedelta(hours=2)
    answers = [
        letter(f"re-{n}", when=later, sender="hal@ada.example", to=STELLA, answers=n,
               subject=f"Re: Asked {n}")
        for n in ("one", "two")
    ]  # fmt: skip
    take(account, later, answers)
    learn_all(later)
    assert (outcome("one"), outcome("two")) == (Outcome.FOR_ASSISTANT, Outcome.ANSWERED)


def junk(n: int, now: datetime) -> bytes:
    text = f"Cheap replica watches for gentlemen, number {n}. Visit our replica store tonight."
    sender = f"Offers {n} <offers{n}@mart{n}.example>"
    when = now - timedelta(hours=40 - n)
    return letter(f"j{n}", when=when, sender=sender, subject=f"Replica watches {n}", text=text)


def test_what_people_throw_out_is_learned_and_who_is_known_never_goes_by_it(
    account: Account, ada: Actor, now: datetime
) -> None:
    take(account, now, [*months(now, letters=200), *(junk(n, now) for n in range(34))])
    attention.catch_up(now=now)
    assert not RankRow.objects.filter(lane=Lane.JUNK, thread__subject__startswith="Repl").exists()
    for thread in Thread.objects.filter(subject__startswith="Replica").order_by("pk")[:32]:
        attention.move(actor=ada, thread=thread, lane=Lane.JUNK, now=now)
    attention.catch_up(now=now)
    learned = Learned.objects.get(kind="junk").state["learned"]
    assert learned == [100, 32]
    last = Message.objects.get(message_id="letter-j33@elsewhere.example")
    doubt = Described.objects.get(pk=last.pk)
    assert doubt.junk is not None and doubt.junk > 0.9
    stella = Message.objects.filter(person=Person.objects.get(name="Stella Kaur"))
    assert not Described.objects.filter(message__in=stella).exclude(junk=None).exists()
    assert last.thread
    attention.move(actor=ada, thread=last.thread, lane=Lane.YOU, now=now)
    attention.catch_up(now=now)
    assert Learned.objects.get(kind="junk").state["learned"] == [101, 32]


def stamped(raw: bytes, result: str, server: str = "mx.ada.example") -> bytes:
    return f"Authentication-Results: {server}; dmarc={result}\n".encode() + raw


def test_what_our_own_server_says_of_a_sender_is_asked_and_nobody_elses(
    account: Account, ada: Actor, now: datetime
) -> None:
    good = [stamped(raw, "pass") for raw in months(now)]
    bad = [stamped(junk(n, now), "fail") for n in range(30)]
    take(account, now, [*good, *bad])
    attention.catch_up(now=now)
    for thread in Thread.objects.filter(subject__startswith="Replica").order_by("pk")[:27]:
        attention.move(actor=ada, thread=thread, lane=Lane.JUNK, now=now)
    text = "Our store is open tonight, and the tide is in. Come and see."
    plain = {
        name: letter(name, when=at(21), sender=f"{name} <x@{name}{name}.example>", text=text)
        for name in ("refuted", "forged", "vouched")
    }
    says = {
        "refuted": stamped(plain["refuted"], "fail"),
        # What a sender writes into their own letter stands below our server's, or bears its own name.
        "forged": stamped(stamped(plain["forged"], "fail"), "pass", server="mx.evil.example"),
        "vouched": stamped(plain["vouched"], "pass"),
    }
    take(account, now, list(says.values()))
    attention.catch_up(now=now)
    doubt = {
        name: Described.objects.get(message__message_id=f"letter-{name}@elsewhere.example")
        for name in says
    }
    told = "was not sent by the domain that it names (DMARC failed)"
    assert (doubt["refuted"].junk or 0) > (doubt["vouched"].junk or 1)
    assert (doubt["refuted"].junk or 0) > (doubt["forged"].junk or 1)
    assert told in doubt["refuted"].junk_signs
    assert told not in doubt["forged"].junk_signs + doubt["vouched"].junk_signs


SCRIPT = """
import json, sys
from datetime import UTC, datetime
import django
django.setup()
from django.core.management import call_command
from firsthand.office import attention, intake, staff
from firsthand.office.models import Account, Described, Learned, Office
call_command("migrate", verbosity=0)
now = datetime(2026, 11, 22, 9, tzinfo=UTC)
if not Office.objects.exists():
    staff.open_office(name="Ada", email="ada@ada.example", base="https://ada.example", now=now)
account, _ = Account.objects.get_or_create(
    channel="mail", address="ada@ada.example", defaults={"made_at": now})
intake.import_paths(paths=[sys.argv[1]], account=account, now=now)
print("learning", flush=True)
while attention.learn(now=now, limit=60):
    pass
row = Learned.objects.get(kind="attention")
print(json.dumps({"brief": row.brief, "described": Described.objects.count()}))
"""


def test_after_kills_the_same_is_learned(tmp_path: Path, now: datetime) -> None:
    box = tmp_path / "all.mbox"
    entries = (b"From x Thu Jan  1 00:00:00 2026\n" + raw + b"\n" for raw in months(now, 400))
    box.write_bytes(b"".join(entries))
    straight, _ = begin(tmp_path / "straight", box).communicate()
    killed = 0
    for wait in (0.1, 0.3, 0.5):
        process = begin(tmp_path / "killed", box)
        assert process.stdout and process.stdout.readline() == "learning\n"
        time.sleep(wait)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
    found, _ = begin(tmp_path / "killed", box).communicate()
    assert killed == 3
    assert found == straight
    assert '"described": 400' in found


def begin(home: Path, box: Path) -> subprocess.Popen[str]:
    home.mkdir(exist_ok=True)
    env = {
        **os.environ,
        "FIRSTHAND_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "firsthand.project.settings",
        **postgres.of_home(home),
    }
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(box)], env=env, stdout=subprocess.PIPE, text=True
    )
