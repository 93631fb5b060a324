"""Publishing: texts for everybody, with every public revision, on our own site and elsewhere.

Texts are made and approved as on the desk; what is published goes out through the outbox, one
submission for each account.
"""

from firsthand.office.publish.composing import Credited, Place, compose, edit
from firsthand.office.publish.forming import Shown, shown
from firsthand.office.publish.handing import standing
from firsthand.office.publish.hours import black_out, due_at, lift, set_hours
from firsthand.office.publish.publishing import (
    cancel,
    proposal,
    propose,
    publish,
)
from firsthand.office.publish.revising import may_go_over, revise

__all__ = [
    "Credited",
    "Place",
    "Shown",
    "black_out",
    "cancel",
    "compose",
    "due_at",
    "edit",
    "lift",
    "may_go_over",
    "proposal",
    "propose",
    "publish",
    "revise",
    "set_hours",
    "shown",
    "standing",
]
