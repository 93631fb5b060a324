"""One's own passkeys: added, named, revoked; and the way in with one."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from firsthand.core.errors import Denied
from firsthand.core.rights import Right
from firsthand.office import ledger, staff
from firsthand.office.models import Actor, Passkey
from firsthand.verifier.consent import rp_id
from firsthand.web import enter, touch
from firsthand.web.asking import actor_of, clock, in_place, sight_of
from firsthand.web.context import office_of

FRESH = timedelta(minutes=15)
"""A stolen cookie shall not be enough to add a key that signs in somebody's name."""


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """One's own passkeys; for those who staff, also the hands'."""
    actor, office = actor_of(request), office_of(request)
    rows = Passkey.objects.select_related("actor").order_by("revoked_at", "pk")
    others: list[Passkey] = []
    if sight_of(request).may(Right.STAFF):
        others = list(rows.exclude(actor=actor).filter(revoked_at=None))
        others = [row for row in others if not row.actor.is_principal]
    context = {
        "mine": list(rows.filter(actor=actor)),
        "others": others,
        "usable": touch.usable(office),
        "is_person": actor.kind == "human",
        "rp": rp_id(office.base) if office else "",
        "known": ",".join(touch.credentials(actor)),
        **touch.challenge(actor),
    }
    return render(request, "keys.html", context)


@require_POST
@in_place(page)
def add(request: HttpRequest) -> HttpResponse:
    """The browser made a passkey for this office."""
    actor, now = actor_of(request), clock()
    if actor.last_login is None or now - actor.last_login > FRESH:
        raise Denied(
            "You signed in some time ago.", hint="Sign out and in again, then add the passkey."
        )
    made = staff.register(
        actor=actor,
        response=request.POST.get("answer", ""),
        challenge=touch.challenge_of(request, actor),
        name=request.POST.get("name", ""),
        now=now,
    )
    ledger.publish()
    messages.success(
        request, f"“{made.name}” is added. Its key is in the log, entry {made.entry_id}."
    )
    return redirect("keys")


@require_POST
@in_place(page)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing that it signs from here on is believed."""
    row = get_object_or_404(Passkey, pk=pk)
    staff.revoke_passkey(passkey=row, by=actor_of(request), now=clock())
    ledger.publish()
    messages.success(request, f"“{row.name}” is revoked. What it signed before stays signed.")
    return redirect("keys")


@require_POST
@in_place(enter.sign_in_page)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Come in by passkey, without a password."""
    answer = touch.answer_of(request)
    actor: Actor = staff.accept_passkey(
        answer=answer, challenge=touch.challenge_of(request, None), now=clock()
    )
    login(request, actor, backend=enter.BACKEND)
    return redirect(enter.following(request))
