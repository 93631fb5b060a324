"""The staff: who works here, with what rights, under which promises, on which accounts."""

from firsthand.office.staff.connecting import connect, pause, resume
from firsthand.office.staff.entering import (
    accept,
    actor_of_token,
    invite,
    issue_token,
    revoke_token,
)
from firsthand.office.staff.granting import grant, revoke
from firsthand.office.staff.hands import add_hand
from firsthand.office.staff.keys import change_keys, make_recovery, recover_keys
from firsthand.office.staff.offboarding import Stopped, offboard, would_stop
from firsthand.office.staff.opening import open_office
from firsthand.office.staff.passkeys import accept_passkey, register, revoke_passkey
from firsthand.office.staff.promising import end_promise, promise

__all__ = [
    "Stopped",
    "accept",
    "accept_passkey",
    "actor_of_token",
    "add_hand",
    "change_keys",
    "connect",
    "end_promise",
    "grant",
    "invite",
    "issue_token",
    "make_recovery",
    "offboard",
    "open_office",
    "pause",
    "promise",
    "recover_keys",
    "register",
    "resume",
    "revoke",
    "revoke_passkey",
    "revoke_token",
    "would_stop",
]
