"""Telling the pages to which a post links that it does: noted, then told once for each public revision.

A call that was cut off may have arrived, so it is not made again by itself: a person is shown that, and
may have it told again, which a webmention allows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from firsthand.channels.mentions import asking
from firsthand.channels.reachable import is_loopback
from firsthand.core.errors import FirsthandError, Misuse, Permanent, Temporary, Uncertain
from firsthand.core.rights import Right, Target
from firsthand.office import prose
from firsthand.office.models import Actor, Event, Office, PostRevision, Telling

MOST = 100
"""Links of one revision that are told."""
LONGEST = 2000
LEASE = timedelta(minutes=3)
"""Longer than looking for an endpoint and telling it together."""
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
TRIES = 6
UNKNOWN = "The call was cut off: nobody knows whether it arrived. Telling it again does no harm."
_CANDIDATES = 20

Clock = Callable[[], datetime]


@transaction.atomic
def note_links(*, now: datetime) -> int:
    """Note the links of each revision that became public, and those that the one before it had, which
    may be gone; how many revisions."""
    office = Office.objects.first()
    rows = PostRevision.objects.select_for_update(of=("self",))
    due = list(rows.filter(submission__state="sent", linked_at=None).order_by("pk")[:MOST])
    for row in due:
        targets = dict.fromkeys(_links(row, office)) if office else {}
        Telling.objects.bulk_create(
            [Telling(revision=row, target=t, key=_key(t)) for t in list(targets)[:MOST]]
        )
        row.linked_at = now
        row.save(update_fields=["linked_at"])
    return len(due)


def _links(row: PostRevision, office: Office) -> Iterator[str]:
    if is_loopback(office.base) and not settings.MENTIONS_FROM_LOOPBACK:
        return  # nobody elsewhere could see the page
    before = row.post.revisions.filter(number__lt=row.number).order_by("-number").first()
    told = (
        before.tellings.exclude(state="unheard").values_list("target", flat=True) if before else ()
    )
    for target in (*prose.links(row.text), *told):
        parts = urlsplit(target)
        if len(target) <= LONGEST and parts.netloc.lower() != urlsplit(office.base).netloc.lower():
            yield target


def _key(target: str) -> str:
    return hashlib.sha256(target.encode("utf-8", "replace")).hexdigest()


def tell_due(*, clock: Clock) -> int:
    """Find out for one link who takes word of it, and tell them; how many were worked on."""
    row = _claim(clock())
    if row is None:
        return 0
    here = bool(settings.MENTIONS_FROM_LOOPBACK)
    try:
        endpoint = asking.endpoint_of(row.target, loopback=here)
    except FirsthandError as problem:
        _outcome(row, "noted", problem, clock())
        return 1
    if not endpoint:
        _settle(row, "noted", "skip", "That page takes no webmentions.", clock())
    elif len(endpoint) > LONGEST:
        _settle(row, "noted", "fail", "That page names no usable address for them.", clock())
    elif _begin(row, endpoint, clock()):
        try:
            answer = asking.tell(endpoint, _source(row), row.target, loopback=here)
        except FirsthandError as problem:
            _outcome(row, "telling", problem, clock())
        else:
            _settle(row, "telling", "accept", "", clock(), answer=answer)
    return 1


def _source(row: Telling) -> str:
    return f"{Office.objects.get(pk=1).base}/p/{row.revision.post.slug}"


def _claim(now: datetime) -> Telling | None:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    wait = Q(retry_at=None) | Q(retry_at__lte=now)
    due = Telling.objects.filter(free, wait, state="noted").order_by("pk")
    for pk, fence in due.values_list("pk", "fence")[:_CANDIDATES]:
        mine = Telling.objects.filter(pk=pk, fence=fence, state="noted")
        if mine.update(fence=fence + 1, lease_until=now + LEASE, attempts=F("attempts") + 1):
            return Telling.objects.select_related("revision__post").get(pk=pk)
    return None


@transaction.atomic
def _begin(row: Telling, endpoint: str, now: datetime) -> bool:
    """That the call is about to be made, written before it is."""
    held = _held(row, "noted")
    if held is None:
        return False
    held.step("claim")
    held.endpoint, held.lease_until = endpoint, now + LEASE
    held.save()
    return True


def _held(row: Telling, state: str) -> Telling | None:
    rows = Telling.objects.select_for_update().filter(pk=row.pk, fence=row.fence, state=state)
    return rows.first()


def _outcome(row: Telling, state: str, problem: FirsthandError, now: datetime) -> None:
    """What a failure means: tried again for about a day, given up, or unknown."""
    if state == "telling" and isinstance(problem, Uncertain):
        _settle(row, state, "lose", problem.message, now)
    elif isinstance(problem, Permanent) or row.attempts >= TRIES:
        _settle(row, state, "fail", problem.message, now)
    else:
        wait = min(FIRST_WAIT * 3 ** (row.attempts - 1), LONGEST_WAIT)
        asked = problem.retry_at if isinstance(problem, Temporary) else None
        due = max(now + wait, min(asked or now, now + timedelta(days=1)))
        _settle(row, state, "retry" if state == "telling" else "", problem.message, now, due=due)


@transaction.atomic
def _settle(
    row: Telling,
    state: str,
    event: str,
    problem: str,
    now: datetime,
    *,
    answer: str = "",
    due: datetime | None = None,
) -> None:
    """Write down what came of it, if the claim still stands. No `event`: it stays as it is."""
    if (held := _held(row, state)) is None:
        return
    if event:
        held.step(event)
    held.problem, held.answer, held.retry_at, held.lease_until = problem, answer, due, None
    held.told_at = now if held.state == "told" else held.told_at
    held.save()


def recover_tellings(*, now: datetime) -> int:
    """Calls whose worker is gone: nobody knows what came of them; how many."""
    lost = Telling.objects.filter(state="telling", lease_until__lte=now)
    for row in list(lost):
        _settle(row, "telling", "lose", UNKNOWN, now)
    return len(lost)


@transaction.atomic
def tell_again(*, telling: Telling, actor: Actor, now: datetime) -> Telling:
    """Try one more time what failed, is unknown, or was not taken. Raises Denied, NotAllowed."""
    row = (
        Telling.objects.select_for_update(of=("self",))
        .select_related("revision")
        .get(pk=telling.pk)
    )
    actor.must(Right.PUBLISH, target=Target("site"), now=now)
    if row.revision.post.newest != row.revision:
        raise Misuse("A newer revision is public: its own links are told.")
    row.step("retry")
    row.attempts, row.retry_at, row.problem = 0, None, ""
    row.save()
    Event.record("telling.retried", actor=actor, about=row, now=now)
    return row
