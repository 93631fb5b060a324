"""The rows of the office. One noun, one file; behaviour about one row only."""

from firsthand.office.models.account import Account
from firsthand.office.models.actor import Actor
from firsthand.office.models.draft import Approval, Draft, DraftFile, Rejection, Revision
from firsthand.office.models.grant import Grant, Invitation, Token
from firsthand.office.models.learned import Described, Learned
from firsthand.office.models.ledger import Event, FormerLogKey, LogEntry, LogHead, Received
from firsthand.office.models.mention import Mention, Telling
from firsthand.office.models.message import Body, Message, Note, Thread
from firsthand.office.models.office import Office
from firsthand.office.models.passkey import Passkey
from firsthand.office.models.person import Handle, Person
from firsthand.office.models.post import Blackout, Credit, Hours, Placement, Post, PostRevision
from firsthand.office.models.promise import Promise
from firsthand.office.models.rank import KindCount, LaneCount, RankRow
from firsthand.office.models.submission import Delivery, Submission
from firsthand.office.models.witness import (
    Cosigned,
    Fork,
    Memory,
    Stamped,
    TimeAuthority,
    WatchedLog,
    Witness,
    WitnessKey,
)

__all__ = [
    "Account",
    "Actor",
    "Approval",
    "Blackout",
    "Body",
    "Cosigned",
    "Credit",
    "Delivery",
    "Described",
    "Draft",
    "DraftFile",
    "Event",
    "Fork",
    "FormerLogKey",
    "Grant",
    "Handle",
    "Hours",
    "Invitation",
    "KindCount",
    "LaneCount",
    "Learned",
    "LogEntry",
    "LogHead",
    "Memory",
    "Mention",
    "Message",
    "Note",
    "Office",
    "Passkey",
    "Person",
    "Placement",
    "Post",
    "PostRevision",
    "Promise",
    "RankRow",
    "Received",
    "Rejection",
    "Revision",
    "Stamped",
    "Submission",
    "Telling",
    "Thread",
    "TimeAuthority",
    "Token",
    "WatchedLog",
    "Witness",
    "WitnessKey",
]
