"""The contract of the command line: help, misuse, exit codes, one line for an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from firsthand import cli
from tests.doors.shell import Run, refused


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command and sub-command by its words."""
    ctx = click.Context(cli.firsthand)
    for name in cli.firsthand.list_commands(ctx):
        command = cli.firsthand.get_command(ctx, name)
        assert command, name
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", each) for sub, each in command.commands.items())
        else:
            yield name, command


def test_every_command_explains_itself(run: Run) -> None:
    for words, command in commands():
        said = run(*words.split(), "--help")
        assert said.code == 0
        assert command.help, words
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.opts != ["--help"]:
                assert parameter.opts[0] in said.out


def test_the_help_lists_the_commands(run: Run) -> None:
    said = run("--help")
    assert said.code == 0
    assert all(f"\n  {name} " in said.out for name in cli.COMMANDS)
    assert run("--version").out.startswith("firsthand")
    assert run().code == 2


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["today", "--minutes", "many"],
        ["today", "--minutes", "nan"],
        ["today", "--minutes", "inf"],
        ["today", "--limit", "0"],
        ["sort", "close", "9" * 23],
        ["sort", "close", "--all-of", "people", "1"],
        ["today", "--unknown"],
        ["draft"],
        ["draft", "one"],
        ["hand", "add"],
        ["hand", "grant", "hal", "rule-the-world"],
        ["import", "/no/such/path"],
        ["send", "1", "--at", "soon"],
        ["promise", "add", "always"],
        ["settle", "1"],
        ["verify", "/no/such/file"],
        ["log", "fsck", "--folder", "/no/such/folder"],
        ["log", "fsck", "--vkey", "no key"],
        ["report", "--vkey", "no key"],
        ["verify", "-", "--witness", "no key"],
        ["verify", "-", "--key", "two\nlines"],
        ["import", "two\nlines"],
    ],
)
def test_misuse_is_told_in_one_line(office: object, run: Run, words: list[str]) -> None:
    refused(run(*words), "misuse")
    assert refused(run(*words, "--json"), "misuse")


def test_every_command_tells_a_slip_in_whole_sentences_with_its_own_name(
    office: object, run: Run
) -> None:
    for words, command in commands():
        if isinstance(command, click.Group):
            continue
        many = ["x"] * 9 if len(command.params) < 9 else []
        options = [each for each in command.params if isinstance(each, click.Option)]
        slips = [["--nonsense"], *([many] if many else [])]
        slips += [[each.opts[0]] for each in options if not each.is_flag]
        for slip in slips:
            said = run(*words.split(), *slip)
            if slip == many and said.code == 0:
                continue  # it takes any number of words
            told = refused(said, "misuse").removeprefix("firsthand: ").rstrip("\n")
            sentences = re.split(r"(?<=[.?!]) ", told)
            assert len(sentences) >= 2 and told.endswith("."), told
            if "--help" in told:
                assert sentences[-1] == f"See firsthand {words} --help."


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["send", "1", "--at", "soon"], "“soon” is no time; write it like 2026-05-17T14:30."),
        (["post", "--at", "2026-02-30 10:00"], "“2026-02-30 10:00” is no time;"),
        (["report", "--from", "may"], "“may” is no day; write it like 2026-05-17."),
        (["today", "--minutes", "many"], "'many' is no number."),
        (["show", "first"], "'first' is no whole number."),
        (["search", "x", "--limit", "1.5"], "'1.5' is no whole number."),
        (["hand", "grant", "ada", "rule"], "Invalid value for 'RIGHT': 'rule' is not one of"),
        (["link", "a", "b"], "Got unexpected extra argument (b). See firsthand link --help."),
    ],
)
def test_a_slip_is_told_with_what_was_meant(
    office: object, run: Run, words: list[str], told: str
) -> None:
    assert told in refused(run(*words), "misuse")


def test_a_secret_comes_from_a_pipe_or_the_environment_and_is_asked_for_last(
    office: object, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    servers = ["--imap", "127.0.0.1:1", "--smtp", "127.0.0.1:1"]
    said = refused(run("connect", "mail", "ada@ada.example", *servers), "misuse")
    assert said == "firsthand: The password is needed. Give it in $MAIL_PASSWORD.\n"
    wrong = refused(run("connect", "mail", "ada", *servers, text="secret\n"), "misuse")
    assert "“ada” is no e-mail address" in wrong
    piped = run("connect", "mail", "ada@ada.example", *servers, text="secret\n")
    assert (piped.code, "127.0.0.1" in piped.err) == (1, True), piped
    asked = refused(run("connect", "mastodon", "ada@social.example"), "misuse")
    assert asked.endswith("is needed. Give it in $ACCOUNT_SECRET.\n")


def test_without_an_office_it_says_how_to_make_one(db: None, run: Run) -> None:
    for words in (["today"], ["hands"], ["draft", "1"], ["sync"], ["doctor"], ["worker", "--once"]):
        assert "firsthand init" in refused(run(*words), "misuse")


@pytest.mark.parametrize(
    "words",
    [
        ["show", "99"],
        ["draft", "99"],
        ["edit", "99"],
        ["ask", "99"],
        ["approve", "99"],
        ["reject", "99", "--reason", "No."],
        ["send", "99"],
        ["undo", "99"],
        ["settle", "99", "--arrived"],
        ["hand", "revoke", "99"],
        ["hand", "offboard", "nobody"],
        ["promise", "end", "99"],
        ["sync", "99"],
        ["link", "nobody"],
    ],
)
def test_a_number_or_name_that_is_not_there(office: object, run: Run, words: list[str]) -> None:
    assert any(word in refused(run(*words, text="x"), "misuse") for word in ("99", "nobody"))


def test_init_makes_one_office(db: None, run: Run, settings: Any, tmp_path: Path) -> None:
    settings.LOG_FOLDER = tmp_path / "log"
    words = ["init", "--name", "Ada Ferrer", "--email", "ada@ada.example"]
    told = run(*words, "--domain", "ada.example", "--json").value["office"]
    assert (told["name"], told["base"]) == ("Ada Ferrer", "https://ada.example")
    assert told["key"].startswith("z6Mk")
    assert told["log"].startswith("ada.example/byline-log+")
    assert "already" in refused(run(*words), "misuse")


def test_an_address_is_needed(db: None, run: Run) -> None:
    assert "'ada' is not" in refused(run("init", "--name", "Ada", "--email", "ada"), "misuse")
