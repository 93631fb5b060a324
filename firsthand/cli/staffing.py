"""Hands and promises."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from firsthand.cli import setting_up, typed
from firsthand.cli.output import json_option, say, show
from firsthand.cli.reading import as_option
from firsthand.core.byline import ActorKind, Level
from firsthand.core.errors import Misuse
from firsthand.core.promises import Strength
from firsthand.core.rights import Right, Scope

if TYPE_CHECKING:
    from firsthand.office.models import Actor, Promise


@click.command()
@json_option
def hands(as_json: bool) -> None:
    """Who works here, with what rights, until when."""
    setting_up.office()
    from firsthand.office.models import Actor

    people = Actor.objects.prefetch_related("grants").order_by("pk")
    value = {"hands": [_value(person) for person in people if not person.is_principal]}
    show(value, as_json=as_json, text=lambda: "\n".join(_told(person) for person in people))


def _value(person: Actor) -> dict[str, Any]:
    return {
        "hand": person.key,
        "name": person.name,
        "kind": person.kind,
        "active": person.is_active,
        "grants": [
            {
                "id": grant.pk,
                "right": grant.right,
                "channels": grant.channels,
                "lanes": grant.lanes,
                "expires": grant.expires_at.isoformat() if grant.expires_at else None,
            }
            for grant in person.grants.all()
            if grant.live(setting_up.now())
        ],
    }


def _told(person: Actor) -> str:
    if person.is_principal:
        return f"{person.key}: {person.name}, the principal"
    kind = "" if person.kind == "human" else f" ({person.party.described.rpartition(', ')[2]})"
    if not person.is_active:
        return f"{person.key}: {person.name}{kind}, offboarded"
    lines = [f"{person.key}: {person.name}{kind}"]
    for grant in person.grants.all():
        if grant.live(setting_up.now()):
            until = f" until {grant.expires_at:%d %B %Y}" if grant.expires_at else ""
            lines.append(
                f"  {grant.pk}: may {Right(grant.right).sentence}, {grant.scope.sentence}{until}"
            )
    return "\n".join(lines)


@click.group()
def hand() -> None:
    """Add a hand, grant, revoke, offboard."""


@hand.command()
@click.argument("name")
@click.option(
    "--kind", type=click.Choice([k.value for k in ActorKind]), default="human", show_default=True
)
@click.option("--email", help="Where they sign in with, and write from.")
@click.option("--right", "rights", multiple=True, type=click.Choice([r.value for r in Right]))
@click.option("--days", type=click.IntRange(1, 36_500), help="Until when the rights hold.")
@as_option
@json_option
def add(
    name: str,
    kind: str,
    email: str | None,
    rights: tuple[str, ...],
    days: int | None,
    actor: str | None,
    as_json: bool,
) -> None:
    """Add a hand; prints the one-time link (a person) or the token (an agent), shown only now."""
    office = setting_up.office()
    from firsthand.office import ledger, staff

    by, now = setting_up.acting(actor), setting_up.now()
    expires = now + timedelta(days=days) if days else None
    made = staff.add_hand(
        by=by,
        name=name,
        kind=ActorKind(kind),
        email=email,
        now=now,
        rights=map(Right, rights),
        expires=expires,
    )
    if kind == ActorKind.HUMAN:
        token = staff.invite(hand=made, by=by, now=now, lasts=timedelta(days=7))
        way = f"{office.base}/enter/{token}"
    else:
        way = staff.issue_token(hand=made, by=by, name="first", now=now, expires=expires)
    ledger.publish()
    value = {**_value(made), "link" if kind == ActorKind.HUMAN else "token": way}
    show(value, as_json=as_json, text=lambda: f"{made.name} is {made.key}. {way}")


@hand.command()
@click.argument("hand")
@click.argument("right", metavar="RIGHT", type=click.Choice([r.value for r in Right]))
@click.option("--channel", "channels", multiple=True)
@click.option("--lane", "lanes", multiple=True)
@click.option("--until", type=typed.day)
@as_option
def grant(
    hand: str,
    right: str,
    channels: tuple[str, ...],
    lanes: tuple[str, ...],
    until: datetime | None,
    actor: str | None,
) -> None:
    """Give a hand a right, in a scope, until a day."""
    setting_up.office()
    from firsthand.office import ledger, staff

    made = staff.grant(
        hand=setting_up.acting(hand),
        by=setting_up.acting(actor),
        right=Right(right),
        now=setting_up.now(),
        scope=Scope(channels=frozenset(channels), lanes=frozenset(lanes)),
        expires=until.astimezone() if until else None,
    )
    ledger.publish()
    say(f"Grant {made.pk}: {made.actor.name} may {Right(right).sentence}, {made.scope.sentence}.")


@hand.command()
@click.argument("grant", type=int)
@as_option
def revoke(grant: int, actor: str | None) -> None:
    """Take a grant back, at once."""
    setting_up.office()
    from firsthand.office import ledger, staff
    from firsthand.office.models import Grant

    found = Grant.objects.filter(pk=grant).first()
    if not found:
        raise Misuse(f"There is no grant {grant}.", hint="firsthand hands lists them.")
    staff.revoke(grant=found, by=setting_up.acting(actor), now=setting_up.now())
    ledger.publish()
    say(f"Grant {grant} is revoked.")


@hand.command()
@click.argument("hand")
@click.option("--yes", is_flag=True, help="Do it; without this, only tell what would stop.")
@as_option
def offboard(hand: str, yes: bool, actor: str | None) -> None:
    """End everything of a hand: sessions, tokens, grants, queued sends."""
    setting_up.office()
    from firsthand.office import ledger, staff

    person, now = setting_up.acting(hand), setting_up.now()
    if yes:
        stopped = staff.offboard(hand=person, by=setting_up.acting(actor), now=now)
        ledger.publish()
    else:
        stopped = staff.would_stop(hand=person, now=now)
        say("This would stop (say --yes to do it):")
    say("\n".join(f"  {sentence}" for sentence in stopped.sentences) or "  nothing")


@click.command()
@json_option
def promises(as_json: bool) -> None:
    """What the public was promised."""
    setting_up.office()
    from firsthand.office.models import Promise

    found = list(Promise.objects.order_by("since"))
    value = {"promises": [_promise(p) for p in found]}
    show(
        value, as_json=as_json, text=lambda: "\n".join(_line(p) for p in found) or "No promise yet."
    )


def _promise(promise: Promise) -> dict[str, Any]:
    return {
        "id": promise.pk,
        "sentence": promise.sentence,
        "floor": promise.floor,
        "channel": promise.channel,
        "strength": promise.strength,
        "since": promise.since.isoformat(),
        "until": promise.until.isoformat() if promise.until else None,
    }


def _line(promise: Promise) -> str:
    until = f" until {promise.until:%d %B %Y}" if promise.until else ""
    return f"{promise.pk}: “{promise.sentence}” ({promise.strength}, since {promise.since:%d %B %Y}{until})"


@click.group()
def promise() -> None:
    """Make a promise to the public, or end one."""


@promise.command("add")
@click.argument("floor", metavar="FLOOR", type=click.Choice(["firsthand", "approved", "on_behalf"]))
@click.option("--channel", default="mail", show_default=True)
@click.option("--aim", is_flag=True, help="Measured and reported, not enforced.")
def add_promise(floor: str, channel: str, aim: bool) -> None:
    """Promise that nothing leaves below this level."""
    setting_up.office()
    from firsthand.office import ledger, staff

    strength = Strength.AIM if aim else Strength.GUARANTEE
    made = staff.promise(
        by=setting_up.acting(None),
        floor=Level(floor),
        channel=channel,
        now=setting_up.now(),
        strength=strength,
    )
    ledger.publish()
    say(_line(made))


@promise.command("end")
@click.argument("number", type=int)
def end_promise(number: int) -> None:
    """End a promise from now on; what was promised before stays on record."""
    setting_up.office()
    from firsthand.office import ledger, staff
    from firsthand.office.models import Promise

    found = Promise.objects.filter(pk=number).first()
    if not found:
        raise Misuse(f"There is no promise {number}.", hint="firsthand promises lists them.")
    staff.end_promise(promise=found, by=setting_up.acting(None), now=setting_up.now())
    ledger.publish()
    say(f"Promise {number} is ended.")
