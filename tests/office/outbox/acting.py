"""What the tests of the outbox share: correspondents, and all deliveries at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from firsthand.core.envelope import Address
from firsthand.office import outbox
from firsthand.office.models import (
    Submission,
)

STELLA = Address("stella@elsewhere.example", "Stella Kaur")
TOM = Address("tom@elsewhere.example")
Send = Callable[..., Submission]


def deliver_all(now: datetime) -> int:
    done = 0
    while submission := outbox.claim(now=now):
        outbox.deliver(submission, clock=lambda: now)
        done += 1
    return done


def state(submission: Submission) -> str:
    return Submission.objects.get(pk=submission.pk).state
