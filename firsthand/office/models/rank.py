"""Ranks as rows, and the counts beside the lanes."""

from __future__ import annotations

from django.db import models

from firsthand.core.attention import Kind, Lane
from firsthand.office.models.message import Thread

LANES = [(lane.value, lane.value) for lane in Lane]
KINDS = [(kind.value, kind.value) for kind in Kind]


class RankRow(models.Model):
    """The Rank of a thread that is open; deleted when it closes. `reasons`: [[text, weight], …]."""

    thread = models.OneToOneField(
        Thread, on_delete=models.CASCADE, primary_key=True, related_name="rank"
    )
    score = models.FloatField()
    lane = models.CharField(max_length=10, choices=LANES)
    kind = models.CharField(max_length=12, choices=KINDS, default=Kind.PEOPLE.value)
    minutes = models.FloatField()
    reasons = models.JSONField(default=list)
    newcomer = models.BooleanField(default=False)
    waiting_since = models.DateTimeField()
    ranked_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["lane", "-score"], name="rank_by_score"),
            models.Index(fields=["lane", "waiting_since"], name="rank_by_age"),
            models.Index(fields=["lane", "kind", "waiting_since"], name="rank_by_kind"),
            models.Index(fields=["ranked_at"], name="rank_by_time"),
        ]


class LaneCount(models.Model):
    """How many open threads a lane holds: counted once on change, not on every page."""

    lane = models.CharField(max_length=10, choices=LANES, primary_key=True)
    threads = models.PositiveIntegerField(default=0)


class KindCount(models.Model):
    """How many threads of a kind the lane `fyi` holds, counted in the same way."""

    kind = models.CharField(max_length=12, choices=KINDS, primary_key=True)
    threads = models.PositiveIntegerField(default=0)
