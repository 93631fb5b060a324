"""Connecting accounts: mail with its two servers, every other kind by what its dialect asks for."""

from __future__ import annotations

import os
from typing import Any

import click

from firsthand.channels.base import dialect_of, kinds
from firsthand.channels.dialect import Dialect, Setting
from firsthand.cli import setting_up
from firsthand.cli.output import json_option, show
from firsthand.cli.typed import secret
from firsthand.core.errors import Misuse


@click.group()
def connect() -> None:
    """Add an account: tries it, tells what it found, seals the credentials."""


@connect.command("mail")
@click.argument("address")
@click.option("--imap", required=True, metavar="HOST[:PORT]")
@click.option("--smtp", required=True, metavar="HOST[:PORT]")
@click.option(
    "--security",
    type=click.Choice(["tls", "starttls", "plain"]),
    help="Of both connections; by the port if not told (143 and 587 STARTTLS, others TLS).",
)
@click.option("--user", help="The user name, where it is not the address.")
@click.option(
    "--oauth", is_flag=True, help="The secret is an OAuth token (XOAUTH2), not a password."
)
@json_option
def connect_mail(
    address: str,
    imap: str,
    smtp: str,
    security: str | None,
    user: str | None,
    oauth: bool,
    as_json: bool,
) -> None:
    """A mailbox: IMAP in, SMTP out. The password is asked, or read from $MAIL_PASSWORD."""
    setting_up.office()
    dialect_of("mail").account(address)
    given = os.environ.get("MAIL_PASSWORD") or secret("the password", variable="$MAIL_PASSWORD")
    settings = {
        **_server("imap", imap, security),
        **_server("smtp", smtp, security),
        "auth": "xoauth2" if oauth else "password",
        "user": user or address,
    }
    secrets = {"token" if oauth else "password": given}
    _connect("mail", address, settings, secrets, as_json=as_json)


def _server(kind: str, text: str, security: str | None) -> dict[str, Any]:
    """HOST or HOST:PORT as the settings of that server (docs/channels/mail.md)."""
    host, _, port = text.partition(":")
    if not host or (port and not port.isdecimal()):
        raise Misuse(f"{text!r} is not HOST or HOST:PORT.")
    usual = "starttls" if port in {"143", "587"} else "tls"
    settings: dict[str, Any] = {f"{kind}_host": host, f"{kind}_security": security or usual}
    return settings | ({f"{kind}_port": int(port)} if port else {})


def _connect(
    channel: str,
    address: str,
    settings: dict[str, Any],
    secrets: dict[str, str],
    *,
    as_json: bool,
) -> None:
    from firsthand.office import staff

    account, found = staff.connect(
        by=setting_up.acting(None),
        channel=channel,
        address=address,
        settings=settings,
        secrets=secrets,
        now=setting_up.now(),
    )
    told = {
        "id": account.pk,
        "address": account.address,
        "channel": account.channel,
        "found": list(found),
    }
    show(
        {"account": told},
        as_json=as_json,
        text=lambda: "\n".join([f"Connected {account}.", *(f"  {line}" for line in found)]),
    )


def _command(dialect: Dialect) -> click.Command:
    """`connect KIND ADDRESS` with an option for each setting that is no secret."""

    def run(address: str, as_json: bool, **given: str | None) -> None:
        setting_up.office()
        dialect.account(address)  # before a secret is asked for
        # What is not told gets what the dialect says; an account without settings only takes files.
        settings = {name: value for name, value in given.items() if value is not None}
        asked = [each for each in dialect.settings if each.secret]
        secrets = {each.name: _asked(each, first=each is asked[0]) for each in asked}
        secrets = {name: value for name, value in secrets.items() if value}
        _connect(
            dialect.name, address, {**settings, "kind": dialect.name}, secrets, as_json=as_json
        )

    options = [
        click.Option(
            [f"--{each.name.replace('_', '-')}", each.name],
            help=each.help,
            default=each.default or None,
            required=each.default is None,
        )
        for each in dialect.settings
        if not each.secret
    ]
    named = click.Argument(["address"])
    command = click.Command(
        dialect.name, callback=run, params=[named, *options], help=dialect.connecting
    )
    json_option(command)
    return command


def _asked(setting: Setting, *, first: bool) -> str:
    """A secret, which must not stand in the history of a shell. $ACCOUNT_SECRET is the first that a
    kind asks for; the others have names of their own, and where it is set, nothing is asked."""
    given = os.environ.get("ACCOUNT_SECRET")
    if given is not None:
        named = os.environ.get(f"ACCOUNT_{setting.name.upper()}", setting.default or "")
        return given if first else named
    return secret(setting.help, variable="$ACCOUNT_SECRET", default=setting.default)


for _kind in kinds():
    if _kind != "mail":
        connect.add_command(_command(dialect_of(_kind)))
