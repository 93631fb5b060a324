"""What is published: a text with all its public revisions, where it stands, who is credited, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

from firsthand.core.revising import Change, Written
from firsthand.office.models.account import Account
from firsthand.office.models.actor import Actor


class Post(models.Model):
    """One text made public, or to become so. Each public revision of it is made in a draft of its own.

    `slug` is its public name (`/p/<slug>`). `language` is BCP 47, or empty.
    """

    slug = models.SlugField(max_length=80, unique=True)
    language = models.CharField(max_length=20, blank=True)
    sponsor = models.CharField(max_length=200, blank=True, help_text="Who pays for it.")
    sponsor_url = models.CharField(max_length=500, blank=True)
    made_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.slug

    def public(self) -> models.QuerySet[PostRevision]:
        """The revisions that the world may see, newest first."""
        return self.revisions.filter(submission__state="sent").order_by("-number")

    @property
    def newest(self) -> PostRevision | None:
        return self.public().select_related("submission__entry", "actor").first()

    @property
    def leaving(self) -> PostRevision | None:
        """The revision that was handed out and is not public yet."""
        return self.revisions.exclude(submission__state="sent").order_by("-number").first()


class PostRevision(models.Model):
    """A revision that was published, or handed out to be: public once `submission` (on our own site)
    is sent. `kind` was decided by `actor`, `proposed` computed from the texts; both empty for the
    first. `note` is the editor's word about the change, for everybody.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    draft = models.OneToOneField("Draft", on_delete=models.PROTECT, related_name="published")
    submission = models.OneToOneField(
        "Submission", on_delete=models.PROTECT, related_name="revision_of"
    )
    title = models.CharField(max_length=500, blank=True)
    text = models.TextField()
    kind = models.CharField(max_length=12, blank=True, choices=[(c.value, c.words) for c in Change])
    proposed = models.CharField(max_length=12, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    linked_at = models.DateTimeField(
        null=True, blank=True, help_text="Its links were noted (Telling)."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["post", "number"], name="one_public_revision_per_number"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="", number=1)
                | models.Q(kind__in=[c.value for c in Change]),
                name="public_revision_kind",
            ),
        ]
        ordering = ["number"]

    @property
    def written(self) -> Written:
        return Written(self.title, self.text)

    @property
    def at(self) -> datetime:
        """When it became public; until then, when it was handed out."""
        moment: datetime = self.submission.sent_at or self.made_at
        return moment


class Placement(models.Model):
    """That a post stands, or shall stand, on an account besides our own site, and in which form."""

    FORMS = [
        ("whole", "the whole text"),
        ("link", "the beginning, with a link to our own page"),
        ("thread", "the whole text, in as many parts as it needs"),
    ]

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="placements")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    form = models.CharField(max_length=8, choices=FORMS)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "account"], name="one_placement_per_account"),
            models.CheckConstraint(
                condition=models.Q(form__in=["whole", "link", "thread"]), name="placement_form"
            ),
        ]
        ordering = ["account_id"]


class Credit(models.Model):
    """Somebody who has a part in a post besides those whom the record names: a guest, a translator."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="credits")
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=40)
    url = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "name", "role"], name="one_credit_per_role")
        ]
        ordering = ["pk"]


class Hours(models.Model):
    """When posts may leave by themselves, in the office's time zone. Row 1; without it, at any time.

    `slots`: minutes of the week (Monday 0:00 is 0) at which the queue lets one post go; `opens` and
    `closes`: minutes of a day between which anything scheduled may leave; `spread`: minutes from one
    account to the next.
    """

    slots: Any = models.JSONField(default=list)
    opens = models.PositiveSmallIntegerField(default=0)
    closes = models.PositiveSmallIntegerField(default=1440)
    spread = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_row_of_hours")]


class Blackout(models.Model):
    """Nothing is published from `starts` to `ends`: what is due waits, and leaves after it."""

    starts = models.DateTimeField()
    ends = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is lifted.")
    reason = models.CharField(max_length=200)
    made_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")

    @classmethod
    def at(cls, now: datetime) -> Blackout | None:
        """The one that holds at `now`, the longest where there are several."""
        holding = cls.objects.filter(
            models.Q(ends=None) | models.Q(ends__gt=now), starts__lte=now
        ).select_related("made_by")
        return holding.order_by(models.F("ends").desc(nulls_first=True), "pk").first()

    @property
    def sentence(self) -> str:
        """What it means for whatever is due, with the reason."""
        until = f" until {self.ends.astimezone():%d %B %Y, %H:%M}" if self.ends else ""
        return f"Nothing is published{until}, it waits: {self.reason} ({self.made_by.name})."
