"""The desk: texts are made, decided about and handed out. Nothing here talks to a channel."""

from firsthand.office.desk.approving import approve, ask, discard, reject
from firsthand.office.desk.consenting import propose, sender_of
from firsthand.office.desk.drafting import attach, detach, draft, edit
from firsthand.office.desk.fields import Fields, reply_fields
from firsthand.office.desk.notes import note
from firsthand.office.desk.previewing import Preview, outlook, preview
from firsthand.office.desk.reacting import follow, react
from firsthand.office.desk.sending import send
from firsthand.office.desk.settling import retry, settle, take_back, undo
from firsthand.office.making import making_of
from firsthand.office.release import recheck
from firsthand.office.stating import Stale

__all__ = [
    "Fields",
    "Preview",
    "Stale",
    "approve",
    "ask",
    "attach",
    "detach",
    "discard",
    "draft",
    "edit",
    "follow",
    "making_of",
    "note",
    "outlook",
    "preview",
    "propose",
    "react",
    "recheck",
    "reject",
    "reply_fields",
    "retry",
    "send",
    "sender_of",
    "settle",
    "take_back",
    "undo",
]
