"""The Go toolchain out of `.servers/go`, for referees that nobody here wrote."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
UNPACKED = PROJECT / ".servers" / "go"


@dataclass(frozen=True, slots=True)
class Go:
    """The Go toolchain with golang.org/x/mod, for referees that nobody here wrote."""

    binary: Path
    environment: dict[str, str]

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """`go ARGUMENTS`, such as `run("run", program, "argument")`; a failure does not raise."""
        command = [str(self.binary), *map(str, arguments)]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )


def toolchain(home: Path) -> Go:
    """Go with `home` for its caches, its standard library and golang.org/x/mod (note, tlog)."""
    if not (UNPACKED / ".stamp").exists():
        raise FileNotFoundError("Go is missing from .servers/go. Run: make servers")
    root = UNPACKED / "usr/lib/go-1.19"
    environment = {
        "PATH": f"{root}/bin:/usr/bin:/bin",
        "HOME": str(home),
        "GOROOT": str(root),
        "GOPATH": str(UNPACKED / "usr/share/gocode"),
        "GOCACHE": str(home / "cache"),
        "GO111MODULE": "off",
        "CGO_ENABLED": "0",
    }
    return Go(root / "bin/go", environment)
