"""Today: the letters that fit into the day's minutes, the folds below them, and one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import resolve, reverse
from django.views.decorators.http import require_POST, require_safe

from firsthand.core.attention import Kind, Lane, Screening
from firsthand.core.errors import Misuse
from firsthand.core.rights import Right, Target
from firsthand.office import attention
from firsthand.office.models import Thread
from firsthand.office.sight import Sight
from firsthand.web import public
from firsthand.web.asking import actor_of, clock, in_place, is_number, minutes_of, sight_of, whole
from firsthand.web.budget import Bar
from firsthand.web.lines import KIND_WORDS, LANE_WORDS, items_of, readable

FOLDS = (Lane.HELPER, Lane.FYI, Lane.SCREENED, Lane.JUNK)
ANSWERS = [("yes", "Yes"), ("no", "No"), ("helper", "To a helper")]
IN_FOLD = 6
NEXT = 20
ON_PAGE = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Today for those who work here; who this is for everybody else."""
    return today(request) if request.user.is_authenticated else public.front(request)


def today(request: HttpRequest, **_: object) -> HttpResponse:
    """The page of the day. `?minutes=40` tries another budget without keeping it."""
    sight, now = sight_of(request), clock()
    sight.must_somewhere(Right.READ)
    minutes = minutes_of(request)
    day = attention.today(now=now, minutes=minutes, below=NEXT, in_fold=IN_FOLD)
    fitting, later = readable(day.items, sight), readable(day.below, sight)
    everything = bool(sight.may(Right.READ))
    context: dict[str, Any] = {
        "day": day,
        "minutes": minutes,
        "newcomers": sum(item.newcomer for item in fitting),
        "now": now,
        "fitting": fitting,
        "used": sum(item.given for item in fitting),
        "begun": any(item.given < item.minutes for item in fitting),
        "later": later,
        "later_count": day.left if everything else len(later),
        "bar": Bar.of([item.given for item in fitting], day.minutes),
        "folds": [_fold(lane, day, sight) for lane in FOLDS if day.folded.get(lane)],
        "given": _given(request, sight),
        "can_sort": sight.somewhere(Right.TRIAGE),
        "answers": ANSWERS,
    }
    return render(request, "today.html", context)


def _given(request: HttpRequest, sight: Sight) -> list[attention.Item]:
    """What was given to this hand; the principal has the day's letters instead."""
    actor = actor_of(request)
    if actor.is_principal:
        return []
    mine = Thread.objects.filter(assigned_to=actor, state="open").order_by("-last_at")
    return items_of(mine[:ON_PAGE], sight)


def _fold(lane: Lane, day: attention.Today, sight: Sight) -> dict[str, Any]:
    """A lane below the line: its first letters, and its count for those who may see all of it."""
    sees_all = bool(sight.may(Right.READ, Target(lane=lane)))
    return {
        "lane": lane.value,
        "words": LANE_WORDS[lane],
        "count": day.folded[lane] if sees_all else None,
        "items": readable(day.folds.get(lane, ()), sight),
        "kinds": _kinds(day.kinds) if sees_all and lane is Lane.FYI else [],
    }


def _kinds(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The kinds of what has nothing to answer, each with its count."""
    return [
        {"kind": kind.value, "words": words, "count": counts[kind]}
        for kind, words in KIND_WORDS.items()
        if kind in counts
    ]


@require_safe
def lane(request: HttpRequest, lane: str) -> HttpResponse:
    """All letters of one lane, a page at a time; `?kind=`: of one kind that has nothing to answer."""
    text = request.GET.get("after", "")
    after = int(text) if is_number(text) else None
    kind = _kind(request.GET.get("kind", "")) if lane == Lane.FYI else None
    return _lane(request, lane, kind, after)


def _lane(
    request: HttpRequest, lane: str, kind: Kind | None = None, after: int | None = None
) -> HttpResponse:
    sight = sight_of(request)
    sight.must_somewhere(Right.READ)
    found = attention.lane(lane=lane, kind=kind, now=clock(), after=after, limit=ON_PAGE + 1)
    sees_all = lane == Lane.FYI and bool(sight.may(Right.READ, Target(lane=lane)))
    counts = attention.kinds() if sees_all else {}
    context = {
        "lane": lane,
        "kind": kind,
        "kinds": _kinds(counts),
        "count": counts.get(kind, 0) if kind else 0,
        "seen": attention.newest() if kind else 0,
        "words": KIND_WORDS[kind] if kind else LANE_WORDS[Lane(lane)],
        "items": readable(found[:ON_PAGE], sight),
        "following": found[ON_PAGE - 1].thread if len(found) > ON_PAGE else None,
        "after": after,
        "can_sort": sight.somewhere(Right.TRIAGE),
        "answers": ANSWERS,
    }
    return render(request, "lane.html", context)


@require_safe
def focus(request: HttpRequest) -> HttpResponse:
    """One letter at a time, in the order of the day. `?after=<thread>` goes on behind that one."""
    sight, now = sight_of(request), clock()
    sight.must_somewhere(Right.READ)
    minutes = minutes_of(request)
    shown = readable(attention.beside(now=now, minutes=minutes), sight)
    after = request.GET.get("after", "")
    places = [str(item.thread) for item in shown]
    place = places.index(after) + 1 if after in places else 0
    if place >= len(shown):
        context = {"skipped": len(shown), "minutes": minutes}
        return render(request, "focus_done.html", context)
    on = f"&minutes={minutes}" if minutes else ""
    return redirect(f"{reverse('thread', args=[places[place]])}?focus=1{on}")


def _list(request: HttpRequest) -> HttpResponse:
    """The list that a form stands on: a lane, or Today."""
    if not _is_lane(request):
        return today(request)
    path, _, kind = request.POST["back"].partition("?kind=")
    return _lane(request, str(resolve(path).kwargs["lane"]), _kind(kind))


@require_POST
@in_place(_list)
def sort(request: HttpRequest) -> HttpResponse:
    """One act for all selected letters of a list: close them, pass them on, or junk them."""
    actor, now = actor_of(request), clock()
    way = request.POST.get("do", "")
    if kind := _kind(request.POST.get("all", "")):
        way, chosen = "close", _whole(request, kind)
    else:
        given = request.POST.getlist("thread")
        chosen = [int(pk) for pk in given if is_number(pk)]
    until = now + timedelta(days=1) if way == "snooze" else None
    done = attention.sort(actor=actor, threads=chosen, way=way, until=until, now=now)
    told = f"{_letters(done.threads)}: {_DONE.get(way, 'moved')}."
    # The tag is what the Undo button beside the message puts back.
    messages.success(request, told, extra_tags=str(done.number))
    return redirect(request.POST["back"] if _is_lane(request) else "today")


@require_POST
@in_place(today)
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a sorting; what changed meanwhile is left as it is, and told."""
    done = attention.put_back(actor=actor_of(request), sorting=pk, now=clock())
    if done.threads:
        messages.success(request, f"{_letters(done.threads)}: put back.")
    if done.changed:
        left = (
            "changed meanwhile and stays as it is"
            if len(done.changed) == 1
            else ("changed meanwhile and stay as they are")
        )
        messages.warning(request, f"{_letters(done.changed)} {left}.")
    return redirect(request.POST["back"] if _is_lane(request) else "today")


def _kind(name: str) -> Kind | None:
    return Kind(name) if name in set(Kind) else None


def _whole(request: HttpRequest, kind: Kind) -> list[int]:
    """All of a kind, as its page showed it."""
    return attention.of_kind(kind, seen=whole(request, "seen", 0), limit=attention.MOST)


def _letters(threads: Sized) -> str:
    return "1 letter" if len(threads) == 1 else f"{len(threads)} letters"


_DONE = {"close": "closed for everyone", "snooze": "back tomorrow"}


def _is_lane(request: HttpRequest) -> bool:
    """Only our own lists are gone back to: a form can name any address."""
    lanes = {reverse("lane", args=[lane]) for lane in Lane}
    fyi = reverse("lane", args=[Lane.FYI])
    return request.POST.get("back", "") in lanes | {f"{fyi}?kind={kind}" for kind in Kind}


@require_POST
@in_place(today)
def screen(request: HttpRequest, pk: int) -> HttpResponse:
    """First-time senders: yes, no, or to a helper; decided once for the person."""
    person = get_object_or_404(Thread.objects.select_related("person"), pk=pk).person
    if person is None:
        raise Misuse("Nobody is named as its sender: move the letter instead.")
    answer = request.POST.get("answer", "")
    if answer not in set(Screening):
        raise Misuse("Answer yes, no, or to a helper.")
    attention.screen(
        actor=actor_of(request), person=person, screening=Screening(answer), now=clock()
    )
    said = {"yes": "is let in", "no": "stays out", "helper": "goes to a helper"}
    messages.success(request, f"{person.name} {said.get(answer, 'waits for a decision')}.")
    return redirect("today")
