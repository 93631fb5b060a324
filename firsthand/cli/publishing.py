"""Texts for everybody: `post`, `revise`, `posts`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from firsthand.cli import setting_up, typed
from firsthand.cli.output import json_option, show, table
from firsthand.cli.reading import as_option
from firsthand.core.errors import FirsthandError, Misuse
from firsthand.core.revising import Change

if TYPE_CHECKING:
    from firsthand.office.models import Account, Actor, Draft, Post, PostRevision
    from firsthand.office.publish import Place

_FORMS = ("whole", "link", "thread")
file_argument = click.argument(
    "file", type=click.File("r", encoding="utf-8"), default="-", required=False
)
ask_option = click.option("--ask", "wanted", is_flag=True, help="Ask for approval instead.")
title_option = click.option("--title", help="The title; without one it is a note.")


@click.command()
@file_argument
@title_option
@click.option(
    "--to", metavar="ACCOUNT,…", help="Where else: address, or address=whole|link|thread."
)
@click.option(
    "--at",
    type=typed.moment,
    help="Not before (local time).",
)
@click.option("--queue", "queued", is_flag=True, help="At the next free slot of the queue.")
@ask_option
@as_option
@json_option
def post(
    file: Any,
    title: str | None,
    to: str | None,
    at: datetime | None,
    queued: bool,
    wanted: bool,
    actor: str | None,
    as_json: bool,
) -> None:
    """Publish FILE (- or nothing: standard input) on our own site, and where --to says."""
    setting_up.office()
    from firsthand.office import publish

    who, leaves = setting_up.acting(actor), setting_up.moment(at)
    made = publish.compose(
        actor=who, text=_text(file), title=title or "", places=_places(to), now=setting_up.now()
    )
    _onward(made, who, wanted, as_json, at=leaves, queued=queued)


@click.command()
@click.argument("post", metavar="POST")
@click.argument("file", type=click.File("r", encoding="utf-8"), required=False)
@click.option("--title", help="Another title.")
@click.option(
    "--change",
    type=click.Choice([c.value for c in Change]),
    help="The kind; as proposed if not told.",
)
@click.option("--note", default="", help="What readers should know of it.")
@click.option("--over", is_flag=True, help="In place of the draft that somebody has begun of it.")
@ask_option
@as_option
@json_option
def revise(
    post: str,
    file: Any,
    title: str | None,
    change: str | None,
    note: str,
    over: bool,
    wanted: bool,
    actor: str | None,
    as_json: bool,
) -> None:
    """Publish a new revision of POST (its name in its address); every one stays public.

    To take a post back: --change retraction --note WHY, without FILE.
    """
    setting_up.office()
    from firsthand.office import publish

    who = setting_up.acting(actor)
    made = publish.revise(
        post=_post(post),
        actor=who,
        text=_text(file) if file else None,
        title=title,
        change=Change(change) if change else None,
        note=note,
        over=over,
        now=setting_up.now(),
    )
    _onward(made, who, wanted, as_json)


@click.command()
@json_option
def posts(as_json: bool) -> None:
    """What was published, and what is on its way."""
    setting_up.office()
    from firsthand.office.models import PostRevision

    rows = PostRevision.objects.select_related("post", "submission").order_by("-pk")[:500]
    newest = list({row.post_id: row for row in reversed(list(rows))}.values())[::-1]
    lines = [
        [row.post.slug, f"revision {row.number}", row.kind, row.submission.state, row.title[:60]]
        for row in newest
    ]
    value = {"posts": [_value(row) for row in newest]}
    show(value, as_json=as_json, text=lambda: table(lines) or "Nothing was published yet.")


def _onward(
    made: Draft,
    who: Actor,
    wanted: bool,
    as_json: bool,
    *,
    at: datetime | None = None,
    queued: bool = False,
) -> None:
    """Publish it, or ask for approval; where that is refused, the text is kept as a draft."""
    from firsthand.office import desk, publish
    from firsthand.office.models import Blackout

    try:
        if wanted:
            desk.ask(draft=made, actor=who, now=setting_up.now())
            value = {
                "draft": made.pk,
                "post": made.post.slug if made.post else "",
                "state": "waiting",
            }
            show(value, as_json=as_json, text=lambda: f"Draft {made.pk} waits for approval.")
            return
        published = publish.publish(
            draft=made,
            actor=who,
            revision=made.current.number,
            at=at,
            queued=queued,
            now=setting_up.now(),
        )
    except FirsthandError as problem:
        kept = f"Your text is kept as draft {made.pk}."
        problem.hint = f"{problem.hint} {kept}".strip()
        raise
    held = Blackout.at(setting_up.now())
    value = {**_value(published), "held": held.sentence if held else ""}
    show(value, as_json=as_json, text=lambda: f"{_told(published)} {value['held']}".strip())


def _places(to: str | None) -> list[Place]:
    from firsthand.office.publish import Place

    found = []
    for item in (to or "").split(","):
        address, _, form = item.strip().partition("=")
        if not address:
            continue
        if form and form not in _FORMS:
            raise Misuse(f"{form!r} is no form of a post.", hint=f"Known: {', '.join(_FORMS)}.")
        found.append(Place(_account(address), form or "link"))
    return found


def _account(address: str) -> Account:
    from firsthand.office.models import Account

    rows = Account.objects.exclude(state="own").filter(address=address.lower())[:2]
    if len(rows) != 1:
        raise Misuse(f"There is no account {address!r}.", hint="firsthand accounts lists them.")
    found: Account = rows[0]
    return found


def _post(slug: str) -> Post:
    from firsthand.office.models import Post

    found = Post.objects.filter(slug=slug.rstrip("/").rpartition("/")[2]).first()
    if not found:
        raise Misuse(f"There is no post {slug!r}.", hint="firsthand posts lists them.")
    return found


def _text(file: Any) -> str:
    return typed.text_in(file, how="Name a file, or give it on standard input.")


def _value(row: PostRevision) -> dict[str, Any]:
    from firsthand.office.models import Office

    submission = row.submission
    places = (
        row.draft.submissions.exclude(pk=submission.pk).select_related("account").order_by("pk")
    )
    return {
        "post": row.post.slug,
        "url": f"{Office.objects.get(pk=1).base}/p/{row.post.slug}",
        "revision": row.number,
        "change": row.kind,
        "proposed": row.proposed,
        "title": row.title,
        "draft": row.draft_id,
        "state": submission.state,
        "level": submission.level,
        "ai": submission.ai,
        "sentence": submission.sentence,
        "due_at": submission.due_at.isoformat(),
        "byline": submission.statement.get("id", ""),
        "places": [
            {"account": each.account.address, "state": each.state, "url": each.url}
            for each in places
        ],
    }


def _told(row: PostRevision) -> str:
    value = _value(row)
    kind = f" ({row.kind})" if row.kind else ""
    when = f"{row.submission.due_at.astimezone():%d %b %Y %H:%M:%S}"
    elsewhere = ", ".join(each["account"] for each in value["places"])
    also = f" Also on {elsewhere}." if elsewhere else ""
    return f"{value['url']}, revision {row.number}{kind}, leaves {when}. {row.submission.sentence}{also}"
