"""A person: who they are to the principal, their letters, and the decision to let them in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from firsthand.core.attention import Screening
from firsthand.core.errors import Misuse
from firsthand.core.reaction import Reaction
from firsthand.core.rights import Right, Target
from firsthand.office import attention, desk, intake
from firsthand.office.models import Account, Handle, Person, Thread
from firsthand.office.reaching import reactions_of
from firsthand.office.sight import Sight
from firsthand.web.asking import actor_of, clock, in_place, sight_of, whole
from firsthand.web.lines import items_of

THREADS = 60
HANDLES = 20


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, pk)


def page(request: HttpRequest, pk: int) -> HttpResponse:
    sight = sight_of(request)
    sight.must_somewhere(Right.READ)
    found = get_object_or_404(Person.objects.select_related("screened_by"), pk=pk)
    threads = Thread.objects.filter(person=found).order_by("-last_at")[:THREADS]
    context = {
        "person": found,
        "handles": list(found.handles.order_by("pk")[:HANDLES]),
        "following": _followable(found, sight),
        "alike": intake.alike(found) if sight.somewhere(Right.TRIAGE) else [],
        "items": items_of(threads, sight),
        "can_screen": sight.somewhere(Right.TRIAGE),
    }
    return render(request, "person.html", context)


@require_POST
@in_place(page)
def screening(request: HttpRequest, pk: int) -> HttpResponse:
    """Let in, pass to a helper, or turn away; it can be changed at any time."""
    answer = request.POST.get("answer", "")
    if answer not in set(Screening):
        raise Misuse("Answer yes, no, or to a helper.")
    found = get_object_or_404(Person, pk=pk)
    attention.screen(
        actor=actor_of(request), person=found, screening=Screening(answer), now=clock()
    )
    messages.success(request, "Decided.")
    return redirect("person", pk=pk)


def _followable(person: Person, sight: Sight) -> list[tuple[Handle, Account]]:
    """Their addresses that one of our accounts can follow."""
    accounts = [
        account
        for account in Account.objects.exclude(state__in=["files", "paused"])
        if sight.may(Right.REACT, Target(account.channel, account.pk))
        and Reaction.FOLLOW in reactions_of(account)
    ]
    handles = list(person.handles.order_by("pk")[:HANDLES])
    return [(h, a) for h in handles for a in accounts if h.channel == a.channel]


@require_POST
@in_place(page)
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow a person at one of their addresses, in the principal's name."""
    handle = get_object_or_404(Handle, pk=whole(request, "handle"), person=pk)
    account = get_object_or_404(Account, pk=whole(request, "account"))
    desk.follow(actor=actor_of(request), account=account, address=handle.address, now=clock())
    messages.success(request, "On its way.")
    return redirect("person", pk=pk)


@require_POST
@in_place(page)
def join(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody else turns out to be the same person."""
    found = get_object_or_404(Person, pk=pk)
    other = get_object_or_404(Person, pk=whole(request, "other"))
    why = request.POST.get("why", "")
    intake.join(actor=actor_of(request), person=found, other=other, why=why, now=clock())
    messages.success(request, f"{other.name} and {found.name} are one person now.")
    return redirect("person", pk=pk)


@require_POST
@in_place(page)
def part(request: HttpRequest, pk: int) -> HttpResponse:
    """One of the addresses is somebody else's after all."""
    found = get_object_or_404(Person, pk=pk)
    handles = [whole(request, "handle")]
    apart = intake.part(actor=actor_of(request), person=found, handles=handles, now=clock())
    messages.success(request, f"{apart.name} is a person of their own now.")
    return redirect("person", pk=apart.pk)
