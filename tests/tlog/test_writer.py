"""Publishing: nothing false is shown, and a crash at any write leaves a log that goes on."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from firsthand.core.errors import Conflict, Misuse
from firsthand.tlog.checkpoint import open_checkpoint
from firsthand.tlog.errors import PublishRefused, Refused, TileRefused
from firsthand.tlog.merkle import Frontier
from firsthand.tlog.store import LocalStore, MemoryStore
from firsthand.tlog.verify import check_growth, fsck, read_checkpoint
from firsthand.tlog.writer import publish, sequence, sign_checkpoint
from tests.tlog.example import SIGNER, Office, leaf, published_log

VERIFIER = SIGNER.verifier


class Crash(Exception):
    """The power went."""


class CrashingStore(MemoryStore):
    """Loses power at one write: before it has happened, or after, with nobody told."""

    def __init__(self, files: dict[str, bytes], *, at: int, persisted: bool) -> None:
        super().__init__()
        self.files = dict(files)
        self.left = at
        self.persisted = persisted

    def write(self, path: str, data: bytes) -> None:
        self.left -= 1
        dies = self.left == -1
        if not dies or self.persisted:
            super().write(path, data)
        if dies:
            raise Crash(path)


GROWTHS = [(0, 1), (0, 600), (3, 5), (250, 260), (255, 256), (256, 257), (250, 520)]
GROWTHS += [(65_530, 65_540)]


@cache
def start(size: int) -> tuple[dict[str, bytes], Frontier]:
    frontier = sequence(Frontier(), map(leaf, range(size)))
    return published_log(size).files if size else {}, frontier


def office_at(size: int, store: MemoryStore) -> Office:
    return Office(store, [leaf(index) for index in range(size)], start(size)[1])


@pytest.mark.parametrize("persisted", [False, True])
@pytest.mark.parametrize(("before", "after"), GROWTHS)
def test_crash_at_every_write(before: int, after: int, persisted: bool) -> None:
    files, _ = start(before)
    crashes = 0
    while True:
        store = CrashingStore(files, at=crashes, persisted=persisted)
        office = office_at(before, store)
        try:
            office.grow_to(after)
            break
        except Crash:
            crashes += 1
        if before or (persisted and "checkpoint" in store.files):
            assert read_checkpoint(store, VERIFIER).size in (before, after)
            assert_sound(store, deep=after < 1000)
        office.publish()  # recovery is the same code
        assert_sound(store, deep=after < 1000)
        assert store.files.items() >= start(after)[0].items()
    assert crashes >= 3  # a bundle, a tile and the checkpoint at the least


def assert_sound(store: MemoryStore, *, deep: bool) -> None:
    if deep:
        assert fsck(store, VERIFIER, paths=store.paths()).problems == ()
    else:
        head = read_checkpoint(store, VERIFIER)
        check_growth(store, head, head)


@pytest.mark.parametrize("at", range(6))
def test_after_a_crash_the_log_may_grow_before_it_is_published(at: int) -> None:
    store = CrashingStore(start(250)[0], at=at, persisted=True)
    office = office_at(250, store)
    with pytest.raises(Crash):
        office.grow_to(300)
    office.grow_to(400)
    audit = fsck(store, VERIFIER, paths=store.paths())
    assert audit.ok and audit.checkpoint and audit.checkpoint.size == 400


def test_crash_at_every_fsync_of_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    sync = os.fsync

    def crash(handle: int) -> None:
        nonlocal calls
        calls -= 1
        if calls < 0:
            raise Crash
        sync(handle)

    monkeypatch.setattr(os, "fsync", crash)
    for point in range(100):
        store = LocalStore(tmp_path / str(point))
        office = Office(store)
        calls = 1000
        office.grow_to(255)
        calls = point
        try:
            office.grow_to(258)
            break
        except Crash:
            calls = 1000
        assert fsck(store, VERIFIER).ok
        office.publish()
        audit = fsck(store, VERIFIER, paths=store.paths())
        assert audit.problems == () and audit.entries == 258
    assert point > 10


def test_publishing_again_changes_nothing() -> None:
    store = MemoryStore()
    office = Office(store)
    office.grow_to(300)
    shown = dict(store.files)
    office.publish()
    assert store.files == shown


def test_empty_log_is_published() -> None:
    store = published_log(0)
    assert list(store.paths()) == ["checkpoint"]
    assert fsck(store, VERIFIER).ok


def test_partial_tiles_are_dropped_once_full() -> None:
    paths = set(published_log(*range(0, 513, 32)).paths())
    assert {path for path in paths if ".p/" in path} == {"tile/1/000.p/1", "tile/1/000.p/2"}


def test_every_published_checkpoint_follows_from_the_last() -> None:
    store = MemoryStore()
    office = Office(store)
    heads = []
    for size in (0, 1, 2, 3, 7, 8, 200, 256, 257, 513):
        office.grow_to(size)
        heads.append(open_checkpoint(office.checkpoint, VERIFIER))
    for old in heads:
        check_growth(store, old, heads[-1])


def test_smaller_log_is_not_published() -> None:
    store = MemoryStore()
    office = Office(store)
    office.grow_to(10)
    earlier = Office(store)
    earlier.sequence(*map(leaf, range(9)))
    with pytest.raises(Conflict, match="shows 10 entries"):
        earlier.publish()


def test_size_that_was_not_signed_is_not_published() -> None:
    store, office = MemoryStore(), Office()
    office.sequence(leaf(0), leaf(1))
    with pytest.raises(Conflict):
        publish(store, entries=lambda *_: [leaf(0)], size=1, checkpoint=office.checkpoint)
    assert store.files == {}


@pytest.mark.parametrize("size", [10, 11, 300])
@pytest.mark.parametrize("changed", [0, 9])
def test_rewritten_past_is_not_published(size: int, changed: int) -> None:
    store = published_log(10)
    shown = dict(store.files)
    office = Office(store)
    leaves = [leaf(index) for index in range(size)]
    leaves[changed] = b"something else"
    office.sequence(*leaves)
    with pytest.raises(PublishRefused):
        office.publish()
    assert store.files == shown


def test_entries_that_do_not_lead_to_the_signed_root_are_not_published() -> None:
    store = MemoryStore()
    office = Office(store)
    office.sequence(*map(leaf, range(300)))
    honest = office.entries
    for entries in (honest[:-1], honest[::-1], [b"", *honest], [*honest[:299], b"forged"]):
        office.entries = entries
        with pytest.raises(PublishRefused):
            office.publish()
    assert store.files == {}


def test_past_that_the_office_remembers_otherwise_is_not_published() -> None:
    """The head is honest, but an entry already shown has changed in the office's rows."""
    store = published_log(10)
    shown = dict(store.files)
    office = office_at(10, store)
    office.sequence(leaf(10))
    office.entries[3] = b"changed since"
    with pytest.raises(PublishRefused):
        office.publish()
    assert store.files == shown


def test_damaged_store_is_not_built_upon() -> None:
    for path in ("tile/0/001.p/44", "tile/1/000.p/1"):
        store = published_log(300)
        store.files[path] = bytes(len(store.files[path]))
        with pytest.raises(PublishRefused, match="does not fit its own checkpoint"):
            office_at(300, store).grow_to(301)
        del store.files[path]
        with pytest.raises(TileRefused):
            office_at(300, store).grow_to(301)


def test_log_of_another_origin_is_not_continued() -> None:
    store = published_log(3)
    frontier = sequence(Frontier(), map(leaf, range(4)))
    with pytest.raises(Refused):
        publish(
            store,
            entries=lambda start, end: [leaf(index) for index in range(start, end)],
            size=4,
            checkpoint=sign_checkpoint("stan.example/log", frontier, SIGNER),
        )


def test_restored_backup_never_overwrites_what_was_shown() -> None:
    """The office lost the entries 5 to 7 after their tiles, but not their checkpoint, were out."""
    store = CrashingStore(start(3)[0], at=1, persisted=True)
    with pytest.raises(Crash):
        office_at(3, store).grow_to(8)
    restored = office_at(3, store)
    restored.sequence(*(b"other %d" % index for index in range(5)))
    with pytest.raises(TileRefused, match="not overwritten"):
        restored.publish()
    assert fsck(store, VERIFIER).ok


def test_entry_that_no_bundle_can_hold_is_not_sequenced() -> None:
    assert sequence(Frontier(), [bytes(65_535)]).size == 1
    with pytest.raises(Misuse):
        sequence(Frontier(), [bytes(65_536)])
