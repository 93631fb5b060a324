"""The acts that agents can call. Each is handed the actor and the time, and answers with plain values.

Which of them an actor is shown depends on `needs`; whether they may is decided by the act itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from firsthand.core.attention import Lane
from firsthand.core.errors import Misuse
from firsthand.core.revising import Change
from firsthand.core.rights import Right
from firsthand.mcp import told
from firsthand.mcp.foreign import NOTICE
from firsthand.office import attention, desk, publish, search
from firsthand.office.models import Actor, Draft, Post, Thread
from firsthand.office.sight import Sight

Told = dict[str, Any]
MOST = 1000
Number = Annotated[int, Field(ge=0, lt=2**63)]
Title = Annotated[str, Field(max_length=500)]
Text = Annotated[str, Field(min_length=1, max_length=1_000_000)]


def today(
    actor: Actor,
    now: datetime,
    minutes: Annotated[float | None, Field(ge=0, le=1440)] = None,
    limit: Annotated[int, Field(ge=1, le=200)] = 30,
) -> Told:
    """The queue: threads that wait, most needed first, for the minutes the principal has."""
    sight = Sight.of(actor, now)
    sight.must_somewhere(Right.READ)
    queue = attention.today(now=now, minutes=minutes)
    items = [*queue.items, *queue.below]
    seen = sight.threads([item.thread for item in items])
    shown = [told.item(item) for item in items if item.thread in seen]
    folded = sight.lanes(queue.folded)
    return {
        "notice": NOTICE,
        "minutes": queue.minutes,
        "items": shown[:limit],
        "folded": folded,
        "kinds": dict(queue.kinds) if Lane.FYI in folded else {},
    }


def read_thread(actor: Actor, now: datetime, thread: Number) -> Told:
    """A conversation, oldest message first, with notes and open drafts. `latest` is needed to send."""
    found = _thread(thread)
    Sight.of(actor, now).must(Right.READ, found.target)
    return {"notice": NOTICE, **told.conversation(found)}


def find(
    actor: Actor,
    now: datetime,
    query: Annotated[str, Field(min_length=1, max_length=500)],
    limit: Annotated[int, Field(ge=1, le=200)] = 30,
) -> Told:
    """Full text over all messages, newest first. Also from: to: subject: channel: after: before: has:"""
    sight = Sight.of(actor, now)
    sight.must_somewhere(Right.READ)
    # Who sees a part is given the first of their part, so more is looked through for them.
    hits = search.find(query=query, limit=limit if sight.may(Right.READ) else MOST)
    seen = sight.threads([hit.thread for hit in hits])
    found = [told.hit(hit) for hit in hits if hit.thread in seen]
    return {"notice": NOTICE, "threads": found[:limit], "hints": list(search.hints(query))}


def draft_reply(actor: Actor, now: datetime, thread: Number, text: Text) -> Told:
    """Write an answer to a thread, without sending it. Tells what its byline would say."""
    made = desk.draft(actor=actor, thread=_thread(thread), text=text, now=now)
    return told.draft(made, desk.preview(draft=made, actor=actor, now=now))


def edit_draft(actor: Actor, now: datetime, draft: Number, base: Number, text: Text) -> Told:
    """Replace a draft's text. `base` is the revision that you read; an approval becomes void."""
    desk.edit(draft=_draft(draft), actor=actor, text=text, base=base, now=now)
    made = _draft(draft)
    return told.draft(made, desk.preview(draft=made, actor=actor, now=now))


def ask_for_approval(actor: Actor, now: datetime, draft: Number) -> Told:
    """Lay a draft before the principal. They read it, and approve, change or reject it."""
    desk.ask(draft=_draft(draft), actor=actor, now=now)
    made = _draft(draft)
    return told.draft(made, desk.preview(draft=made, actor=actor, now=now))


def send(actor: Actor, now: datetime, draft: Number, revision: Number, seen: Number) -> Told:
    """Send the exact revision that you read; `seen` is the thread's `latest`. The byline tells it."""
    made = desk.send(draft=_draft(draft), actor=actor, revision=revision, seen=seen, now=now)
    return told.submission(made)


def draft_post(actor: Actor, now: datetime, text: Text, title: Title = "") -> Told:
    """Write a text for everybody, without publishing it. Ask for approval next."""
    made = publish.compose(actor=actor, text=text, title=title, now=now)
    return told.draft(made, desk.preview(draft=made, actor=actor, now=now))


def revise_post(
    actor: Actor,
    now: datetime,
    post: Annotated[str, Field(min_length=1, max_length=80)],
    text: Text,
    note: Annotated[str, Field(max_length=1000)] = "",
    change: Change | None = None,
) -> Told:
    """Write the next revision of a public post (`post`: its name in /p/…), without publishing it."""
    found = Post.objects.filter(slug=post).first()
    if not found:
        raise Misuse(f"There is no post {post[:80]!r}.")
    made = publish.revise(post=found, actor=actor, text=text, note=note, change=change, now=now)
    return told.draft(made, desk.preview(draft=made, actor=actor, now=now))


def publish_post(actor: Actor, now: datetime, draft: Number, revision: Number) -> Told:
    """Publish the exact revision that you read, on the office's own site and where it says."""
    made = publish.publish(draft=_draft(draft), actor=actor, revision=revision, now=now)
    return told.submission(made.submission)


def my_rights(actor: Actor, now: datetime) -> Told:
    """Who you are here and what you may, each right as a sentence with its reason."""
    return {
        "key": actor.key,
        "name": actor.name,
        "kind": actor.kind,
        "principal": actor.is_principal,
        "sentences": list(Sight.of(actor, now).sentences()),
    }


def _thread(number: int) -> Thread:
    found = Thread.objects.select_related("rank").filter(pk=number).first()
    if not found:
        raise Misuse(f"There is no thread {number}.", hint="today and search list them.")
    return found


def _draft(number: int) -> Draft:
    found = Draft.objects.select_related("thread__rank", "made_by").filter(pk=number).first()
    if not found:
        raise Misuse(f"There is no draft {number}.", hint="read_thread lists those of a thread.")
    return found


@dataclass(frozen=True, slots=True)
class Offer:
    """A tool: its name, the act, the rights of which one is needed to be shown it."""

    name: str
    act: Callable[..., Told]
    needs: tuple[Right, ...] = ()
    changes: bool = False


OFFERS = (
    Offer("today", today, (Right.READ,)),
    Offer("read_thread", read_thread, (Right.READ,)),
    Offer("search", find, (Right.READ,)),
    Offer("draft_reply", draft_reply, (Right.DRAFT,), changes=True),
    Offer("edit_draft", edit_draft, (Right.DRAFT, Right.EDIT), changes=True),
    Offer("ask_for_approval", ask_for_approval, (Right.DRAFT, Right.EDIT), changes=True),
    Offer("send", send, (Right.SEND,), changes=True),
    Offer("draft_post", draft_post, (Right.DRAFT,), changes=True),
    Offer("revise_post", revise_post, (Right.DRAFT, Right.EDIT), changes=True),
    Offer("publish_post", publish_post, (Right.PUBLISH,), changes=True),
    Offer("my_rights", my_rights),
)


def shown_to(actor: Actor, now: datetime) -> frozenset[str]:
    """The names of the tools that this actor could use somewhere."""
    sight = Sight.of(actor, now)
    return frozenset(
        offer.name
        for offer in OFFERS
        if not offer.needs or any(sight.somewhere(right) for right in offer.needs)
    )
