"""Links between our own pages and others': who says that they link to us, and whom we tell."""

from __future__ import annotations

from django.db import models

from firsthand.core.lifecycle import states, step
from firsthand.office.models.post import PostRevision


class Mention(models.Model):
    """That a page elsewhere links to one of ours, as somebody told us (webmention, pingback).

    `versions`: how often it was taken in, `digest` of what it said last, `remote_id` of that message.
    `fence` rises with each claim, as of a submission.
    """

    WAYS = [("webmention", "webmention"), ("pingback", "pingback")]

    source = models.CharField(max_length=2000)
    target = models.CharField(max_length=500)
    key = models.CharField(max_length=64, unique=True, help_text="SHA-256 of both.")
    host = models.CharField(max_length=260, help_text="Of the source.")
    way = models.CharField(max_length=10, choices=WAYS)
    state = models.CharField(max_length=8, default="heard")
    heard_at = models.DateTimeField()
    due_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    fence = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    versions = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)
    remote_id = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=states("mention")), name="mention_state"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="heard"), name="mention_due"),
            models.Index(fields=["host", "heard_at"], name="mention_by_host"),
            models.Index(fields=["target"], name="mention_by_target"),
        ]

    def __str__(self) -> str:
        return self.source

    def step(self, event: str) -> None:
        """Move along core.lifecycle; the caller saves. Raises NotAllowed."""
        self.state = step("mention", self.state, event)


class Telling(models.Model):
    """That the page behind a link is told of the public revision which has it, or had it before."""

    revision = models.ForeignKey(PostRevision, on_delete=models.CASCADE, related_name="tellings")
    target = models.CharField(max_length=2000)
    key = models.CharField(max_length=64, help_text="SHA-256 of the target.")
    state = models.CharField(max_length=9, default="noted")
    endpoint = models.CharField(max_length=2000, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revision", "key"], name="one_telling_per_link"),
            models.CheckConstraint(
                condition=models.Q(state__in=states("telling")), name="telling_state"
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["noted", "telling"]),
                name="telling_open",
            )
        ]

    def __str__(self) -> str:
        return self.target

    def step(self, event: str) -> None:
        """Move along core.lifecycle; the caller saves. Raises NotAllowed."""
        self.state = step("telling", self.state, event)
