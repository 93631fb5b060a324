"""Errors, named by what the caller must do. Every message says what happened and what to do."""

from __future__ import annotations

from datetime import datetime


class FirsthandError(Exception):
    """An expected failure: shown to a person as one sentence. `code` is stable, for programs."""

    code = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Misuse(FirsthandError):
    """The request itself is wrong: correct it and ask again."""

    code = "misuse"


class Denied(FirsthandError):
    """The actor has no right to this act. The message is the reason."""

    code = "denied"


class PromiseBroken(FirsthandError):
    """A guarantee forbids this act. `which` is the promise as the public reads it."""

    code = "promise_broken"

    def __init__(self, message: str, *, which: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.which = which


class Conflict(FirsthandError):
    """Something changed meanwhile: look again, then repeat."""

    code = "conflict"


class NotAllowed(FirsthandError):
    """The state does not permit this step (see `core.lifecycle`)."""

    code = "not_allowed"


class Temporary(FirsthandError):
    """It failed and had no effect; trying again may help. `retry_at`: not before (None: when you like)."""

    code = "temporary"

    def __init__(self, message: str, *, retry_at: datetime | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_at = retry_at


class Permanent(FirsthandError):
    """It failed, had no effect, and will fail again unless somebody changes something."""

    code = "permanent"


class Uncertain(FirsthandError):
    """Nobody can tell whether it had its effect: a person decides, it is never repeated unasked."""

    code = "uncertain"
