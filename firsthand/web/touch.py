"""The touch of a passkey on the pages: what is asked of it, and what comes back with the form.

A proposal waits in a signed token, bound to its actor, for a few minutes; nothing is saved before the
act itself. Without a touch every act works too, signed by the office alone.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from firsthand.core.errors import Denied, FirsthandError, Misuse
from firsthand.core.passkey import decode, encode
from firsthand.core.rights import Right
from firsthand.office import desk, publish
from firsthand.office.consent import Proposal, Touch
from firsthand.office.models import Actor, Draft, Office
from firsthand.verifier.consent import (
    Assertion,
    BadConsent,
    batch_challenge,
    rp_id,
    shared_out,
)
from firsthand.web.asking import actor_of, clock, is_number, sight_of, status_of

LASTS = 5 * 60
PAGE_LASTS = 60 * 60
MOST = 50
_TOUCH, _ONCE = "firsthand.touch", "firsthand.challenge"

Item = tuple[int, int, int]
"""A draft, the revision of it and the newest message that its reader saw."""


def usable(office: Office | None) -> bool:
    """Browsers have passkeys for sites with a name, never for bare addresses such as 127.0.0.1."""
    if office is None:
        return False
    try:
        ipaddress.ip_address(rp_id(office.base))
    except ValueError:
        return True
    return False


def credentials(actor: Actor) -> list[str]:
    """The ids of an actor's live passkeys."""
    return list(actor.passkeys.filter(revoked_at=None).values_list("credential_id", flat=True))


def items(request: HttpRequest) -> list[Item]:
    """The drafts that a form is about, `draft:revision:seen` each. Raises Misuse."""
    found = []
    for text in request.POST.getlist("item")[: MOST + 1]:
        parts = text.split(":")
        if len(parts) != 3 or not all(is_number(part) for part in parts):
            raise Misuse("The form does not say which draft it is about. Load the page again.")
        found.append((int(parts[0]), int(parts[1]), int(parts[2])))
    if len(found) > MOST:
        raise Misuse(f"{MOST} at once are the most.")
    return found


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """What the browser is to have touched, for `act` on the chosen drafts; nothing is saved."""
    try:
        actor, now, act = actor_of(request), clock(), request.POST.get("act", "")
        if act not in ("send", "approve", "publish"):
            raise Misuse("A passkey is touched to send, to approve or to publish.")
        chosen = items(request)
        if not chosen:
            raise Misuse("Choose at least one.")
        made = [
            (item[0], one) for item in chosen for one in _proposals(request, item, actor, act, now)
        ]
    except FirsthandError as problem:
        return JsonResponse({"message": problem.message}, status=status_of(problem))
    kept = [[pk, one.number, encode(one.salt), encode(one.challenge)] for pk, one in made]
    token = signing.dumps({"actor": actor.pk, "act": act, "items": kept}, salt=_TOUCH)
    return JsonResponse(
        {
            "challenge": encode(batch_challenge([one.challenge for _, one in made])),
            "rpId": rp_id(Office.objects.get(pk=1).base),
            "allow": credentials(actor),
            "token": token,
        }
    )


def _proposals(
    request: HttpRequest, item: Item, actor: Actor, act: str, now: datetime
) -> list[Proposal]:
    draft = get_object_or_404(Draft.objects.select_related("thread__rank"), pk=item[0])
    sight_of(request).must(Right.READ, draft.target)
    if act == "publish":
        return publish.propose(draft=draft, actor=actor, revision=item[1], now=now)
    sender = desk.sender_of(draft=draft, now=now) if act == "approve" else None
    return [
        desk.propose(
            draft=draft, actor=actor, revision=item[1], seen=item[2], now=now, sender=sender
        )
    ]


def given(request: HttpRequest, act: str) -> dict[int, Touch]:
    """The touches that came with a form, by draft; none where nothing was touched.

    Raises Denied for those of another actor, another act or another time.
    """
    return dict(_given(request, act))


def given_for(request: HttpRequest, act: str, draft: Draft) -> list[Touch]:
    """Those of one draft, which may leave in several places; as `given`."""
    return [touch for pk, touch in _given(request, act) if pk == draft.pk]


def _given(request: HttpRequest, act: str) -> list[tuple[int, Touch]]:
    token = request.POST.get("touch", "")
    if not token:
        return []
    value = _opened(token, _TOUCH, LASTS)
    if value["actor"] != actor_of(request).pk or value["act"] != act:
        raise Denied("The passkey was touched for something else.", hint="Touch it once more.")
    rows: Sequence[Any] = value["items"]
    answer = answer_of(request)
    shares = shared_out(answer, [decode(row[3]) for row in rows])
    return [
        (row[0], Touch(row[1], decode(row[2]), share))
        for row, share in zip(rows, shares, strict=True)
    ]


def answer_of(request: HttpRequest) -> Assertion:
    """What the passkey answered. Raises Denied for anything else."""
    try:
        return Assertion.of_browser(request.POST.get("answer", ""))
    except BadConsent as problem:
        raise Denied(str(problem), hint="Touch it once more.") from None


def challenge(actor: Actor | None) -> dict[str, str]:
    """A new challenge that can be answered once, by `actor` (None: by whoever comes in)."""
    fresh = encode(secrets.token_bytes(32))
    token = signing.dumps({"challenge": fresh, "actor": actor.pk if actor else 0}, salt=_ONCE)
    return {"challenge": fresh, "token": token}


def challenge_of(request: HttpRequest, actor: Actor | None) -> bytes:
    """The challenge that a form answers; it is used up by this. Raises Denied."""
    value = _opened(request.POST.get("token", ""), _ONCE, PAGE_LASTS)
    fresh = str(value["challenge"])
    mine = value["actor"] == (actor.pk if actor else 0)
    if not mine or not cache.add(f"challenge:{fresh}", 1, PAGE_LASTS):
        raise Denied("This page was used already.", hint="Try it once more.")
    return decode(fresh)


def _opened(token: str, salt: str, lasts: int) -> dict[str, Any]:
    try:
        value: dict[str, Any] = signing.loads(token, salt=salt, max_age=lasts)
    except signing.BadSignature:
        raise Denied(
            f"The passkey has to be touched within {lasts // 60} minutes.",
            hint="Try it once more.",
        ) from None
    return value
