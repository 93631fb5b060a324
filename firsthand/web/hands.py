"""Hands: who works here, with which rights until when, and how they come and go."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from firsthand.core.byline import ActorKind
from firsthand.core.errors import Misuse
from firsthand.core.rights import Right, Scope
from firsthand.office import ledger, staff
from firsthand.office.models import Account, Actor, Event, Grant, Office, Token
from firsthand.web.asking import actor_of, clock, day_of, in_place, moment, sight_of

LINK_LASTS = timedelta(days=3)
LAST_ACTS = 5
KINDS = [("human", "a person"), ("agent", "an AI agent"), ("rule", "an automatic rule")]


@require_safe
def hands(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(
    request: HttpRequest, *args: Any, secret: dict[str, str] | None = None, **kwargs: Any
) -> HttpResponse:
    """All hands with their grants, last acts and tokens. `secret`: a link or token, shown once."""
    now, me = clock(), actor_of(request)
    sight_of(request).must_somewhere(Right.READ)
    rows = Actor.objects.filter(is_principal=False).exclude(kind="rule", key="office")
    people = list(rows.prefetch_related("grants", "tokens"))
    context = {
        "hands": [_hand(h, now) for h in sorted(people, key=_order) if not h.offboarded_at],
        "former": [h for h in people if h.offboarded_at],
        "may_staff": sight_of(request).may(Right.STAFF),
        "rights": [(right.value, right.sentence) for right in Right],
        "channels": sorted(set(Account.objects.values_list("channel", flat=True))),
        "kinds": KINDS,
        "secret": secret,
        "me": me,
    }
    return render(request, "hands.html", context)


def _order(hand: Actor) -> tuple[str, str]:
    return "a" if hand.kind == ActorKind.HUMAN else "b", hand.name


def _hand(hand: Actor, now: datetime) -> dict[str, Any]:
    grants = [grant for grant in hand.grants.all() if grant.live(now)]
    tokens = [t for t in hand.tokens.all() if not t.revoked_at and not _over(t, now)]
    return {
        "row": hand,
        "grants": sorted(grants, key=lambda grant: list(Right).index(Right(grant.right))),
        "tokens": tokens,
        "acts": list(Event.objects.filter(actor=hand).order_by("-at")[:LAST_ACTS]),
        "kind": dict(KINDS)[hand.kind],
    }


def _over(token: Token, now: datetime) -> bool:
    return bool(token.expires_at and token.expires_at <= now)


def _named(key: str) -> Actor:
    return get_object_or_404(Actor, key=key, is_principal=False)


@require_POST
@in_place(page)
def add(request: HttpRequest) -> HttpResponse:
    """A new hand: without any right until one is granted."""
    post = request.POST
    kind = post.get("kind", "human")
    if kind not in set(ActorKind):
        raise Misuse("Say whether it is a person, an AI agent or a rule.")
    hand = staff.add_hand(
        by=actor_of(request),
        name=post.get("name", "").strip(),
        kind=ActorKind(kind),
        email=post.get("email", "").strip().lower() or None,
        now=clock(),
        initials=post.get("initials", "").strip(),
    )
    messages.success(request, f"{hand.name} is added, and may do nothing until you grant a right.")
    return redirect("hands-office")


@require_POST
@in_place(page)
def grant(request: HttpRequest, key: str) -> HttpResponse:
    """One right, in a scope, until an end."""
    wanted = request.POST.get("right", "")
    if wanted not in set(Right):
        raise Misuse("Choose a right.")
    until = request.POST.get("until", "")
    channels = frozenset(request.POST.getlist("channel"))
    made = staff.grant(
        hand=_named(key),
        by=actor_of(request),
        right=Right(wanted),
        now=clock(),
        scope=Scope(channels=channels),
        expires=moment(until) if until else None,
    )
    ledger.publish()
    messages.success(request, f"{made.actor.name} may now {Right(wanted).sentence}.")
    return redirect("hands-office")


@require_POST
@in_place(page)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Grant.objects.select_related("actor"), pk=pk)
    staff.revoke(grant=row, by=actor_of(request), now=clock())
    ledger.publish()
    messages.success(request, f"{row.actor.name} may no longer {Right(row.right).sentence}.")
    return redirect("hands-office")


@require_POST
@in_place(page)
def invitation(request: HttpRequest, key: str) -> HttpResponse:
    """A one-time link that signs the hand in; shown once, kept as a hash only."""
    hand = _named(key)
    token = staff.invite(hand=hand, by=actor_of(request), now=clock(), lasts=LINK_LASTS)
    base = Office.objects.get(pk=1).base
    until = timezone.localtime(clock() + LINK_LASTS)
    secret = {
        "words": f"Give this link to {hand.name}. It works once, until {day_of(until)}, {until:%H:%M}.",
        "value": base + reverse("enter", args=[token]),
    }
    return page(request, secret=secret)


@require_POST
@in_place(page)
def token(request: HttpRequest, key: str) -> HttpResponse:
    """A token for a program; shown once, kept as a hash only."""
    hand, until = _named(key), request.POST.get("until", "")
    made = staff.issue_token(
        hand=hand,
        by=actor_of(request),
        name=request.POST.get("name", ""),
        now=clock(),
        expires=moment(until) if until else None,
    )
    words = f"The program that acts as {hand.name} signs in with this token. It is shown only now."
    return page(request, secret={"words": words, "value": made})


@require_POST
@in_place(page)
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    staff.revoke_token(token_id=pk, by=actor_of(request), now=clock())
    messages.success(request, "The token is dead.")
    return redirect("hands-office")


def offboard_page(request: HttpRequest, key: str) -> HttpResponse:
    """What would stop, before anything does."""
    sight_of(request).must(Right.STAFF)
    hand = _named(key)
    would = staff.would_stop(hand=hand, now=clock())
    return render(request, "offboard.html", {"hand": hand, "would": would})


@in_place(offboard_page)
def offboard(request: HttpRequest, key: str) -> HttpResponse:
    """One button that ends everything a hand has here."""
    if request.method != "POST":
        return offboard_page(request, key)
    hand = _named(key)
    stopped = staff.offboard(hand=hand, by=actor_of(request), now=clock())
    ledger.publish()
    messages.success(request, f"{hand.name} no longer works here. " + " ".join(stopped.sentences))
    return redirect("hands-office")
