"""An office in a home of its own, whose processes are killed. Run by test_outbox_crashes.py.

Usage: crashing.py open|table|chaos, a JSON object on stdin, JSON on stdout. The parent loads everything
once and never touches the database: each piece of work is a forked child, so a kill costs no start.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firsthand.project.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils.timezone import now  # noqa: E402

from firsthand.channels.bluesky.channel import BlueskyChannel  # noqa: E402
from firsthand.channels.bluesky.posting import Poster  # noqa: E402
from firsthand.channels.bluesky.repository import Repository  # noqa: E402
from firsthand.channels.bluesky.xrpc import Server  # noqa: E402
from firsthand.channels.mail.channel import MailChannel  # noqa: E402
from firsthand.channels.mail.smtp import Smtp  # noqa: E402
from firsthand.channels.mastodon.channel import MastodonChannel  # noqa: E402
from firsthand.channels.mastodon.client import Api  # noqa: E402
from firsthand.channels.mastodon.outgoing import Writer  # noqa: E402
from firsthand.core.envelope import Address  # noqa: E402
from firsthand.office import desk, intake, ledger, outbox, release, staff  # noqa: E402
from firsthand.office.models import (  # noqa: E402
    Account,
    Actor,
    Draft,
    Event,
    LogEntry,
    Message,
    Office,
    Submission,
    Thread,
)
from firsthand.office.outbox import delivering, following, releasing  # noqa: E402
from firsthand.office.vault import seal_values  # noqa: E402
from firsthand.tlog.store import LocalStore  # noqa: E402
from firsthand.tlog.verify import fsck  # noqa: E402
from firsthand.worker import accounts, stages  # noqa: E402

LEASE = timedelta(seconds=4)
DEAD = 9
SETTLED = {"sent", "uncertain", "failed", "stopped", "cancelled"}


def hurry() -> None:
    """Leases that a test can wait for; nothing else differs from the real worker."""
    outbox.claim = partial(delivering.claim, lease=LEASE)
    following.COPY_LEASE = LEASE
    stages.PAUSE = 0.05
    stages.SLOWLY = 1.0
    accounts.LEASE = LEASE


def in_child(act: Callable[[], object]) -> tuple[int, Any]:
    """Exit status and result of `act` in a process of its own."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.close(read)
            result = act()
            with os.fdopen(write, "w") as pipe:
                json.dump(result, pipe)
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    _, code = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(code), json.loads(text) if text else None


def done(act: Callable[[], object]) -> Any:
    status, result = in_child(act)
    if status:
        raise RuntimeError(f"a child failed with {status}")
    return result


def open_office(account: dict[str, Any]) -> None:
    call_command("migrate", verbosity=0)
    staff.open_office(
        name="Ada Ferrer", email="ada@ada.example", base="https://ada.example", now=now()
    )
    Office.objects.update(undo_seconds=0)
    Account.objects.create(
        channel=account.get("channel", "mail"),
        address=account["address"],
        settings=account["settings"],
        sealed=seal_values({account.get("secret", "password"): account["password"]}),
        state="ok",
        made_at=now(),
    )


def hand_in(friends: list[str], number: int) -> list[int]:
    """That many submissions, due at once: to each friend in turn, or as answers to what came in."""
    ada, account = Actor.objects.get(is_principal=True), Account.objects.get()
    drafts = _letters(ada, account, friends, number) if friends else _answers(ada, account, number)
    return [
        desk.send(draft=each, actor=ada, revision=1, seen=each.seen, now=now()).pk
        for each in drafts
    ]


def _letters(ada: Actor, account: Account, friends: list[str], number: int) -> list[Draft]:
    return [
        desk.draft(
            actor=ada,
            text=f"Letter {index}, written by me.",
            now=now(),
            account=account,
            to=[Address(friends[index % len(friends)])],
            subject=f"Letter {index}",
        )
        for index in range(number)
    ]


def _answers(ada: Actor, account: Account, number: int) -> list[Draft]:
    intake.sync(account=account, now=now())
    threads = Thread.objects.filter(state="open", drafts=None).order_by("pk")[:number]
    return [desk.draft(actor=ada, text="Gladly.", now=now(), thread=each) for each in threads]


def report() -> dict[str, Any]:
    """What the office says, and what an audit of its public log says of it."""
    audit = fsck(ledger.store(), ledger.verifier(), paths=ledger.store().paths())
    submissions = Submission.objects.order_by("pk")
    filed = Message.objects.filter(direction="out")
    return {
        "problems": [str(problem) for problem in audit.problems],
        "entries": [audit.entries, LogEntry.objects.count()],
        "bylines": LogEntry.objects.filter(kind="byline").count(),
        "numbers": sorted(s.seq for s in submissions if s.seq),
        "submissions": {
            s.message_id: [s.state, s.attempts, filed.filter(**_known_as(s)).count()]
            for s in submissions
        },
    }


def _known_as(submission: Submission) -> dict[str, str]:
    """How its message is found: by what the channel calls it, or by the id that we chose."""
    if submission.remote_id:
        return {"remote_id": submission.remote_id}
    return {"message_id": submission.message_id}


def id_of(pk: int) -> str:
    return Submission.objects.get(pk=pk).message_id


def settle() -> None:
    """The worker's stages, again and again, until nothing is on its way any more."""
    hurry()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        stages.drain()
        waiting = Submission.objects.exclude(state__in=SETTLED).exists()
        uncopied = Submission.objects.filter(state="sent", copied_at=None)
        unfiled = uncopied.filter(draft__state="leaving").exists()
        if not (waiting or unfiled or uncopied.exclude(retry_at=None).exists()):
            return
        time.sleep(0.3)
    raise TimeoutError("something is on its way for ever")


def opened(given: dict[str, Any]) -> dict[str, Any]:
    """An office with letters that wait to leave, for a test that starts its own workers."""
    done(lambda: open_office(given["account"]))
    return {"made": done(lambda: hand_in(given["friends"], given["number"]))}


# --- a kill at each step ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Point:
    """Where to die: before or after the `nth` call of a function."""

    owner: Any
    name: str
    after: bool = False
    nth: int = 1

    def arm(self) -> None:
        real, calls = getattr(self.owner, self.name), 0

        def deadly(*args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == self.nth and not self.after:
                os._exit(DEAD)
            result = real(*args, **kwargs)
            if calls == self.nth and self.after:
                os._exit(DEAD)
            return result

        setattr(self.owner, self.name, deadly)


FIRST = {
    "release: looked at": Point(release, "recheck", after=True),
    "release: sealed": Point(releasing, "seal", after=True),
    "release: entries ordered": Point(ledger, "append", after=True),
    "release: written, not committed": Point(Event, "record", after=True),
    "release: committed, not published": Point(ledger, "publish"),
    "publish: nothing written": Point(LocalStore, "write"),
    "publish: entries written": Point(LocalStore, "write", after=True),
    "publish: all but the checkpoint": Point(LocalStore, "write", nth=3),
    "publish: checkpoint written": Point(LocalStore, "write", after=True, nth=3),
    "publish: published": Point(ledger, "publish", after=True),
    "claim: not yet taken": Point(delivering, "step", after=True),
    "deliver: claimed": Point(outbox, "deliver"),
    "deliver: put together": Point(delivering, "outbound", after=True),
}
LAST = {
    "record: not written": Point(delivering, "_sent"),
    "record: written, not committed": Point(delivering, "_deliveries", after=True),
    "record: committed": Point(delivering, "_sent", after=True),
    "file: composed": Point(following, "Inbound", after=True),
    "file: taken in": Point(intake, "take", after=True),
    "file: answered, not committed": Point(following, "_answer", after=True),
    "file: committed": Point(following, "_file", after=True),
}
MAIL = {
    "deliver: before the call": Point(MailChannel, "send"),
    "deliver: signed in": Point(Smtp, "_open", after=True),
    "deliver: addressed": Point(Smtp, "_announce", after=True),
    "deliver: dot written": Point(Smtp, "_answer"),
    "deliver: answer read": Point(Smtp, "_answer", after=True),
    "deliver: call returned": Point(MailChannel, "send", after=True),
}
COPY = {
    "copy: claimed": Point(MailChannel, "copy"),
    "copy: made, not recorded": Point(MailChannel, "copy", after=True),
}
BLUESKY = {
    "deliver: before the call": Point(BlueskyChannel, "send"),
    "deliver: signed in": Point(Poster, "_where", after=True),
    "deliver: looked whether it is there": Point(Repository, "get", after=True),
    "deliver: made up": Point(Repository, "put"),
    "deliver: recorded, not known": Point(Server, "tell", after=True, nth=2),
    "deliver: answer read": Point(Repository, "put", after=True),
    "deliver: call returned": Point(BlueskyChannel, "send", after=True),
}
MASTODON = {
    "deliver: before the call": Point(MastodonChannel, "send"),
    "deliver: the parent read": Point(Writer, "_parent", after=True),
    "deliver: before the post": Point(Api, "post"),
    "deliver: posted, not known": Point(Api, "_object", nth=3),
    "deliver: answer read": Point(Api, "post", after=True),
    "deliver: call returned": Point(MastodonChannel, "send", after=True),
}
POINTS = {
    "mail": {**FIRST, **MAIL, **LAST, **COPY},
    "bluesky": {**FIRST, **BLUESKY, **LAST},
    "mastodon": {**FIRST, **MASTODON, **LAST},
}


def table(given: dict[str, Any]) -> dict[str, Any]:
    """For each point: one submission, a worker that dies there, others that go on after it."""
    done(lambda: open_office(given["account"]))
    found: dict[str, Any] = {}
    for name, point in POINTS[given["account"].get("channel", "mail")].items():
        (made,) = done(lambda: hand_in(given["friends"][:1], 1))

        def die(point: Point = point) -> None:
            hurry()
            point.arm()
            stages.drain()

        died, _ = in_child(die)
        message_id = done(partial(id_of, made))
        done(settle)
        after = done(report)
        found[name] = {
            "died": died == DEAD,
            "message_id": message_id,
            "state": after["submissions"][message_id][0],
            "filed": after["submissions"][message_id][2],
            "problems": after["problems"],
        }
    return {"points": found, "report": done(report)}


# --- kills at random moments ---------------------------------------------------------------------


def work() -> None:
    hurry()
    stages.run(lambda: False)


def start() -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(1)
    return pid


def on_its_way() -> int:
    """Read without Django, so that the parent never has a connection that children inherit."""
    with sqlite3.connect(f"file:{settings.DATABASES['default']['NAME']}?mode=ro", uri=True) as rows:
        query = (
            "SELECT count(*) FROM office_submission WHERE state IN ('pending','logged','sending')"
        )
        count = int(rows.execute(query).fetchone()[0])
    rows.close()
    return count


def chaos(given: dict[str, Any]) -> dict[str, Any]:
    """Two workers, one of them killed every second or so, until nothing is on its way."""
    done(lambda: open_office(given["account"]))
    done(lambda: hand_in(given["friends"], given["number"]))
    chance = random.Random(given["seed"])
    workers, kills = [start(), start()], 0
    until = time.monotonic() + given["seconds"]
    while on_its_way() and time.monotonic() < until:
        time.sleep(chance.uniform(0.3, 1.3))
        victim = chance.randrange(2)
        os.kill(workers[victim], signal.SIGKILL)
        os.waitpid(workers[victim], 0)
        kills += 1
        workers[victim] = start()
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
    done(settle)
    return {"kills": kills, "report": done(report)}


if __name__ == "__main__":
    assert Path(settings.HOME) == Path(os.environ["FIRSTHAND_HOME"])
    act = {"open": opened, "table": table, "chaos": chaos}[sys.argv[1]]
    print(json.dumps(act(json.load(sys.stdin))))
