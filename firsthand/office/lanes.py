"""Ranks as rows, with the counts beside the lanes always right. Below the acts: several change it.

Call it inside the transaction of the change that it follows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from django.db.models import F

from firsthand.core.attention import Lane
from firsthand.office.models import LaneCount, RankRow

_FIELDS = ["score", "lane", "minutes", "reasons", "newcomer", "waiting_since", "ranked_at"]


def put(rows: Sequence[RankRow]) -> None:
    """Write ranks, new or anew."""
    before = _lanes([row.thread_id for row in rows])
    RankRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["thread"], update_fields=_FIELDS
    )
    _adjust(Counter(row.lane for row in rows), before)


def drop(threads: Collection[int]) -> None:
    """Take away the ranks of threads that wait no longer."""
    before = _lanes(threads)
    if before:
        RankRow.objects.filter(thread_id__in=list(threads)).delete()
        _adjust(Counter(), before)


def counts() -> dict[str, int]:
    """How many open threads each lane holds."""
    found = dict(LaneCount.objects.values_list("lane", "threads"))
    return {lane.value: found.get(lane.value, 0) for lane in Lane}


def _lanes(threads: Collection[int]) -> Counter[str]:
    rows = RankRow.objects.select_for_update().filter(thread_id__in=list(threads))
    return Counter(rows.order_by("thread_id").values_list("lane", flat=True))


def _adjust(after: Mapping[str, int], before: Mapping[str, int]) -> None:
    changes = {lane: after.get(lane, 0) - before.get(lane, 0) for lane in {*after, *before}}
    for lane in sorted(lane for lane, change in changes.items() if change):
        if not LaneCount.objects.filter(lane=lane).update(threads=F("threads") + changes[lane]):
            LaneCount.objects.create(lane=lane, threads=changes[lane])
