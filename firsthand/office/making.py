"""How a revision came to be, read from the rows: whose each word is, who approved it, what it quotes.

The one place where rows become a `core.byline.Making`; nothing here can be told from outside.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q

from firsthand.channels.base import dialect_of
from firsthand.core.byline import ActorKind, Making, Party
from firsthand.core.errors import Misuse
from firsthand.core.text import Blamed, ownership, quote, shares, split
from firsthand.office.models import Actor, Body, Draft, Message, Office, Post, Revision, Thread


@dataclass(frozen=True, slots=True)
class Version:
    """One revision as a fact, saved or not. `files`: the keys of those who added the files.

    `aside`: of a text that was put away. Whose words of it come back keeps them; nobody else of it
    has a part. `erased`: nobody knows any more what it said.
    """

    actor: Party
    text: str
    subject: str = ""
    files: tuple[str, ...] = ()
    ai_declared: bool = False
    aside: bool = False
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A Making, and the words of the text that it counted."""

    making: Making
    words: tuple[Blamed, ...]


def making_of(*, draft: Draft, revision: int, sent_by: Actor) -> Making:
    """All that is recorded of this revision, were `sent_by` to send it."""
    return made_of(draft=draft, revision=revision, sent_by=sent_by).making


def made_of(*, draft: Draft, revision: int, sent_by: Actor) -> Made:
    """As `making_of`, with the words."""
    rows = draft.revisions.filter(number__lte=revision).select_related("actor")
    versions = [*published_before(draft), *(version_of(row) for row in rows)]
    if not rows or rows[len(rows) - 1].number != revision:
        raise Misuse(f"This draft has no revision {revision}.", hint="Load the draft again.")
    approvals = draft.approvals.filter(revision=revision, actor__is_principal=True)
    approved_by = tuple(approvals.values_list("actor__key", flat=True))
    return made(
        versions,
        sent_by=sent_by,
        thread=draft.thread,
        answers=draft.answers,
        approved_by=approved_by,
        published=draft.post_id is not None,
    )


def made(
    versions: Sequence[Version],
    *,
    sent_by: Actor,
    thread: Thread | None,
    answers: Message | None,
    approved_by: tuple[str, ...] = (),
    published: bool = False,
) -> Made:
    """What these versions make, were the last one sent by `sent_by`."""
    principal = _principal(sent_by)
    quotes = any(split(version.text).quoted for version in versions)
    body = ownership(
        [(version.actor.key, version.text) for version in versions],
        quotable=_quotable(thread) if quotes else "",
        signature=Office.objects.values_list("signature", flat=True).get(pk=1),
    )
    # The words of "Re: …" are the correspondent's; a subject of one's own counts like the text.
    given = ("", reply_subject(answers))
    subject = ownership([given, *((version.actor.key, version.subject) for version in versions)])
    words = Counter(shares(body.words)) + Counter(shares(subject.words))
    words.pop("", None)
    parts = [version for version in versions if not version.aside or version.actor.key in words]
    parties = [*(version.actor for version in parts), sent_by.party, principal]
    changed = {*body.cutters(principal.key), *subject.cutters(principal.key), *versions[-1].files}
    making = Making(
        parties=tuple(dict.fromkeys(parties)),
        words=dict(words),
        touched=tuple(dict.fromkeys(version.actor.key for version in parts)),
        sent_by=sent_by.key,
        approved_by=approved_by,
        ai_declared=any(version.ai_declared for version in parts),
        changed_by=tuple(sorted(changed)),
        published=published,
    )
    return Made(making, body.words)


def _principal(actor: Actor) -> Party:
    return actor.party if actor.is_principal else Actor.objects.get(is_principal=True).party


def published_before(draft: Draft) -> list[Version]:
    """All that led to the public text which this draft changes: its words stay their writers'.

    Also, aside, the drafts of it that were put away meanwhile, and after each the public text as it
    stayed.
    """
    if not draft.base or draft.post_id is None:
        return []
    principal = Actor.objects.get(is_principal=True).party
    public = Q(published__number__lte=draft.base, published__submission__state="sent")
    earlier = Draft.objects.filter(post_id=draft.post_id, pk__lt=draft.pk)
    found: list[Version] = []
    wanted = earlier.filter(public | Q(state="discarded")).prefetch_related("revisions__actor")
    for each in wanted.order_by("pk"):
        rows = [version_of(row) for row in each.revisions.all()]
        if each.state == "discarded":
            stayed = replace(found[-1], actor=principal) if found else None
            rows = [replace(row, aside=True) for row in (*rows, *([stayed] if stayed else []))]
        found += rows
    return list(_without_erased(found))


def _without_erased(versions: Iterable[Version]) -> Iterable[Version]:
    """In doubt a word is not that of whoever is nearer to the principal: what was erased counts as if it
    had said all that stood there next, and its writers keep their part.
    """
    gone: Party | None = None
    for version in versions:
        if version.erased:
            gone = max(filter(None, (gone, version.actor)), key=_distance)
            yield replace(version, aside=False)
            continue
        if gone and _distance(gone) > _distance(version.actor):
            yield replace(version, actor=gone)
        gone = None
        yield version


def _distance(actor: Party) -> int:
    """From the principal; a program's words are told as such before a person's."""
    return 0 if actor.principal else 1 if actor.kind is ActorKind.HUMAN else 2


def version_of(row: Revision) -> Version:
    """A revision as a fact."""
    envelope = row.envelope
    files = tuple(sorted({file[3] for file in envelope.get("files", [])}))
    return Version(
        row.actor.party,
        row.text,
        envelope.get("subject", ""),
        files,
        ai_declared=row.ai_declared,
        erased=not envelope and not row.text,
    )


def envelope_of(draft: Draft) -> dict[str, Any]:
    """Where a draft would go and what with, as its revisions remember it."""
    files = draft.files.select_related("added_by").order_by("pk")
    return {
        **(_publication(draft, draft.post) if draft.post else {}),
        "subject": draft.subject,
        "to": draft.to,
        "cc": draft.cc,
        "bcc": draft.bcc,
        "files": [
            [
                file.name,
                file.media_type,
                hashlib.sha256(bytes(file.content)).hexdigest(),
                file.added_by.key,
            ]
            for file in files
        ],
    }


def _publication(draft: Draft, post: Post) -> dict[str, Any]:
    """Where else a post shall stand, who is credited, and what its editor says of a change."""
    return {
        "places": [[each.account_id, each.form] for each in post.placements.all()],
        "credits": [[each.name, each.role, each.url] for each in post.credits.all()],
        "sponsor": [post.sponsor, post.sponsor_url],
        "change": [draft.change, draft.note],
    }


def reply_subject(answers: Message | None) -> str:
    """The subject that an answer begins with, as its channel has it."""
    if answers is None:
        return ""
    return dialect_of(answers.channel).reply_subject(answers.subject)[:500]


def quotation(message: Message) -> str:
    """What a message said, to be put under an answer: who wrote it, then its own words, quoted.

    Empty where its channel has no quoting.
    """
    if not dialect_of(message.channel).quotes:
        return ""
    whole = Body.objects.filter(message=message).values_list("text", flat=True).first() or ""
    text = split(whole).new or whole
    return f"{_introduction(message)}\n{quote(text)}" if text.strip() else ""


def _introduction(message: Message) -> str:
    when = message.date or message.at
    return f"On {when.day} {when:%B %Y}, {message.from_name or message.from_address} wrote:"


def _quotable(thread: Thread | None) -> str:
    """Everything said in a thread: what stands here may be quoted without being one's own words."""
    if thread is None:
        return ""
    messages = thread.messages.filter(set_aside="").select_related("body").order_by("-at")
    shown = messages.only("thread", "at", "date", "from_name", "from_address", "body__text")
    return "\n".join(_said(shown[:50]))


def _said(messages: Iterable[Message]) -> Iterable[str]:
    for message in messages:
        yield _introduction(message)
        body = getattr(message, "body", None)
        if body:
            yield body.text
