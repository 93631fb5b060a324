"""The reply box: what stands in it, who may press which button and why not, and what would be said.

Every form that writes (reply, new letter, draft) posts the same fields; `Wish` reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from firsthand.channels.base import dialect_of
from firsthand.core.errors import FirsthandError
from firsthand.core.promises import guaranteed
from firsthand.core.rights import Decision, Right, Target
from firsthand.core.text import Change, compare
from firsthand.office import desk
from firsthand.office.models import Account, Actor, Draft, DraftFile, Thread
from firsthand.office.release import promises
from firsthand.web.asking import PROBLEM, actor_of, clock, sight_of, whole

OWN = ("writing", "rejected", "approved", "waiting")


@dataclass(frozen=True, slots=True)
class Composer:
    """All that the template of the reply box shows."""

    action: str
    outlook: str
    may_draft: Decision
    draft: Draft | None = None
    text: str = ""
    to: Sequence[Sequence[str]] = ()
    cc: Sequence[Sequence[str]] = ()
    bcc: Sequence[Sequence[str]] = ()
    subject: str = ""
    quoted: str = ""
    seen: int = 0
    preview: desk.Preview | None = None
    problem: str = ""
    files: Sequence[DraftFile] = ()
    accounts: Sequence[Account] = ()
    principal: bool = False
    channel: str = "mail"
    stale: int | None = None
    changes: Sequence[Change] = ()

    @property
    def lettered(self) -> bool:
        """Whether it has the fields of a letter: a subject, copies."""
        return dialect_of(self.draft.channel if self.draft else self.channel).titled

    @property
    def base(self) -> int:
        """The revision that was before the eyes of who types: a refusal does not make it newer."""
        if self.stale is not None:
            return self.stale
        return self.draft.revision if self.draft else 0

    @property
    def key(self) -> str:
        """Under which the browser keeps what is typed until it is saved."""
        return self.action


def for_thread(
    request: HttpRequest, thread: Thread, drafts: Sequence[Draft], seen: int
) -> Composer:
    """The reply box under a thread: with the actor's own open draft in it, if there is one."""
    actor, sight = actor_of(request), sight_of(request)
    may = sight.may(Right.DRAFT, thread.target)
    empty = Composer(
        reverse("reply", args=[thread.pk]),
        reverse("outlook", args=[thread.pk]),
        may,
        seen=seen,
        principal=actor.is_principal,
        channel=thread.channel,
    )
    if not may:
        return empty
    own = next((d for d in drafts if d.made_by_id == actor.pk and d.state in OWN), None)
    if own:
        preview = desk.preview(draft=own, actor=actor, now=clock())
        return beside_newer(request, of_draft(own, own.current.text, preview, empty))
    try:
        one = request.GET.get("reply") == "one"
        fields = desk.reply_fields(thread=thread, to_all=not one)
    except FirsthandError as problem:
        return replace(empty, may_draft=Decision(False, problem.message))
    return replace(
        empty,
        to=pairs(fields.to),
        cc=pairs(fields.cc),
        subject=fields.subject,
        quoted=fields.quoted,
        preview=look(actor, thread.channel, "", thread, fields),
    )


def of_draft(draft: Draft, text: str, preview: desk.Preview, empty: Composer) -> Composer:
    """The box with a saved draft in it: the `text` of its newest revision, and how that would leave."""
    return replace(
        empty,
        draft=draft,
        text=text,
        to=draft.to,
        cc=draft.cc,
        bcc=draft.bcc,
        subject=draft.subject,
        preview=preview,
        files=list(draft.files.only("name").order_by("pk")),
    )


def beside_newer(request: HttpRequest, box: Composer) -> Composer:
    """Where somebody saved a newer text meanwhile: both are told, and the typed one is not saved
    over it before the person says so."""
    typed = request.POST.get("text")
    if not box.draft or typed is None or not isinstance(request.META.get(PROBLEM), desk.Stale):
        return box
    number = request.POST.get("base", "")
    stale = int(number) if number.isdecimal() and len(number) < 10 else 0
    return replace(box, stale=stale, changes=compare(box.text, typed.replace("\r\n", "\n")))


def base_of(request: HttpRequest, otherwise: int) -> int:
    """The revision that the form changes: the one seen, or the newer one that its writer, having
    read both, replaces (`over`)."""
    return max(whole(request, "base", otherwise), whole(request, "over", 0))


def for_new(request: HttpRequest, **filled: Any) -> Composer:
    """The box of a letter that answers nothing."""
    actor, sight = actor_of(request), sight_of(request)
    accounts = [
        a
        for a in Account.objects.exclude(state="own").order_by("pk")
        if dialect_of(a.channel).sends and sight.may(Right.DRAFT, _at(a))
    ]
    if not accounts:
        why = sight.may(Right.DRAFT)
        none = Decision(False, "Connect an account first: letters need a place to leave from.")
        return Composer("", "", none if why else why)
    return Composer(
        action=reverse("new"),
        outlook=reverse("outlook-new"),
        may_draft=Decision(True, ""),
        accounts=accounts,
        principal=actor.is_principal,
        preview=look(actor, accounts[0].channel, "", None),
        **filled,
    )


def look(
    actor: Actor, channel: str, text: str, thread: Thread | None, fields: desk.Fields | None = None
) -> desk.Preview:
    """How a text would leave, were it sent now by this actor."""
    return desk.outlook(
        actor=actor, channel=channel, text=text, thread=thread, now=clock(), fields=fields
    )


def promised(channel: str) -> tuple[str, ...]:
    """What is guaranteed to those who read on this channel."""
    return guaranteed(promises(), channel=channel, now=clock())


def pairs(addresses: Sequence[Any]) -> list[tuple[str, str]]:
    """Addresses as the pairs that rows and templates use."""
    return [(each.address, each.name) for each in addresses]


def _at(account: Account) -> Target:
    return Target(account.channel, account.pk)
