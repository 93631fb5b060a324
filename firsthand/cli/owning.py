"""The office itself: `init`, `connect`, `accounts`, `sync`, `link`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from firsthand.cli import setting_up
from firsthand.cli.output import json_option, say, show, table
from firsthand.core.errors import Misuse

if TYPE_CHECKING:
    from firsthand.office.models import Office

NO_ACCOUNT = "No account yet: firsthand connect mail …"


@click.command()
@click.option("--name", required=True, help="The principal's name.")
@click.option("--email", required=True, help="The address that people write to.")
@click.option(
    "--domain", help="Where the office will be seen (ada.example); this machine only if not told."
)
@json_option
def init(name: str, email: str, domain: str | None, as_json: bool) -> None:
    """Make an office, without serving it. Prints its recovery key, once: write it down."""
    base = f"https://{domain}" if domain else "http://localhost:8000"
    office, recovery = open_office(name, email, base)
    value = {
        "office": {
            "name": office.name,
            "base": office.base,
            "key": office.public_key,
            "log": office.log_vkey,
            "recovery": office.recovery_key,
        },
        "recovery_key": recovery,
    }
    text = (
        f"The office of {office.name} is made, at {office.base}.\n"
        f"Its key, to publish where people know you: {office.public_key}\n"
        f"{told_once(recovery)}\n"
        "Next: firsthand up"
    )
    show(value, as_json=as_json, text=lambda: text)


def told_once(recovery: str) -> str:
    """How a recovery key is told: nowhere is it kept, so it is never told again."""
    return (
        "Its recovery key, shown only now and kept nowhere. Write it on paper, and not on this machine:\n"
        f"  {recovery}\n"
        "With it you take the office back after a theft of its keys (firsthand key recover)."
    )


def open_office(name: str, email: str, base: str) -> tuple[Office, str]:
    """Make the office of this home; its recovery key, written. Raises Misuse where there is one already."""
    setting_up.django()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from firsthand.core.keys import written
    from firsthand.office import ledger, staff
    from firsthand.office.models import Office

    if Office.objects.exists():
        raise Misuse(
            "There is an office here already.", hint="Another one needs another $FIRSTHAND_HOME."
        )
    if "@" not in email:
        raise Misuse(f"{email!r} is not an e-mail address.")
    recovery = Ed25519PrivateKey.generate()
    office = staff.open_office(
        name=name, email=email.lower(), base=base, now=setting_up.now(), recovery=recovery
    )
    ledger.publish()
    return office, written(recovery)


@click.command()
@click.argument("actor", required=False)
def link(actor: str | None) -> None:
    """A new one-time link to sign in (the principal's, or a hand's)."""
    office = setting_up.office()
    say(f"{office.base}/enter/{sign_in_token(actor)}")


def sign_in_token(key: str | None) -> str:
    """A one-time token for an actor: who has this shell has the office's keys anyway."""
    from firsthand.office import staff
    from firsthand.office.models import Actor

    who = setting_up.acting(key)
    by = None if who.is_principal else Actor.objects.get(is_principal=True)
    return staff.invite(hand=who, by=by, now=setting_up.now(), lasts=timedelta(hours=24))


@click.command()
@json_option
def accounts(as_json: bool) -> None:
    """The connected accounts and how they are."""
    setting_up.office()
    from firsthand.office.models import Account
    from firsthand.office.reaching import usage_of

    found = list(Account.objects.exclude(state="own").order_by("pk"))
    usage = {a.pk: usage_of(a, now=setting_up.now()) for a in found}
    value = {
        "accounts": [
            {
                "id": a.pk,
                "channel": a.channel,
                "address": a.address,
                "state": a.state,
                "problem": a.problem,
                "usage": list(usage[a.pk]),
            }
            for a in found
        ]
    }
    rows = [[str(a.pk), a.channel, a.address, a.state, a.problem] for a in found]
    told = [f"{a.address}: {line}" for a in found for line in usage[a.pk]]
    show(
        value,
        as_json=as_json,
        text=lambda: "\n".join([table(rows) or NO_ACCOUNT, *told]),
    )


@click.command()
@click.argument("account", type=int, required=False)
@json_option
def sync(account: int | None, as_json: bool) -> int:
    """Fetch now, from one account or all. Exit 1 when one of them failed."""
    setting_up.office()
    from firsthand.office import attention, intake
    from firsthand.office.models import Account

    chosen = Account.objects.exclude(state__in=Account.UNREAD)
    chosen = chosen.filter(pk=account) if account else chosen
    if account and not chosen:
        raise Misuse(f"There is no live account {account}.", hint="firsthand accounts lists them.")
    results = []
    for one in chosen:
        taken = intake.sync(account=one, now=setting_up.now())
        one.refresh_from_db()
        results.append(
            {
                "account": one.pk,
                "address": one.address,
                "state": one.state,
                "problem": one.problem,
                "read": taken.read,
                "new": taken.new,
                "duplicates": taken.duplicates,
                "set_aside": taken.set_aside,
            }
        )
    attention.catch_up(now=setting_up.now())
    rows = [[str(r["address"]), f"{r['new']} new", str(r["problem"] or "ok")] for r in results]
    show({"accounts": results}, as_json=as_json, text=lambda: table(rows) or "No live account.")
    return 1 if any(r["problem"] for r in results) else 0
