"""Correspondents, and the addresses they write from."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from firsthand.core.attention import Screening
from firsthand.office.models.actor import Actor


class Person(models.Model):
    """Who somebody is to the principal. The counts are kept by intake, for ranks and pages.

    `received`: their messages; `answered`: those that got an answer; `written`: messages to them;
    `answer_words`: mean length of the answers, in words.
    """

    name = models.CharField(max_length=300)
    screening = models.CharField(
        max_length=10, choices=[(s.value, s.value) for s in Screening], default="undecided"
    )
    screened_by = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, related_name="+")
    screened_at = models.DateTimeField(null=True, blank=True)
    about = models.TextField(blank=True)
    received = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    written = models.PositiveIntegerField(default=0)
    answer_words = models.FloatField(default=0)
    last_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Handle(models.Model):
    """An address of a person on a channel, lower case."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="handles")
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "address"], name="one_handle_per_address")
        ]
        indexes = [models.Index(Lower("name"), "channel", name="handle_by_name")]

    def __str__(self) -> str:
        return self.address
