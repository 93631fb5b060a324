"""One shape for everything that is refused: `{"error": {"code", "message", "hint"}}`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.http import http_date
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from firsthand.core.errors import Denied, FirsthandError, Misuse, Permanent, Temporary

STATUSES = ((Denied, 403), (Misuse, 400), (Temporary, 503), (Permanent, 502))
NAMES = {400: "misuse", 403: "denied", 404: "not_found", 405: "no_such_method"}
SIGN_IN = "Send a token (Authorization: Bearer …), or sign in with a browser."


class Missing(FirsthandError):
    """What the address names is not there."""

    code = "not_found"


def refusal(status: int, code: str, message: str, hint: str = "") -> JsonResponse:
    """The answer of that shape."""
    error = {"code": code, "message": message, "hint": hint}
    return JsonResponse({"error": error}, status=status)


def status_of(problem: FirsthandError) -> int:
    """What the caller must do, as a status; 409 where a state, a promise or a change forbids."""
    if isinstance(problem, Missing):
        return 404
    return next((status for kind, status in STATUSES if isinstance(problem, kind)), 409)


def refuse(api: NinjaAPI) -> None:
    """Teach `api` to answer every failure in the one shape."""
    for kind, answer in HANDLERS.items():
        api.add_exception_handler(kind, answer)


def _expected(request: HttpRequest, problem: Any) -> HttpResponse:
    answer = refusal(status_of(problem), problem.code, problem.message, problem.hint)
    if isinstance(problem, Temporary) and problem.retry_at:
        answer["Retry-After"] = http_date(problem.retry_at.timestamp())
    return answer


def _stranger(request: HttpRequest, problem: Any) -> HttpResponse:
    answer = refusal(401, "unauthorized", "Nobody is signed in, or the token is no good.", SIGN_IN)
    answer["WWW-Authenticate"] = "Bearer"
    return answer


def _invalid(request: HttpRequest, problem: Any) -> HttpResponse:
    """Names the fields; what was sent is not repeated."""
    told = (f"{'.'.join(str(part) for part in e['loc'][1:])}: {e['msg']}" for e in problem.errors)
    hint = "The fields are described in /api/v1/openapi.json."
    return refusal(422, "invalid", "; ".join(dict.fromkeys(told)), hint)


def _http(request: HttpRequest, problem: Any) -> HttpResponse:
    code = NAMES.get(problem.status_code, "error")
    return refusal(problem.status_code, code, f"{str(problem).rstrip('.')}.")


def _suspicious(request: HttpRequest, problem: Any) -> HttpResponse:
    return refusal(400, "misuse", "The request is malformed or too large.")


def _lost(request: HttpRequest, problem: Any) -> HttpResponse:
    return nowhere(request)


def _bug(request: HttpRequest, problem: Any) -> HttpResponse:
    logging.getLogger(__name__).error("A bug in %s", request.path, exc_info=problem)
    return refusal(500, "bug", "Something went wrong here that should not.", "It is in the log.")


HANDLERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    FirsthandError: _expected,
    AuthenticationError: _stranger,
    ValidationError: _invalid,
    HttpError: _http,
    Http404: _lost,
    SuspiciousOperation: _suspicious,
    Exception: _bug,
}


def nowhere(request: HttpRequest) -> HttpResponse:
    """For every address below /api/ that means nothing."""
    hint = "The addresses are in /api/v1/openapi.json."
    return refusal(404, "not_found", f"There is nothing at {request.path[:200]}.", hint)


def shaped(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For what the framework refuses before an operation runs: a method, its own missing page."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer = view(request, *args, **kwargs)
        except Http404:
            return nowhere(request)
        if not isinstance(answer, HttpResponseNotAllowed):
            return answer
        allowed = answer["Allow"]
        told = refusal(405, NAMES[405], f"{request.method} means nothing here; {allowed} does.")
        told["Allow"] = allowed
        return told

    # How the framework marks views that check CSRF themselves.
    inner.csrf_exempt = True  # type: ignore[attr-defined]
    return inner
