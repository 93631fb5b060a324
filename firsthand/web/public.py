"""What strangers see, without sign-in or cookies: promises, bylines, hands, and the check."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from firsthand.core.byline import Level
from firsthand.core.errors import Misuse
from firsthand.core.record import from_multikey
from firsthand.core.rights import Right
from firsthand.office import consent, ledger
from firsthand.office.models import Actor, LogHead, Office, Promise, Submission
from firsthand.tlog.store import LocalStore
from firsthand.verifier import KeyFile, check_mail, check_post, host_in, read_post
from firsthand.verifier.check import Verdict
from firsthand.web.asking import clock, in_place
from firsthand.web.mentions import mentionable
from firsthand.web.promises import kept
from firsthand.web.savable import page

LARGEST = 10 * 1024 * 1024
_ADDRESS = re.compile(rb"(?:https?|at)://\S+")
LEVELS = [
    (Level.FIRSTHAND, "Every word is {name}'s own, and {name} sent it."),
    (Level.APPROVED, "Others wrote or changed words; {name} read and approved exactly this text."),
    (Level.ON_BEHALF, "A person sent it for {name}, who did not approve this text."),
    (Level.AUTOMATED, "A machine sent it, and {name} did not approve this text."),
]
ROLES = {
    "writing-original-draft": "drafted it",
    "writing-review-editing": "changed it",
    "supervision": "read and approved it",
}


@require_safe
@mentionable
def front(request: HttpRequest) -> HttpResponse:
    """Whose office this is, and what they promise."""
    office = Office.objects.first()
    if office is None:
        return render(request, "public/unopened.html")
    now = clock()
    rows = Promise.objects.filter(until=None).order_by("since")
    levels = [(level.value, words.format(name=office.name)) for level, words in LEVELS]
    context = {
        "promises": [{"row": p, "kept": kept(p)} for p in rows if p.since <= now],
        "levels": levels,
        "size": LogHead.objects.values_list("size", flat=True).first() or 0,
    }
    return render(request, "public/front.html", context)


@require_safe
@cache_control(public=True, max_age=300)
def byline(request: HttpRequest, number: str) -> HttpResponse:
    """One byline, from its record and its place in the log; nothing else of the message is here."""
    found = _logged(number)
    if not found.record:
        return render(request, "public/erased.html", {"one": found}, status=410)
    record = json.loads(bytes(found.record))
    subject = record["credentialSubject"]
    context = {
        "one": found,
        "subject": subject,
        "people": [_contributor(c, subject) for c in subject.get("contributor", [])],
        "logged": datetime.fromisoformat(record["validFrom"]).astimezone(UTC),
        "signed": record["proof"],
        "in_person": found.hand_signed,
    }
    return render(request, "public/byline.html", context)


def _logged(number: str) -> Submission:
    """A message that is in the log. What was held back before that never was."""
    return get_object_or_404(
        Submission.objects.exclude(entry=None).select_related("entry"), number=number
    )


def _contributor(value: dict[str, Any], subject: dict[str, Any]) -> dict[str, Any]:
    roles = [
        ROLES.get(str(uri).rstrip("/").rpartition("/")[2], "helped") for uri in value["roleName"]
    ]
    if value["id"] == subject.get("sender"):
        roles.append("sent it")
    return {
        "name": value["name"],
        "initials": value.get("initials", ""),
        "machine": value["type"] != "Person",
        "roles": ", ".join(roles) or "is named",
        "key": value["id"].rpartition("#")[2],
    }


@require_safe
@cache_control(public=True, max_age=300)
def record(request: HttpRequest, number: str) -> HttpResponse:
    """The signed record, byte for byte."""
    found = _logged(number)
    if not found.record:
        return HttpResponse("This record was erased.", status=410, content_type="text/plain")
    response = HttpResponse(bytes(found.record), content_type="application/vc")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def proof(request: HttpRequest, number: str) -> HttpResponse:
    """That its entry is in the log, against the newest head (c2sp.org/tlog-proof)."""
    found = _logged(number)
    entry = found.entry_id
    if not found.record:
        return HttpResponse("This record was erased.", status=410, content_type="text/plain")
    if entry is None or entry >= ledger.published():
        raise Http404
    response = HttpResponse(ledger.proof(entry).encode(), content_type="text/plain; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-cache"
    return response


@require_safe
@cache_control(public=True, max_age=60)
def hands(request: HttpRequest) -> HttpResponse:
    """The decoder: whose initials these are, and since when. Addresses are not told."""
    now = clock()
    people = Actor.objects.filter(made_at__lte=now).prefetch_related("grants")
    listed = sorted(people, key=lambda a: (not a.is_principal, a.kind != "human", a.name))
    context = {"hands": [_public(hand, now) for hand in listed if not _internal(hand)]}
    return render(request, "public/hands.html", context)


def _internal(hand: Actor) -> bool:
    """The rule that works the office itself writes nothing."""
    return hand.kind == "rule" and hand.key == "office"


def _public(hand: Actor, now: datetime) -> dict[str, Any]:
    rights = sorted({g.right for g in hand.grants.all() if g.live(now)})
    return {
        "row": hand,
        "kind": {"agent": "an AI agent", "rule": "an automatic rule"}.get(hand.kind, "a person"),
        "rights": [Right(right).sentence for right in rights if right in ("draft", "edit", "send")],
    }


def verify_page(request: HttpRequest) -> HttpResponse:
    return render(request, "public/verify.html", {"verdict": None, "savable": page().sha256})


# No sign-in, no cookie, no effect: there is nothing that another site could make a visitor do.
@csrf_exempt
@in_place(verify_page)
def verify(request: HttpRequest) -> HttpResponse:
    """Paste the source of a mail or of a post, or upload it: is its byline true?"""
    if request.method != "POST":
        return verify_page(request)
    raw = _raw(request)
    context = {"verdict": _verdict(raw), "savable": page().sha256}
    return render(request, "public/verify.html", context)


def _raw(request: HttpRequest) -> bytes:
    file = request.FILES.get("file")
    raw = file.read(LARGEST + 1) if file else request.POST.get("source", "").encode()
    if not raw.strip():
        raise Misuse("Paste the source of the mail or the post, or choose its file.")
    if _ADDRESS.fullmatch(raw.strip()):
        raise Misuse(
            "This is an address, and nothing is fetched here.",
            hint="For a post, save its address with .json behind it, and choose that file; "
            "or run firsthand verify with the address on your own machine.",
        )
    if len(raw) > LARGEST:
        raise Misuse("That is larger than 10 MB: use the command firsthand verify instead.")
    return raw


def _verdict(raw: bytes) -> Verdict:
    """Checked with this office's own key against its own log, and nothing fetched."""
    office = Office.objects.first()
    if office is None:
        raise Http404
    log, passkeys = LocalStore(settings.LOG_FOLDER), consent.keys()
    keys = [from_multikey(office.public_key)]
    file = KeyFile.parse(ledger.key_file())
    if not read_post(raw):
        return check_mail(raw, keys=keys, log=log, passkeys=passkeys, office=file)
    host = host_in(raw)
    return check_post(raw, host=host, keys=keys, log=log, passkeys=passkeys, office=file)
