"""A bug in one stage is that stage's own affair; the others have their turns."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils.timezone import now

from firsthand.office import staff
from firsthand.office.models import Account, Office
from firsthand.worker import accounts, stages
from firsthand.worker.stages import Stage

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 100.0
        monkeypatch.setattr(time, "monotonic", lambda: self.seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_bug_is_logged_and_its_stage_set_aside_longer_each_time(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    turns = 0

    def broken() -> int:
        nonlocal turns
        turns += 1
        raise ZeroDivisionError("a bug")

    stage, waits = Stage("broken", broken), []
    with caplog.at_level(logging.ERROR):
        for expected in range(1, 12):
            assert stage.turn() == 0
            assert turns == expected
            assert stage.turn() == 0
            assert turns == expected, "it had a turn while it was set aside"
            waits.append(stage.not_before - clock.seconds)
            clock.seconds = stage.not_before
    assert waits == sorted(waits)
    assert waits[-1] == stages.LONGEST_ASIDE
    assert "stage broken failed" in caplog.text
    assert "a bug" in caplog.text


def test_a_stage_that_recovers_has_every_turn_again(clock: Clock) -> None:
    results: Iterator[int | Exception] = iter([ZeroDivisionError(), 3, 4])

    def mends() -> int:
        result = next(results)
        if isinstance(result, Exception):
            raise result
        return result

    stage = Stage("mends", mends)
    stage.turn()
    clock.seconds = stage.not_before
    assert (stage.turn(), stage.turn()) == (3, 4)
    assert stage.failures == 0


def test_a_slow_stage_waits_between_its_turns(clock: Clock) -> None:
    stage = Stage("slow", lambda: 1, every=30)
    assert (stage.turn(), stage.turn()) == (1, 0)
    clock.seconds += 30
    assert stage.turn() == 1


def test_an_interruption_is_no_bug() -> None:
    def stopped() -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Stage("stopped", stopped).turn()


def test_every_stage_runs_on_an_empty_office(settings: object, tmp_path: object) -> None:
    settings.LOG_FOLDER = f"{tmp_path}/log"  # type: ignore[attr-defined]
    staff.open_office(
        name="Ada Ferrer", email="ada@ada.example", base="https://ada.example", now=now()
    )
    for stage in [*stages.in_turn(lambda: False), *stages.of_strangers()]:
        assert stage.turn() == 0
        assert stage.failures == 0, stage.name
    stages.drain()


def test_a_worker_may_wait_for_its_office() -> None:
    turns = iter([False, True])
    stages.run(lambda: next(turns, True))
    assert not Office.objects.exists()


def test_a_page_of_a_stranger_that_hangs_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    staff.open_office(
        name="Ada Ferrer", email="ada@ada.example", base="https://ada.example", now=now()
    )
    hangs, over, others = threading.Event(), threading.Event(), 0

    def hang() -> int:
        hangs.set()
        over.wait(30)
        return 0

    def work() -> int:
        nonlocal others
        others += hangs.is_set()
        return 1

    monkeypatch.setattr(stages, "of_strangers", lambda: [Stage("hangs", hang)])
    monkeypatch.setattr(stages, "in_turn", lambda stop: [Stage("works", work)])
    monkeypatch.setattr(stages, "GOODBYE", 0.1)
    until = time.monotonic() + 20
    stages.run(lambda: others > 20 or time.monotonic() > until)
    assert others > 20
    assert hangs.is_set() and not over.is_set()
    over.set()


@pytest.fixture
def account() -> Account:
    return Account.objects.create(
        channel="memory", address="lease@ada.example", state="ok", made_at=now()
    )


def test_of_two_workers_one_reads_an_account(account: Account) -> None:
    assert accounts._lease(account) == 1
    assert accounts._lease(Account.objects.get()) == 0
    Account.objects.update(lease_until=now() - timedelta(seconds=1))
    assert accounts._lease(Account.objects.get()) == 2


def test_two_who_saw_the_same_row_do_not_both_get_it(account: Account) -> None:
    assert [accounts._lease(account), accounts._lease(account)] == [1, 0]


def test_files_and_paused_accounts_are_not_read(account: Account) -> None:
    Account.objects.update(state="paused")
    assert accounts._readable() == []
    Account.objects.update(state="files")
    assert accounts._readable() == []
    Account.objects.update(state="failing")
    assert accounts._readable() == [account]


def test_refused_credentials_are_not_tried_all_the_time(account: Account) -> None:
    assert accounts._may_try(account)
    account.state, account.tried_at = "failing", now()
    assert not accounts._may_try(account)
    account.retry_at = now()
    assert accounts._may_try(account)
    account.retry_at, account.tried_at = None, now() - timedelta(hours=2)
    assert accounts._may_try(account)
