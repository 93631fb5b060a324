"""Making a text for everybody, and all that goes with it: where it shall stand, who is credited."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from firsthand.channels.base import dialect_of
from firsthand.core.errors import Misuse
from firsthand.core.revising import Change
from firsthand.core.rights import Right, Target
from firsthand.office.making import envelope_of
from firsthand.office.models import (
    Account,
    Actor,
    Credit,
    Draft,
    Event,
    Office,
    Placement,
    Post,
    Revision,
)
from firsthand.office.revisions import change as write_on
from firsthand.office.revisions import changeable
from firsthand.office.revisions import revise as write
from firsthand.office.stating import must_be_worth_drafting
from firsthand.office.typed import clean_line, clean_text

_WEB = re.compile(r"https?://\S{1,480}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post shall stand besides our own site. `form`: `whole`, `link` or `thread`."""

    account: Account
    form: str = "link"


@dataclass(frozen=True, slots=True)
class Credited:
    """Somebody with a part in it whom the office does not know: `role` in a word or two."""

    name: str
    role: str
    url: str = ""


@transaction.atomic
def compose(
    *,
    actor: Actor,
    text: str,
    now: datetime,
    title: str = "",
    slug: str = "",
    language: str = "",
    places: Iterable[Place] = (),
    credits: Iterable[Credited] = (),
    sponsor: str = "",
    sponsor_url: str = "",
    pasted: int = 0,
    ai_declared: bool = False,
) -> Draft:
    """Begin a post: a draft like any other, that is published instead of sent. `slug`: of its address."""
    site = own_site(now)
    _must_draft(actor, site, now)
    name = clean_line(title)
    post = Post.objects.create(
        slug=_free_slug(slug or name),
        language=clean_line(language)[:20],
        made_by=actor,
        made_at=now,
    )
    made = Draft.objects.create(
        post=post,
        account=site,
        channel=site.channel,
        subject=name,
        made_by=actor,
        made_at=now,
        changed_at=now,
    )
    _set_places(made, actor, places, now)
    set_credits(post, credits, sponsor, sponsor_url)
    write(made, actor, clean_text(text), now, pasted=pasted, ai_declared=ai_declared)
    Event.record("post.begun", actor=actor, about=post, now=now)
    return made


@transaction.atomic
def edit(
    *,
    draft: Draft,
    actor: Actor,
    base: int,
    now: datetime,
    text: str | None = None,
    title: str | None = None,
    places: Iterable[Place] | None = None,
    credits: Iterable[Credited] | None = None,
    sponsor: str | None = None,
    sponsor_url: str = "",
    change: Change | None = None,
    note: str | None = None,
    pasted: int = 0,
    ai_declared: bool = False,
) -> Revision:
    """Change the draft of a post that the editor saw at revision `base`, and all that goes with it.

    What is None stays as it is. A change of any of it is a revision, and makes an approval void.
    """
    row = changeable(draft, actor, base=base, now=now)
    if row.post is None:
        raise Misuse("This is a message, not a post.")
    _decide(row, title, change, note)
    if places is not None:
        _set_places(row, actor, places, now)
    if credits is not None or sponsor is not None:
        set_credits(row.post, credits, sponsor, sponsor_url)
    current = row.current
    words = current.text if text is None else clean_text(text)
    row.post.refresh_from_db()
    same = words == current.text and envelope_of(row) == current.envelope
    if same and not (ai_declared and not current.ai_declared):
        return current
    made = write_on(row, actor, words, now, pasted=pasted, ai_declared=ai_declared)
    Event.record("draft.edited", actor=actor, about=row, now=now, data={"revision": made.number})
    return made


def _decide(draft: Draft, title: str | None, change: Change | None, note: str | None) -> None:
    """What is said about the text; of the first revision there is no change to be told."""
    draft.subject = draft.subject if title is None else clean_line(title)
    if draft.base:
        draft.change = draft.change if change is None else change
        draft.note = draft.note if note is None else clean_line(note)


def own_site(now: datetime) -> Account:
    """The account that is our own site; made when it is first needed."""
    site, _ = Account.objects.get_or_create(
        channel="site",
        state="own",
        defaults={"address": Office.objects.get(pk=1).host, "made_at": now},
    )
    return site


def _at(account: Account) -> Target:
    return Target(account.channel, account.pk)


def _must_draft(actor: Actor, account: Account, now: datetime) -> None:
    actor.must(Right.DRAFT, target=_at(account), now=now)
    must_be_worth_drafting(actor, channel=account.channel, now=now)


def _set_places(draft: Draft, actor: Actor, places: Iterable[Place], now: datetime) -> None:
    """Choose where else it stands. Whoever adds a place needs the right to draft there."""
    post, chosen = draft.post, {place.account.pk: place for place in places}
    if post is None:
        return
    before = {each.account_id: each.form for each in post.placements.all()}
    for pk, place in chosen.items():
        if pk not in before:
            _must_draft(actor, place.account, now)
            _must_take_posts(place.account)
        if place.form not in dict(Placement.FORMS):
            raise Misuse(f"A post stands whole, as a link or as a thread, not {place.form!r}.")
        Placement.objects.update_or_create(
            post=post, account=place.account, defaults={"form": place.form}
        )
    post.placements.exclude(account_id__in=chosen).delete()


def _must_take_posts(account: Account) -> None:
    if account.state in ("files", "own") or dialect_of(account.channel).addressed:
        raise Misuse(
            f"Nothing can be published on {account.address}.", hint="Choose another account."
        )


def set_credits(
    post: Post, credits: Iterable[Credited] | None, sponsor: str | None, sponsor_url: str
) -> None:
    """Who is credited and who pays; what is None stays as it is. Raises Misuse."""
    if sponsor is not None:
        post.sponsor, post.sponsor_url = clean_line(sponsor)[:200], _web(sponsor_url)
        post.save()
    if credits is None:
        return
    post.credits.all().delete()
    for each in dict.fromkeys(credits):
        name, role = clean_line(each.name)[:200], clean_line(each.role)[:40]
        if name:
            Credit.objects.get_or_create(
                post=post, name=name, role=role or "guest", defaults={"url": _web(each.url)}
            )


def _web(text: str) -> str:
    """A web address, or "". Raises Misuse for anything that a browser might run."""
    found = text.strip()
    if found and not _WEB.fullmatch(found):
        raise Misuse(f"“{found[:60]}” is no web address.", hint="It begins with https://.")
    return found


def _free_slug(wanted: str) -> str:
    """A public name made of the title, that no other post has."""
    letters = unicodedata.normalize("NFKD", wanted.casefold()).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:60].rstrip("-")
    if not stem or stem.isdecimal():
        stem = f"{stem or 'note'}-{secrets.token_hex(4)}"
    if not Post.objects.filter(slug=stem).exists():
        return stem
    return f"{stem}-{secrets.token_hex(4)}"
