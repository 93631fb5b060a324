"""A real PostgreSQL without root, out of `.servers/postgres`, reached by a socket in its own folder.

It listens on no port. Root's tests run it as nobody, because it refuses to run as root.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
UNPACKED = PROJECT / ".servers" / "postgres"
START_SECONDS = 30.0
# Nothing of it outlives a test, so nothing is worth waiting for the disk.
FAST = ["fsync=off", "full_page_writes=off", "synchronous_commit=off"]


class NotStarted(Exception):
    """The server did not come up; the message ends with its own log."""


@contextmanager
def running() -> Iterator[str]:
    """The address of an empty database; the server also ends when this process is killed."""
    if not (UNPACKED / ".stamp").exists():
        raise NotStarted("PostgreSQL is missing from .servers/postgres. Run: make servers")
    # A short path: a socket's may have 107 characters. Closed to others: nobody asks for a password.
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    process = None
    try:
        programs = _lay_out(home)
        process = _start(programs, home)
        yield f"postgresql:///postgres?host={home}&user=firsthand"
    finally:
        if process:
            process.terminate()
            process.wait(timeout=20)
        shutil.rmtree(home, ignore_errors=True)


def of_home(home: Path) -> dict[str, str]:
    """What tells a program in `home` its database: nothing on SQLite, which lies there; where the
    tests run on PostgreSQL (tests.on_postgres), the address of one for this home alone."""
    address = os.environ.get("DATABASE_URL")
    if not address:
        return {}
    import psycopg  # installed for the tests, but not for an office on SQLite
    from psycopg import sql

    name = f"home_{hashlib.sha256(str(home).encode()).hexdigest()[:20]}"
    with psycopg.connect(address, autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return {"DATABASE_URL": address.replace("/postgres?", f"/{name}?")}


def rows_of(home: Path) -> Any:
    """A connection to the database of the office in `home`, to read what a process there has done."""
    address = of_home(home).get("DATABASE_URL")
    if not address:
        return sqlite3.connect(f"file:{home / 'office.sqlite3'}?mode=ro", uri=True)
    import psycopg

    return psycopg.connect(address, autocommit=True)


def _lay_out(home: Path) -> Path:
    """Copies the programs to where nobody can read them; an empty cluster beside them."""
    for part in ("usr/lib/postgresql", "usr/share/postgresql"):
        unwanted = shutil.ignore_patterns("bitcode", "llvmjit*", "locale", "man")
        shutil.copytree(UNPACKED / part, home / "program" / part, symlinks=True, ignore=unwanted)
    if os.getuid() == 0:
        os.chown(home, pwd.getpwnam("nobody").pw_uid, -1)
    (programs,) = (home / "program/usr/lib/postgresql").glob("*/bin")
    options = ["-U", "firsthand", "-A", "trust", "--no-sync", "--encoding=UTF8", "--no-locale"]
    made = subprocess.run(
        [*_become(), programs / "initdb", "-D", home / "data", *options],
        env=_environment(),
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise NotStarted(f"PostgreSQL made no database:\n{made.stdout}{made.stderr}")
    return programs


def _start(programs: Path, home: Path) -> subprocess.Popen[bytes]:
    settings = ["listen_addresses=", f"unix_socket_directories={home}", "max_connections=60", *FAST]
    options = [part for setting in settings for part in ("-c", setting)]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [*_become(), programs / "postgres", "-D", home / "data", *options],
            env=_environment(),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if "ready to accept connections" in (home / "log").read_text():
            return process
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise NotStarted("PostgreSQL did not start:\n" + (home / "log").read_text())


def _become() -> list[str]:
    """The signal on the parent's death is INT: PostgreSQL then lets go of its clients and ends."""
    become = ["setpriv", "--pdeathsig", "INT"]
    if os.getuid() == 0:
        account = pwd.getpwnam("nobody")
        become += [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    return become


def _environment() -> dict[str, str]:
    libraries = ":".join(map(str, UNPACKED.glob("usr/lib/*-linux-gnu*")))
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "LD_LIBRARY_PATH": libraries}
