"""Ranks of open threads: those that changed, and each once a day because waiting counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from firsthand.core.attention import KINDS, Lane, rank
from firsthand.learning.reasons import reasons
from firsthand.learning.tempo import READING, Tempo
from firsthand.office import lanes
from firsthand.office.attention.describing import Mind
from firsthand.office.attention.facts import Gathered, Gathering, Waiting, waiting
from firsthand.office.attention.known import Known
from firsthand.office.models import RankRow, Thread

BATCH = 500
STALE = timedelta(days=1)


def rank_waiting(*, now: datetime, limit: int = BATCH) -> int:
    """Rank at most `limit` threads that changed or were ranked a day ago; how many it were.

    The newest come first: what came in now is wanted now.
    """
    done = 0
    known: Known | None = None
    while done < limit:
        with transaction.atomic():
            threads = _due(now, min(BATCH, limit - done))
            if not threads:
                break
            known = known or Known()
            rank_these(threads, now=now, known=known)
        done += len(threads)
    return done


def rank_these(threads: Sequence[Thread], *, now: datetime, known: Known | None = None) -> None:
    """Give these threads their ranks, or take them away where nothing waits. In a transaction."""
    known = known or Known()
    found = waiting([thread for thread in threads if thread.state == "open"])
    gathering, mind = Gathering(found, known), Mind.now()
    ranked = {each.thread.pk for each in found}
    lanes.drop([thread.pk for thread in threads if thread.pk not in ranked])
    lanes.put([_row(each, gathering.gather(each), mind, now) for each in found])
    Thread.objects.filter(pk__in=[thread.pk for thread in threads]).update(needs_rank=False)


def _due(now: datetime, limit: int) -> list[Thread]:
    rows = Thread.objects.select_for_update(of=("self",)).select_related("person")
    changed = list(rows.filter(needs_rank=True).order_by("-pk")[:limit])
    if changed:
        return changed
    stale = RankRow.objects.filter(ranked_at__lte=now - STALE).order_by("-pk")
    ids = list(stale.values_list("pk", flat=True)[:limit])
    return list(rows.filter(pk__in=ids).order_by("-pk"))


def _row(each: Waiting, gathered: Gathered, mind: Mind, now: datetime) -> RankRow:
    facts = gathered.facts
    scored = mind.weights.score(gathered.features)
    found = rank(
        facts,
        score=scored.probability,
        minutes=_minutes(gathered, mind),
        reasons=reasons(scored, facts, mind.weights),
    )
    return RankRow(
        thread=each.thread,
        score=found.score,
        lane=found.lane.value,
        kind=KINDS[facts.automation].value,
        minutes=found.minutes,
        reasons=[[reason.text, round(reason.weight, 3)] for reason in found.reasons],
        newcomer=found.lane is Lane.SCREENED and not facts.namesake,
        waiting_since=each.thread.waiting_since or each.newest.at,
        ranked_at=now,
    )


def _minutes(gathered: Gathered, mind: Mind) -> float:
    """To read it, and to answer it unless a machine wrote it."""
    if gathered.facts.of_machine:
        return gathered.read / READING
    answer = gathered.answer_words
    return mind.pace.minutes(gathered.read, Tempo().answer_words("") if answer is None else answer)
