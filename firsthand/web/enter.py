"""Coming in and going out: password, one-time link, and the password one sets then."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from firsthand.core.errors import Denied, Misuse
from firsthand.office import staff
from firsthand.office.models import Actor, Event
from firsthand.verifier.consent import rp_id
from firsthand.web import touch
from firsthand.web.asking import actor_of, clock, in_place
from firsthand.web.context import office_of

BACKEND = "django.contrib.auth.backends.ModelBackend"
TRIES = 8
WAIT = 15 * 60


def sign_in_page(request: HttpRequest) -> HttpResponse:
    address = request.POST.get("next") or request.GET.get("next", "")
    office = office_of(request)
    context: dict[str, object] = {"next": address}
    if office and touch.usable(office):
        context |= {"rp": rp_id(office.base), **touch.challenge(None)}
    return render(request, "sign_in.html", context)


@sensitive_post_parameters("password")
@in_place(sign_in_page)
def sign_in(request: HttpRequest) -> HttpResponse:
    """By e-mail and password. After too many wrong ones, nobody gets in there for a while."""
    if request.method != "POST":
        return sign_in_page(request)
    email = request.POST.get("email", "").strip().lower()
    key = f"sign-in:{email}"
    if cache.get(key, 0) >= TRIES:
        raise Denied("Too many tries. Wait a quarter of an hour, or ask for a new link.")
    actor = authenticate(request, username=email, password=request.POST.get("password", ""))
    if not isinstance(actor, Actor):
        cache.add(key, 0, WAIT)
        cache.incr(key)
        raise Denied("E-mail and password do not fit together.")
    cache.delete(key)
    login(request, actor)
    return redirect(following(request))


def following(request: HttpRequest) -> str:
    """Where the sign-in was asked for, if that is one of our own pages."""
    address = request.POST.get("next", "")
    allowed = {request.get_host()}
    return address if url_has_allowed_host_and_scheme(address, allowed) else "/"


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("today")


def enter_page(request: HttpRequest, token: str) -> HttpResponse:
    """A page with one button: programs that look at links before people do must not use them up."""
    return render(request, "enter.html", {"token": token})


@in_place(enter_page)
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """The one-time link of an invitation."""
    if request.method != "POST":
        return enter_page(request, token)
    actor = staff.accept(token=token, now=clock())
    login(request, actor, backend=BACKEND)
    if actor.has_usable_password() and actor.password:
        return redirect("today")
    messages.info(request, f"Welcome, {actor.name}. Choose a password for the next time.")
    return redirect("password")


def password_page(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    return render(request, "password.html", {"first": not _has_one(actor)})


def _has_one(actor: Actor) -> bool:
    return bool(actor.password) and actor.has_usable_password()


@sensitive_post_parameters("old", "new")
@in_place(password_page)
def password(request: HttpRequest) -> HttpResponse:
    """One's own password; other sessions end with the old one."""
    if request.method != "POST":
        return password_page(request)
    actor, wanted = actor_of(request), request.POST.get("new", "")
    if _has_one(actor) and not actor.check_password(request.POST.get("old", "")):
        raise Misuse("The old password is not that.")
    try:
        validate_password(wanted, actor)
    except ValidationError as problem:
        raise Misuse(" ".join(problem.messages)) from None
    actor.set_password(wanted)
    actor.save(update_fields=["password"])
    Event.record("password.set", actor=actor, about=actor, now=clock())
    update_session_auth_hash(request, actor)
    messages.success(request, "The password is set.")
    return redirect("today")
