"""Promises: what the principal says in public, and the office keeps."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from firsthand.core.byline import Level
from firsthand.core.errors import Misuse
from firsthand.core.promises import Strength, saying
from firsthand.core.rights import Right
from firsthand.office import ledger, staff
from firsthand.office.models import Account, Promise, Submission
from firsthand.web.asking import actor_of, clock, in_place, sight_of

FLOORS = (Level.FIRSTHAND, Level.APPROVED, Level.ON_BEHALF)
GONE = ("sent", "uncertain", "sending", "logged")


@require_safe
def promises(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """The promises with how often they were kept."""
    sight_of(request).must_somewhere(Right.READ)
    rows = list(Promise.objects.order_by("-since"))
    used = sorted({"mail", *Account.objects.values_list("channel", flat=True)})
    context = {
        "promises": [{"row": p, "kept": kept(p)} for p in rows if not p.until],
        "ended": [p for p in rows if p.until],
        "floors": [(level.value, saying(level, "mail")) for level in FLOORS],
        "channels": used,
        "principal": actor_of(request).is_principal,
    }
    return render(request, "promises.html", context)


def kept(promise: Promise) -> dict[str, int]:
    """How many messages left while it held, and how many of them kept it."""
    high = [level.value for level in Level if level.height >= Level(promise.floor).height]
    found = Submission.objects.filter(state__in=GONE, made_at__gte=promise.since)
    if promise.channel:
        found = found.filter(channel=promise.channel)
    if promise.until:
        found = found.filter(made_at__lt=promise.until)
    return found.aggregate(all=Count("pk"), kept=Count("pk", filter=Q(level__in=high)))


@require_POST
@in_place(page)
def make(request: HttpRequest) -> HttpResponse:
    floor = request.POST.get("floor", "")
    strength = request.POST.get("strength", Strength.GUARANTEE.value)
    if floor not in set(FLOORS) or strength not in set(Strength):
        raise Misuse("Choose what you promise, and how firmly.")
    staff.promise(
        by=actor_of(request),
        floor=Level(floor),
        channel=request.POST.get("channel", ""),
        now=clock(),
        strength=Strength(strength),
    )
    ledger.publish()
    messages.success(request, "Promised. It stands on the public page from now on.")
    return redirect("promises")


@require_POST
@in_place(page)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """It ends in public too: that it was made and until when stays in the log."""
    promise = get_object_or_404(Promise, pk=pk)
    staff.end_promise(promise=promise, by=actor_of(request), now=clock())
    ledger.publish()
    messages.success(request, "Ended. The log keeps that it was made, and until when.")
    return redirect("promises")
