"""What people type after a command, read so that a slip is told in plain words."""

from __future__ import annotations

import math
import re
import sys
from datetime import datetime
from typing import Any

import click

from firsthand.core.errors import FirsthandError, Misuse
from firsthand.tlog.note import Verifier

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def moment(text: str) -> datetime:
    """A local time, without its zone. Raises BadParameter."""
    return _read(text, f"{_DAY}[T ][0-9]{{2}}:[0-9]{{2}}", "time", like="2026-05-17T14:30")


def day(text: str) -> datetime:
    """The beginning of a day, without its zone. Raises BadParameter."""
    return _read(text, _DAY, "day", like="2026-05-17")


def _read(text: str, form: str, noun: str, *, like: str) -> datetime:
    try:
        if re.fullmatch(form, text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise click.BadParameter(f"“{text}” is no {noun}; write it like {like}.")


def minutes(_context: click.Context, _option: click.Parameter, value: float | None) -> float | None:
    """Minutes that can be counted with: no range of click's keeps NaN out. Raises BadParameter."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("“nan” is no number of minutes.")
    return value


def vkey(text: str) -> Verifier:
    """The verifier key of a log or a witness (c2sp.org/signed-note). Raises BadParameter."""
    try:
        return Verifier.parse(text)
    except FirsthandError as problem:
        raise click.BadParameter(f"{problem.message} {problem.hint}".strip()) from None


def text_in(file: Any, *, how: str) -> str:
    """A text out of a file or standard input. Raises Misuse; `how`: to give one that is not empty."""
    if file is sys.stdin and sys.stdin.isatty():
        click.echo("Write the text, then end it with Ctrl-D.", err=True)
    try:
        text: str = file.read().rstrip("\n")
    except UnicodeDecodeError:
        raise Misuse("The text is not UTF-8.", hint="Save it as UTF-8 first.") from None
    if not text.strip():
        raise Misuse("The text is empty.", hint=how)
    return text


def secret(label: str, *, variable: str, default: str | None = None) -> str:
    """Ask for a secret unseen; from a pipe, take its next line. Raises Misuse where there is none."""
    name = label.rstrip(".")
    if sys.stdin.isatty():
        asked: str = click.prompt(
            f"{name[:1].upper()}{name[1:]}",
            default=default,
            hide_input=True,
            show_default=False,
            err=True,
        )
        return asked
    given = sys.stdin.readline().rstrip("\r\n") or default
    if given is None:
        raise Misuse(f"{name[:1].upper()}{name[1:]} is needed.", hint=f"Give it in {variable}.")
    return given
