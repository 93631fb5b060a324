"""`firsthand log timestamp`: who says by when our log was there."""

from __future__ import annotations

from pathlib import Path

import click

from firsthand.cli import setting_up
from firsthand.cli.output import json_option, say, show


@click.group()
def timestamp() -> None:
    """Timestamps (RFC 3161): an authority signs, once a day, that it saw the head of this log."""


@timestamp.command("set")
@click.argument("url")
@click.argument("roots", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def set_(url: str, roots: Path) -> None:
    """Have the log stamped at URL. ROOTS: the authority's root certificates (PEM)."""
    setting_up.office()
    from firsthand.office import timestamping

    by, now = setting_up.acting(None), setting_up.now()
    timestamping.choose(by=by, url=url, roots=roots.read_bytes(), now=now)
    say(f"{url} is asked once a day from now on, by the worker.")


@timestamp.command()
def end() -> None:
    """Have the log stamped no more. The stamps that there are stay."""
    setting_up.office()
    from firsthand.office import timestamping

    timestamping.end(by=setting_up.acting(None), now=setting_up.now())
    say("The log is stamped no more. The stamps that there are stay.")


@timestamp.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Who is asked and how they are; which heads were stamped, and when."""
    setting_up.office()
    from firsthand.office.models import Stamped, TimeAuthority

    row = TimeAuthority.objects.first()
    stamps = [{"size": s.size, "at": s.at.isoformat()} for s in Stamped.objects.order_by("pk")]
    value = {
        "url": row.url if row else None,
        "roots": row.roots if row else None,
        "problem": row.problem if row else "",
        "stamps": stamps,
    }
    first = f"{row.url} is asked once a day. {row.problem}" if row else "No authority is asked."
    lines = [first.strip(), *(f"  {s['size']} entries, by {s['at']}" for s in stamps)]
    show(value, as_json=as_json, text=lambda: "\n".join(lines))
