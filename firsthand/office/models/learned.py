"""What the office has learned from its own mail, and what was known of each letter as it came."""

from __future__ import annotations

from django.db import models

from firsthand.office.models.message import Message


class Learned(models.Model):
    """One kind of what was learned. `version` rises with each change: who learned from an old one
    has learned in vain.

    `state` says how far learning has come, `brief` what ranks need of it, `kept` is all of it.
    """

    kind = models.CharField(max_length=10, primary_key=True)
    version = models.PositiveBigIntegerField(default=0)
    state = models.JSONField(default=dict)
    brief = models.JSONField(default=dict)
    kept = models.BinaryField(default=bytes)
    changed_at = models.DateTimeField()


class Described(models.Model):
    """The facts of a letter that came in, from its past only: no rank has to look at the mail again.

    `facts` are those of `learning.features` that are not neutral; `answer_words` how long an answer
    to its sender is; `junk` how likely it is junk by what was learned, with the signs in words.
    """

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="described"
    )
    facts = models.JSONField(default=dict)
    answer_words = models.FloatField(default=0)
    junk = models.FloatField(null=True)
    junk_above = models.BooleanField(default=False)
    junk_signs = models.CharField(max_length=300, blank=True)
