"""The stages, each with its pace, and what happens when one of them has a bug."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread

from django.db import close_old_connections, connection
from django.utils.timezone import now

from firsthand.office import attention, intake, mentions, outbox, report, timestamping, witnessing
from firsthand.office.models import Office
from firsthand.worker.accounts import GOODBYE, Accounts, Stop

PAUSE = 1.0
"""Seconds between passes when there was nothing to do."""
SLOWLY = 30.0
"""Seconds between passes of what may take its time."""
LEARNING = 3.0
"""Seconds between lessons: the others have their turn, and what comes together is learned together."""
DAILY = 600.0
"""Seconds between looks at whether a day or a month is over."""
SHORTEST_ASIDE, LONGEST_ASIDE = 2.0, 300.0
DELIVERIES = 50
RANKS = 500

Work = Callable[[], int]
"""One pass of a stage: how much it did."""
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Stage:
    """A stage, how often it has its turn, and how long it is set aside after a bug."""

    name: str
    work: Work
    every: float = 0.0
    failures: int = 0
    not_before: float = 0.0

    def turn(self) -> int:
        """One pass, if it is time for one. A bug ends here: it is logged, and others go on."""
        if time.monotonic() < self.not_before:
            return 0
        try:
            close_old_connections()
            done = self.work()
        except Exception:
            self.failures += 1
            aside = min(SHORTEST_ASIDE * 2**self.failures, LONGEST_ASIDE)
            self.not_before = time.monotonic() + aside
            logger.exception("stage %s failed and is set aside for %d seconds", self.name, aside)
            return 0
        self.failures = 0
        self.not_before = time.monotonic() + self.every
        return done


def in_turn(stop: Stop) -> list[Stage]:
    """All stages but the reading of accounts, in the order in which work flows."""
    return [
        Stage("log_due", lambda: outbox.log_due(now=now())),
        Stage("recover", lambda: outbox.recover(now=now())),
        Stage("deliver", lambda: _deliver(stop)),
        Stage("file_sent", lambda: outbox.file_sent(now=now(), take=intake.take)),
        Stage("copy_sent", lambda: outbox.copy_sent(now=now()), every=SLOWLY),
        Stage("log_received", lambda: report.log_received(now=now()), every=DAILY),
        Stage("log_report", lambda: report.log_report(now=now()), every=DAILY),
        Stage("witnesses", lambda: witnessing.ask_all(now=now()), every=SLOWLY),
        Stage("timestamps", lambda: timestamping.ask(now=now()), every=SLOWLY),
        Stage("wake_due", lambda: attention.wake_due(now=now()), every=SLOWLY),
        Stage("learn", lambda: attention.learn(now=now()), every=LEARNING),
        Stage("rank_waiting", lambda: attention.rank_waiting(now=now(), limit=RANKS)),
    ]


def of_strangers() -> list[Stage]:
    """Stages that ask pages of strangers, who may be as slow as they like."""
    return [
        Stage("look_due", lambda: mentions.look_due(clock=now, take=intake.take)),
        Stage("note_links", lambda: mentions.note_links(now=now())),
        Stage("recover_tellings", lambda: mentions.recover_tellings(now=now())),
        Stage("tell_due", lambda: mentions.tell_due(clock=now)),
        Stage("forget", lambda: mentions.forget(now=now()), every=DAILY),
    ]


class Beside(Thread):
    """A thread for those, so that no stranger holds up what leaves."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(name="strangers", daemon=True)
        self._stop = stop

    def run(self) -> None:
        stages = of_strangers()
        while not self._stop():
            if not sum(stage.turn() for stage in stages) and not self._stop():
                time.sleep(PAUSE)
        connection.close()


def run(stop: Stop) -> None:
    """Every stage in turn, until `stop()`; accounts and strangers' pages are read beside them."""
    accounts, beside = Accounts(stop), Beside(stop)
    beside.start()
    stages = [Stage("accounts", accounts.look_after, every=5.0), *in_turn(stop)]
    while not stop():
        # An office may be opened while its worker already waits.
        done = sum(stage.turn() for stage in stages) if Office.objects.exists() else 0
        if not done and not stop():
            time.sleep(PAUSE)
    accounts.close()
    beside.join(GOODBYE)


def drain() -> None:
    """Until no stage finds anything to do."""
    stages = [*in_turn(lambda: False), *of_strangers()]
    while sum(stage.work() for stage in stages):
        pass


def _deliver(stop: Stop) -> int:
    """Some, one after the other: what becomes due meanwhile is not kept waiting by a long queue."""
    for done in range(DELIVERIES):
        submission = None if stop() else outbox.claim(now=now())
        if submission is None:
            return done
        outbox.deliver(submission, clock=now)
    return DELIVERIES
