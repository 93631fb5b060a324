"""Accounts: the mailboxes that are connected, how they are, and connecting one more."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from firsthand.channels.base import dialect_of, kinds
from firsthand.core.errors import Misuse
from firsthand.core.rights import Right, Target
from firsthand.office import intake, staff
from firsthand.office.models import Account, Message
from firsthand.office.reaching import usage_of
from firsthand.office.sight import Sight
from firsthand.web.asking import actor_of, clock, in_place, sight_of

SET_ASIDE = 100
SECURITY = [("tls", "TLS"), ("starttls", "STARTTLS"), ("plain", "none")]


@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    return page(request)


def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    sight = sight_of(request)
    sight.must_somewhere(Right.READ)
    rows = Account.objects.exclude(state="own").defer("sealed", "cursor").order_by("pk")
    context = {
        "accounts": [(each, usage_of(each, now=clock())) for each in rows],
        "may_connect": sight.somewhere(Right.CONNECT),
        "security": SECURITY,
        "dialects": [dialect_of(kind) for kind in kinds() if kind != "mail"],
    }
    return render(request, "accounts.html", context)


@require_POST
@in_place(page)
def connect(request: HttpRequest) -> HttpResponse:
    """Try the servers first; keep the account only when they let us in."""
    post = request.POST
    channel = post.get("channel", "mail")
    settings, secrets = _mail(post) if channel == "mail" else _asked(channel, post)
    account, found = staff.connect(
        by=actor_of(request),
        channel=channel,
        address=post.get("address", "").strip().lower(),
        settings=settings,
        secrets=secrets,
        now=clock(),
    )
    messages.success(request, f"Connected {account.address}. " + " ".join(found))
    return redirect("accounts")


def _asked(channel: str, post: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings and the secrets that the dialect of this kind asks for, as far as given."""
    settings: dict[str, Any] = {"kind": channel}
    secrets: dict[str, str] = {}
    for each in dialect_of(channel).settings:
        value = post.get(each.name, "").strip() or each.default
        if value is None:
            raise Misuse(f"Something is missing: {each.help}")
        if value:
            (secrets if each.secret else settings)[each.name] = value
    return settings, secrets


def _mail(post: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
    settings: dict[str, Any] = {}
    for kind in ("imap", "smtp"):
        settings |= _server(kind, post.get(kind, ""), post.get(f"{kind}_security", "tls"))
    if user := post.get("user", "").strip():
        settings["user"] = user
    return settings, {"password": post.get("password", "")}


def _server(kind: str, text: str, security: str) -> dict[str, Any]:
    """`host` or `host:port` as the settings of that server."""
    host, _, port = text.strip().partition(":")
    if not host or (port and not (port.isdecimal() and len(port) < 6 and int(port) < 65536)):
        raise Misuse(f"Write the {kind.upper()} server as mail.example.org, or with :port.")
    settings: dict[str, Any] = {f"{kind}_host": host, f"{kind}_security": security}
    return settings | ({f"{kind}_port": int(port)} if port else {})


def _find(pk: int) -> Account:
    return get_object_or_404(Account, pk=pk)


@require_POST
@in_place(page)
def sync(request: HttpRequest, pk: int) -> HttpResponse:
    """Fetch now instead of at the worker's next turn."""
    account = _find(pk)
    sight_of(request).must(Right.CONNECT, Target(account.channel, account.pk))
    taken = intake.sync(account=account, now=clock())
    count = "Nothing new." if not taken.new else f"{taken.new} new."
    messages.success(request, f"Looked into {account.address}. {count}")
    return redirect("accounts")


@require_POST
@in_place(page)
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    staff.pause(account=_find(pk), by=actor_of(request), now=clock())
    return redirect("accounts")


@require_POST
@in_place(page)
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    staff.resume(account=_find(pk), by=actor_of(request), now=clock())
    return redirect("accounts")


@require_safe
def set_aside(request: HttpRequest) -> HttpResponse:
    """Messages that were not understood: nothing is thrown away, each has its source and a reason."""
    sight = sight_of(request)
    sight.must_somewhere(Right.READ)
    rows = Message.objects.exclude(set_aside="").select_related("account").order_by("-at")
    return render(request, "set_aside.html", {"messages_aside": _readable(rows[:SET_ASIDE], sight)})


def _readable(rows: Any, sight: Sight) -> list[Message]:
    return [m for m in rows if sight.may(Right.READ, Target(m.channel, m.account_id))]
