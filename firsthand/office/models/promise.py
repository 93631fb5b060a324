"""Promises made in public. Ended, never edited."""

from __future__ import annotations

from django.db import models

from firsthand.core.byline import Level
from firsthand.core.promises import PromiseFact, Strength, saying
from firsthand.office.models.actor import Actor


class Promise(models.Model):
    """Nothing leaves on `channel` below `floor`; see core.promises."""

    floor = models.CharField(max_length=10, choices=[(v.value, v.words) for v in Level])
    channel = models.CharField(max_length=20, blank=True)
    strength = models.CharField(max_length=10, choices=[(s.value, s.value) for s in Strength])
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    made_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(floor__in=["firsthand", "approved", "on_behalf"]),
                name="promise_floor",
            )
        ]

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        return saying(Level(self.floor), self.channel)

    @property
    def fact(self) -> PromiseFact:
        return PromiseFact(
            self.pk,
            Level(self.floor),
            self.channel,
            Strength(self.strength),
            self.since,
            self.until,
        )
