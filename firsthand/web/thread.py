"""A thread: list, conversation, person; and the acts on it that are not writing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from firsthand.core.attention import Lane
from firsthand.core.errors import Misuse
from firsthand.core.reaction import Reaction
from firsthand.core.rights import Right
from firsthand.office import attention, desk
from firsthand.office.models import Actor, Draft, Message, Person, Thread
from firsthand.office.reaching import newest_that_came, reactions_of
from firsthand.office.sight import Sight
from firsthand.web import composer
from firsthand.web.asking import (
    actor_of,
    clock,
    day_of,
    in_place,
    is_number,
    minutes_of,
    moment,
    sight_of,
    whole,
)
from firsthand.web.conversation import Shown, conversation
from firsthand.web.lines import readable
from firsthand.web.snooze import presets

IN_LIST = 40
EXCHANGES = 6
OPEN_DRAFTS = ("writing", "waiting", "approved", "rejected", "leaving")


def find(request: HttpRequest, pk: int) -> Thread:
    """The thread, if it is there and the actor may read it."""
    threads: QuerySet[Thread] = Thread.objects.select_related(
        "person", "rank", "assigned_to", "account"
    )
    thread = get_object_or_404(threads, pk=pk)
    sight_of(request).must(Right.READ, thread.target)
    return thread


@require_safe
def thread(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of a thread. Opening it changes nothing."""
    return page(request, pk)


def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The page itself, also shown in answer to a refused act."""
    found, sight, now = find(request, pk), sight_of(request), clock()
    drafts = _drafts(found)
    focused = "1" in (request.GET.get("focus"), request.POST.get("focus"))
    minutes = minutes_of(request) if focused else None
    fitting = attention.beside(now=now, minutes=minutes)
    beside = readable(fitting if focused else fitting[:IN_LIST], sight)
    before = [t for t in attention.before(found) if sight.may(Right.READ, t.target)]
    shown = conversation(found, whole="all" in request.GET, before=before)
    box = composer.for_thread(request, found, drafts, shown.seen)
    context: dict[str, Any] = {
        "thread": found,
        "shown": shown.items,
        "earlier": shown.left_out,
        "about": shown.about,
        "last": _last(shown),
        "beside": [] if focused else beside,
        "focused": focused,
        "minutes": minutes,
        "others": _others([d for d in drafts if d != box.draft]),
        "composer": box,
        "snoozes": presets(now),
        "staff": _staff(),
        "lanes": [lane for lane in Lane if lane is not Lane.SCREENED],
        "can_sort": sight.may(Right.TRIAGE, found.target),
        "reactions": _reactions(found, sight),
        "can_note": sight.may(Right.TRIAGE, found.target) or sight.may(Right.DRAFT, found.target),
        "person": _person(found.person, found, sight) if found.person else None,
        **_neighbours(found, [item.thread for item in beside]),
    }
    return render(request, "thread.html", context)


def _drafts(thread: Thread) -> list[Draft]:
    """Texts being made for this thread, the newest first."""
    drafts = thread.drafts.filter(state__in=OPEN_DRAFTS, reaction="").select_related("made_by")
    return list(drafts.order_by("-changed_at")[:10])


def _others(drafts: list[Draft]) -> list[list[Draft]]:
    """By who makes them and how far they are: who has begun two answers is answering once."""
    found: dict[tuple[int, str], list[Draft]] = {}
    for draft in drafts:
        found.setdefault((draft.made_by_id, draft.state), []).append(draft)
    return list(found.values())


def _reactions(thread: Thread, sight: Sight) -> list[Reaction]:
    """What can be done to the newest message without a word, where the channel knows such things."""
    if not sight.may(Right.REACT, thread.target):
        return []
    possible = reactions_of(thread.account) - {Reaction.FOLLOW}
    return [reaction for reaction in Reaction if reaction in possible]


def _staff() -> list[Actor]:
    """Whom a thread can be given to."""
    people = Actor.objects.filter(offboarded_at=None).exclude(kind="rule")
    return list(people.order_by("-is_principal", "name").only("key", "name"))


def _last(shown: Shown) -> Message | None:
    inbound = [item.message for item in shown.items if item.message]
    return inbound[-1] if inbound else None


def _neighbours(thread: Thread, ids: list[int]) -> dict[str, int | None]:
    place = ids.index(thread.pk) if thread.pk in ids else None
    if place is None:
        return {"next": None, "previous": None, "place": None, "of": len(ids)}
    return {
        "next": ids[place + 1] if place + 1 < len(ids) else None,
        "previous": ids[place - 1] if place else None,
        "place": place + 1,
        "of": len(ids),
    }


def _person(person: Person, thread: Thread, sight: Sight) -> dict[str, Any]:
    """Who somebody is to the principal: addresses, counts, last exchanges and who answered then."""
    threads = person.threads.exclude(pk=thread.pk).select_related("rank").order_by("-last_at")
    threads = threads.only("subject", "last_at", "channel", "account", "person", "rank__lane")
    seen = [t for t in threads[: EXCHANGES * 2] if sight.may(Right.READ, t.target)][:EXCHANGES]
    answers = Message.objects.filter(thread__in=seen, direction="out", actor__isnull=False)
    by = dict(answers.order_by("at").values_list("thread_id", "actor__name"))
    return {
        "row": person,
        "handles": list(person.handles.all()[:5]),
        "exchanges": [{"thread": t, "by": by.get(t.pk)} for t in seen],
    }


def onward(request: HttpRequest, thread: Thread) -> HttpResponse:
    """Where one goes after a letter is dealt with: to the next one of the day, else to Today."""
    if request.POST.get("focus") == "1":
        minutes = minutes_of(request)
        on = f"&minutes={minutes}" if minutes else ""
        return redirect(f"{reverse('focus')}?after={request.POST.get('before') or thread.pk}{on}")
    following = request.POST.get("next", "")
    if is_number(following) and Thread.objects.filter(pk=following).exists():
        return redirect("thread", pk=int(following))
    return redirect("today")


@require_POST
@in_place(page)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing is left to do here, for everybody."""
    found = find(request, pk)
    attention.close(actor=actor_of(request), thread=found, now=clock())
    messages.success(request, f"Closed: {found}.")
    return onward(request, found)


@require_POST
@in_place(page)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    attention.reopen(actor=actor_of(request), thread=find(request, pk), now=clock())
    messages.success(request, "Open again.")
    return redirect("thread", pk=pk)


@require_POST
@in_place(page)
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of the way until a time; a new letter wakes it earlier."""
    found, now = find(request, pk), clock()
    until = moment(request.POST.get("preset") or request.POST.get("until", ""))
    attention.snooze(actor=actor_of(request), thread=found, until=until, now=now)
    messages.success(
        request,
        f"Back on {day_of(until)} at {timezone.localtime(until):%H:%M}, or when they write again.",
    )
    return onward(request, found)


@require_POST
@in_place(page)
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the thread to a hand, to the principal, or to nobody."""
    chosen = request.POST.get("to", "")
    hand = Actor.objects.filter(key=chosen).first() if chosen else None
    attention.assign(actor=actor_of(request), thread=find(request, pk), to=hand, now=clock())
    messages.success(request, f"Given to {hand.name}." if hand else "Given to nobody.")
    return redirect("thread", pk=pk)


@require_POST
@in_place(page)
def react(request: HttpRequest, pk: int) -> HttpResponse:
    """Like or boost a message of the thread, by default the newest that came in."""
    found, act = find(request, pk), request.POST.get("act", "")
    if act not in set(Reaction):
        raise Misuse("Choose what to do.")
    message = newest_that_came(found)
    desk.react(actor=actor_of(request), message=message, reaction=Reaction(act), now=clock())
    messages.success(request, "On its way.")
    return redirect("thread", pk=pk)


@require_POST
@in_place(page)
def carry_on(request: HttpRequest, pk: int) -> HttpResponse:
    """The conversation moved here from another channel, or did not after all."""
    found, number = find(request, pk), whole(request, "earlier", 0)
    earlier = find(request, number) if number else None
    attention.carry_on(actor=actor_of(request), thread=found, earlier=earlier, now=clock())
    messages.success(request, "One conversation now." if earlier else "Two conversations again.")
    return redirect("thread", pk=pk)


@require_POST
@in_place(page)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the thread into another lane; it stays there."""
    found, lane = find(request, pk), request.POST.get("lane", "")
    if lane not in set(Lane):
        raise Misuse("Choose where it belongs.")
    attention.move(actor=actor_of(request), thread=found, lane=Lane(lane), now=clock())
    messages.success(request, "Moved.")
    return onward(request, found) if lane == Lane.JUNK else redirect("thread", pk=pk)


@require_POST
@in_place(page)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """An internal note: it is no draft and cannot leave."""
    text = request.POST.get("note", "").strip()
    if not text:
        raise Misuse("Write the note first.")
    desk.note(thread=find(request, pk), actor=actor_of(request), text=text, now=clock())
    return redirect(f"{reverse('thread', args=[pk])}#end")
