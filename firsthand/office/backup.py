"""A copy of an office's home in one file, and back. No Django: a restore comes before any office.

The copy holds the keys. It must not follow a link or leave the home when it is unpacked.
"""

from __future__ import annotations

import os
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path, PurePosixPath

from firsthand.core.errors import Misuse, Permanent

DATABASE = "office.sqlite3"
KEYS = ("sealing.key", "secret.key")
LOG = "log"


def backup(*, home: Path, file: Path) -> tuple[str, ...]:
    """Copy the office of `home` into `file`, readable by its owner only; which parts are in it.

    The log's files go first and the database last: the files then never show what it does not know.
    """
    if not (home / DATABASE).is_file():
        raise Misuse(f"There is no {DATABASE} in {home}.", hint="Look at $FIRSTHAND_HOME.")
    if file.exists():
        raise Misuse(f"{file} exists already.", hint="Name a new file.")
    part = file.with_name(f".{file.name}.part")
    try:
        with (
            open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "wb") as raw,
            tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as tar,
        ):
            parts = tuple(_pack(tar, home))
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(file)
    except FileExistsError:
        raise Misuse(f"{part} exists: another backup runs, or died.", hint="Remove it.") from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return parts


def _pack(tar: tarfile.TarFile, home: Path) -> Iterator[str]:
    for path in _log_files(home / LOG):
        with suppress(FileNotFoundError):  # a partial tile that was completed meanwhile
            tar.add(path, path.relative_to(home).as_posix(), recursive=False)
    yield LOG
    for name in KEYS:
        if (home / name).is_file():
            tar.add(home / name, name, recursive=False)
            yield name
    with tempfile.TemporaryDirectory(dir=home, prefix=".backup-") as folder:
        copy = Path(folder, DATABASE)
        with (
            closing(sqlite3.connect(home / DATABASE, timeout=60)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        tar.add(copy, DATABASE)
    yield DATABASE


def _log_files(folder: Path) -> list[Path]:
    """The checkpoint first: tiles that come later can only show more than it says."""
    shown = [path for path in folder.rglob("*") if path.is_file() and path.name[0] != "."]
    return sorted(shown, key=lambda path: (path.name != "checkpoint", path))


def restore(*, file: Path, home: Path) -> tuple[str, ...]:
    """Unpack a backup into `home`, new or empty: all of it or nothing; the parts that were in it."""
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise Misuse(
            f"{home} is not empty.",
            hint="Restore into another $FIRSTHAND_HOME, or move this one away first.",
        )
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent, prefix=".restore-") as folder:
        made = Path(folder, "home")
        made.mkdir(mode=0o700)
        try:
            with tarfile.open(file, "r:gz") as tar:
                members = [_checked(member) for member in tar]
                for member in members:
                    _unpack(tar, member, made)
                while tar.fileobj and tar.fileobj.read(1 << 20):
                    pass  # to the end, where the checksum is
        except (tarfile.TarError, EOFError, zlib.error) as problem:
            raise Permanent(f"{file} is no whole backup: {problem}.") from None
        _must_be_an_office(made / DATABASE, file)
        made.replace(home)
    return tuple(sorted({PurePosixPath(member.name).parts[0] for member in members}))


def _checked(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member, if a backup of ours could have it. Raises Misuse."""
    path = PurePosixPath(member.name)
    known = member.name in (DATABASE, *KEYS) or (len(path.parts) > 1 and path.parts[0] == LOG)
    if not (known and member.isreg()) or ".." in path.parts or path.is_absolute():
        raise Misuse(
            f"{member.name!r} does not belong into a backup, so nothing was restored.",
            hint="Use a file that `firsthand backup` made.",
        )
    return member


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, home: Path) -> None:
    place = home / member.name
    place.parent.mkdir(parents=True, exist_ok=True)
    source = tar.extractfile(member)
    assert source is not None
    public = place.parent != home
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    with source, open(os.open(place, flags, 0o644 if public else 0o600), "wb") as target:
        while block := source.read(1 << 20):
            target.write(block)
        target.flush()
        os.fsync(target.fileno())


def _must_be_an_office(database: Path, file: Path) -> None:
    try:
        with closing(sqlite3.connect(database)) as found:
            whole = found.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            office = found.execute("SELECT count(*) FROM office_office").fetchone() == (1,)
    except sqlite3.Error:
        whole = office = False
    if not (whole and office):
        raise Permanent(f"The database in {file} is damaged or no office's.")
