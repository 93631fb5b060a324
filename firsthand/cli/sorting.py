"""Many threads at once: `sort`, and `put-back`."""

from __future__ import annotations

from datetime import datetime

import click

from firsthand.cli import setting_up, typed
from firsthand.cli.output import json_option, show
from firsthand.cli.reading import as_option
from firsthand.core.attention import Kind
from firsthand.core.days import spoken
from firsthand.core.errors import Misuse


@click.command()
@click.argument("way")
@click.argument("threads", nargs=-1, type=int)
@click.option(
    "--all-of",
    "kind",
    type=click.Choice([kind.value for kind in Kind]),
    help="All of a kind that has nothing to answer, 500 at most.",
)
@click.option(
    "--until",
    type=typed.moment,
    help="When what is snoozed comes back, in the office's time zone.",
)
@as_option
@json_option
def sort(
    way: str,
    threads: tuple[int, ...],
    kind: str | None,
    until: datetime | None,
    actor: str | None,
    as_json: bool,
) -> None:
    """Close, snooze or move many threads at once: all of them, or none.

    WAY is close, snooze, or a lane: you, helper, fyi, screened, junk.
    """
    setting_up.office()
    from django.utils import timezone

    from firsthand.office import attention

    if kind and threads:
        raise Misuse("Name letters, or take all of a kind with --all-of: not both.")
    if kind:
        newest, most = attention.newest(), attention.MOST
        threads = tuple(attention.of_kind(Kind(kind), seen=newest, limit=most))
    now, back = setting_up.now(), timezone.make_aware(until) if until else None
    done = attention.sort(
        actor=setting_up.acting(actor), threads=threads, way=way, until=back, now=now
    )
    value = {"sorting": done.number, "threads": list(done.threads)}
    told = f"Sorted: {_numbers(done.threads)}. "
    if back:
        day = spoken(back, today=timezone.localtime(now))
        told += f"Back on {day} at {back:%H:%M}, or when they write again. "
    undo = f"To undo it: firsthand put-back {done.number}"
    show(value, as_json=as_json, text=lambda: told + undo)


@click.command()
@click.argument("sorting", type=int)
@as_option
@json_option
def put_back(sorting: int, actor: str | None, as_json: bool) -> int:
    """Undo a sorting within a day. What changed meanwhile stays as it is; then exit 1."""
    setting_up.office()
    from firsthand.office import attention

    done = attention.put_back(actor=setting_up.acting(actor), sorting=sorting, now=setting_up.now())
    value = {"threads": list(done.threads), "changed": list(done.changed)}
    told = [f"Put back: {_numbers(done.threads)}."] if done.threads else []
    if done.changed:
        told.append(f"Changed meanwhile, left as it is: {_numbers(done.changed)}.")
    show(value, as_json=as_json, text=lambda: " ".join(told))
    return 1 if done.changed else 0


def _numbers(threads: tuple[int, ...]) -> str:
    return ", ".join(str(number) for number in threads)
