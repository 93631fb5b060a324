"""`firsthand key`: the office's own keys, changed or taken back after a theft."""

from __future__ import annotations

import sys

import click

from firsthand.cli import setting_up
from firsthand.cli.output import json_option, say, show, table
from firsthand.cli.owning import told_once


@click.group()
def key() -> None:
    """The keys of the office: list them, change them, take them back after a theft."""


@key.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Which key spoke for the office from which entry of the log to which, and the recovery key."""
    office = setting_up.office()
    from firsthand.office import ledger

    history = ledger.key_history()
    rows = [
        (s.name, s.key, str(s.start), "" if s.end is None else str(s.end)) for s in history.spans
    ]
    value = {
        "keys": [
            {"name": s.name, "key": s.key, "from": s.start, "until": s.end} for s in history.spans
        ],
        "log": office.log_vkey,
        "recovery": history.recovery,
    }
    text = "\n".join(
        [
            table(rows, head=("name", "key", "from entry", "until entry")),
            f"The log's key: {office.log_vkey}",
            f"The recovery key's public half: {history.recovery or 'none'}",
        ]
    )
    show(value, as_json=as_json, text=lambda: text)


@key.command()
def change() -> None:
    """New keys for the office and its log, signed by the old ones. Letters sent before stay good."""
    setting_up.office()
    from firsthand.office import ledger, staff

    office = staff.change_keys(by=setting_up.acting(None), now=setting_up.now())
    ledger.publish()
    say(_new(office.key_name, office.public_key, office.log_vkey))


@key.command()
@click.option(
    "--from",
    "since",
    type=click.IntRange(1),
    help="The first entry of the log that may be the thief's; what the old keys signed from there on is "
    "believed no more. Not told: only what would come after now.",
)
def recover(since: int | None) -> None:
    """New keys after a theft, by the recovery key (asked for, or on standard input). Prints the next one."""
    setting_up.office()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from firsthand.core.keys import read_written, written
    from firsthand.office import ledger, staff
    from firsthand.office.models import Office

    tty = sys.stdin.isatty()
    given = click.prompt("The recovery key", hide_input=True) if tty else sys.stdin.readline()
    new = Ed25519PrivateKey.generate()
    lost = staff.recover_keys(
        by=setting_up.acting(None),
        recovery=read_written(str(given)),
        new_recovery=new,
        since=since,
        now=setting_up.now(),
    )
    ledger.publish()
    office = Office.objects.get()
    say(_new(office.key_name, office.public_key, office.log_vkey))
    say(f"Letters that are believed no more: {lost}.")
    say("The recovery key was used and is worth nothing any more. " + told_once(written(new)))


@key.command()
def recovery() -> None:
    """A recovery key for an office that was made without one. Prints it, once."""
    setting_up.office()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from firsthand.core.keys import written
    from firsthand.office import ledger, staff

    new = Ed25519PrivateKey.generate()
    staff.make_recovery(by=setting_up.acting(None), recovery=new, now=setting_up.now())
    ledger.publish()
    say(told_once(written(new)))


def _new(name: str, public: str, log: str) -> str:
    return (
        f"The office's key is now {name}: {public}\nThe log's key is now {log}\n"
        "Tell both wherever you published the old ones (DNS, profile pages, cards)."
    )
