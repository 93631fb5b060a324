"""`firsthand log witness`: who cosigns our log, and whose logs we cosign."""

from __future__ import annotations

from typing import Any

import click

from firsthand.cli import setting_up
from firsthand.cli.output import json_option, say, show, table


@click.group()
def witness() -> None:
    """Witnesses: others who sign the heads of this log, so that nobody is shown a past of their own."""


@witness.command()
@click.argument("vkey")
@click.argument("url")
def add(vkey: str, url: str) -> None:
    """Ask a witness to cosign this log. URL is what /add-checkpoint is appended to."""
    office = setting_up.office()
    from firsthand.office import witnessing

    made = witnessing.add(by=setting_up.acting(None), vkey=vkey, url=url, now=setting_up.now())
    say(f"{made.name} is asked from now on. It must know the key of this log:\n  {office.log_vkey}")


@witness.command()
@click.argument("vkey")
def serve(vkey: str) -> None:
    """Cosign the log with this verifier key, when its office asks."""
    office = setting_up.office()
    from firsthand.office import witnessing

    ours = witnessing.serve(by=setting_up.acting(None), vkey=vkey, now=setting_up.now())
    say(f"Give its owner this:\n  firsthand log witness add {ours} {office.base}/witness")


@witness.command()
@click.argument("name")
def remove(name: str) -> None:
    """Ask this witness no more, or cosign this log no more: its name, origin or key."""
    setting_up.office()
    from firsthand.office import witnessing

    by, now = setting_up.acting(None), setting_up.now()
    if not witnessing.unserve(by=by, name=name, now=now):
        witnessing.remove(by=by, name=name, now=now)
    say(f"{name} is removed. What was cosigned stays.")


@witness.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Whom we ask and how they are; whose logs we cosign; our own keys."""
    office = setting_up.office()
    from firsthand.office.models import Fork, Memory, WatchedLog, Witness, WitnessKey

    seen = dict(Memory.objects.values_list("origin", "size"))
    forked = set(Fork.objects.values_list("origin", flat=True))
    key = WitnessKey.objects.first()
    value: dict[str, Any] = {
        "log": office.log_vkey,
        "key": key.vkey if key else None,
        "asked": [
            {
                "name": row.name,
                "vkey": row.vkey,
                "url": row.url,
                "size": row.size,
                "seen_at": row.seen_at.isoformat() if row.seen_at else None,
                "problem": row.problem,
                "alarm": row.alarm,
            }
            for row in Witness.objects.order_by("pk")
        ],
        "watched": [
            {
                "origin": row.origin,
                "vkey": row.vkey,
                "size": seen.get(row.origin, 0),
                "forked": row.origin in forked,
            }
            for row in WatchedLog.objects.order_by("pk")
        ],
    }
    show(value, as_json=as_json, text=lambda: _told(value))


def _told(value: dict[str, Any]) -> str:
    asked = [
        [
            "we ask",
            one["name"],
            f"{one['size']} entries",
            f"ALARM {one['alarm']}" if one["alarm"] else one["problem"] or one["seen_at"] or "",
        ]
        for one in value["asked"]
    ]
    watched = [
        ["we watch", one["origin"], f"{one['size']} entries", "FORKED" if one["forked"] else ""]
        for one in value["watched"]
    ]
    lines = [f"Our log:     {value['log']}"]
    if value["key"]:
        lines.append(f"We cosign as {value['key']}")
    return "\n".join([*lines, table([*asked, *watched]) or "No witness is asked, no log watched."])
