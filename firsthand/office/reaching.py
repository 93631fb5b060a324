"""The way from an account's row to its channel. Making it touches no network."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from datetime import datetime

from firsthand.channels.base import Channel, Connection, dialect_of, open_channel
from firsthand.channels.notebook import Scratch
from firsthand.core.errors import Misuse, Permanent
from firsthand.core.reaction import Reaction
from firsthand.office.models import Account, Message, Thread
from firsthand.office.notebook import AccountNotebook
from firsthand.office.vault import unseal_values


def channel_of(
    account: Account, *, clock: Callable[[], datetime] | None = None
) -> AbstractContextManager[Channel]:
    """The account's channel, closed at the end. Making it touches no network.

    `clock`: needed where it is to fetch or to send; some channels count by the month.
    Raises Permanent where that cannot be: no such channel, or secrets of another office.
    """
    secrets = unseal_values(bytes(account.sealed))
    notes = AccountNotebook(account.pk, clock) if clock else Scratch()
    connection = Connection(account.address, account.settings, secrets, notes)
    try:
        return closing(open_channel(account.channel, connection))
    except Misuse as problem:
        raise Permanent(problem.message, hint=problem.hint) from problem


def usage_of(account: Account, *, now: datetime) -> tuple[str, ...]:
    """Where requests are limited or cost: what is left, and what the next ones will use."""
    try:
        return dialect_of(account.channel).usage(account.settings, account.notes, now)
    except Misuse as problem:
        return (problem.message,)


def is_blind(account: Account) -> bool:
    """Whether nobody but a person can find out what came of a call that was cut off."""
    try:
        with channel_of(account) as channel:
            return channel.capabilities.recovery == "blind"
    except Permanent:
        return True


def reactions_of(account: Account) -> frozenset[Reaction]:
    """What can be done from there without a word."""
    try:
        with channel_of(account) as channel:
            return channel.capabilities.reactions
    except Permanent:
        return frozenset()


def can_edit(account: Account) -> bool:
    """Whether what stands there can be changed afterwards."""
    try:
        with channel_of(account) as channel:
            return channel.capabilities.can_edit
    except Permanent:
        return False


def newest_that_came(thread: Thread) -> Message:
    """What there is to react to in a thread. Raises Misuse where nothing came in."""
    came = thread.messages.filter(direction="in", set_aside="").order_by("-at", "-pk")
    message = came.select_related("account", "thread").first()
    if message is None:
        raise Misuse("Nothing came in here yet.")
    return message
