"""Rows as plain values for an agent, with the words of strangers kept apart under `foreign`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from firsthand.mcp.foreign import fenced
from firsthand.office.models import Draft, Message, Submission, Thread

if TYPE_CHECKING:
    from firsthand.office.attention import Item
    from firsthand.office.desk import Preview
    from firsthand.office.search import Hit

Told = dict[str, Any]
CLOSED = ("sent", "discarded")


def item(found: Item) -> Told:
    return {
        "thread": found.thread,
        "channel": found.channel,
        "lane": found.lane,
        "score": found.score,
        "minutes": found.minutes,
        "waiting": found.waiting,
        "foreign": {
            "from": found.name,
            "subject": found.subject,
            "preview": fenced(found.preview),
            "reasons": list(found.reasons),
        },
    }


def hit(found: Hit) -> Told:
    return {
        "thread": found.thread,
        "at": found.at.isoformat(),
        "foreign": {
            "from": found.name,
            "subject": found.subject,
            "snippet": fenced(found.snippet),
        },
    }


def conversation(found: Thread) -> Told:
    messages = found.messages.select_related("body").order_by("at", "pk")
    notes = found.notes.select_related("actor").order_by("pk")
    drafts = found.drafts.select_related("made_by").exclude(state__in=CLOSED).order_by("pk")
    return {
        "thread": found.pk,
        "channel": found.channel,
        "lane": found.target.lane,
        "state": found.state,
        "latest": found.latest,
        "messages": [_message(message) for message in messages],
        "notes": [{"by": n.actor.key, "at": n.at.isoformat(), "text": n.text} for n in notes],
        "drafts": [_open(draft) for draft in drafts],
    }


def _message(found: Message) -> Told:
    return {
        "id": found.pk,
        "direction": found.direction,
        "at": found.at.isoformat(),
        "foreign": {
            "from": found.from_name or found.from_address,
            "address": found.from_address,
            "subject": found.subject,
            "text": fenced(found.body.text),
        },
    }


def _open(found: Draft) -> Told:
    return {
        **draft(found, None),
        "text": found.current.text,
        "rejections": list(found.rejections.order_by("pk").values_list("reason", flat=True)),
    }


def draft(found: Draft, preview: Preview | None) -> Told:
    value: Told = {
        "draft": found.pk,
        "thread": found.thread_id,
        "state": found.state,
        "revision": found.revision,
        "by": found.made_by.key,
        "foreign": {"subject": found.subject, "to": [address for address, _ in found.to]},
    }
    if preview:
        value["preview"] = {
            "level": preview.level.value,
            "ai": preview.ai.value,
            "sentence": preview.sentence,
            "may_send": preview.right.allowed,
            "because": preview.right.because,
            "promise_kept": preview.promise.allowed,
            "promise": preview.promise.because,
        }
    return value


def submission(found: Submission) -> Told:
    return {
        "submission": found.pk,
        "draft": found.draft_id,
        "state": found.state,
        "level": found.level,
        "ai": found.ai,
        "sentence": found.sentence,
        "due_at": found.due_at.isoformat(),
        "byline": found.statement["id"],
    }
