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
    """How many threads with nothing to answer there are of each kind that has any."""
    found = dict(KindCount.objects.values_list("kind", "threads"))
    return {kind.value: found[kind] for kind in Kind if found.get(kind)}


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
    _add(LaneCount, lanes)
    _add(KindCount, kinds)


def _add(model: type[LaneCount | KindCount], changes: Mapping[str, int]) -> None:
    """Always in one order, so that two changes never wait for each other."""
    for name in sorted(name for name, change in changes.items() if change):
        change = changes[name]
        if not model.objects.filter(pk=name).update(threads=F("threads") + change):
            model.objects.create(pk=name, threads=change)
