"""The command line. Commands are loaded when called, so that `verify` needs no Django."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

import click

from firsthand.cli.output import fail
from firsthand.core.errors import FirsthandError

# Where each command lives; `firsthand.cli.` before it.
COMMANDS = {
    "up": "serving",
    "demo": "serving",
    "worker": "serving",
    "init": "owning",
    "connect": "connecting",
    "accounts": "owning",
    "sync": "owning",
    "link": "owning",
    "import": "reading",
    "today": "reading",
    "show": "reading",
    "search": "reading",
    "sort": "sorting",
    "put-back": "sorting",
    "draft": "answering",
    "edit": "answering",
    "ask": "answering",
    "approve": "answering",
    "reject": "answering",
    "discard": "answering",
    "send": "answering",
    "reply": "answering",
    "react": "answering",
    "follow": "answering",
    "undo": "answering",
    "settle": "answering",
    "drafts": "answering",
    "post": "publishing",
    "revise": "publishing",
    "posts": "publishing",
    "hands": "staffing",
    "hand": "staffing",
    "promises": "staffing",
    "promise": "staffing",
    "verify": "verifying",
    "log": "logs",
    "key": "keys",
    "report": "reporting",
    "erase": "erasing",
    "export": "keeping",
    "backup": "keeping",
    "restore": "keeping",
    "rebuild": "caring",
    "doctor": "caring",
    "bench": "benching",
}


# Where the function cannot have the name of its command.
NAMES = {"import": "import_", "show": "show_", "put-back": "put_back"}


class _Lazy(click.Group):
    """Knows its commands by name and imports one when it is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"firsthand.cli.{COMMANDS[name]}")
        command: click.Command = getattr(module, NAMES.get(name, name))
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="firsthand", prog_name="firsthand")
def firsthand() -> None:
    """The office of a person whom many people write to, with the curtain open."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line names."""
    run(firsthand, arguments)


def run(command: click.Command, arguments: Sequence[str] | None = None) -> None:
    """Run a command; an expected failure is one line on stderr: exit 2 for misuse, 1 otherwise."""
    words: list[str] = list(sys.argv[1:] if arguments is None else arguments)
    called = "firsthand" if command is firsthand else f"firsthand-{command.name}"
    try:
        result: Any = command.main(args=words, prog_name=called, standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as problem:
        click.echo(problem.format_message())
        sys.exit(2)
    except click.exceptions.Exit as problem:
        sys.exit(problem.exit_code)
    except click.Abort:
        sys.exit(fail(FirsthandError("Stopped."), words))
    except click.ClickException as problem:
        sys.exit(fail(_misuse(problem, _path(command, words, called)), words))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as problem:
        sys.exit(fail(FirsthandError(f"The system refused: {problem}."), words))
    except FirsthandError as problem:
        sys.exit(fail(problem, words))
    sys.exit(result if isinstance(result, int) else 0)


def _path(command: click.Command, words: Sequence[str], called: str) -> str:
    """The command that was meant, as it is called: the words before the first that is none."""
    path, ctx = called, click.Context(command)
    for word in words:
        found = command.get_command(ctx, word) if isinstance(command, click.Group) else None
        if found is None:
            break
        path, command = f"{path} {word}", found
    return path


def _misuse(problem: click.ClickException, path: str) -> FirsthandError:
    from firsthand.core.errors import Misuse

    told = re.sub(
        r"is not a valid (integer|float)( range)?\.", _no_number, problem.format_message()
    )
    told = told.strip()
    end = "" if told.endswith((".", "?", "!")) else "."
    return Misuse(f"{told}{end}", hint=f"See {path} --help.")


def _no_number(found: re.Match[str]) -> str:
    return "is no whole number." if found[1] == "integer" else "is no number."
