"""The way from an account's row to its channel. Making it touches no network."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing

from firsthand.channels.base import Channel, Connection, open_channel
from firsthand.core.errors import Misuse, Permanent
from firsthand.core.reaction import Reaction
from firsthand.office.models import Account
from firsthand.office.vault import unseal_values


def channel_of(account: Account) -> AbstractContextManager[Channel]:
    """The account's channel, closed at the end. Making it touches no network.

    Raises Permanent where that cannot be: no such channel, or secrets of another office.
    """
    secrets = unseal_values(bytes(account.sealed))
    connection = Connection(account.address, account.settings, secrets)
    try:
        return closing(open_channel(account.channel, connection))
    except Misuse as problem:
        raise Permanent(problem.message, hint=problem.hint) from problem


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
