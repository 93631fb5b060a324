"""Who asks, when, and how a refusal is shown: the same sentence, in place, nothing typed lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from firsthand.core.days import spoken
from firsthand.core.errors import Denied, FirsthandError, Misuse, Permanent, Temporary
from firsthand.office.models import Actor
from firsthand.office.sight import Sight

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
PROBLEM = "firsthand.problem"
MOST_MINUTES = 600


def clock() -> datetime:
    """The time of this request."""
    return timezone.now()


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in actor. The middleware lets nobody else through to these views."""
    user = request.user
    if not isinstance(user, Actor):
        raise Denied("Sign in first.")
    return user


def sight_of(request: HttpRequest) -> Sight:
    """What the signed-in actor may; made once for a request."""
    key = "firsthand.sight"
    if key not in request.META:
        request.META[key] = Sight.of(actor_of(request), clock())
    sight: Sight = request.META[key]
    return sight


def status_of(problem: FirsthandError) -> int:
    """403: no right. 400: wrong request. 503: later perhaps. 409: the state or a promise forbids."""
    if isinstance(problem, Denied):
        return 403
    if isinstance(problem, (Misuse, Permanent)):
        return 400
    return 503 if isinstance(problem, Temporary) else 409


def in_place(show: Callable[..., HttpResponse]) -> Callable[[View[P]], View[P]]:
    """For an act's view: when the act is refused, `show` its page again with the reason.

    `show` gets the same arguments; it must answer to any method.

    The page finds the reason as `problem` and what was typed as `typed` (web.context).
    """

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except FirsthandError as problem:
                request.META[PROBLEM] = problem
                response = show(request, *args, **kwargs)
                response.status_code = status_of(problem)
                return response

        return inner

    return wrap


def whole(request: HttpRequest, name: str, otherwise: int | None = None) -> int:
    """A whole number out of the form. Raises Misuse where there is none."""
    value = request.POST.get(name, "")
    if is_number(value):
        return int(value)
    if otherwise is not None and not value:
        return otherwise
    raise Misuse(f"The form lacks the number {name!r}. Load the page again.")


def is_number(text: str) -> bool:
    """Whether it can be the number of a row: no database, and no `int`, takes any length of digits."""
    return text.isdecimal() and len(text) < 19


def minutes_of(request: HttpRequest) -> int | None:
    """How many minutes the day is to have this time; None: as usual. Raises Misuse."""
    text = request.GET.get("minutes") or request.POST.get("minutes", "")
    if not text:
        return None
    if text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST_MINUTES:
        return int(text)
    raise Misuse(f"A day has between 1 and {MOST_MINUTES} minutes for letters here.")


def day_of(at: datetime) -> str:
    """The day of `at` in words, in the office's time zone, with its year where it is not this one."""
    return spoken(timezone.localtime(at), today=timezone.localtime(clock()))


def moment(text: str) -> datetime:
    """A date and time out of a form field, in the office's time zone. Raises Misuse.

    An hour that the clocks leave out in spring is the hour that it becomes, also where it is told.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Misuse("Choose a date and a time first.") from None
    if len(text.strip()) <= 10:
        found = found.replace(hour=9)
    aware = found if found.tzinfo else timezone.make_aware(found)
    try:
        return timezone.localtime(aware.astimezone(UTC))
    except OverflowError:
        raise Misuse("Choose a year that the calendar has.") from None
