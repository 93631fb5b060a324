"""The notes of an account as its channel writes them, in its row: see `channels.notebook`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from firsthand.channels.notebook import Notes
from firsthand.office.models import Account
from firsthand.office.vault import seal_values

T = TypeVar("T")


class AccountNotebook:
    """A `channels.notebook.Notebook` for the account with that number."""

    def __init__(self, account: int, clock: Callable[[], datetime]) -> None:
        self._account = account
        self._clock = clock

    def now(self) -> datetime:
        return self._clock()

    @transaction.atomic
    def change(self, step: Callable[[Notes], T]) -> T:
        row = Account.objects.select_for_update().only("notes").get(pk=self._account)
        notes: Notes = dict(row.notes)
        result = step(notes)
        if notes != row.notes:
            Account.objects.filter(pk=self._account).update(notes=notes)
        return result

    def renew(self, secrets: Mapping[str, str]) -> None:
        Account.objects.filter(pk=self._account).update(sealed=seal_values(secrets))
