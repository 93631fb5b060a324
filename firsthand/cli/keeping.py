"""Taking one's data elsewhere, and keeping it: `export`, `backup`, `restore`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from firsthand import environment
from firsthand.cli import setting_up
from firsthand.cli.output import Bar, json_option, say, show
from firsthand.core.errors import Misuse


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def export(folder: Path, as_json: bool) -> None:
    """Write all of your data into a new folder: mbox, JSON, records, the log. No keys, no passwords."""
    setting_up.office()
    from firsthand.office.export import export as write

    with Bar(hidden=as_json or not sys.stderr.isatty()) as bar:
        counts = write(folder=folder, now=setting_up.now(), progress=bar)
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    show(
        {"folder": str(folder), "counts": counts},
        as_json=as_json,
        text=lambda: f"In {folder}: {told}, and the log.",
    )


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the whole office into one file (tar.gz), also while it runs. It holds the keys."""
    from firsthand.office.backup import backup as copy

    _must_be_sqlite()
    parts = copy(home=environment.home(), file=file)
    say(f"{file} holds {', '.join(parts)}.")
    if "sealing.key" in parts:
        say("Who has this file has the office: keep it where only you can read it.")
    else:
        say("The sealing key is not in it (it comes from $SEALING_KEY): keep that too.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Unpack a backup into a home that is new or empty."""
    from firsthand.office.backup import restore as unpack

    _must_be_sqlite()
    home = environment.home()
    parts = unpack(file=file, home=home)
    say(f"In {home}: {', '.join(parts)}.")
    say(
        "If the office went on after this backup, do not serve it before you have read\n"
        "docs/settings.md, “An older backup”: its log would fork, and letters could leave twice."
    )


def _must_be_sqlite() -> None:
    if environment.text("DATABASE_URL"):
        raise Misuse(
            "The database of this office is a server ($DATABASE_URL), which keeps its own backups.",
            hint="Use pg_dump and pg_restore, and copy the home beside it.",
        )
