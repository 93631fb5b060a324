"""Tiles and entry bundles (c2sp.org/tlog-tiles@v0.1.0): their paths, bytes, and how to read them.

What a `Reader` hands over is not trusted here beyond its form: proofs made from it are checked
against a root by whoever asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

from firsthand.core.errors import Misuse
from firsthand.tlog.errors import TileRefused
from firsthand.tlog.merkle import HASH_SIZE, tree_hash

CHECKPOINT = "checkpoint"
STAMPS = "timestamps"
"""The list of the heads that were stamped; each is at `stamp_path`. See tlog/timestamp.py."""
WIDTH = 256
HEIGHT = 8
ENTRIES = -1
"""The level of entry bundles: below the leaf hashes."""
MAX_ENTRY = 0xFFFF

_PATH = re.compile(
    r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII
)
_STAMP = re.compile(r"timestamp/[1-9]\d{0,18}", re.ASCII)


def stamp_path(size: int) -> str:
    """Where the timestamp of the head of this size is published."""
    return f"timestamp/{size}"


def is_stamp(path: str) -> bool:
    """Whether this is the path of a timestamp, or of the list of them."""
    return path == STAMPS or _STAMP.fullmatch(path) is not None


class Reader(Protocol):
    """Where a published log is read from: a folder, a web address, a copy in memory."""

    def read(self, path: str) -> bytes | None:
        """The bytes at `checkpoint`, at the path of a tile or of a timestamp; None when there are none."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The `index`-th tile of a level, or an entry bundle (level `ENTRIES`), `width` items wide."""

    level: int
    index: int
    width: int = WIDTH

    @classmethod
    def parse(cls, path: str) -> Self | None:
        """The tile at this path, or None when it is not the one true path of a tile."""
        if (match := _PATH.fullmatch(path)) is None:
            return None
        level, number, width = match.groups()
        tile = cls(
            ENTRIES if level == "entries" else int(level),
            int(re.sub("[x/]", "", number)),
            int(width or WIDTH),
        )
        is_one = tile.path == path and tile.level < 64 and (width is None or tile.width < WIDTH)
        return tile if is_one else None

    @property
    def path(self) -> str:
        level = "entries" if self.level == ENTRIES else self.level
        partial = "" if self.is_full else f".p/{self.width}"
        return f"tile/{level}/{_number(self.index)}{partial}"

    @property
    def is_full(self) -> bool:
        return self.width == WIDTH

    @property
    def full(self) -> Self:
        return replace(self, width=WIDTH)

    @property
    def start(self) -> int:
        """The number, within its level, of the tile's first item."""
        return self.index * WIDTH


def tiles_of(size: int, level: int, first: int = 0) -> Iterator[Tile]:
    """The tiles from the `first` on of one level of a log of `size` entries, left to right."""
    count = size >> HEIGHT * max(level, 0)
    for index in range(first, -(-count // WIDTH)):
        yield Tile(level, index, min(WIDTH, count - index * WIDTH))


def levels_of(size: int) -> range:
    """The levels of hash tiles that a log of `size` entries has."""
    return range(-(-size.bit_length() // HEIGHT))


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Each entry behind its length in 2 bytes, big-endian."""
    for entry in entries:
        check_entry(entry)
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def check_entry(entry: bytes) -> None:
    if len(entry) > MAX_ENTRY:
        raise Misuse(
            f"An entry of {len(entry)} bytes does not fit the log: shorten it to {MAX_ENTRY}."
        )


def decode_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle; ValueError when its lengths do not add up."""
    entries, at = [], 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start])
        if start > len(data) or at > len(data):
            raise ValueError("the last entry is cut off")
        entries.append(data[start:at])
    return entries


def encode_hashes(hashes: Sequence[bytes]) -> bytes:
    return b"".join(hashes)


def decode_hashes(data: bytes) -> list[bytes]:
    if len(data) % HASH_SIZE:
        raise ValueError("the last hash is cut off")
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def read_tile(reader: Reader, tile: Tile) -> list[bytes]:
    """The hashes or entries of a tile, exactly `width` many, or `TileRefused`.

    A log may drop a partial tile once its full one is there, so that one is asked for next.
    """
    path, data = tile.path, reader.read(tile.path)
    if data is None and not tile.is_full:
        path, data = tile.full.path, reader.read(tile.full.path)
    if data is None:
        raise TileRefused(
            f"{tile.path} is missing from the log: nothing in it can be checked.",
            path=tile.path,
            hint="Ask the owner of the log, or another copy, for it.",
        )
    wanted = tile.width if path == tile.path else WIDTH
    try:
        items = decode_bundle(data) if tile.level == ENTRIES else decode_hashes(data)
    except ValueError as error:
        raise TileRefused(f"{path} is damaged ({error}): do not trust it.", path=path) from error
    if len(items) != wanted:
        raise TileRefused(
            f"{path} holds {len(items)} items instead of {wanted}: do not trust it.", path=path
        )
    return items[: tile.width]


class TileHashes:
    """A `HashReader` over the tiles of a log of `size` entries. Keeps the tiles it has read."""

    def __init__(self, reader: Reader, size: int) -> None:
        self._reader = reader
        self._size = size
        self._read: dict[Tile, list[bytes]] = {}

    def __call__(self, height: int, index: int) -> bytes:
        level, below_tile = divmod(height, HEIGHT)
        start = index << below_tile
        row = self.tile(level, start // WIDTH)
        at = start % WIDTH
        return tree_hash(row[at : at + (1 << below_tile)])

    def tile(self, level: int, index: int) -> list[bytes]:
        width = min(WIDTH, (self._size >> HEIGHT * level) - index * WIDTH)
        tile = Tile(level, index, width)
        if tile not in self._read:
            self._read[tile] = read_tile(self._reader, tile)
        return self._read[tile]


def _number(index: int) -> str:
    """1234067 -> x001/x234/067: no folder ever has the name of a file."""
    number = f"{index % 1000:03}"
    while index := index // 1000:
        number = f"x{index % 1000:03}/{number}"
    return number
