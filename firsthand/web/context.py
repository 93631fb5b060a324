"""What every page's template can name. All of it is lazy: a public page asks for none of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from firsthand.core.rights import Right, Target
from firsthand.office.models import Office, Submission
from firsthand.office.pending import Pending, pending
from firsthand.web import touch
from firsthand.web.asking import PROBLEM, actor_of, clock, sight_of

UNDO_SHOWN = timedelta(minutes=2)
PLACES = [
    ("today", "Today"),
    ("focus", "One letter at a time"),
    ("desk", "Desk"),
    ("new", "Write a new letter"),
    ("publish", "Publish"),
    ("publish-new", "Write a new post"),
    ("search", "Search"),
    ("office", "Office"),
    ("hands-office", "Hands"),
    ("promises", "Promises"),
    ("accounts", "Accounts"),
    ("set-aside", "Messages set aside"),
    ("keys", "Your passkeys"),
    ("settings", "Settings"),
    ("public", "The public page"),
]


@cache
def _places() -> list[tuple[str, str]]:
    return [(reverse(name), words) for name, words in PLACES]


def office(request: HttpRequest) -> dict[str, Any]:
    """The office, the desk around the page, and a refusal with what had been typed."""
    problem = request.META.get(PROBLEM)
    return {
        "office": office_of(request),
        "around": Around(request),
        "problem": problem,
        "typed": request.POST if problem else {},
    }


def office_of(request: HttpRequest) -> Office | None:
    """The one office; read once for a request."""
    key = "firsthand.office"
    if key not in request.META:
        request.META[key] = Office.objects.first()
    found: Office | None = request.META[key]
    return found


@dataclass
class Around:
    """The counts and banners around a signed-in page."""

    request: HttpRequest

    @property
    def places(self) -> list[tuple[str, str]]:
        """Where one can go: the palette lists these addresses, each with its words."""
        return _places()

    @cached_property
    def reads(self) -> bool:
        return sight_of(self.request).somewhere(Right.READ)

    @cached_property
    def publishes(self) -> bool:
        """Whether posts are any of this actor's business."""
        sight = sight_of(self.request)
        return any(sight.may(right, Target("site")) for right in (Right.DRAFT, Right.PUBLISH))

    @cached_property
    def pending(self) -> Pending:
        return pending(actor_of(self.request))

    @property
    def needing(self) -> int:
        """Letters for the principal; only for those who read all of them."""
        return self.pending.needing if sight_of(self.request).may(Right.READ) else 0

    @property
    def waiting(self) -> int:
        """What waits at the desk: for the principal's approval, and for a decision."""
        return self.pending.waiting

    @cached_property
    def touches(self) -> bool:
        """Whether the actor has a passkey to touch when something is sent or approved."""
        usable = touch.usable(office_of(self.request))
        return usable and bool(touch.credentials(actor_of(self.request)))

    @cached_property
    def leaving(self) -> list[Submission]:
        """The actor's own messages that are about to leave and can still be held back."""
        now = clock()
        if not self.pending.leaving:
            return []
        return list(
            Submission.objects.filter(
                actor=actor_of(self.request),
                state="pending",
                due_at__gt=now,
                due_at__lt=now + UNDO_SHOWN,
            ).only("pk", "due_at", "subject", "envelope", "draft_id")[:3]
        )
