"""Where a log is published: write-once files, safe against a crash between any two instructions.

Everything but `checkpoint` and `timestamps` is immutable: another content for the same path is an
error, never an overwriting. A partial tile may be forgotten, once the full one is there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import get_ident
from typing import Protocol

from firsthand.core.errors import Misuse
from firsthand.tlog.errors import TileRefused
from firsthand.tlog.tiles import CHECKPOINT, STAMPS, Reader, Tile, is_stamp

CHANGING = {CHECKPOINT, STAMPS}


class Store(Reader, Protocol):
    """The writing half. `write` returns only when the bytes would survive a loss of power."""

    def write(self, path: str, data: bytes) -> None:
        """Durable and whole, or an error. Writing the same bytes again is welcome."""

    def forget_partials(self, tile: Tile) -> None:
        """Remove the partial tiles kept beside this full one, which is already written."""


class MemoryStore:
    """A store for tests and for building a log to be looked at once."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        return self.files.get(path)

    def write(self, path: str, data: bytes) -> None:
        _check_path(path)
        if path not in CHANGING and self.files.get(path, data) != data:
            raise _overwrites(path)
        self.files[path] = data

    def forget_partials(self, tile: Tile) -> None:
        for path in [path for path in self.files if path.startswith(f"{tile.full.path}.p/")]:
            del self.files[path]

    def paths(self) -> Iterator[str]:
        yield from sorted(self.files)


class LocalStore:
    """A folder, ready to be served as it is by any web server."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        if not _is_ours(path):  # a path may come from a stranger's request
            return None
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError as problem:
            why = f"{path} cannot be read: {problem.strerror}."
            raise TileRefused(why, path=path) from None

    def write(self, path: str, data: bytes) -> None:
        _check_path(path)
        place = self.root / path
        before = self.read(path)
        if before is not None and before != data and path not in CHANGING:
            raise _overwrites(path)
        _make_folder(place.parent)
        if before == data:  # a writer killed before its last fsync may have left it
            _sync(place)
        else:
            _replace(place, data)
        _sync(place.parent)

    def forget_partials(self, tile: Tile) -> None:
        shutil.rmtree(self.root / f"{tile.full.path}.p", ignore_errors=True)

    def paths(self) -> Iterator[str]:
        """All that is stored, in order; unfinished temporary files left out."""
        for place in sorted(self.root.rglob("*")):
            if place.is_file() and not place.name.startswith("."):
                yield place.relative_to(self.root).as_posix()


def _is_ours(path: str) -> bool:
    return path == CHECKPOINT or is_stamp(path) or Tile.parse(path) is not None


def _check_path(path: str) -> None:
    if not _is_ours(path):
        raise Misuse(
            f"{path!r} is no path of a log: write a checkpoint, tiles, bundles and timestamps only."
        )


def _overwrites(path: str) -> TileRefused:
    return TileRefused(
        f"{path} is published with other content and is not overwritten.",
        path=path,
        hint="The office's record of the log differs from the public one, as after an old backup "
        "was restored. Run `firsthand log fsck` and take the public log as the true one.",
    )


def _make_folder(folder: Path) -> None:
    """Create it and what is above it, each made durable in its parent."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _replace(place: Path, data: bytes) -> None:
    draft = place.with_name(f".{place.name}.{os.getpid()}.{get_ident()}")
    try:
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
