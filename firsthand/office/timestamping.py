"""Timestamps: an authority that has nothing to do with us says, once a day, that it saw our log.

What is asked and read is firsthand/tlog/timestamp.py; here are the choice, the rows and the clockwork.
No call is made inside a transaction. An answer is kept only if readers would believe it.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from firsthand.channels.reachable import web_address
from firsthand.channels.web import Web
from firsthand.core.errors import FirsthandError, Misuse
from firsthand.office import ledger
from firsthand.office.models import Actor, Event, Stamped, TimeAuthority
from firsthand.tlog import timestamp as protocol
from firsthand.tlog.errors import StampRefused
from firsthand.tlog.note import split_note
from firsthand.tlog.witness import size_of

__all__ = ["ask", "choose", "end"]

EVERY = timedelta(days=1)
AFTER_TROUBLE = timedelta(hours=1)
"""Also how long nobody else asks, when a process died while it did."""
LONGEST = 20.0
"""Seconds for an answer: the worker's other stages wait for it."""
APART = timedelta(minutes=10)
"""By how much an authority's clock may differ from ours, its accuracy included."""
MOST_URL = 200
logger = logging.getLogger(__name__)


@transaction.atomic
def choose(*, by: Actor, url: str, roots: bytes, now: datetime) -> TimeAuthority:
    """Have our log stamped at `url` from now on, instead of anywhere else. `roots`: PEM certificates
    by which its stamps are believed; what they do not vouch for is not kept.
    """
    by.must_be_principal("choose a timestamp authority")
    web_address(url)
    if len(url) > MOST_URL:
        raise Misuse(f"The address is longer than {MOST_URL} characters.")
    protocol.read_roots(roots)
    protocol.must_be_installed()
    pem = roots.decode("ascii", "replace")
    made, _ = TimeAuthority.objects.update_or_create(
        pk=1, defaults={"url": url, "roots": pem, "retry_at": None, "problem": ""}
    )
    Event.record("timestamps.chosen", actor=by, about=made, now=now, data={"url": url})
    return made


@transaction.atomic
def end(*, by: Actor, now: datetime) -> None:
    """Have it stamped no more. The stamps that there are stay."""
    by.must_be_principal("end the timestamps")
    found = TimeAuthority.objects.first()
    if found is None:
        raise Misuse("No timestamp authority is asked.")
    Event.record("timestamps.ended", actor=by, about=found, now=now, data={"url": found.url})
    found.delete()


def ask(*, now: datetime) -> int:
    """Have the newest head stamped, once a day and only if it changed; how many were asked."""
    ledger.show_stamps()
    due = TimeAuthority.objects.filter(Q(retry_at=None) | Q(retry_at__lte=now))
    row = due.first()
    if row is None or not ledger.publish():
        return 0
    head = ledger.shown()
    if head is None or _is_stamped(head) or not _claimed(row, now):
        return 0
    try:
        answer, at = _answer(row, head, now)
        _keep(row, head, answer, at, now)
    except FirsthandError as problem:
        told = f"{problem.message} {problem.hint}".strip()
        logger.info("timestamp authority %s: %s", row.url, told)
        TimeAuthority.objects.filter(url=row.url).update(problem=told)
    else:
        ledger.show_stamps()
    return 1


def _is_stamped(head: bytes) -> bool:
    kept = Stamped.objects.filter(pk=size_of(head)).first()
    return kept is not None and split_note(bytes(kept.checkpoint))[0] == split_note(head)[0]


def _claimed(row: TimeAuthority, now: datetime) -> bool:
    """One question at a time: the next one is timed before this one is asked."""
    mine = TimeAuthority.objects.filter(pk=row.pk, url=row.url, retry_at=row.retry_at)
    return bool(mine.update(retry_at=now + AFTER_TROUBLE))


def _answer(row: TimeAuthority, head: bytes, now: datetime) -> tuple[bytes, datetime]:
    """What the authority says of `head`, and the time that it proves."""
    request, nonce = protocol.request(head)
    kinds = {"Content-Type": protocol.QUERY, "Accept": protocol.REPLY}
    with Web(limit=protocol.MAX_ANSWER, longest=LONGEST, silence=LONGEST) as web:
        said = web.ask("POST", row.url, headers=kinds, content=request, effect=False).good()
    stamp = protocol.Stamp(said.body, head)
    at = datetime.fromtimestamp(stamp.proved_at(row.roots.encode(), nonce=nonce), UTC)
    if abs(at - now) > APART:
        raise StampRefused(f"Its clock or ours is wrong: it says {at:%Y-%m-%d %H:%M} UTC.")
    return said.body, at


@transaction.atomic
def _keep(row: TimeAuthority, head: bytes, answer: bytes, at: datetime, now: datetime) -> None:
    """Unless somebody was faster: a published stamp never changes."""
    kept = {"checkpoint": head, "answer": answer, "at": at}
    Stamped.objects.get_or_create(pk=size_of(head), defaults=kept)
    TimeAuthority.objects.filter(url=row.url).update(retry_at=now + EVERY, problem="")


def troubles() -> list[str]:
    """What a person should know."""
    rows = TimeAuthority.objects.exclude(problem="")
    return [f"The log was not stamped by {row.url}: {row.problem}" for row in rows]
