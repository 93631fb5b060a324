"""The office itself: one row in a database, because one database is one office."""

from __future__ import annotations

from django.db import models

from firsthand.core.record import Issuer


class Office(models.Model):
    """One principal with their hands, accounts and data. Always row 1."""

    name = models.CharField(max_length=200)
    base = models.URLField(help_text="The public address, without a slash at the end.")
    time_zone = models.CharField(max_length=64, default="UTC")
    minutes = models.PositiveSmallIntegerField(default=25, help_text="Minutes a day for letters.")
    undo_seconds = models.PositiveSmallIntegerField(default=10)
    signature = models.TextField(blank=True)
    next_seq = models.PositiveBigIntegerField(default=1)
    key_name = models.CharField(max_length=40, default="office-1")
    sealed_key = models.BinaryField(help_text="The office's Ed25519 key, sealed.")
    sealed_log_key = models.BinaryField(help_text="The log's Ed25519 key, sealed.")
    public_key = models.CharField(max_length=80, help_text="Multikey (z6Mk…).")
    log_vkey = models.CharField(max_length=300, help_text="Verifier key of the log (signed-note).")
    recovery_key = models.CharField(
        max_length=80, blank=True, help_text="The public half (z6Mk…): the office has no other."
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_office")]

    def __str__(self) -> str:
        return self.name

    @property
    def issuer(self) -> Issuer:
        return Issuer(self.base, self.log_vkey)

    @property
    def host(self) -> str:
        """The address without its scheme: the domain, with a port only where there is one."""
        return self.base.split("://", 1)[1]

    @property
    def log_origin(self) -> str:
        return f"{self.host}/byline-log"
