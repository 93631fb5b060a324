"""Messages on their way out, from the decision to send until the outcome is known."""

from __future__ import annotations

from django.db import models

from firsthand.core.byline import Ai, Level
from firsthand.core.lifecycle import states, step
from firsthand.core.rights import Right, Target
from firsthand.office.models.account import Account
from firsthand.office.models.actor import Actor
from firsthand.office.models.draft import Draft
from firsthand.office.models.ledger import LogEntry


class Submission(models.Model):
    """A sealed outbound. `statement` is what was consented to, `record` the signed byline.

    `number` is its public id (`/b/<number>`), `text` the exact text that leaves, with its
    disclosure line. `fence` rises with each claim: an outcome counts only under its own fence.
    """

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="submissions")
    revision = models.PositiveIntegerField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="submissions")
    channel = models.CharField(max_length=20)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="submissions")
    state = models.CharField(max_length=10, default="pending")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="Not before: undo and schedule are the same wait.")
    number = models.CharField(max_length=32, unique=True)
    message_id = models.CharField(max_length=300, unique=True)
    level = models.CharField(max_length=10, choices=[(v.value, v.words) for v in Level])
    ai = models.CharField(max_length=10, choices=[(v.value, v.value) for v in Ai])
    sentence = models.CharField(max_length=500)
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField()
    envelope = models.JSONField(help_text="author, sender, to, cc, bcc, in_reply_to, references")
    salt = models.BinaryField()
    statement = models.JSONField()
    evidence = models.JSONField(default=list)
    hand_signed = models.BooleanField(default=False, help_text="By the principal's own passkey.")
    seq = models.PositiveBigIntegerField(null=True, unique=True)
    record = models.BinaryField(default=bytes)
    entry = models.OneToOneField(
        LogEntry, on_delete=models.PROTECT, null=True, related_name="submission"
    )
    fence = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    remote_id = models.CharField(max_length=300, blank=True, help_text="What its channel calls it.")
    url = models.CharField(max_length=500, blank=True, help_text="Where people see it.")
    returned = models.BinaryField(default=bytes, help_text="What its channel gave back of it.")
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", help_text="Its earlier text."
    )
    follows = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="followers",
        help_text="What must be out before it.",
    )
    filed_at = models.DateTimeField(
        null=True, blank=True, help_text="Of a post: put into its thread."
    )
    copied_at = models.DateTimeField(null=True, blank=True, help_text="A copy is in Sent.")
    erased_on = models.DateField(null=True, blank=True, help_text="See office.erasing.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=states("submission")), name="submission_state"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "cancelled", "stopped"])
                | models.Q(entry__isnull=False, seq__isnull=False),
                name="nothing_leaves_unlogged",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "due_at"],
                condition=models.Q(state__in=["pending", "logged", "sending"]),
                name="submission_due",
            ),
            models.Index(fields=["state", "-made_at"], name="submission_by_state"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def right(self) -> Right:
        """The right that lets it leave."""
        if self.draft.reaction:
            return Right.REACT
        return Right.PUBLISH if self.draft.post_id else Right.SEND

    @property
    def target(self) -> Target:
        """What that right is asked of: each account of a post by itself."""
        return Target(self.channel, self.account_id) if self.draft.post_id else self.draft.target

    def step(self, event: str) -> None:
        """Move along core.lifecycle; the caller saves. Raises NotAllowed."""
        self.state = step("submission", self.state, event)


class Delivery(models.Model):
    """The outcome for one recipient: `accepted` or `refused`, with the server's words."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="deliveries")
    address = models.CharField(max_length=320)
    state = models.CharField(
        max_length=8, choices=[("accepted", "accepted"), ("refused", "refused")]
    )
    answer = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "address"], name="one_delivery_per_address"
            )
        ]
