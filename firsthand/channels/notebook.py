"""What an account remembers between two calls besides its cursor: what was used, and new tokens.

The office keeps it with the account, so that fetching and sending, which are different processes,
count together. Where no office stands behind (an account that is being tried), it is scratch paper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from threading import Lock
from typing import Any, Protocol, TypeVar

Notes = dict[str, Any]
"""Values that JSON can hold."""

T = TypeVar("T")


class Notebook(Protocol):
    """One account's notes."""

    def now(self) -> datetime:
        """The time as the office has it, aware."""

    def change(self, step: Callable[[Notes], T]) -> T:
        """Apply `step` to the notes, alone and at once: nobody writes in between, and where it
        raises, nothing was changed. `step` must not touch the network."""

    def renew(self, secrets: Mapping[str, str]) -> None:
        """Keep these secrets from now on, instead of those that the connection was opened with."""


class Scratch:
    """Notes that end with the process. `secrets`: the renewed ones, None where there are none."""

    def __init__(
        self, clock: Callable[[], datetime] | None = None, notes: Mapping[str, Any] | None = None
    ) -> None:
        self._clock = clock
        self._lock = Lock()
        self.notes: Notes = dict(notes or {})
        self.secrets: dict[str, str] | None = None

    def now(self) -> datetime:
        if self._clock is None:
            raise LookupError("this scratch paper has no clock")
        return self._clock()

    def change(self, step: Callable[[Notes], T]) -> T:
        with self._lock:
            notes = dict(self.notes)
            result = step(notes)
            self.notes = notes
            return result

    def renew(self, secrets: Mapping[str, str]) -> None:
        self.secrets = dict(secrets)
