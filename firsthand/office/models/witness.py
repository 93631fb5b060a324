"""Witnesses, from both ends: whom we ask to cosign our log, and whose logs we cosign."""

from __future__ import annotations

from django.db import models


class Witness(models.Model):
    """Somebody else who signs the heads of our log. `size`: what they cosigned last, as we know.

    `alarm`: they have seen another past of our log. They are not asked again until a person has
    looked; `evidence` is the checkpoint they refused.
    """

    vkey = models.CharField(max_length=300, unique=True)
    name = models.CharField(max_length=200)
    url = models.URLField()
    size = models.PositiveBigIntegerField(default=0)
    seen_at = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    alarm = models.TextField(blank=True)
    evidence = models.BinaryField(default=bytes)

    def __str__(self) -> str:
        return self.name


class Cosigned(models.Model):
    """A head of our log with the cosignatures it got: the earliest prove best when an entry was there."""

    size = models.PositiveBigIntegerField(primary_key=True)
    checkpoint = models.BinaryField()
    witnesses = models.PositiveSmallIntegerField()


class TimeAuthority(models.Model):
    """Who stamps the heads of our log (RFC 3161), and the certificates by which readers believe them.

    Row 1, or none. `retry_at`: not asked before.
    """

    url = models.URLField()
    roots = models.TextField()
    retry_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_time_authority")]


class Stamped(models.Model):
    """A head of our log and the authority's answer about it (a TimeStampResp, DER). Never deleted."""

    size = models.PositiveBigIntegerField(primary_key=True)
    checkpoint = models.BinaryField()
    answer = models.BinaryField()
    at = models.DateTimeField(help_text="The second by which it was there, as the answer says.")


class WitnessKey(models.Model):
    """The key by which this office is a witness of others. Row 1, made when first needed."""

    sealed = models.BinaryField()
    vkey = models.CharField(max_length=300)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_witness_key")]


class WatchedLog(models.Model):
    """A log whose growth we watch and cosign. `origin` is the name in its verifier key."""

    vkey = models.CharField(max_length=300, unique=True)
    origin = models.CharField(max_length=200)
    since = models.DateTimeField()

    def __str__(self) -> str:
        return self.origin


class Memory(models.Model):
    """What we cosigned last of a log. Never deleted: who forgets is no witness any more."""

    origin = models.CharField(max_length=200, unique=True)
    size = models.PositiveBigIntegerField()
    root = models.BinaryField()
    time = models.PositiveBigIntegerField()
    note = models.BinaryField()


class Fork(models.Model):
    """The evidence that a watched log signed two trees of one size: what we hold, what it sent."""

    origin = models.CharField(max_length=200)
    at = models.DateTimeField()
    held = models.BinaryField()
    sent = models.BinaryField()
