"""`firsthand bench`: the figures of docs/benchmarks.md, measured again. Needs no office."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from firsthand.cli.bench_import import import_
from firsthand.cli.bench_junk import junk
from firsthand.cli.bench_log import log
from firsthand.cli.bench_pages import pages
from firsthand.cli.output import json_option, show, table


@click.group()
def bench() -> None:
    """The benchmarks: measure again what the documents say."""


bench.add_command(junk)


bench.add_command(log)


bench.add_command(import_)


bench.add_command(pages)


@bench.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--as", "owner", default="", help="Whose it is, where PATH is one mailbox.")
@json_option
def attention(path: Path, owner: str, as_json: bool) -> None:
    """Which letters their owner answers. PATH: a folder or mbox for each mailbox, or one mailbox."""
    from firsthand.learning.bench_attention import run

    report = run(path, owner=owner, tell=_progress)
    show(report, as_json=as_json, text=lambda: _attention(report))


def _progress(line: str) -> None:
    """A line on a terminal that the next one replaces; nothing in a pipe."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{line}", nl=False, err=True)


def _attention(report: dict[str, Any]) -> str:
    figures = ("average_precision", "roc_auc", "recall_5", "recall_10", "recall_20")
    head = ("", "AP", "AUC", "5 %", "10 %", "20 %")
    means = [
        (name.replace("_", " "), *(f"{row[each]:.3f}" for each in figures))
        for name, row in report["mean"].items()
    ]
    bins = [
        (_bin(row["said"]), str(row["letters"]), f"{row['said']:.3f}", f"{row['true']:.3f}")
        for row in report["calibration"]
    ]
    best = report["best_of_others"].replace("_", " ")
    parts = [
        f"{len(report['mailboxes'])} mailboxes, mean of the later part of each; "
        "recall in the top of each day.",
        table(means, head=head),
        "What was lost below the line of 20 % is told by kind: from people who had not written before, "
        "not to the owner, to many, without a question.",
        f"{report['gain']:+.0%} average precision against {best}, the best of those to beat.",
        *(_mailbox(each) for each in report["mailboxes"]),
        "How often what is said comes true, on the later part of all; expected calibration error "
        f"{report['calibration_error']:.3f}:",
        table(bins, head=("said", "letters", "said in the mean", "came true")),
        _pooled_minutes(report["minutes"]),
        f"{report['letters']} letters described, scored and learned from "
        f"in {report['seconds']} seconds.",
    ]
    if report["skipped"]:
        names = "; ".join(f"{each['name']}: {each['why']}" for each in report["skipped"])
        parts.append(f"Not measured, for want of answers: {names}.")
    return "\n\n".join(parts)


def _bin(said: float) -> str:
    low = min(9, int(said * 10))
    return f"{low / 10:.1f} to {(low + 1) / 10:.1f}"


def _pooled_minutes(took: dict[str, Any]) -> str:
    if not took["known"]:
        return "Minutes: no answer could be timed."
    return (
        f"Minutes of {took['known']} answers in {took['mailboxes']} mailboxes: {took['error']} off in "
        f"the middle, {took['mean_error']} in the mean ({took['error_of_usual']} and "
        f"{took['mean_error_of_usual']} for always guessing the usual, which was nearer in "
        f"{took['usual_was_nearer_in']} mailboxes; {took['mean_error_of_mean']} in the mean for the "
        f"mean). All together {took['together']:.0%} of what they took was predicted; the time "
        "between two letters that are sent is what they took, pauses and all."
    )


def _mailbox(box: dict[str, Any]) -> str:
    head = ("", "AP", "AUC", "5 %", "10 %", "20 %", "lost below the line of 5, 10, 20 %",
            "new", "not to", "to many", "no ?")  # fmt: skip
    figures = ("average_precision", "roc_auc", "recall_5", "recall_10", "recall_20")
    rows = [
        (
            name.replace("_", " "),
            *(f"{row[each]:.3f}" for each in figures),
            ", ".join(str(each) for each in row["lost"].values())
            + f" of {box['measured_answered']}",
            *(str(count) for kind, count in row["lost_kinds"].items() if kind != "all"),
        )
        for name, row in box["orders"].items()
    ]
    took = box["minutes"]
    about = (
        f"{box['name']}: {box['letters']} letters, {box['answered']} answered; measured on "
        f"{box['measured']}; of {box['unknowable']} nobody can know. Calibration error "
        f"{box['calibration_error']:.3f}."
    )
    minutes = (
        f"Minutes: {took['error']} off in the middle ({took['error_of_usual']} for always "
        f"guessing the usual), {took['mean_error']} in the mean ({took['mean_error_of_usual']}), "
        f"{took['known']} answers; words of an answer within a factor of "
        f"{took['words_times']}."
        if took["known"]
        else "Minutes: no answer could be timed."
    )
    return "\n".join((about, table(rows, head=head), minutes))
