"""`firsthand bench junk`: what is learned about junk, measured beside bogofilter."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from firsthand.cli.output import json_option, show, table

_FOLDER = click.Path(path_type=Path)


@click.command()
@click.option(
    "--ham",
    required=True,
    type=_FOLDER,
    help="Good letters: a folder of files, a Maildir or an mbox.",
)
@click.option("--spam", required=True, type=_FOLDER, help="Junk, likewise.")
@click.option("--limit", type=click.IntRange(min=2), help="Only the first so many of the stream.")
@click.option("--shuffle", type=int, help="An order by chance with this seed, instead of time.")
@click.option("--alone", is_flag=True, help="Without bogofilter, which takes longest.")
@json_option
def junk(
    ham: Path, spam: Path, limit: int | None, shuffle: int | None, alone: bool, as_json: bool
) -> None:
    """How well junk is told from good letters when each is scored before its label is known."""
    from firsthand.learning.bench_junk import run

    report = run(ham, spam, limit=limit, shuffle=shuffle, alone=alone, tell=_progress)
    show(report, as_json=as_json, text=lambda: _told(report))


def _progress(line: str) -> None:
    """A line on a terminal that the next one replaces; nothing in a pipe."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{line}", nl=False, err=True)


def _told(report: dict[str, Any]) -> str:
    feedback = {"at_once": "told at once", "in_batches": f"told every {report['batch']} letters"}
    rows = [
        (
            name,
            feedback[how],
            f"{each['one_minus_roca_percent']:.4f}",
            f"{each['caught_percent_at_0.1']:.2f}",
            f"{each['caught_percent_at_1']:.2f}",
            f"{each['good_lost']} ({each['good_lost_per_thousand']:.2f} ‰)",
            f"{each['caught_percent']:.2f}",
            str(each["letters_per_second"]),
        )
        for name, runs in report["filters"].items()
        for how, each in runs.items()
    ]
    head = ("", "", "1-ROCA %", "caught at 0.1 % lost", "at 1 %", "good lost at its own line",
            "caught %", "letters/s")  # fmt: skip
    about = (
        f"{report['letters']} letters: {report['good']} good, {report['junk']} junk, in the order "
        f"of {report['order']}; {report['dated']} with a date."
    )
    kept = f"What was learned takes {report['model_bytes'] / 1e6:.1f} MB."
    return "\n\n".join(
        part for part in (about, table(rows, head=head), kept, report["note"]) if part
    )
