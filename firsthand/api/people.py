"""Who works here, what the public was promised, and who is asking."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from firsthand.api import answers, shapes
from firsthand.api.asking import actor_of, clock, sight_of
from firsthand.core.rights import Right
from firsthand.office.models import Actor, Grant, Promise

router = Router(by_alias=True, tags=["people"])


@router.get("/me", response=shapes.Me)
def me(request: HttpRequest) -> shapes.Me:
    """Who the caller is and what they may, as grants and as sentences."""
    actor = actor_of(request)
    return shapes.Me(
        key=actor.key,
        name=actor.name,
        kind=actor.kind,
        principal=actor.is_principal,
        grants=[answers.grant(grant) for grant in _live(actor)],
        sentences=list(sight_of(request).sentences()),
    )


@router.get("/hands", response=shapes.Hands)
def hands(request: HttpRequest) -> shapes.Hands:
    """Everybody who works here besides the principal."""
    asking = actor_of(request)
    every = sight_of(request).may(Right.STAFF)
    found = Actor.objects.filter(is_principal=False).prefetch_related("grants").order_by("pk")
    return shapes.Hands(
        hands=[
            answers.hand(hand, _live(hand) if every or hand == asking else None) for hand in found
        ]
    )


@router.get("/promises", response=shapes.Promises)
def promises(request: HttpRequest) -> shapes.Promises:
    """What the public was promised, oldest first; ended ones too."""
    found = Promise.objects.order_by("since", "pk")
    return shapes.Promises(promises=[answers.promise(promise) for promise in found])


def _live(actor: Actor) -> list[Grant]:
    now = clock()
    return [grant for grant in actor.grants.all() if grant.live(now)]
