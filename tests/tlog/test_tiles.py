"""The layout of tlog-tiles, to the byte, and stores that never overwrite."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.errors import Misuse
from firsthand.tlog.errors import TileRefused
from firsthand.tlog.merkle import leaf_hash, tree_hash
from firsthand.tlog.store import LocalStore, MemoryStore
from firsthand.tlog.tiles import (
    ENTRIES,
    Tile,
    decode_bundle,
    encode_bundle,
    levels_of,
    read_tile,
    tiles_of,
)
from tests.tlog.example import leaf, published_log


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(1, 999, 255), "tile/1/999.p/255"),
        (Tile(2, 1_000), "tile/2/x001/000"),
        (Tile(63, 1_234_067), "tile/63/x001/x234/067"),
        (Tile(ENTRIES, 1_234, 12), "tile/entries/x001/234.p/12"),
    ],
)
def test_paths(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@given(st.integers(-1, 63), st.integers(0, 2**50), st.integers(1, 256))
def test_paths_are_read_back(level: int, index: int, width: int) -> None:
    assert Tile.parse(Tile(level, index, width).path) == Tile(level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/300",
        "tile/0/000\n",
        "tile/0/\N{ARABIC-INDIC DIGIT ONE}00",
        "tile/entries/../000",
        "/tile/0/000",
        "checkpoint",
    ],
)
def test_other_spellings_are_no_tiles(path: str) -> None:
    assert Tile.parse(path) is None


LAYOUT = {
    0: [],
    1: ["tile/0/000.p/1", "tile/entries/000.p/1"],
    255: ["tile/0/000.p/255", "tile/entries/000.p/255"],
    256: ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"],
    257: [
        "tile/0/000",
        "tile/0/001.p/1",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/1",
    ],
}


@pytest.mark.parametrize("size", LAYOUT)
def test_files_of_small_logs(size: int) -> None:
    assert list(published_log(size).paths()) == ["checkpoint", *LAYOUT[size]]


def test_files_of_the_log_of_the_specification() -> None:
    """70,000 entries: the example in tlog-tiles, "Partial Tiles"."""
    assert [len(list(tiles_of(70_000, level))) for level in levels_of(70_000)] == [274, 2, 1]
    assert list(tiles_of(70_000, 0))[-1] == Tile(0, 273, 112)
    assert list(tiles_of(70_000, 1)) == [Tile(1, 0), Tile(1, 1, 17)]
    assert list(tiles_of(70_000, 2)) == [Tile(2, 0, 1)]
    assert list(tiles_of(70_000, ENTRIES))[-1] == Tile(ENTRIES, 273, 112)


def test_content_of_a_log_of_three_levels() -> None:
    size = 65_536 + 257
    store = published_log(size)
    hashes = [leaf_hash(leaf(index)) for index in range(size)]
    assert store.read("tile/0/255") == b"".join(hashes[255 * 256 : 256 * 256])
    assert store.read("tile/0/257.p/1") == hashes[-1]
    roots = [tree_hash(hashes[at : at + 256]) for at in range(0, size - 1, 256)]
    assert store.read("tile/1/000") == b"".join(roots[:256])
    assert store.read("tile/1/001.p/1") == roots[256]
    assert store.read("tile/2/000.p/1") == tree_hash(hashes[:65_536])
    assert store.read("tile/entries/257.p/1") == len(leaf(size - 1)).to_bytes(2) + leaf(size - 1)
    assert len(list(store.paths())) == 1 + 2 * 258 + 2 + 1


def test_a_log_has_the_same_files_however_it_grew() -> None:
    """But for the narrower tiles of older checkpoints, which are kept until they are full."""
    grown = published_log(1, 2, 255, 256, 300, 520, 1000).files
    at_once = published_log(1000).files
    assert at_once.items() <= grown.items()
    rest = grown.keys() - at_once.keys()
    assert rest == {"tile/1/000.p/1", "tile/1/000.p/2"}


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_are_read_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries)) == entries


def test_bundle_bytes() -> None:
    assert encode_bundle([b"ab", b"", b"c" * 256]) == b"\0\2ab\0\0\1\0" + b"c" * 256
    assert decode_bundle(encode_bundle([bytes(65_535)])) == [bytes(65_535)]
    with pytest.raises(Misuse):
        encode_bundle([bytes(65_536)])


@pytest.mark.parametrize("data", [b"\0", b"\0\1", b"\0\2a", b"\0\1ab"])
def test_damaged_bundles_are_refused(data: bytes) -> None:
    store = MemoryStore()
    store.files["tile/entries/000.p/1"] = data
    with pytest.raises(TileRefused) as refused:
        read_tile(store, Tile(ENTRIES, 0, 1))
    assert refused.value.path == "tile/entries/000.p/1"


def test_full_tile_stands_in_for_a_forgotten_partial_one() -> None:
    store = published_log(256)
    assert read_tile(store, Tile(0, 0, 3)) == [leaf_hash(leaf(index)) for index in range(3)]
    assert read_tile(store, Tile(ENTRIES, 0, 2)) == [leaf(0), leaf(1)]
    with pytest.raises(TileRefused, match="is missing"):
        read_tile(store, Tile(0, 1, 3))


@pytest.fixture(params=["memory", "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryStore | LocalStore:
    return MemoryStore() if request.param == "memory" else LocalStore(tmp_path / "log")


def test_stores_write_once(store: MemoryStore | LocalStore) -> None:
    for path in ("tile/0/x001/000", "tile/0/000.p/3", "tile/entries/000"):
        store.write(path, b"one")
        store.write(path, b"one")
        with pytest.raises(TileRefused, match="not overwritten"):
            store.write(path, b"two")
        assert store.read(path) == b"one"


def test_stores_replace_the_checkpoint(store: MemoryStore | LocalStore) -> None:
    assert store.read("checkpoint") is None
    store.write("checkpoint", b"one")
    store.write("checkpoint", b"two")
    assert store.read("checkpoint") == b"two"
    assert list(store.paths()) == ["checkpoint"]


def test_stores_forget_partial_tiles_only(store: MemoryStore | LocalStore) -> None:
    for path in ("tile/0/000", "tile/0/000.p/3", "tile/0/000.p/255", "tile/0/001.p/3"):
        store.write(path, b"one")
    store.forget_partials(Tile(0, 0))
    store.forget_partials(Tile(0, 7))
    assert list(store.paths()) == ["tile/0/000", "tile/0/001.p/3"]


@pytest.mark.parametrize("path", ["../checkpoint", "tile/0/../../x", "/etc/hostname", "notes.txt"])
def test_stores_keep_to_their_own_paths(store: MemoryStore | LocalStore, path: str) -> None:
    with pytest.raises(Misuse):
        store.write(path, b"no")
    assert store.read(path) is None


def test_a_killed_write_leaves_nothing_that_is_served(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    (tmp_path / "tile" / "0").mkdir(parents=True)
    (tmp_path / "tile" / "0" / ".000.71.140").write_bytes(b"half")
    assert list(store.paths()) == []
    store.write("tile/0/000", b"whole")
    assert list(store.paths()) == ["tile/0/000"]
