"""Passkeys for the cast: registered with the office, touched in tests."""

from __future__ import annotations

import secrets
from datetime import datetime

from firsthand.office import staff
from firsthand.office.models import Actor, Passkey
from tests.verifier.authenticator import Authenticator


def give(
    actor: Actor, now: datetime, *, kind: str = "p256", name: str = "phone", count: int = 0
) -> tuple[Authenticator, Passkey]:
    """A new passkey for `actor`."""
    challenge = secrets.token_bytes(32)
    touch = Authenticator.of(kind, credential=secrets.token_bytes(16), count=count)
    answer = touch.register(challenge)
    row = staff.register(actor=actor, response=answer, challenge=challenge, name=name, now=now)
    return touch, row
