"""Both ends of witnessing as rows: who may choose, what is remembered, what is kept as evidence."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from firsthand.core.errors import Denied, FirsthandError, Misuse
from firsthand.core.rights import Right
from firsthand.office import ledger, witnessing
from firsthand.office.models import Actor, Event, Fork, Memory, Office, WatchedLog, Witness
from firsthand.tlog.note import Verifier
from firsthand.tlog.verify import consistency_proof
from firsthand.tlog.witness import MAX_BODY, Policy, Request, Seen, cosigned, read_answer
from tests.doors.living import python
from tests.office.conftest import Hire
from tests.tlog.example import SIGNER, WITNESS
from tests.tlog.watchers import grown_to

VKEY, WITNESS_KEY = str(SIGNER.verifier), str(WITNESS.verifier)
URL = "https://witness.example/w"
LOG, HEADS = grown_to(5, 8)
OTHER, FORKS = grown_to(5, 8, before=b"another past")


@pytest.fixture
def ours(office: Office, ada: Actor, now: datetime) -> Verifier:
    """The key under which this office is a witness of the example log."""
    return Verifier.parse(witnessing.serve(by=ada, vkey=VKEY, now=now))


def ask(old: int, head: bytes, now: datetime, proof: tuple[bytes, ...] = ()) -> tuple[int, bytes]:
    said = witnessing.answer(Request(old, proof, head).encode(), now=now)
    return said.status, said.body


def test_it_cosigns_growth_and_remembers(ours: Verifier, now: datetime) -> None:
    status, line = ask(0, HEADS[5], now)
    assert status == 200
    request = Request(0, (), HEADS[5]).encode()
    head = cosigned(HEADS[5], read_answer(status, line, request=request, witness=[ours]))
    assert Policy((ours,), quorum=1).proved_at(head) == int(now.timestamp())
    proof = consistency_proof(LOG.store, 5, 8)
    assert ask(5, HEADS[8], now, proof)[0] == 200
    assert Memory.objects.get().size == 8
    assert ask(5, HEADS[8], now, proof) == (409, b"8\n")
    assert ask(8, HEADS[5], now)[0] == 400


def test_a_fork_is_refused_and_both_heads_are_kept_once(ours: Verifier, now: datetime) -> None:
    ask(0, HEADS[5], now)
    assert [ask(5, FORKS[5], now)[0] for _ in range(3)] == [422] * 3
    fork = Fork.objects.get()
    assert bytes(fork.sent) == FORKS[5]
    assert HEADS[5].rpartition(b"\n\n")[0] in bytes(fork.held)
    assert Event.objects.filter(act="log.forked").count() == 1
    assert "has signed two pasts" in witnessing.troubles()[0]


def test_what_was_seen_outlives_the_watching(ours: Verifier, ada: Actor, now: datetime) -> None:
    ask(0, HEADS[8], now)
    assert witnessing.unserve(by=ada, name=SIGNER.name, now=now)
    assert ask(0, HEADS[5], now)[0] == 404
    assert witnessing.serve(by=ada, vkey=VKEY, now=now) == str(ours)
    assert ask(0, HEADS[5], now) == (409, b"8\n")


def test_an_office_that_watches_nobody_is_no_witness(office: Office, now: datetime) -> None:
    assert ask(0, HEADS[5], now)[0] == 404
    assert witnessing.latest("0" * 64) is None


def test_too_long_a_request_is_not_read(ours: Verifier, now: datetime) -> None:
    assert witnessing.answer(b"x" * (MAX_BODY + 1), now=now).status == 413


def seen(size: int) -> Seen:
    return Seen(size, bytes(32), size, b"note")


def test_the_memory_swaps_only_against_what_it_holds(office: Office) -> None:
    memory = witnessing.Memories()
    assert memory.swap("log", before=None, after=seen(1))
    assert not memory.swap("log", before=None, after=seen(2))
    assert not memory.swap("log", before=seen(7), after=seen(2))
    assert memory.swap("log", before=seen(1), after=seen(2))
    assert memory.last("log") == seen(2)
    assert memory.last("another") is None


SWAPS = """
from firsthand.cli import setting_up
setting_up.django()
from firsthand.office import witnessing
from firsthand.tlog.witness import Seen
memory, won = witnessing.Memories(), 0
for turn in range(60):
    before = memory.last("log")
    size = before.size + 1 if before else 1
    won += memory.swap("log", before=before, after=Seen(size, bytes(32), size, b"note"))
print(won, memory.last("log").size)
"""


def test_processes_that_swap_at_once_never_both_win(tmp_path: Path) -> None:
    """Each swap adds one, so nothing was lost when the last size is the number of those that won."""
    python(tmp_path, SWAPS.replace("60", "0").partition("print")[0])
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: python(tmp_path, SWAPS), range(3)))
    assert [each.returncode for each in done] == [0, 0, 0], [each.stderr for each in done]
    told = [tuple(map(int, each.stdout.split())) for each in done]
    assert sum(won for won, _ in told) == max(size for _, size in told)


def test_only_the_principal_chooses(
    office: Office, hire: Hire, stan: Actor, rev: Actor, gone: Actor, now: datetime
) -> None:
    for actor in (hire("Iris Holm", *Right), stan, rev, gone):
        with pytest.raises(Denied):
            witnessing.add(by=actor, vkey=WITNESS_KEY, url=URL, now=now)
        with pytest.raises(Denied):
            witnessing.serve(by=actor, vkey=VKEY, now=now)
        with pytest.raises(Denied):
            witnessing.remove(by=actor, name="x", now=now)
        with pytest.raises(Denied):
            witnessing.unserve(by=actor, name="x", now=now)
    assert not Witness.objects.exists() and not WatchedLog.objects.exists()


@pytest.mark.parametrize(
    ("vkey", "url"),
    [
        (VKEY, URL),
        ("garbage", URL),
        (WITNESS_KEY, "http://witness.example"),
        (WITNESS_KEY, "https://user@witness.example"),
        (WITNESS_KEY, "file:///etc/passwd"),
        (WITNESS_KEY, "https://witness.example/?x"),
    ],
)
def test_what_is_no_witness_is_not_asked(
    office: Office, ada: Actor, now: datetime, vkey: str, url: str
) -> None:
    with pytest.raises(FirsthandError):
        witnessing.add(by=ada, vkey=vkey, url=url, now=now)
    assert not Witness.objects.exists()


def test_nobody_witnesses_themselves_or_a_witness(
    office: Office, ada: Actor, now: datetime
) -> None:
    for vkey in (office.log_vkey, WITNESS_KEY):
        with pytest.raises(Misuse):
            witnessing.serve(by=ada, vkey=vkey, now=now)


def test_a_witness_in_a_private_network_is_never_asked(
    office: Office, ada: Actor, now: datetime
) -> None:
    """The owner's own configuration is guarded too: a name may be pointed anywhere later."""
    ledger.publish()
    witnessing.add(by=ada, vkey=WITNESS_KEY, url="https://10.0.0.1/w", now=now)
    assert witnessing.ask_all(now=now) == 1
    assert "private network" in witnessing.troubles()[0]
    assert witnessing.ask_all(now=now + timedelta(minutes=1)) == 0
