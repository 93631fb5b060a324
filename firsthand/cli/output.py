"""How commands speak: tables for people, JSON for programs, one line for a failure."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from firsthand.core.errors import FirsthandError

json_option: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="Answer with JSON."
)


def say(text: str) -> None:
    """A line for a person."""
    click.echo(text)


def show(value: Any, *, as_json: bool, text: Callable[[], str]) -> None:
    """The answer of a reading command: `value` as JSON, or what `text` makes for a person."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str) if as_json else text())


def fail(problem: FirsthandError, words: Sequence[str]) -> int:
    """Tell a failure as the contract says, and the exit code for it."""
    message, hint = (" ".join(part.split()) for part in (problem.message, problem.hint))
    line = f"{message} {hint}".strip()
    if "--json" in words:
        error = {"code": problem.code, "message": message, "hint": hint}
        click.echo(json.dumps({"error": error}, ensure_ascii=False))
    print(f"firsthand: {line}", file=sys.stderr)
    return 2 if problem.code == "misuse" else 1


def table(rows: Sequence[Sequence[str]], *, head: Sequence[str] = ()) -> str:
    """Columns, aligned; wide characters counted as two."""
    from rich.cells import cell_len

    every = [list(head), *[list(row) for row in rows]] if head else [list(row) for row in rows]
    if not every:
        return ""
    widths = [max(cell_len(row[i]) for row in every) for i in range(len(every[0]))]
    return "\n".join(
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in every
    )


class Bar:
    """A bar on a terminal; called with (bytes done, bytes in all, messages read)."""

    def __init__(self, *, hidden: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("{task.fields[count]:>8} messages"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=hidden,
        )
        self.task = self.bar.add_task("", count=0, total=None)

    def __enter__(self) -> Bar:
        self.bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.stop()

    def __call__(self, done: int, total: int, count: int) -> None:
        self.bar.update(self.task, completed=done, total=total, count=count)
