"""Passkeys: the own keys of people, which no office and no thief of its database can use."""

from __future__ import annotations

from django.db import models

from firsthand.core.passkey import KeyRole, Listed, PublicKey, read_published
from firsthand.office.models.actor import Actor
from firsthand.office.models.ledger import LogEntry


class Passkey(models.Model):
    """The public half of an actor's passkey. Never deleted: letters that it signed are checked by it.

    `public_key` is COSE, as the authenticator gave it; `published` the same as the DID document has
    it. `entry` and `ending` are where the log says that it began and ended.
    """

    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="passkeys")
    number = models.PositiveIntegerField(help_text="1, 2, 3 … for each actor.")
    name = models.CharField(max_length=80)
    credential_id = models.CharField(max_length=1400, unique=True, help_text="Base64url.")
    public_key = models.BinaryField()
    published = models.JSONField()
    sign_count = models.PositiveBigIntegerField(default=0)
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    entry = models.ForeignKey(LogEntry, on_delete=models.PROTECT, related_name="+")
    ending = models.ForeignKey(LogEntry, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor", "number"], name="one_passkey_per_number"),
            models.CheckConstraint(
                condition=models.Q(revoked_at=None, ending=None)
                | models.Q(revoked_at__isnull=False, ending__isnull=False),
                name="no_passkey_ends_unlogged",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def public_name(self) -> str:
        """Its fragment in the DID document."""
        return f"{self.actor.key}-passkey-{self.number}"

    @property
    def role(self) -> KeyRole:
        return KeyRole.PRINCIPAL if self.actor.is_principal else KeyRole.HAND

    @property
    def key(self) -> PublicKey:
        return read_published(self.published)

    @property
    def listed(self) -> Listed:
        """As strangers are told of it."""
        return Listed(
            self.public_name, self.published, self.entry_id, self.ending_id, self.revoked_at
        )
