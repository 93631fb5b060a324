"""A backup is whole, is its owner's only, and a restore takes nothing but a backup."""

from __future__ import annotations

import io
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from firsthand.core.errors import FirsthandError, Misuse, Permanent
from firsthand.office.backup import backup, restore


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An office's home, open and being written."""
    home = tmp_path / "home"
    (home / "log" / "tile").mkdir(parents=True)
    (home / "log" / "checkpoint").write_text("head")
    (home / "log" / "tile" / "0").write_bytes(b"tile")
    (home / "log" / ".lock").write_text("")
    (home / "sealing.key").write_text("seals")
    (home / "secret.key").write_text("signs")
    with closing(sqlite3.connect(home / "office.sqlite3")) as rows:
        rows.execute("PRAGMA journal_mode=WAL")
        rows.execute("CREATE TABLE office_office (name TEXT)")
        rows.execute("INSERT INTO office_office VALUES ('Ada')")
        rows.commit()
    return home


def test_what_is_backed_up_while_it_runs_comes_back(home: Path, tmp_path: Path) -> None:
    file, new = tmp_path / "copy.tar.gz", tmp_path / "new"
    with closing(sqlite3.connect(home / "office.sqlite3")) as writer:
        writer.execute("UPDATE office_office SET name = 'Ada Ferrer'")
        writer.commit()  # it lies in the -wal file, which no plain copy of the database has
        writer.execute("UPDATE office_office SET name = 'nobody'")
        assert set(backup(home=home, file=file)) == {
            "log", "sealing.key", "secret.key", "office.sqlite3",
        }  # fmt: skip
        writer.rollback()
    assert file.stat().st_mode & 0o777 == 0o600
    assert not [p for p in (*home.iterdir(), *tmp_path.iterdir()) if p.name.startswith(".")]
    new.mkdir()
    restore(file=file, home=new)
    assert new.stat().st_mode & 0o777 == 0o700
    assert (new / "sealing.key").stat().st_mode & 0o777 == 0o600
    same = ["log/checkpoint", "log/tile/0", "sealing.key", "secret.key"]
    assert all((new / name).read_bytes() == (home / name).read_bytes() for name in same)
    assert not (new / "log" / ".lock").exists()
    with closing(sqlite3.connect(new / "office.sqlite3")) as rows:
        assert rows.execute("SELECT name FROM office_office").fetchall() == [("Ada Ferrer",)]


def test_nothing_is_overwritten(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "copy.tar.gz"
    backup(home=home, file=file)
    before = file.read_bytes()
    with pytest.raises(Misuse, match="exists already"):
        backup(home=home, file=file)
    with pytest.raises(Misuse, match="not empty"):
        restore(file=file, home=home)
    assert file.read_bytes() == before
    with pytest.raises(Misuse, match=r"no office\.sqlite3"):
        backup(home=tmp_path / "nowhere", file=tmp_path / "other.tar.gz")


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


@pytest.mark.parametrize(
    "member",
    [
        entry("../evil"),
        entry("/etc/evil"),
        entry("log/../../evil"),
        entry("log//../evil"),
        entry("evil"),
        entry("log/checkpoint", tarfile.SYMTYPE, "/etc/passwd"),
        entry("sealing.key", tarfile.LNKTYPE, "secret.key"),
        entry("log", tarfile.SYMTYPE, "/etc"),
        entry("log/pipe", tarfile.FIFOTYPE),
        entry("log/folder", tarfile.DIRTYPE),
    ],
    ids=lambda member: f"{member.name} {member.type!r}",
)
def test_a_restore_unpacks_nothing_else(
    home: Path, tmp_path: Path, member: tarfile.TarInfo
) -> None:
    file, new = tmp_path / "evil.tar.gz", tmp_path / "deep" / "new"
    with tarfile.open(file, "w:gz") as tar:
        tar.add(home / "office.sqlite3", "office.sqlite3")
        tar.addfile(member, io.BytesIO())
    with pytest.raises(Misuse, match="does not belong"):
        restore(file=file, home=new)
    assert not new.exists()
    assert not list(new.parent.iterdir())


@pytest.mark.parametrize("kept", [0, 10, 200, -20])
def test_a_broken_file_is_told_and_nothing_is_restored(
    home: Path, tmp_path: Path, kept: int
) -> None:
    file, new = tmp_path / "copy.tar.gz", tmp_path / "new"
    backup(home=home, file=file)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(FirsthandError):
        restore(file=file, home=new)
    assert not new.exists()


def test_a_damaged_database_is_not_restored(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "copy.tar.gz"
    (tmp_path / "other").write_bytes(b"no database at all")
    with tarfile.open(file, "w:gz") as tar:
        tar.add(tmp_path / "other", "office.sqlite3")
    with pytest.raises(Permanent, match="damaged"):
        restore(file=file, home=tmp_path / "new")
    assert not (tmp_path / "new").exists()
