"""Whoever acts. People sign in as their own actor; nobody ever has another's password."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import UserManager
from django.db import models

from firsthand.core.byline import ActorKind, Party
from firsthand.core.errors import Denied
from firsthand.core.rights import ActorFact, Decision, Right, Target, decide


class Actor(AbstractBaseUser):
    """The principal or a hand. `key` is their public name; `addresses` recognise their own mail."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    initials = models.CharField(max_length=6)
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in ActorKind])
    is_principal = models.BooleanField(default=False)
    email = models.EmailField(unique=True, null=True, blank=True)
    addresses = models.JSONField(default=list, help_text="Own addresses, lower case.")
    made_at = models.DateTimeField()
    offboarded_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["key", "name"]
    objects: ClassVar[UserManager[Any]] = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_principal"],
                condition=models.Q(is_principal=True),
                name="one_principal",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[k.value for k in ActorKind]), name="actor_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Django's authentication asks this on every request: an offboarded hand is signed out."""
        return self.offboarded_at is None

    @property
    def fact(self) -> ActorFact:
        return ActorFact(self.name, principal=self.is_principal, active=self.is_active)

    @property
    def party(self) -> Party:
        return Party(self.key, self.name, self.initials, ActorKind(self.kind), self.is_principal)

    def may(self, right: Right, *, target: Target, now: datetime) -> Decision:
        """Whether this actor may; read fresh from the rows, never cached over an act."""
        current = Actor.objects.get(pk=self.pk)
        grants = [grant.fact for grant in current.grants.all()]
        return decide(right, actor=current.fact, grants=grants, target=target, now=now)

    def must(self, right: Right, *, target: Target, now: datetime) -> Decision:
        """As `may`, but a refusal is raised: Denied, with the reason."""
        decision = self.may(right, target=target, now=now)
        if not decision:
            raise Denied(decision.because)
        return decision

    def must_be_principal(self, act: str) -> None:
        """Some acts cannot be granted. Raises Denied with what the act is."""
        if not Actor.objects.filter(pk=self.pk, is_principal=True, offboarded_at=None).exists():
            raise Denied(f"Only the principal can {act}.")
