"""What hands may do and how they get in: grants, one-time links, tokens."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import models

from firsthand.core.rights import GrantFact, Right, Scope
from firsthand.office.models.actor import Actor


class Grant(models.Model):
    """A right in a scope until an end. Never edited: revoked, and granted anew."""

    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="grants")
    right = models.CharField(max_length=10, choices=[(r.value, r.sentence) for r in Right])
    channels = models.JSONField(default=list, blank=True)
    accounts = models.JSONField(default=list, blank=True)
    lanes = models.JSONField(default=list, blank=True)
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(right__in=[r.value for r in Right]), name="grant_right"
            )
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.right}"

    @property
    def scope(self) -> Scope:
        return Scope(frozenset(self.channels), frozenset(self.accounts), frozenset(self.lanes))

    @property
    def fact(self) -> GrantFact:
        return GrantFact(
            self.pk, Right(self.right), self.scope, self.starts_at, self.expires_at, self.revoked_at
        )

    def live(self, now: datetime) -> bool:
        """Whether the grant holds at `now`, wherever its scope covers."""
        ended = (self.revoked_at, self.expires_at)
        return self.starts_at <= now and not any(end and end <= now for end in ended)


def token_hash(token: str) -> str:
    """Links and tokens are kept as hashes only: who reads the database cannot sign in with it."""
    return hashlib.sha256(token.encode()).hexdigest()


class Invitation(models.Model):
    """A one-time link that signs its actor in."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)


class Token(models.Model):
    """A bearer token for programs: acts as its actor, with the actor's grants and no more."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    token_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
