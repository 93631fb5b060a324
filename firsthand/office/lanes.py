"""Ranks as rows, with the counts beside the lanes and kinds always right. Below the acts: several change it.

Call it inside the transaction of the change that it follows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from django.db.models import F

from firsthand.core.attention import Kind, Lane
from firsthand.office.models import KindCount, LaneCount, RankRow

Places = Mapping[tuple[str, str], int]
"""{(lane, kind): how many threads}."""
_FIELDS = ["score", "lane", "kind", "minutes", "reasons", "newcomer", "waiting_since", "ranked_at"]


def put(rows: Sequence[RankRow]) -> None:
    """Write ranks, new or anew."""
    before = _places([row.thread_id for row in rows])
    RankRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["thread"], update_fields=_FIELDS
    )
    _adjust(Counter((row.lane, row.kind) for row in rows), before)


def drop(threads: Collection[int]) -> None:
    """Take away the ranks of threads that wait no longer."""
    before = _places(threads)
    if before:
        RankRow.objects.filter(thread_id__in=list(threads)).delete()
        _adjust(Counter(), before)


def counts() -> dict[str, int]:
    """How many open threads each lane holds."""
    found = dict(LaneCount.objects.values_list("lane", "threads"))
    return {lane.value: found.get(lane.value, 0) for lane in Lane}


def kinds() -> dict[str, int]:
    """How many threads with nothing to answer there are of each kind."""
    found = dict(KindCount.objects.values_list("kind", "threads"))
    return {kind.value: found.get(kind.value, 0) for kind in Kind}


def _places(threads: Collection[int]) -> Counter[tuple[str, str]]:
    rows = RankRow.objects.select_for_update().filter(thread_id__in=list(threads))
    return Counter(rows.order_by("thread_id").values_list("lane", "kind"))


def _adjust(after: Places, before: Places) -> None:
    lanes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for places, sign in ((after, 1), (before, -1)):
        for (lane, kind), count in places.items():
            lanes[lane] += sign * count
            if lane == Lane.FYI:
                kinds[kind] += sign * count
    for lane in sorted(lane for lane, change in lanes.items() if change):
        if not LaneCount.objects.filter(lane=lane).update(threads=F("threads") + lanes[lane]):
            LaneCount.objects.create(lane=lane, threads=lanes[lane])
    for kind in sorted(kind for kind, change in kinds.items() if change):
        if not KindCount.objects.filter(kind=kind).update(threads=F("threads") + kinds[kind]):
            KindCount.objects.create(kind=kind, threads=kinds[kind])
