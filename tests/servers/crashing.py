"""An office in a home of its own, whose processes are killed. Run by test_outbox_crashes.py.

Usage: crashing.py open|table|chaos, a JSON object on stdin, JSON on stdout. The parent loads everything
once and never touches the database: each piece of work is a forked child, so a kill costs no start.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firsthand.project.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db.models import Q  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils.timezone import now  # noqa: E402

from firsthand.core.envelope import Address  # noqa: E402
from firsthand.core.record import from_multikey  # noqa: E402
from firsthand.office import desk, intake, ledger, outbox, publish, staff  # noqa: E402
from firsthand.office.models import (  # noqa: E402
    Account,
    Actor,
    Draft,
    LogEntry,
    Message,
    Office,
    Post,
    Submission,
    Thread,
)
from firsthand.office.outbox import delivering, following  # noqa: E402
from firsthand.office.publish import Place  # noqa: E402
from firsthand.office.vault import seal_values  # noqa: E402
from firsthand.tlog.store import LocalStore  # noqa: E402
from firsthand.tlog.verify import fsck  # noqa: E402
from firsthand.verifier import check_post  # noqa: E402
from firsthand.worker import accounts, stages  # noqa: E402
from tests.servers.crash_points import DEAD, POINTS, Point  # noqa: E402

LEASE = timedelta(seconds=4)
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
    if not Office.objects.exists():
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


def hand_in(friends: list[str], number: int, posts: bool = False) -> list[int]:
    """That many texts, due at once: to each friend in turn, as answers to what came in, or as posts for
    our own site and for the account. Their submissions."""
    ada = Actor.objects.get(is_principal=True)
    account = Account.objects.exclude(state="own").latest("pk")
    if posts:
        return [pk for index in range(number) for pk in _post(ada, account, index)]
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


def _post(ada: Actor, account: Account, index: int) -> list[int]:
    places = [Place(account, "whole")]
    text = f"Text {index}, for everybody."
    draft = publish.compose(actor=ada, text=text, title="On letters", places=places, now=now())
    publish.publish(draft=draft, actor=ada, revision=1, now=now())
    return list(draft.submissions.order_by("pk").values_list("pk", flat=True))


def shown() -> dict[str, str]:
    """What a stranger finds of each post on our own site, in the page and by the verifier."""
    key, found = from_multikey(Office.objects.get().public_key), {}
    reader = Client(SERVER_NAME="localhost")
    for slug in Post.objects.values_list("slug", flat=True):
        page, raw = reader.get(f"/p/{slug}"), reader.get(f"/p/{slug}.json")
        log = LocalStore(settings.LOG_FOLDER)
        verdict = check_post(raw.content, host="ada.example", keys=[key], log=log)
        found[slug] = verdict.verdict if page.status_code == 200 else str(page.status_code)
    return found


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


def lapse() -> int:
    """As if the time of their leases had passed, for those who died holding one; how many held one.

    Only for a worker that has no call of its own open and knows that no other lives.
    """
    held = Submission.objects.filter(state="sending", lease_until__gt=now())
    copying = Submission.objects.filter(state="sent", copied_at=None, retry_at__gt=now())
    return held.update(lease_until=now()) + copying.update(retry_at=now())


def settle() -> None:
    """The worker's stages, again and again, until nothing is on its way any more.

    Everybody else is dead by then. First it meets their leases as they are, and must leave them be.
    """
    hurry()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        stages.drain()
        waiting = Submission.objects.exclude(state__in=SETTLED).exists()
        uncopied = Submission.objects.filter(state="sent", copied_at=None)
        letters = Q(draft__post=None, draft__state="leaving")
        unfiled = uncopied.filter(letters | Q(draft__post__isnull=False, filed_at=None)).exists()
        if not (waiting or unfiled or uncopied.exclude(retry_at=None).exists()):
            return
        if not lapse():
            time.sleep(0.3)
    raise TimeoutError("something is on its way for ever")


def opened(given: dict[str, Any]) -> dict[str, Any]:
    """An office with letters that wait to leave, for a test that starts its own workers."""
    done(lambda: open_office(given["account"]))
    return {"made": done(lambda: hand_in(given["friends"], given["number"]))}


# --- a kill at each step ------------------------------------------------------------------------


def table(given: dict[str, Any]) -> dict[str, Any]:
    """For each point: one text, a worker that dies there, others that go on after it."""
    done(lambda: open_office(given["account"]))
    found: dict[str, Any] = {}
    posts = bool(given.get("posts"))
    kind = given["account"].get("channel", "mail")
    for name, point in POINTS["posts" if posts else kind].items():
        made = done(lambda: hand_in(given["friends"][:1], 1, posts))

        def die(point: Point = point) -> None:
            hurry()
            point.arm()
            stages.drain()

        died, _ = in_child(die)
        ids = [done(partial(id_of, pk)) for pk in made]
        done(settle)
        after = done(report)
        found[name] = {
            "died": died == DEAD,
            "message_id": ids[-1],
            "ids": ids,
            "states": [after["submissions"][each][0] for each in ids],
            "state": after["submissions"][ids[-1]][0],
            "filed": after["submissions"][ids[-1]][2],
            "all_filed": [after["submissions"][each][2] for each in ids],
            "problems": after["problems"],
        }
    return {"points": found, "report": done(report) | {"shown": done(shown)}}


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
    states = ("pending", "logged", "sending")
    return int(done(lambda: Submission.objects.filter(state__in=states).count()))


def chaos(given: dict[str, Any]) -> dict[str, Any]:
    """Two workers, one of them killed every second or so, until nothing is on its way."""
    done(lambda: open_office(given["account"]))
    done(lambda: hand_in(given["friends"], given["number"], bool(given.get("posts"))))
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
    return {"kills": kills, "report": done(report) | {"shown": done(shown)}}


if __name__ == "__main__":
    assert Path(settings.HOME) == Path(os.environ["FIRSTHAND_HOME"])
    act = {"open": opened, "table": table, "chaos": chaos}[sys.argv[1]]
    print(json.dumps(act(json.load(sys.stdin))))
