"""Care: `rebuild`, `doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from firsthand.cli import setting_up
from firsthand.cli.output import json_option, say, show
from firsthand.core.errors import FirsthandError

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from firsthand.office.models import Message

NAMED = 5


@click.command()
def rebuild() -> None:
    """Derive everything again from the raw bytes, as after an update."""
    setting_up.office()
    from firsthand.office import attention, intake

    intake.rebuild(now=setting_up.now())
    attention.relearn()
    attention.catch_up(now=setting_up.now())
    say("Everything was derived again from the raw bytes.")


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Look for what is wrong: accounts, submissions, the log, what was set aside."""
    setting_up.office()
    from firsthand.office import ledger, timestamping, witnessing
    from firsthand.office.models import Account, LogHead, Message, Submission

    found = [f"{a} fails: {a.problem}" for a in Account.objects.filter(state="failing")]
    for state in ("uncertain", "failed"):
        count = Submission.objects.filter(state=state).count()
        found += (
            [f"{count} submissions are {state}: a person must decide on the desk."] if count else []
        )
    found += _set_aside(Message.objects.exclude(set_aside=""))
    head = LogHead.objects.get(pk=1).size
    try:
        if ledger.publish() != head:
            found.append("The log's files do not show its newest entries.")
    except FirsthandError as problem:
        found.append(f"{problem.message} {problem.hint}".strip())
    found += [*witnessing.troubles(), *timestamping.troubles()]
    show(
        {"ok": not found, "problems": found},
        as_json=as_json,
        text=lambda: "\n".join(found) or "All is well.",
    )
    return 1 if found else 0


def _set_aside(messages: QuerySet[Message]) -> list[str]:
    """How many letters were set aside, and of the newest ones which they are and why."""
    count = messages.count()
    if not count:
        return []
    told = [
        f"{m.pk} (“{m.subject or m.from_address or 'no subject'}”"
        f"{f' in {m.folder}' if m.folder else ''}): {m.set_aside}"
        for m in messages.order_by("-at")[:NAMED]
    ]
    some = "1 message" if count == 1 else f"{count} messages"
    more = " …" if count > NAMED else ""
    return [f"{some} could not be understood: set aside. {' '.join(told)}{more}"]
