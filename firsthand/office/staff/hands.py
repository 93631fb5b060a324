"""Who works here. A name is part of every byline, so it can neither mislead nor break the sentence."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.text import slugify

from firsthand.core.byline import ActorKind
from firsthand.core.envelope import MAIL_ADDRESS
from firsthand.core.errors import Misuse
from firsthand.core.rights import Right, Target
from firsthand.office.models import Account, Actor, Event
from firsthand.office.staff.granting import grant

_NOT_IN_NAMES = re.compile(r"[;:<>()\[\]{}\"“”@|/\\^*_]")
_LONGEST_NAME = 80


@transaction.atomic
def add_hand(
    *,
    by: Actor,
    name: str,
    kind: ActorKind,
    email: str | None,
    now: datetime,
    key: str = "",
    initials: str = "",
    addresses: Iterable[str] = (),
    rights: Iterable[Right] = (),
    expires: datetime | None = None,
) -> Actor:
    """A new hand with these rights until `expires`: all of them, or no hand.

    `key`: the public name (`/hands#hal`), made up if empty. Where there are `rights`, call
    `ledger.publish` after the commit.
    """
    by.must(Right.STAFF, target=Target(), now=now)
    hand = make_actor(
        name=name, kind=kind, email=email, now=now, key=key, initials=initials, addresses=addresses
    )
    Event.record("hand.added", actor=by, about=hand, now=now, data={"kind": kind.value})
    for right in dict.fromkeys(rights):
        grant(hand=hand, by=by, right=right, now=now, expires=expires)
    return hand


def make_actor(
    *,
    name: str,
    kind: ActorKind,
    email: str | None,
    now: datetime,
    key: str = "",
    initials: str = "",
    addresses: Iterable[str] = (),
    principal: bool = False,
) -> Actor:
    """The row of an actor, checked. Raises Misuse."""
    clear = _clear_name(name)
    mail = _free_address(email) if email else None
    actor = Actor(
        key=_free_key(key or clear, given=bool(key)),
        name=clear,
        initials=(initials or _initials(clear))[:6],
        kind=kind,
        is_principal=principal,
        email=mail,
        addresses=[*dict.fromkeys(_free_address(each) for each in addresses)],
        made_at=now,
    )
    actor.set_unusable_password()
    actor.save()
    return actor


def _clear_name(name: str) -> str:
    """A name as a byline can carry it: one line, and nobody else's here."""
    clear = " ".join(unicodedata.normalize("NFC", name).split())
    odd = any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} for char in clear)
    if not clear or len(clear) > _LONGEST_NAME or odd or _NOT_IN_NAMES.search(clear):
        raise Misuse(
            "A name is one line of letters, and stands in every byline.",
            hint=f"At most {_LONGEST_NAME} characters; no brackets, quotes, colons or addresses.",
        )
    folded = _folded(clear)
    for other, is_principal in Actor.objects.values_list("name", "is_principal"):
        if folded == _folded(other) or (is_principal and _folded(other) in folded):
            raise Misuse(
                f"“{clear}” would be taken for {other}.", hint="Add what tells the two apart."
            )
    return clear


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _initials(name: str) -> str:
    return "".join(word[0] for word in re.split(r"[\s-]+", name) if word).upper()[:4]


def _free_key(wanted: str, *, given: bool) -> str:
    """The first name, the whole name or one with a number, whatever is still free."""
    whole = slugify(wanted)[:34] or "hand"
    taken = set(Actor.objects.values_list("key", flat=True))
    if given:
        if whole != wanted or whole in taken:
            raise Misuse(f"“{wanted}” is taken, or no word of small letters.", hint="Try another.")
        return whole
    numbered = [f"{whole}-{number}" for number in range(2, len(taken) + 3)]
    return next(key for key in [whole.split("-")[0], whole, *numbered] if key not in taken)


def _free_address(address: str) -> str:
    """An own address, lower case, that is nobody else's: it tells whose a message is."""
    clean = address.strip().lower()
    if not MAIL_ADDRESS.fullmatch(clean):
        raise Misuse(f"“{' '.join(address.split())}” is no e-mail address.", hint="Correct it.")
    for actor in Actor.objects.all():
        if clean == actor.email or clean in actor.addresses:
            raise Misuse(f"{clean} is the address of {actor.name}.", hint="Use another one.")
    if Account.objects.filter(address=clean).exists():
        raise Misuse(f"{clean} is an account of the office.", hint="Use another one.")
    return clean
