"""Conversations. Lists read threads and messages only; bodies are loaded one at a time."""

from __future__ import annotations

from django.db import models

from firsthand.core.attention import Lane
from firsthand.core.envelope import Automation
from firsthand.core.lifecycle import states, step
from firsthand.core.rights import Target
from firsthand.office.models.account import Account
from firsthand.office.models.actor import Actor
from firsthand.office.models.person import Person


class Thread(models.Model):
    """A conversation with one person in front. `waiting_since`: its oldest unanswered message.

    `latest` is the number of its newest message: a send states which it had seen.
    """

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="threads", db_index=False
    )
    channel = models.CharField(max_length=20)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="threads", db_index=False
    )
    subject = models.CharField(max_length=500, blank=True)
    subject_key = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, default="open")
    state_at = models.DateTimeField(null=True, blank=True)
    state_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    continues = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    """The conversation, on another channel, that this one goes on from."""
    snoozed_until = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, related_name="+")
    wanted_lane = models.CharField(
        max_length=10, blank=True, choices=[(v.value, v.value) for v in Lane]
    )
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, blank=True)
    messages_count = models.PositiveIntegerField(default=0)
    latest = models.PositiveBigIntegerField(default=0)
    needs_rank = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "subject_key", "-last_at"], name="thread_by_subject"),
            models.Index(fields=["-last_at"], name="thread_by_date"),
            models.Index(fields=["person", "-last_at"], name="thread_by_person"),
            models.Index(
                fields=["id"], condition=models.Q(needs_rank=True), name="thread_needs_rank"
            ),
            models.Index(
                fields=["snoozed_until"],
                condition=models.Q(state="snoozed"),
                name="thread_to_wake",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=states("thread")), name="thread_state"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="snoozed") | models.Q(snoozed_until__isnull=False),
                name="snoozed_until_when",
            ),
        ]

    def __str__(self) -> str:
        return self.subject or "(no subject)"

    @property
    def target(self) -> Target:
        """What rights decide on."""
        rank = getattr(self, "rank", None)
        return Target(self.channel, self.account_id, rank.lane if rank else "")

    def step(self, event: str) -> None:
        """Move along core.lifecycle; the caller saves. Raises NotAllowed."""
        self.state = step("thread", self.state, event)


class Message(models.Model):
    """One message, in or out, without its body. Derived from `Body.raw`; see `firsthand rebuild`.

    No index here covers what another one begins with: each slows every letter that comes in.
    `direction` is `in` or `out`; `actor` the one of ours who sent it. `fingerprint` recognises the
    same message from another place. `at` orders messages; `date` is what its author claims.
    """

    thread = models.ForeignKey(
        Thread, on_delete=models.PROTECT, related_name="messages", null=True, db_index=False
    )
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64)
    message_id = models.CharField(max_length=300, blank=True)
    direction = models.CharField(max_length=3, choices=[("in", "in"), ("out", "out")])
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="messages", db_index=False
    )
    actor = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    from_address = models.CharField(max_length=320, blank=True)
    from_name = models.CharField(max_length=300, blank=True)
    to = models.JSONField(default=list, help_text="[[address, name], …]")
    cc = models.JSONField(default=list)
    reply_to = models.JSONField(default=list)
    in_reply_to = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    preview = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    date = models.DateTimeField(null=True, blank=True)
    folder = models.CharField(max_length=200, blank=True)
    automation = models.CharField(
        max_length=10, default="no", choices=[(a.value, a.value) for a in Automation]
    )
    list_id = models.CharField(max_length=200, blank=True)
    words = models.PositiveIntegerField(default=0)
    questions = models.PositiveSmallIntegerField(default=0)
    attachments = models.JSONField(default=list, help_text="[{name, media_type, size}, …]")
    problems = models.JSONField(default=list)
    set_aside = models.CharField(max_length=300, blank=True, help_text="Why it is not understood.")
    references = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "remote_id"], name="one_message_per_remote"),
            models.UniqueConstraint(
                fields=["account", "fingerprint"], name="one_message_per_fingerprint"
            ),
            models.CheckConstraint(
                condition=models.Q(direction__in=["in", "out"]), name="message_direction"
            ),
        ]
        indexes = [
            # With the account first: the database knows no better than to take whatever index has
            # the account, and would read the whole mailbox for each letter.
            models.Index(fields=["account", "message_id"], name="message_by_id"),
            models.Index(
                fields=["account", "in_reply_to"],
                condition=~models.Q(in_reply_to=""),
                name="message_by_parent",
            ),
            models.Index(fields=["thread", "at"], name="message_in_thread"),
            models.Index(fields=["person", "-at"], name="message_by_person"),
            models.Index(fields=["-at"], name="message_by_date"),
            models.Index(
                fields=["-at"], condition=~models.Q(set_aside=""), name="message_set_aside"
            ),
        ]

    def __str__(self) -> str:
        return self.subject or "(no subject)"


class Body(models.Model):
    """The raw bytes as they came (zlib), and the text made of them."""

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="body"
    )
    raw = models.BinaryField()
    size = models.PositiveIntegerField()
    text = models.TextField()
    has_html = models.BooleanField(default=False)


class Note(models.Model):
    """An internal note in a thread. It is no draft and cannot be sent."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="notes")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()
