"""What is only ever added to: events for the office, entries and head of the public log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from django.db import models

from firsthand.office.models.actor import Actor


class Event(models.Model):
    """One act: who did what to which row, when. `about` is the table, `about_id` the row."""

    at = models.DateTimeField()
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, related_name="events")
    act = models.CharField(max_length=60)
    about = models.CharField(max_length=40)
    about_id = models.PositiveBigIntegerField()
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["about", "about_id", "id"], name="event_by_row"),
            models.Index(fields=["actor", "-at"], name="event_by_actor"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the event. An event that is there cannot be changed."""
        if self.pk:
            raise TypeError("An event is never changed; record another one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: the record of acts only grows."""
        raise TypeError("An event is never deleted.")

    @classmethod
    def record(
        cls,
        act: str,
        *,
        actor: Actor | None,
        about: models.Model,
        now: datetime,
        data: Mapping[str, Any] | None = None,
    ) -> Event:
        """Record an act in the transaction of the change it tells of."""
        return cls.objects.create(
            at=now,
            actor=actor,
            act=act,
            about=about._meta.model_name or "",
            about_id=about.pk,
            data=dict(data or {}),
        )


class LogEntry(models.Model):
    """One entry of the log by its index. Public: see core.entry for what may be in it."""

    index = models.PositiveBigIntegerField(primary_key=True)
    leaf = models.BinaryField()
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()


class LogHead(models.Model):
    """The newest state of the log, swapped only against the size it was computed from. Row 1."""

    size = models.PositiveBigIntegerField(default=0)
    frontier = models.BinaryField(default=bytes)
    checkpoint = models.BinaryField(default=bytes)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_log_head")]


class Received(models.Model):
    """What the log was told of a day on a channel. The newest row of a day counts; see `office.report`."""

    day = models.DateField()
    channel = models.CharField(max_length=20)
    count = models.PositiveIntegerField()
    salt = models.BinaryField()
    entry = models.OneToOneField(LogEntry, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["day", "channel"], name="received_by_day")]


class FormerLogKey(models.Model):
    """A key of the log that was changed: it goes on signing heads, for who knows only it."""

    vkey = models.CharField(max_length=300, unique=True)
    sealed = models.BinaryField()
    ended_at = models.DateTimeField()
