"""The office as a place: its rooms, and the few settings that the principal keeps."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from firsthand.core.errors import Misuse
from firsthand.core.rights import Right
from firsthand.office.models import Account, Actor, Event, Message, Office, Promise
from firsthand.web.asking import actor_of, clock, in_place, sight_of, whole


@require_safe
def office(request: HttpRequest) -> HttpResponse:
    """The rooms, each with one line on how it stands."""
    sight_of(request).must_somewhere(Right.READ)
    hands = Actor.objects.filter(is_principal=False, offboarded_at=None).exclude(kind="rule")
    context = {
        "hands": hands.count(),
        "promises": Promise.objects.filter(until=None).count(),
        "accounts": list(Account.objects.exclude(state="own").only("address", "state")[:20]),
        "aside": Message.objects.exclude(set_aside="").count(),
    }
    return render(request, "office.html", context)


def page(request: HttpRequest) -> HttpResponse:
    sight_of(request).must_somewhere(Right.READ)
    principal = actor_of(request).is_principal
    return render(request, "settings.html", {"principal": principal, "now": clock()})


@in_place(page)
def settings(request: HttpRequest) -> HttpResponse:
    """Minutes, undo, signature, time zone: the principal's own."""
    if request.method != "POST":
        return page(request)
    actor = actor_of(request)
    actor.must_be_principal("change the settings")
    values: dict[str, Any] = {
        "minutes": _between(request, "minutes", 1, 600),
        "undo_seconds": _between(request, "undo_seconds", 0, 120),
        "signature": request.POST.get("signature", "").replace("\r\n", "\n").strip()[:2000],
        "time_zone": _zone(request.POST.get("time_zone", "UTC")),
    }
    row = Office.objects.get(pk=1)
    Office.objects.filter(pk=1).update(**values)
    Event.record("office.changed", actor=actor, about=row, now=clock(), data=values)
    messages.success(request, "Kept.")
    return redirect("settings")


def _between(request: HttpRequest, name: str, low: int, high: int) -> int:
    value = whole(request, name)
    if not low <= value <= high:
        raise Misuse(f"Choose a number from {low} to {high}.")
    return value


def _zone(name: str) -> str:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        raise Misuse(f"“{name[:40]}” is no time zone: write one such as Europe/Lisbon.") from None
    return name
