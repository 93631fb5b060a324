"""The acts upon a text: `draft`, `edit`, `ask`, `approve`, `reject`, `discard`, `send`, `reply`, `undo`,
`settle`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from firsthand.cli import setting_up, typed
from firsthand.cli.output import json_option, show, table
from firsthand.cli.reading import as_option, thread_of
from firsthand.core.errors import FirsthandError, Misuse

if TYPE_CHECKING:
    from firsthand.office.models import Draft, Submission

file_option = click.option(
    "--file",
    "file",
    type=click.File("r", encoding="utf-8"),
    default="-",
    help="The text; - for standard input.",
)


@click.command()
@click.argument("thread", type=int)
@as_option
@file_option
@click.option("--ask", "wanted", is_flag=True, help="Ask for approval at once.")
@json_option
def draft(thread: int, actor: str | None, file: Any, wanted: bool, as_json: bool) -> None:
    """Write an answer to a thread, without sending it."""
    setting_up.office()
    from firsthand.office import desk

    who = setting_up.acting(actor)
    made = desk.draft(actor=who, thread=thread_of(thread), text=_text(file), now=setting_up.now())
    if wanted:
        desk.ask(draft=made, actor=who, now=setting_up.now())
    _tell(_draft(made.pk), as_json)


@click.command()
@click.argument("draft", type=int)
@as_option
@file_option
@json_option
def edit(draft: int, actor: str | None, file: Any, as_json: bool) -> None:
    """Change a draft's text: a new revision, which makes an approval void."""
    setting_up.office()
    from firsthand.office import desk

    found = _draft(draft)
    desk.edit(
        draft=found,
        actor=setting_up.acting(actor),
        text=_text(file),
        base=found.revision,
        now=setting_up.now(),
    )
    _tell(_draft(draft), as_json)


@click.command()
@click.argument("draft", type=int)
@as_option
@json_option
def ask(draft: int, actor: str | None, as_json: bool) -> None:
    """Ask the principal to read a draft and approve it."""
    setting_up.office()
    from firsthand.office import desk

    desk.ask(draft=_draft(draft), actor=setting_up.acting(actor), now=setting_up.now())
    _tell(_draft(draft), as_json)


@click.command()
@click.argument("draft", type=int)
@click.option("--revision", type=int, help="The revision that was read; the newest if not told.")
@as_option
@json_option
def approve(draft: int, revision: int | None, actor: str | None, as_json: bool) -> None:
    """Stand behind one exact revision. The principal's alone."""
    setting_up.office()
    from firsthand.office import desk

    found = _draft(draft)
    desk.approve(
        draft=found,
        actor=setting_up.acting(actor),
        revision=revision or found.revision,
        now=setting_up.now(),
    )
    _tell(_draft(draft), as_json)


@click.command()
@click.argument("draft", type=int)
@click.option("--reason", required=True, help="What its writer should know.")
@as_option
@json_option
def reject(draft: int, reason: str, actor: str | None, as_json: bool) -> None:
    """Send a draft back to its writer."""
    setting_up.office()
    from firsthand.office import desk

    desk.reject(
        draft=_draft(draft), actor=setting_up.acting(actor), reason=reason, now=setting_up.now()
    )
    _tell(_draft(draft), as_json)


@click.command()
@click.argument("draft", type=int)
@as_option
@json_option
def discard(draft: int, actor: str | None, as_json: bool) -> None:
    """Throw a draft away; its revisions stay on record."""
    setting_up.office()
    from firsthand.office import desk

    desk.discard(draft=_draft(draft), actor=setting_up.acting(actor), now=setting_up.now())
    _tell(_draft(draft), as_json)


@click.command()
@click.argument("draft", type=int)
@click.option(
    "--at",
    type=typed.moment,
    help="Not before (local time).",
)
@as_option
@json_option
def send(draft: int, at: datetime | None, actor: str | None, as_json: bool) -> None:
    """Send a draft; for some seconds it can be undone."""
    setting_up.office()
    _tell_sent(_send(_draft(draft), actor, at), as_json)


@click.command()
@click.argument("thread", type=int)
@as_option
@file_option
@json_option
def reply(thread: int, actor: str | None, file: Any, as_json: bool) -> None:
    """Draft an answer and send it, in one."""
    setting_up.office()
    from firsthand.office import desk

    who = setting_up.acting(actor)
    made = desk.draft(actor=who, thread=thread_of(thread), text=_text(file), now=setting_up.now())
    try:
        sent = _send(made, actor, None)
    except FirsthandError as problem:
        kept = f"Your text is kept as draft {made.pk}."
        problem.hint = f"{problem.hint} {kept}".strip()
        raise
    _tell_sent(sent, as_json)


@click.command()
@click.argument("thread", type=int)
@click.argument("act", type=click.Choice(["like", "boost"]))
@as_option
@json_option
def react(thread: int, act: str, actor: str | None, as_json: bool) -> None:
    """Like or boost the newest message of a thread that came in."""
    setting_up.office()
    from firsthand.core.reaction import Reaction
    from firsthand.office import desk
    from firsthand.office.reaching import newest_that_came

    message = newest_that_came(thread_of(thread))
    who, reaction = setting_up.acting(actor), Reaction(act)
    made = desk.react(actor=who, message=message, reaction=reaction, now=setting_up.now())
    _tell_sent(made, as_json)


@click.command()
@click.argument("address")
@click.option("--account", type=int, required=True, help="From which account, by its number.")
@as_option
@json_option
def follow(address: str, account: int, actor: str | None, as_json: bool) -> None:
    """Follow somebody in the principal's name."""
    setting_up.office()
    from firsthand.office import desk
    from firsthand.office.models import Account

    found = Account.objects.filter(pk=account).first()
    if found is None:
        raise Misuse(f"There is no account {account}.", hint="firsthand accounts lists them.")
    who, now = setting_up.acting(actor), setting_up.now()
    _tell_sent(desk.follow(actor=who, account=found, address=address, now=now), as_json)


@click.command()
@click.argument("submission", type=int)
@as_option
@json_option
def undo(submission: int, actor: str | None, as_json: bool) -> None:
    """Take back what has not left yet."""
    setting_up.office()
    from firsthand.office import desk

    found = _submission(submission)
    _tell(
        desk.undo(submission=found, actor=setting_up.acting(actor), now=setting_up.now()), as_json
    )


@click.command()
@click.argument("submission", type=int)
@click.option("--arrived/--again", required=True, help="It arrived, or send it once more.")
@as_option
@json_option
def settle(submission: int, arrived: bool, actor: str | None, as_json: bool) -> None:
    """Decide about an uncertain one: only a person can know."""
    setting_up.office()
    from firsthand.office import desk

    found = _submission(submission)
    desk.settle(
        submission=found, actor=setting_up.acting(actor), arrived=arrived, now=setting_up.now()
    )
    _tell_sent(_submission(submission), as_json)


@click.command()
@click.option("--state", help="Only those in this state.")
@json_option
def drafts(state: str | None, as_json: bool) -> None:
    """The desk: what is being written, waits, or leaves."""
    setting_up.office()
    from firsthand.office.models import Draft

    found = Draft.objects.select_related("made_by").order_by("-changed_at")
    found = found.filter(state=state) if state else found.exclude(state__in=["sent", "discarded"])
    rows = [[str(d.pk), d.state, d.made_by.name, d.subject[:60]] for d in found[:200]]
    value = {"drafts": [_value(d) for d in found[:200]]}
    show(value, as_json=as_json, text=lambda: table(rows) or "The desk is empty.")


def _send(draft: Draft, actor: str | None, at: datetime | None) -> Submission:
    from firsthand.office import desk

    return desk.send(
        draft=draft,
        actor=setting_up.acting(actor),
        revision=draft.revision,
        seen=draft.seen,
        now=setting_up.now(),
        at=setting_up.moment(at),
    )


def _text(file: Any) -> str:
    return typed.text_in(file, how="Give it with --file, or on standard input.")


def _draft(number: int) -> Draft:
    from firsthand.office.models import Draft

    found = Draft.objects.filter(pk=number).first()
    if not found:
        raise Misuse(f"There is no draft {number}.", hint="firsthand drafts lists them.")
    return found


def _submission(number: int) -> Submission:
    from firsthand.office.models import Submission

    found = Submission.objects.filter(pk=number).first()
    if not found:
        raise Misuse(f"There is no submission {number}.")
    return found


def _value(draft: Draft) -> dict[str, Any]:
    return {
        "draft": draft.pk,
        "thread": draft.thread_id,
        "state": draft.state,
        "revision": draft.revision,
        "by": draft.made_by.key,
        "subject": draft.subject,
        "to": [address for address, _ in draft.to],
    }


def _tell(draft: Draft, as_json: bool) -> None:
    show(
        _value(draft),
        as_json=as_json,
        text=lambda: f"Draft {draft.pk}, revision {draft.revision}: {draft.state}.",
    )


def _tell_sent(submission: Submission, as_json: bool) -> None:
    value = {
        "submission": submission.pk,
        "draft": submission.draft_id,
        "state": submission.state,
        "level": submission.level,
        "ai": submission.ai,
        "sentence": submission.sentence,
        "due_at": submission.due_at.isoformat(),
        "byline": submission.statement["id"],
    }
    when = f"{submission.due_at.astimezone():%d %b %Y %H:%M:%S}"
    text = (
        f"Submission {submission.pk} ({submission.state}), leaves {when}. {submission.sentence}\n"
        f"Until then: firsthand undo {submission.pk}"
    )
    show(value, as_json=as_json, text=lambda: text)
