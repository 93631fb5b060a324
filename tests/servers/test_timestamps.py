"""Timestamps by `openssl ts`: what a reader believes, what an office keeps, and who lies in vain."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from firsthand.core.entry import correction_entry
from firsthand.office import ledger, timestamping
from firsthand.office.models import Actor, Office, Stamped, TimeAuthority
from firsthand.tlog.errors import StampRefused
from firsthand.tlog.tiles import CHECKPOINT, STAMPS, stamp_path
from firsthand.tlog.timestamp import Stamp, listed, request, sizes_in
from firsthand.tlog.witness import Policy, cosigned
from firsthand.verifier.known import Known
from firsthand.verifier.logged import Evidence, Logged, find
from tests.doors.living import Living, python, served
from tests.doors.test_witnesses import LETTER
from tests.office.conftest import ada, now, office
from tests.servers.tsa import Authority, authority, serving
from tests.tlog.example import SIGNER, WITNESS, leaf
from tests.tlog.example import Office as Log
from tests.tlog.watchers import grown_to

__all__ = ["ada", "now", "office"]
pytestmark = pytest.mark.servers
INDEX = 3
ASK = """
from firsthand.cli import setting_up
setting_up.office()
from firsthand.office import timestamping
print(timestamping.ask(now=setting_up.now()))
"""


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("clock"))


def stamp(clock: Authority, head: bytes) -> Stamp:
    return Stamp(clock.answer(request(head)[0]), head)


def show(log: Log, **stamps: Stamp) -> None:
    """Put these beside the log, at the sizes that their names say (`at5`)."""
    sizes = {int(name[2:]): each for name, each in stamps.items()}
    for size, each in sizes.items():
        log.store.write(stamp_path(size), each.encode())
    log.store.write(STAMPS, listed(list(sizes)))


def look(log: Log, roots: bytes, policy: Policy = Policy(), index: int = INDEX) -> Logged:  # noqa: B008
    asked = Policy(policy.witnesses, policy.quorum, roots)
    evidence = Evidence(index, log.store, None, asked)
    return find(leaf(index), SIGNER.verifier, evidence, Known())


# What a reader believes.


def test_the_first_stamp_of_a_head_with_the_entry_proves_its_time(clock: Authority) -> None:
    log, heads = grown_to(2, 5, 8)
    before = time.time()
    show(log, at2=stamp(clock, heads[2]), at5=stamp(clock, heads[5]), at8=stamp(clock, heads[8]))
    found = look(log, clock.roots)
    assert (found.proved_by, found.authority) == ("timestamp", "time.clock.example")
    assert found.checkpoint and not found.notices
    # The stated accuracy of 1.5 seconds is given to the doubter.
    assert before - 1 <= (found.proved_at or 0) - 1.5 <= time.time() + 1
    early = sizes_in(log.store.read(STAMPS) or b"")
    assert early == [2, 5, 8]


def test_the_earlier_of_witnesses_and_stamp_is_told(clock: Authority) -> None:
    log, heads = grown_to(5, 8)
    show(log, at8=stamp(clock, heads[8]))
    asked = Policy((WITNESS.verifier,), quorum=1)
    for seen, by in ((1000, "witnesses"), (int(time.time()) + 1000, "timestamp")):
        text = heads[8].split(b"\n\n")[0].decode() + "\n"
        log.store.write(CHECKPOINT, cosigned(heads[8], [WITNESS.cosign(text, time=seen)]))
        found = look(log, clock.roots, asked)
        assert found.proved_by == by and found.proved_at and found.proved_at <= seen


def test_a_changed_byte_proves_nothing_or_the_very_same(clock: Authority) -> None:
    """A few bytes say nothing (a NULL parameter, say): whatever still holds tells the same second."""
    good = stamp(clock, grown_to(5)[1][5])
    at, refused = good.proved_at(clock.roots), 0
    for place in range(len(good.answer)):
        changed = bytearray(good.answer)
        changed[place] ^= 0x10
        try:
            assert Stamp(bytes(changed), good.checkpoint).proved_at(clock.roots) == at
        except StampRefused:
            refused += 1
    assert refused > 0.9 * len(good.answer)


def test_a_tampered_stamp_is_told_and_the_next_one_counts(clock: Authority) -> None:
    log, heads = grown_to(5, 8)
    good = stamp(clock, heads[5])
    bad = Stamp(good.answer[:-20] + bytes(20), heads[5])
    show(log, at5=bad, at8=stamp(clock, heads[8]))
    found = look(log, clock.roots)
    assert found.proved_by == "timestamp"
    assert "The timestamp of 5 entries does not count" in found.notices[0]


def test_a_stamp_of_another_head_proves_nothing(clock: Authority) -> None:
    log, heads = grown_to(5, 8)
    show(log, at5=Stamp(stamp(clock, heads[8]).answer, heads[5]), at8=stamp(clock, heads[5]))
    found = look(log, clock.roots)
    assert found.checkpoint and found.proved_at is None
    assert "Mismatch between messages" in found.notices[0]
    assert "another size" in found.notices[1]


def test_a_stamped_head_of_another_past_is_a_split_view(clock: Authority) -> None:
    log, _ = grown_to(5, 8)
    _, forks = grown_to(5, before=b"another past")
    show(log, at5=stamp(clock, forks[5]))
    found = look(log, clock.roots)
    assert found.checkpoint is None and "another past" in found.problems[0]


def test_a_head_that_the_log_did_not_sign_proves_nothing(clock: Authority) -> None:
    log, heads = grown_to(5, 8)
    show(log, at5=stamp(clock, heads[5][:-9] + b"AAAAAA==\n"))
    found = look(log, clock.roots)
    assert found.checkpoint and found.proved_at is None and found.notices


@pytest.mark.parametrize("days", [(-9, -2), (2, 9)])
def test_an_authority_whose_certificates_had_ended_is_not_believed(
    tmp_path: Path, days: tuple[int, int]
) -> None:
    log, heads = grown_to(5)
    ended = authority(tmp_path, days=days)
    show(log, at5=stamp(ended, heads[5]))
    found = look(log, ended.roots)
    assert found.checkpoint and found.proved_at is None and "proves nothing" in found.notices[0]


def test_an_authority_that_the_reader_did_not_name_is_not_believed(
    clock: Authority, tmp_path: Path
) -> None:
    """Even one that calls itself the same."""
    log, heads = grown_to(5)
    show(log, at5=stamp(clock, heads[5]))
    other = authority(tmp_path)
    assert look(log, other.roots).proved_at is None
    assert look(log, other.roots + clock.roots).proved_by == "timestamp"


def test_a_damaged_or_missing_file_is_told_and_is_no_other_past(clock: Authority) -> None:
    log, heads = grown_to(5, 8)
    show(log, at8=stamp(clock, heads[8]))
    log.store.write(STAMPS, b"4\n5\n8\nnonsense\n-1\n")
    log.store.write(stamp_path(5), b"firsthand-timestamp/1\n!!\n\n" + heads[5])
    found = look(log, clock.roots)
    assert found.proved_by == "timestamp" and len(found.notices) == 2


def test_an_entry_after_the_last_stamp_has_none_yet(clock: Authority) -> None:
    log, heads = grown_to(5, 8)
    show(log, at5=stamp(clock, heads[5]))
    found = look(log, clock.roots, index=6)
    assert found.checkpoint and found.notices == ("No timestamp covers it yet.",)


# What an office keeps.


@pytest.fixture
def asked(tmp_path: Path, office: Office, ada: Actor) -> Iterator[Authority]:
    """The authority that the office asks, over HTTP."""
    (tmp_path / "tsa-home").mkdir()
    with serving(tmp_path / "tsa-home") as clock:
        timestamping.choose(by=ada, url=clock.url, roots=clock.roots, now=datetime.now(UTC))
        yield clock


def grow(count: int = 1) -> int:
    day = date(2026, 11, 22)
    leaves = [correction_entry(of=n, why="stopped", day=day) for n in range(count)]
    ledger.append(leaves=leaves, now=datetime.now(UTC))
    return ledger.publish()


def ask(hours: int = 0) -> int:
    """Ask when so many hours have passed: what is due moves, for the authority's clock is ours."""
    due = TimeAuthority.objects.get().retry_at
    if hours and due:
        TimeAuthority.objects.update(retry_at=due - timedelta(hours=hours))
    return timestamping.ask(now=datetime.now(UTC))


def kept() -> list[int]:
    return list(Stamped.objects.order_by("pk").values_list("pk", flat=True))


def test_a_head_is_stamped_once_a_day_and_only_if_it_changed(asked: Authority) -> None:
    size = grow()
    assert (ask(), ask(), ask(hours=25)) == (1, 0, 0)  # it did not change
    assert kept() == [size] and asked.asked == ["application/timestamp-query"]
    assert ledger.store().read(STAMPS) == b"%d\n" % size
    shown = Stamp.parse(ledger.store().read(stamp_path(size)) or b"")
    assert abs(shown.proved_at(asked.roots) - time.time()) < 60
    TimeAuthority.objects.update(retry_at=datetime.now(UTC) + timedelta(days=1))
    later = grow()
    assert (ask(), ask(hours=25), ask(hours=25)) == (0, 1, 0)
    assert kept() == [size, later]


LIES: dict[str, Callable[[bytes], bytes]] = {
    "changed": lambda said: said[:-20] + bytes(20),
    "empty": lambda _: b"",
    "refused": lambda _: bytes.fromhex("30053003020102"),  # PKIStatus rejection, and no more
    "garbage": lambda _: b"<html>" * 100,
    "too much": lambda said: said + bytes(100_000),
    "cut": lambda said: said[:-1],
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_told_and_not_kept_and_the_truth_is_later(asked: Authority, lie: str) -> None:
    size = grow()
    asked.turn = LIES[lie]
    assert ask() == 1
    assert not kept() and ledger.store().read(STAMPS) is None
    assert "was not stamped by" in timestamping.troubles()[0]
    asked.turn = bytes
    assert ask() == 0  # not before an hour is over
    assert ask(hours=1) == 1
    assert kept() == [size] and timestamping.troubles() == []


def test_an_old_answer_is_not_kept_for_a_new_question(asked: Authority) -> None:
    """The nonce: the same head, but not what was asked now."""
    grow()
    head = ledger.shown()
    assert head
    old = asked.answer(request(head)[0])
    asked.turn = lambda _: old
    ask()
    assert not kept() and "Nonce mismatch" in timestamping.troubles()[0]


def test_an_authority_with_a_wrong_clock_or_in_trouble_stops_nothing(asked: Authority) -> None:
    size = grow()
    timestamping.ask(now=datetime.now(UTC) - timedelta(hours=9))
    assert not kept() and "clock" in timestamping.troubles()[0]
    asked.status = 503
    assert ask() == 1 and not kept()
    assert "answered 503" in timestamping.troubles()[0]
    assert grow() == size + 1


@pytest.mark.parametrize("lost", [(0,), (1,), (0, 1)])
def test_the_files_are_made_again_from_the_rows(asked: Authority, lost: tuple[int, ...]) -> None:
    size = grow()
    ask()
    paths = (STAMPS, stamp_path(size))
    files = {path: ledger.store().read(path) for path in paths}
    for each in lost:
        (ledger.store().root / paths[each]).unlink()
    ask()
    assert {path: ledger.store().read(path) for path in files} == files


def test_a_damaged_file_is_found_and_a_lost_row_takes_nothing_back(asked: Authority) -> None:
    size = grow()
    ask()
    assert ledger.changed_stamps() == []
    file = ledger.store().root / stamp_path(size)
    good = file.read_bytes()
    file.write_bytes(good.replace(b"/1\nMII", b"/1\nMIj"))
    assert ledger.changed_stamps() == [stamp_path(size)]
    file.write_bytes(good)
    Stamped.objects.all().delete()  # an older database was restored
    ledger.show_stamps()
    assert ledger.store().read(STAMPS) == b"%d\n" % size


# The whole way.


def test_a_stranger_reads_the_time_of_a_letter(tmp_path: Path) -> None:
    (tmp_path / "tsa-home").mkdir()
    roots = tmp_path / "root.pem"
    with served(tmp_path / "office") as living, serving(tmp_path / "tsa-home") as clock:
        roots.write_bytes(clock.roots)
        chosen = living.run("log", "timestamp", "set", clock.url, str(roots))
        assert chosen.returncode == 0, chosen.stderr
        number = python(living.home, LETTER).stdout.strip()
        address = f"{living.base}/b/{number}"
        reader = Living(living.base, tmp_path, {})
        words = ("verify", address, "--tsa", str(roots), "--json")
        early = json.loads(reader.run(*words).stdout)
        assert early["proved_at"] == "" and "No timestamp covers it yet." in early["notices"]
        done = python(living.home, ASK)
        assert done.stdout.strip() == "1", done.stderr
        late = json.loads(reader.run(*words).stdout)
        assert (late["verdict"], late["proved_by"]) == ("verified", "timestamp"), late
        assert late["proved_at"][:10] >= late["logged_at"]
        assert "as time.clock.example stamped" in reader.run(*words[:-1]).stdout
        false = tmp_path / "false.pem"
        false.write_bytes(authority(tmp_path / "false").roots)
        wrong = reader.run("verify", address, "--tsa", str(false)).stdout
        assert "proved" not in wrong and "no certificate that you named vouches" in wrong
        told = json.loads(living.run("log", "timestamp", "list", "--json").stdout)
        assert told["url"] == clock.url and len(told["stamps"]) == 1 and not told["problem"]
        copy = tmp_path / "copy"
        assert living.run("log", "export", str(copy)).returncode == 0
        assert (copy / STAMPS).read_bytes() == b"%d\n" % told["stamps"][0]["size"]
        audited = living.run("log", "fsck")
        assert audited.returncode == 0, audited.stdout
        by_copy = json.loads(reader.run(*words, "--log", str(copy)).stdout)
        assert by_copy["proved_at"] == late["proved_at"]
        assert living.run("log", "timestamp", "end").returncode == 0
        assert python(living.home, ASK).stdout.strip() == "0"
        roots.write_text("no certificate")
        assert "no certificate" in reader.run(*words[:-1]).stderr
