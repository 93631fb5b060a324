"""Texts being made: drafts, their revisions, and what was decided about an exact revision."""

from __future__ import annotations

from django.db import models

from firsthand.core.byline import Level
from firsthand.core.lifecycle import states, step
from firsthand.core.reaction import Reaction
from firsthand.core.rights import Target
from firsthand.office.models.account import Account
from firsthand.office.models.actor import Actor
from firsthand.office.models.message import Message, Thread
from firsthand.office.models.post import Post


class Draft(models.Model):
    """An answer, a new message, or a text to be published (`post`). `revision`: of its newest one.

    `reaction`: it is no text but a like, a boost or a follow.

    `base` is the public revision that a draft of a published post changes; 0: it is the first.
    `change` is the kind of change that its editor decided on (empty: as proposed), `note` a word
    about it for everybody.

    `seen` is the thread's newest message when the writer last looked: a send stops if more came.
    """

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, null=True, related_name="drafts")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="drafts")
    base = models.PositiveIntegerField(default=0)
    change = models.CharField(max_length=12, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    answers = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+")
    channel = models.CharField(max_length=20)
    subject = models.CharField(max_length=500, blank=True)
    to = models.JSONField(default=list, help_text="[[address, name], …]")
    cc = models.JSONField(default=list)
    bcc = models.JSONField(default=list)
    state = models.CharField(max_length=10, default="writing")
    made_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="drafts")
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=0)
    seen = models.PositiveBigIntegerField(default=0)
    reaction = models.CharField(
        max_length=6, blank=True, choices=[(v.value, v.past) for v in Reaction]
    )
    lowered_to = models.CharField(
        max_length=10, blank=True, choices=[(v.value, v.words) for v in Level]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=states("draft")), name="draft_state"
            )
        ]
        indexes = [models.Index(fields=["state", "-changed_at"], name="draft_by_state")]

    def __str__(self) -> str:
        return self.get_reaction_display() or self.subject or "(no subject)"

    @property
    def target(self) -> Target:
        return self.thread.target if self.thread else Target(self.channel, self.account_id)

    @property
    def current(self) -> Revision:
        return self.revisions.get(number=self.revision)

    def step(self, event: str) -> None:
        """Move along core.lifecycle; the caller saves. Raises NotAllowed."""
        self.state = step("draft", self.state, event)
        if self.reaction and self.state == "writing":
            self.state = step("draft", self.state, "discard")  # there is nothing to go on writing


class Revision(models.Model):
    """One version of a draft. Never changed. `pasted`: words that came from the clipboard.

    `ai_declared`: the writer says that an AI outside the office helped. `envelope`: where it would
    go and what with, so that an approval of this revision is one of that too.
    """

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    pasted = models.PositiveIntegerField(default=0)
    ai_declared = models.BooleanField(default=False)
    envelope = models.JSONField(
        default=dict, help_text="subject, to, cc, bcc, files: [[name, type, sha256, actor], …]"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="one_revision_per_number")
        ]
        ordering = ["number"]


class Approval(models.Model):
    """The principal stands behind one exact revision. A later revision makes it void.

    `number`, `salt` and `evidence`: of the statement that the principal's passkey signed, if one did.
    """

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="approvals")
    revision = models.PositiveIntegerField()
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    number = models.CharField(max_length=32, blank=True)
    salt = models.BinaryField(default=bytes)
    evidence = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["draft", "revision", "actor"], name="one_approval_per_revision"
            )
        ]


class Rejection(models.Model):
    """A draft sent back, or put away for another one, with the reason for its writer."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="rejections")
    revision = models.PositiveIntegerField()
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()

    @property
    def ended_it(self) -> bool:
        """Whether the draft was put away by it, and not sent back."""
        return self.draft.state == "discarded" and self.draft.changed_at == self.at


class DraftFile(models.Model):
    """A file that goes along with a draft."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=127)
    content = models.BinaryField()
    added_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
