"""The report: what came in, what left and what was promised, counted from the log's files."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from firsthand.core.errors import FirsthandError, Misuse
from firsthand.core.report import Claim, Report
from firsthand.office import ledger
from firsthand.office.models import Office
from firsthand.tlog.tiles import CHECKPOINT
from firsthand.verifier import report_page
from firsthand.verifier.recount import Recount
from firsthand.web.asking import PROBLEM

# What was counted already: a page must not read the whole log again. By folder and key.
_counts: dict[tuple[Path, str], Recount] = {}
_counting = Lock()


@require_safe
@cache_control(public=True, max_age=60)
def report(request: HttpRequest) -> HttpResponse:
    """The whole time, or from one day to another."""
    office = Office.objects.first()
    if office is None or ledger.store().read(CHECKPOINT) is None:
        return render(request, "public/unopened.html")
    first, last = request.GET.get("from", ""), request.GET.get("to", "")
    status = 200
    try:
        days = _day(first), _day(last)
    except Misuse as problem:
        request.META[PROBLEM], status, days = problem, 400, ("", "")
    found, claims, size = _report(office, *days)
    context = {
        "report": found,
        # Every value in it is escaped where it is made.
        "body": mark_safe(report_page.body(found, claims=claims, size=size)),
        "asked": {"first": first, "last": last},
        "vkey": office.log_vkey,
        "base": office.base,
    }
    return render(request, "public/report.html", context, status=status)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise Misuse("That is no day.", hint="Write it as 2026-11-22.") from None


def _report(office: Office, first: str, last: str) -> tuple[Report, list[Claim], int]:
    key = (Path(settings.LOG_FOLDER), office.log_vkey)
    with _counting:
        counting = _counts.setdefault(key, Recount())
        try:
            counting.follow(ledger.store(), ledger.verifier())
        except FirsthandError:
            del _counts[key]  # half a count is none
            raise
        tally = counting.tally
        return tally.report(first=first, last=last), list(tally.claims), tally.size
