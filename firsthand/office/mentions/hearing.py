"""Hearing that a page elsewhere links to one of ours: what a stranger says is checked and queued."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q

from firsthand.channels.reachable import web_address
from firsthand.core.errors import Misuse, Permanent, Temporary
from firsthand.office.models import Account, Mention, Office, Post

WAITING = 500
"""So many may wait at once; and of one site so many in an hour."""
OF_A_SITE = 30
HOUR = timedelta(hours=1)
AGAIN = timedelta(minutes=5)
"""The same page is looked at no sooner than this after the last time."""
KEPT = timedelta(days=30)
"""How long it is remembered that a page does not link to us."""
LONGEST = 2000
_PAGES = re.compile(r"/(?:public|posts|p/(?P<slug>[-\w]{1,80})(?:/history|/\d{1,6})?)?/?")


class NoPage(Misuse):
    """The target is no page of ours."""


class Closed(Misuse):
    """The target is ours, and takes no mentions."""


@transaction.atomic
def hear(*, source: str, target: str, way: str, now: datetime) -> Mention:
    """Queue a claim that `source` links to `target`; the same one again is looked at again.

    Raises Misuse (NoPage, Closed) where it cannot be, Temporary where there are too many.
    """
    office = Office.objects.first()
    if office is None:
        raise NoPage("There is no office here yet.")
    source, target = address_of(source, "source"), address_of(target, "target")
    _must_be_ours(target, office)
    if urlsplit(source).netloc == urlsplit(office.base).netloc.lower():
        raise Misuse("The source is a page of this office itself.")
    _must_be_open(now)
    key = hashlib.sha256(f"{source}\0{target}".encode()).hexdigest()
    row = Mention.objects.select_for_update().filter(key=key).first()
    if row is None:
        host = urlsplit(source).netloc[:260]
        _must_be_few(host, now)
        told = {"source": source, "target": target, "host": host, "way": way}
        defaults = {**told, "heard_at": now, "due_at": now}
        return Mention.objects.get_or_create(key=key, defaults=defaults)[
            0
        ]  # two may say it at once
    if row.state != "heard":
        row.step("hear")
        row.heard_at, row.attempts = now, 0
        row.due_at = max(now, (row.checked_at or now) + AGAIN)
        row.save()
    return row


def address_of(text: str, name: str) -> str:
    """A web address as it is compared: without its fragment, its host in lower case. Raises Misuse."""
    text = text.strip()
    try:
        parts, _ = web_address(text)
    except Permanent:
        raise Misuse(f"The {name} is no web address.") from None
    if len(text) > LONGEST or not text.isprintable() or len(text.split()) != 1:
        raise Misuse(f"The {name} is no web address.")
    return parts._replace(netloc=parts.netloc.lower(), fragment="").geturl()


def _must_be_ours(target: str, office: Office) -> None:
    parts = urlsplit(target)
    found = _PAGES.fullmatch(parts.path or "/")
    if parts.netloc != urlsplit(office.base).netloc.lower():
        raise NoPage("The target is not a page of this office.")
    if not found or parts.query:
        raise NoPage("There is no such page here that could be mentioned.")
    slug = found["slug"]
    if slug is None:
        return
    public = Post.objects.filter(slug=slug, revisions__submission__state="sent")
    if not public.exists():
        raise NoPage("There is no such post here.")
    if not public.filter(revisions__submission__erased_on=None).exists():
        raise Closed("This post was erased.")


def _must_be_open(now: datetime) -> None:
    if Account.of_mentions(now).state == "paused":
        raise Closed("This office takes no mentions now.")


def _must_be_few(host: str, now: datetime) -> None:
    recent = Mention.objects.filter(host=host, heard_at__gt=now - HOUR).count()
    waiting = Mention.objects.filter(state="heard").count()
    if recent >= OF_A_SITE or waiting >= WAITING:
        told = "Too many mentions" if waiting >= WAITING else f"Too many mentions from {host}"
        raise Temporary(f"{told}: try again in an hour.", retry_at=now + HOUR)


def forget(*, now: datetime) -> int:
    """Let go of what turned out to be nothing, after a month; how many."""
    old = Mention.objects.filter(Q(checked_at__lt=now - KEPT), state="refused", versions=0)
    return old.delete()[0]
