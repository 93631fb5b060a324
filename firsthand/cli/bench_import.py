"""`firsthand bench import`: how fast mail is taken in, beside notmuch and mu on the same Maildir."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from firsthand.cli.output import json_option, show, table
from firsthand.core.errors import Misuse, Permanent

SERVERS = Path(__file__).parents[2] / ".servers"
_LOOK = 0.1
_OWNER = ("--name", "Bench", "--email", "bench@firsthand.invalid")


@click.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--messages",
    type=click.IntRange(min=1),
    help="So many: the first ones, or all of them again with other ids, dates and subjects.",
)
@json_option
def import_(path: Path, messages: int | None, as_json: bool) -> None:
    """How fast the mail under PATH is taken in and ranked, beside notmuch and mu."""
    from firsthand.cli import bench_letters, setting_up

    with tempfile.TemporaryDirectory(prefix="firsthand-bench-") as folder:
        home, mail = Path(folder), Path(folder, "mail")
        count = bench_letters.write_maildir(path, mail, most=messages, now=setting_up.now())
        if not count:
            raise Misuse(f"There is no mail under {path}.")
        runs = [_ours(home, mail), _notmuch(home, mail), _mu(home, mail)]
    value = {
        "messages": count,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_before": round(os.getloadavg()[2], 1),
        "runs": [_figures(run, count, runs[0]) for run in runs],
    }
    show(value, as_json=as_json, text=lambda: _told(value))


def _ours(home: Path, mail: Path) -> dict[str, Any]:
    environment = {**os.environ, "FIRSTHAND_HOME": str(home / "office"), "LOG_LEVEL": "ERROR"}
    environment.pop("DATABASE_URL", None)
    program = [sys.executable, "-c", "from firsthand.cli import main; main()"]
    subprocess.run(
        [*program, "init", *_OWNER], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    return _timed("firsthand", [*program, "import", str(mail), "--json"], environment)


def _notmuch(home: Path, mail: Path) -> dict[str, Any]:
    settings = home / "notmuch.config"
    settings.write_text(f"[database]\npath={mail}\n[user]\nprimary_email={_OWNER[-1]}\n")
    environment = _unpacked("notmuch") | {"NOTMUCH_CONFIG": str(settings), "HOME": str(home)}
    return _peer("notmuch", ["new", "--quiet"], environment)


def _mu(home: Path, mail: Path) -> dict[str, Any]:
    environment = _unpacked("mu") | {"HOME": str(home)}
    place = f"--muhome={home / 'mu'}"
    if _program("mu"):
        made = [str(_program("mu")), "init", place, f"--maildir={mail}", "--quiet"]
        subprocess.run(made, env=environment, check=True, stdout=subprocess.DEVNULL)
    return _peer("mu", ["index", place, "--quiet"], environment)


def _peer(name: str, words: Sequence[str], environment: dict[str, str]) -> dict[str, Any]:
    program = _program(name)
    if program is None:
        return {"name": name, "missing": f"It is not here: scripts/servers {name} fetches it."}
    return _timed(name, [str(program), *words], environment)


def _program(name: str) -> Path | None:
    found = SERVERS / name / "usr" / "bin" / name
    return found if found.exists() else None


def _unpacked(name: str) -> dict[str, str]:
    libraries = SERVERS / name / "usr" / "lib" / f"{platform.machine()}-linux-gnu"
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "LD_LIBRARY_PATH": str(libraries)}


def _timed(name: str, command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """Run a program to its end: seconds, and the most memory of it and its children together."""
    click.echo(f"{name} …", err=True)
    os.sync()  # what was written before is not this one's to wait for
    memory: dict[int, int] = {}
    began, used = time.monotonic(), _worked()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        memory |= dict(_peaks(process.pid))
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK)
    seconds = time.monotonic() - began
    if process.returncode:
        raise Permanent(f"{name} ended with {process.returncode}.", hint="Its words are above.")
    return {
        "name": name,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(_worked() - used, 2),
        "peak_mb": sum(memory.values()) // 1024,
    }


def _worked() -> float:
    """Processor seconds of all programs that were run so far, with their children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peaks(pid: int) -> Iterator[tuple[int, int]]:
    """Each process of the tree with its peak of resident memory so far, in kB (Linux)."""
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        yield from ((pid, int(line.split()[1])) for line in lines if line.startswith("VmHWM"))
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from _peaks(int(child))


def _figures(run: dict[str, Any], count: int, ours: dict[str, Any]) -> dict[str, Any]:
    if "missing" in run:
        return run
    return {
        **run,
        "rate": round(count / run["seconds"], 1),
        "times": round(run["seconds"] / ours["seconds"], 2),
    }


def _told(value: dict[str, Any]) -> str:
    columns: dict[str, Callable[[Any], str]] = {
        "seconds": str,
        "rate": lambda rate: f"{rate:,.0f}",
        "cpu_seconds": str,
        "peak_mb": str,
        "times": str,
    }
    rows = [
        [run["name"], *(form(run[key]) if key in run else "" for key, form in columns.items())]
        for run in value["runs"]
    ]
    head = ("", "seconds", "messages/s", "CPU seconds", "peak MB", "times ours")
    lines = [f"{value['messages']:,} messages; {value['machine']}", table(rows, head=head)]
    lines += [f"{run['name']}: {run['missing']}" for run in value["runs"] if "missing" in run]
    return "\n".join(lines)
