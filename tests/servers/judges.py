"""The referees out of `.servers/referees` and `.servers/openssl`: programs that nobody here wrote.

A judge that exits with 0 accepts. Each runs with an environment of its own, apart from ours.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
INSTALLED = PROJECT / ".servers" / "referees"
OPENSSL = PROJECT / ".servers" / "openssl"
PROGRAMS = Path(__file__).with_name("referees")

Verdict = subprocess.CompletedProcess[bytes]


def python(program: str, *arguments: object, text: bytes = b"") -> Verdict:
    """A program of `referees/python`, with the packages it judges by."""
    return _run([*in_python(), PROGRAMS / "python" / program, *arguments], text)


def in_python() -> list[object]:
    """The command that runs Python with the referees' packages and without ours."""
    return [_installed("bin/python"), "-I"]


def tlog_tiles(*arguments: object) -> Verdict:
    """The command line of tlog-scales itself."""
    return _run([_installed("bin/tlog-tiles"), *arguments])


def node(program: str, *arguments: object) -> Verdict:
    """A program of `referees/node`; it is told where the npm packages are."""
    packages = _installed("node_modules")
    return _run([_installed("bin/node"), PROGRAMS / "node" / program, packages, *arguments])


def openssl(*arguments: object, folder: Path) -> Verdict:
    """Debian's openssl with its own libraries, run in `folder`."""
    if not (OPENSSL / ".stamp").exists():
        raise FileNotFoundError("OpenSSL is missing from .servers/openssl. Run: make servers")
    libraries = ":".join(map(str, OPENSSL.glob("usr/lib/*-linux-gnu*")))
    more = {"LD_LIBRARY_PATH": libraries, "OPENSSL_CONF": str(OPENSSL / "etc/ssl/openssl.cnf")}
    return _run([OPENSSL / "usr/bin/openssl", *arguments], folder=folder, more=more)


def _installed(path: str) -> Path:
    if not (INSTALLED / ".stamp").exists():
        raise FileNotFoundError(
            "The referees are missing from .servers/referees. Run: make servers"
        )
    return INSTALLED / path


def _run(
    command: list[object],
    text: bytes = b"",
    *,
    folder: Path | None = None,
    more: dict[str, str] | None = None,
) -> Verdict:
    environment = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **(more or {})}
    return subprocess.run(
        [str(part) for part in command],
        input=text,
        capture_output=True,
        timeout=120,
        check=False,
        env=environment,
        cwd=folder,
    )
