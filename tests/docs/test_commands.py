"""docs/cli.md describes every command with every option, and none that there is not."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

import click
import pytest

from firsthand.cli import COMMANDS, NAMES
from tests.docs.documents import text

ROWS: dict[str, str] = dict(re.findall(r"^\| `([^`]+)` \|(.*)$", text("docs/cli.md"), re.MULTILINE))


def commands(name: str) -> Iterator[tuple[str, click.Command]]:
    module = importlib.import_module(f"firsthand.cli.{COMMANDS[name]}")
    found: click.Command = getattr(module, NAMES.get(name, name))
    yield from inner(name, found)


def inner(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """What a group holds, in whatever depth, by the words that one types."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for part, each in command.commands.items():
        yield from inner(f"{path} {part}", each)


def row_of(path: str) -> str:
    """The row of a command: its words, then arguments in capitals or brackets."""
    fits = re.compile(rf"{re.escape(path)}(?: [A-Z\[].*)?")
    found = [row for head, row in ROWS.items() if fits.fullmatch(head)]
    assert len(found) == 1, f"docs/cli.md has {len(found)} rows for `{path}`"
    return found[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_described_with_its_options(name: str) -> None:
    for path, command in commands(name):
        row = row_of(path)
        options = [each for each in command.params if isinstance(each, click.Option)]
        unsaid = [option.opts[0] for option in options if option.opts[0] not in row]
        assert not unsaid, f"docs/cli.md: the row of `{path}` lacks {unsaid}"
        known = {name for option in options for name in [*option.opts, *option.secondary_opts]}
        assert set(re.findall(r"(?<![\w-])--[a-z-]+", row.rpartition("|")[0])) <= known


def test_no_command_is_described_that_there_is_not() -> None:
    assert {head.split()[0] for head in ROWS} == set(COMMANDS)


def test_every_command_says_what_it_does() -> None:
    silent = [head for head, row in ROWS.items() if len(row.split("|")[0].strip()) < 15]
    assert not silent
