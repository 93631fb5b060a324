"""A connected mailbox, profile or site."""

from __future__ import annotations

from datetime import datetime

from django.db import models


class Account(models.Model):
    """`sealed` holds the credentials (office.vault); `cursor` is the channel's own, opaque here, as
    are `notes` (office.notebook).

    An account without settings takes imported files only.
    """

    STATES = [
        ("files", "files only"),
        ("ok", "ok"),
        ("failing", "failing"),
        ("paused", "paused"),
        ("own", "our own site"),
    ]
    UNREAD = ("files", "paused", "own")
    """The states in which nothing is fetched."""

    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=254)
    settings = models.JSONField(default=dict)
    sealed = models.BinaryField(default=bytes)
    cursor = models.JSONField(default=dict)
    notes = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=STATES, default="files")
    problem = models.TextField(blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "address"], name="one_account_per_address")
        ]

    def __str__(self) -> str:
        return f"{self.address} ({self.channel})"

    @classmethod
    def of_mentions(cls, now: datetime) -> Account:
        """The account of comments and mentions of our pages; made when the first one comes."""
        found, _ = cls.objects.get_or_create(
            channel="web", address="comments and mentions", defaults={"made_at": now}
        )
        return found
