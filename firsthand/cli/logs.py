"""`firsthand log`: audit the log, export it."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from firsthand.cli import setting_up, typed
from firsthand.cli.output import json_option, say, show
from firsthand.cli.timestamps import timestamp
from firsthand.cli.witnesses import witness
from firsthand.core.errors import Misuse, Permanent
from firsthand.tlog.note import Verifier


@click.group()
def log() -> None:
    """The transparency log: audit it, export it for a plain file server, have it witnessed."""


log.add_command(witness)
log.add_command(timestamp)


@log.command()
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A log elsewhere; this office's if not told.",
)
@click.option("--vkey", type=typed.vkey, help="The verifier key of a log elsewhere.")
@json_option
def fsck(folder: Path | None, vkey: Verifier | None, as_json: bool) -> int:
    """Check every entry, tile and timestamp, and the root. Exit 0 only for a sound log."""
    from firsthand.tlog.store import LocalStore
    from firsthand.tlog.verify import fsck as audit

    if folder and not vkey:
        raise Misuse("A log elsewhere needs its key.", hint="Give it with --vkey.")
    key = vkey or Verifier.parse(setting_up.office().log_vkey)
    store = LocalStore(folder or _published())
    result = audit(store, key, paths=store.paths())
    problems = list(map(str, result.problems)) + ([] if folder else _changed_stamps())
    sound = not problems
    value = {
        "ok": sound,
        "entries": result.entries,
        "tiles": result.tiles,
        "problems": problems,
    }
    line = f"{result.entries} entries, {result.tiles} tiles: {'sound' if sound else 'NOT sound'}."
    show(value, as_json=as_json, text=lambda: "\n".join([line, *(f"  {p}" for p in problems)]))
    return 0 if sound else 1


def _changed_stamps() -> list[str]:
    from firsthand.office import ledger

    told = "is not the timestamp that the authority gave: remove it, and it is shown again"
    return [f"{path}: {told}" for path in ledger.changed_stamps()]


def _published() -> Path:
    """This office's log, with every entry shown that was committed."""
    setting_up.office()
    from django.conf import settings

    from firsthand.office import ledger

    ledger.publish()
    ledger.show_stamps()
    return Path(settings.LOG_FOLDER)


@log.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(folder: Path) -> None:
    """Copy the log's files into a folder that any file server can serve."""
    try:
        shutil.copytree(
            _published(), folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*")
        )
    except OSError as problem:
        raise Permanent(f"The log could not be copied: {problem}.") from None
    say(f"The log is in {folder}.")
