"""Taking in and looking: `import`, `today`, `show`, `search`."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from firsthand.channels.base import dialect_of
from firsthand.cli import setting_up, typed
from firsthand.cli.output import Bar, json_option, show, table
from firsthand.core.errors import Misuse

if TYPE_CHECKING:
    from firsthand.office.attention import Item, Today
    from firsthand.office.models import Account, Thread

as_option = click.option("--as", "actor", metavar="HAND", help="Act as this hand.")


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--as", "address", metavar="ADDRESS", help="Whose mailbox it is; the principal's if not told."
)
@json_option
def import_(paths: tuple[Path, ...], address: str | None, as_json: bool) -> int:
    """Take in mbox, Maildir, .eml, comments and webmentions, and whole trees of them.

    Repeating adds nothing. Exit 1 when a file could not be read.
    """
    setting_up.office()
    from firsthand.office import attention, intake

    account = _account(address)
    began = time.monotonic()
    with Bar(hidden=as_json or not sys.stderr.isatty()) as progress:
        taken = intake.import_paths(
            paths=paths, account=account, now=setting_up.now(), progress=progress
        )
        # What was learned of a part of it changes no rank yet: a long archive is left to the worker.
        few = taken.new <= attention.AT_ONCE
        attention.catch_up(now=setting_up.now(), letters=attention.AT_ONCE if few else 0)
    value = {
        "read": taken.read,
        "new": taken.new,
        "duplicates": taken.duplicates,
        "set_aside": taken.set_aside,
        "seconds": round(time.monotonic() - began, 2),
        "skipped": taken.skipped,
        "unreadable": taken.unreadable,
    }
    later = "" if few else " Whom you answer is learned from them while firsthand up runs."
    show(value, as_json=as_json, text=lambda: _imported(value) + later)
    if taken.unreadable:
        files = "1 file" if taken.unreadable == 1 else f"{taken.unreadable} files"
        more = " …" if taken.unreadable > len(taken.names) else ""
        told = f"firsthand: {files} could not be read: {'; '.join(taken.names)}{more}"
        click.echo(" ".join(told.split()), err=True)
    return 1 if taken.unreadable else 0


def _imported(value: dict[str, Any]) -> str:
    return (
        f"Read {value['read']} messages in {value['seconds']} s: {value['new']} new, "
        f"{value['duplicates']} known already, {value['set_aside']} set aside."
    ) + (f" Files that are nothing of these: {value['skipped']}." if value["skipped"] else "")


def _account(address: str | None) -> Account:
    """The account that imported mail belongs to; made where there is none."""
    from firsthand.office.models import Account, Actor

    principal = Actor.objects.get(is_principal=True)
    own = dialect_of("mail").account(address) if address else (principal.email or "").lower()
    account, made = Account.objects.get_or_create(
        channel="mail", address=own, defaults={"made_at": setting_up.now()}
    )
    if made and address and own not in principal.addresses:
        principal.addresses = [*principal.addresses, own]
        principal.save(update_fields=["addresses"])
    return account


@click.command()
@click.option(
    "--minutes",
    type=click.FloatRange(0, 1440),
    callback=typed.minutes,
    help="The minutes you have; the office's usual if not told.",
)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@click.option("--all", "everything", is_flag=True, help="Also what is below the line.")
@json_option
def today(minutes: float | None, limit: int, everything: bool, as_json: bool) -> None:
    """The queue, ranked for the minutes you have."""
    setting_up.office()
    from firsthand.office import attention

    attention.catch_up(now=setting_up.now())
    queue = attention.today(now=setting_up.now(), minutes=minutes)
    items = list(queue.items) + (list(queue.below) if everything else [])
    value = {
        "minutes": queue.minutes,
        "used": queue.used,
        "items": [_item(item) for item in items[:limit]],
        "left": queue.left,
        "folded": dict(queue.folded),
        "kinds": dict(queue.kinds),
    }
    show(value, as_json=as_json, text=lambda: _queue(queue, items[:limit]))


def _item(item: Item) -> dict[str, Any]:
    return {
        "thread": item.thread,
        "from": item.name,
        "subject": item.subject,
        "channel": item.channel,
        "lane": item.lane,
        "score": item.score,
        "minutes": item.minutes,
        "given": item.given,
        "waiting": item.waiting,
        "reasons": list(item.reasons),
    }


def _queue(queue: Today, items: list[Item]) -> str:
    letters = "1 letter needs" if len(queue.items) == 1 else f"{len(queue.items)} letters need"
    minutes = "1 minute" if queue.minutes == 1 else f"{queue.minutes:g} minutes"
    lines = [f"{minutes} today: {letters} you ({queue.used:g} minutes).", ""]
    for item in items:
        lines.append(f"{item.thread:>6}  {item.minutes:>4g} min  {item.name}: {item.subject}")
        lines.append(f"                  {'; '.join(item.reasons)}")
    below = {"left": queue.left, **queue.folded}
    folded = [f"{_FOLDS[lane]} ({count})" for lane, count in below.items() if count]
    kinds = [f"{kind} ({count})" for kind, count in queue.kinds.items()]
    below_line = [" · ".join(told) for told in (folded, kinds if len(kinds) > 1 else []) if told]
    return "\n".join(lines + (["", *below_line] if below_line else []))


_FOLDS = {
    "left": "for another day",
    "helper": "helpers can take these",
    "fyi": "nothing to answer",
    "screened": "first-time senders",
    "junk": "junk",
}


@click.command("show")
@click.argument("thread", type=int)
@as_option
@json_option
def show_(thread: int, actor: str | None, as_json: bool) -> None:
    """A conversation, oldest letter first."""
    setting_up.office()
    from firsthand.core.rights import Right

    found = thread_of(thread)
    setting_up.acting(actor).must(Right.READ, target=found.target, now=setting_up.now())
    messages = [
        {
            "id": message.pk,
            "from": message.from_name or message.from_address,
            "address": message.from_address,
            "direction": message.direction,
            "at": message.at.isoformat(),
            "subject": message.subject,
            "text": message.body.text,
        }
        for message in found.messages.select_related("body").order_by("at", "pk")
    ]
    value = {
        "thread": {
            "id": found.pk,
            "subject": found.subject,
            "state": found.state,
            "latest": found.latest,
        },
        "messages": messages,
    }
    show(value, as_json=as_json, text=lambda: _conversation(found, messages))


def _conversation(thread: Thread, messages: list[dict[str, Any]]) -> str:
    parts = [f"{thread.subject}  [{thread.state}]"]
    for message in messages:
        at = datetime.fromisoformat(message["at"])
        parts.append(f"--- {message['from']}, {at:%d %b %Y %H:%M}\n\n{message['text'].strip()}")
    return "\n\n".join(parts)


def thread_of(number: int) -> Thread:
    """The thread of that number. Raises Misuse."""
    from firsthand.office.models import Thread

    found = Thread.objects.filter(pk=number).first()
    if not found:
        raise Misuse(
            f"There is no thread {number}.", hint="firsthand today lists threads by number."
        )
    return found


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=30, show_default=True)
@json_option
def search(query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Full text; from: to: subject: channel: after: before: has: in:"""
    setting_up.office()
    from firsthand.office import search as searching

    asked = " ".join(query)
    found, hints = searching.find(query=asked, limit=limit), searching.hints(asked)
    value = {
        "threads": [
            {
                "thread": hit.thread,
                "subject": hit.subject,
                "from": hit.name,
                "at": hit.at.isoformat(),
                "snippet": hit.snippet,
            }
            for hit in found
        ],
        "hints": list(hints),
    }
    for hint in hints:
        click.echo(f"firsthand: {hint}", err=True)
    rows = [[str(h.thread), f"{h.at:%d %b %Y}", h.name[:28], h.subject[:60]] for h in found]
    show(value, as_json=as_json, text=lambda: table(rows) or "Nothing found.")
