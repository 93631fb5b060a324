"""Bogofilter, the filter to compare with, as the program that Debian packages (make servers).

A process for each letter, as a mail server would run it; what it learns lies in a folder of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from firsthand.core.errors import Temporary
from firsthand.learning.junk_stream import Opinion

_LINE = 0.99  # its own spam_cutoff
_UNPACKED = Path(__file__).resolve().parents[2] / ".servers" / "bogofilter"


def found() -> Path | None:
    """The program: unpacked here, else on the path."""
    for name in ("bogofilter-sqlite", "bogofilter"):
        if (unpacked := _UNPACKED / "usr" / "bin" / name).exists():
            return unpacked
    installed = shutil.which("bogofilter")
    return Path(installed) if installed else None


class Bogofilter:
    """With its defaults, and every letter taught, as its manual proposes for the beginning."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program, self._folder = program, folder
        libraries = ":".join(str(path) for path in _UNPACKED.glob("usr/lib/*-linux-gnu*"))
        self._environment = {**os.environ, "LD_LIBRARY_PATH": libraries}
        self._run("-n", raw=b"")

    def score(self, raw: bytes) -> Opinion:
        score = float(self._run("-TT", raw=raw).split()[-1])
        return Opinion(score, score >= _LINE)

    def learn(self, raw: bytes, junk: bool) -> None:
        self._run("-s" if junk else "-n", raw=raw)

    def _run(self, act: str, *, raw: bytes) -> bytes:
        done = subprocess.run(
            [self._program, "-C", "-d", self._folder, act],
            input=raw, capture_output=True, env=self._environment, check=False,
        )  # fmt: skip
        if done.returncode > 2:  # 0 junk, 1 good, 2 unsure
            why = done.stderr.decode("utf-8", "replace").strip()
            raise Temporary(f"bogofilter failed: {why}", hint="Run: make servers")
        return done.stdout
