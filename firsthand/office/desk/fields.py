"""To whom and under what subject: the fields of an answer, and addresses fit to be sent to.

Reply-To is honoured (RFC 5322 3.6.2); an office never answers itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from firsthand.channels.base import dialect_of
from firsthand.core.envelope import Address
from firsthand.core.errors import Misuse
from firsthand.office.making import quotation, reply_subject
from firsthand.office.models import Account, Actor, Message, Thread
from firsthand.office.typed import clean_line, is_control

Pairs = list[list[str]]


@dataclass(frozen=True, slots=True)
class Fields:
    """What an answer starts with. `answers` None: nothing came in yet. `quoted`: ready to be pasted."""

    account: Account
    answers: Message | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    quoted: str


def reply_fields(*, thread: Thread, to_all: bool = True) -> Fields:
    """The fields of an answer to the newest message that came in (else: of one more after ours).

    Raises Misuse where nothing can be sent.
    """
    must_be_writable(thread.account)
    messages = thread.messages.filter(set_aside="").order_by("-at", "-pk")
    answers = messages.filter(direction="in").first() or messages.first()
    if answers is None:
        return Fields(thread.account, None, (), (), thread.subject, "")
    mine = own_addresses(thread.account)
    first = answers.to if answers.direction == "out" else _author(answers)
    to = _without(first, mine) or _without(first, set())
    rest = [*(answers.to if answers.direction == "in" else []), *answers.cc]
    cc = _without(rest, mine | {each.address for each in to}) if to_all else ()
    return Fields(thread.account, answers, to, cc, reply_subject(answers), quotation(answers))


def must_be_writable(account: Account) -> None:
    """Raises Misuse where one can only read, so that nobody writes first and is told afterwards."""
    if not dialect_of(account.channel).sends:
        raise Misuse(
            f"{account.address} can only be read: nothing can be sent or answered there.",
            hint="Open the page itself, or write to its author from another account.",
        )


def _author(message: Message) -> Pairs:
    return message.reply_to or [[message.from_address, message.from_name]]


def own_addresses(account: Account) -> set[str]:
    """Every address that is one of ours."""
    mine = {account.address.lower()}
    for email, more in Actor.objects.values_list("email", "addresses"):
        mine |= {address.lower() for address in [email, *more] if address}
    return mine


def _without(pairs: Pairs, unwanted: set[str]) -> tuple[Address, ...]:
    found: dict[str, Address] = {}
    for address, name in pairs:
        if address and address.lower() not in unwanted:
            found.setdefault(address.lower(), Address(address.lower(), name))
    return tuple(found.values())


def pairs(addresses: Iterable[Address], *, channel: str) -> Pairs:
    """Addresses as rows keep them, each once. Raises Misuse for what is no address."""
    dialect = dialect_of(channel)
    found: dict[str, list[str]] = {}
    for each in addresses:
        if is_control(each.address.strip()):
            raise Misuse(
                f"“{clean_line(each.address)}” is no address.", hint="Correct or remove it."
            )
        address = dialect.address(each.address)
        found.setdefault(address, [address, clean_line(each.name)])
    return list(found.values())


def addresses(rows: Pairs) -> tuple[Address, ...]:
    """The inverse of `pairs`."""
    return tuple(Address(address, name) for address, name in rows)
