"""Who asks (bearer token or session cookie), when, and about what."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja.errors import AuthenticationError
from ninja.security import APIKeyCookie, HttpBearer

from firsthand.api.refusals import Missing
from firsthand.core.rights import Right
from firsthand.office import staff
from firsthand.office.models import Actor, Draft, Submission, Thread
from firsthand.office.sight import Sight

Row = TypeVar("Row", bound=Model)


class Bearer(HttpBearer):
    """A token that staff.issue_token made. A bad one is refused, whatever cookie comes along."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        actor = staff.actor_of_token(token=token, now=clock())
        if not actor:
            raise AuthenticationError
        return actor


class Session(APIKeyCookie):
    """The cookie of the pages; what changes something needs the CSRF token too."""

    param_name = "sessionid"

    def _get_key(self, request: HttpRequest) -> str | None:
        # A stranger is told to sign in first, not about a CSRF token.
        return super()._get_key(request) if request.user.is_authenticated else None

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        return request.user if isinstance(request.user, Actor) else None


def clock() -> datetime:
    """The time of this request."""
    return timezone.now()


def actor_of(request: HttpRequest) -> Actor:
    """Whom the token or the cookie stands for."""
    actor: Any = getattr(request, "auth", None)
    if not isinstance(actor, Actor):
        raise AuthenticationError
    return actor


def sight_of(request: HttpRequest) -> Sight:
    """What the actor may see, now."""
    return Sight.of(actor_of(request), clock())


def thread_of(number: int) -> Thread:
    """For an act, which decides by itself who may. Raises Missing."""
    return _found(Thread.objects.select_related("rank", "person", "assigned_to"), "thread", number)


def draft_of(number: int) -> Draft:
    """For an act, which decides by itself who may. Raises Missing."""
    return _found(Draft.objects.select_related("thread__rank", "made_by"), "draft", number)


def submission_of(number: int) -> Submission:
    """For an act, which decides by itself who may. Raises Missing."""
    rows = Submission.objects.select_related("draft__thread__rank")
    return _found(rows, "submission", number)


def readable_thread(request: HttpRequest, number: int) -> Thread:
    """For reading. Raises Missing, Denied."""
    found = thread_of(number)
    sight_of(request).must(Right.READ, found.target)
    return found


def readable_draft(request: HttpRequest, number: int) -> Draft:
    """For reading. Raises Missing, Denied."""
    found = draft_of(number)
    sight_of(request).must(Right.READ, found.target)
    return found


def readable_submission(request: HttpRequest, number: int) -> Submission:
    """For reading. Raises Missing, Denied."""
    found = submission_of(number)
    sight_of(request).must(Right.READ, found.draft.target)
    return found


def _found(rows: QuerySet[Row], noun: str, number: int) -> Row:
    found: Row | None = rows.filter(pk=number).first()
    if found is None:
        raise Missing(f"There is no {noun} {number}.")
    return found
