"""The frozen values that cross the border between a channel and the office."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from firsthand.core.reaction import Reaction

MAIL_ADDRESS = re.compile(r"[^\s@<>(),;:\"\\]{1,64}@[^\s@<>(),;:\"\\]{1,189}")
"""What a person may type as a mail address; what mail carries is decided where it is composed."""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A correspondent as a message states them. `address` is lower case; `name` may be empty or a lie."""

    address: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came or goes along with a message. `content_id` without angle brackets."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message as a channel handed it over: the raw bytes, and where they came from.

    `remote_id` is unique and stable within the account (mail: folder, UIDVALIDITY and UID; a file
    import: the digest of the bytes). `mine` tells that the channel knows it as sent by the owner
    (the Sent folder); None: not known, look at the addresses.
    """

    channel: str
    remote_id: str
    raw: bytes
    received_at: datetime | None = None
    mine: bool | None = None
    seen: bool = False
    folder: str = ""


class Automation(StrEnum):
    """Whether a machine wrote a message, and of what kind (RFC 3834, RFC 2919, RFC 3464)."""

    NO = "no"
    LIST = "list"
    BULK = "bulk"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    CALENDAR = "calendar"
    RECEIPT = "receipt"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Parsed:
    """What could be understood of an inbound message. Every field has a usable value, whatever came.

    `text` is what a reader sees (decoded, LF line ends; made from `html` where there is no plain
    part). `problems` names in plain words what was odd or could not be read; `unreadable` is set
    when too little was understood to show it as a message (it is set aside, readable as source).
    `date` is aware, or None where absent or absurd. Ids are without angle brackets.
    """

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    date: datetime | None = None
    subject: str = ""
    sender: Address = Address("")
    """The author: the From field (RFC 5322 3.6.2)."""
    submitter: Address | None = None
    """The Sender field, when it names somebody else than From."""
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    automation: Automation = Automation.NO
    list_id: str = ""
    unsubscribe: str = ""
    language: str = ""
    byline: str = ""
    """The Byline field, verbatim: ours, or another office's."""
    problems: tuple[str, ...] = ()
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class Parent:
    """The message that an outbound answers, as its account knows it. `folder` as in `Inbound`."""

    remote_id: str
    message_id: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Outbound:
    """A sealed message on its way out: everything a channel needs, nothing it must decide.

    `record` is the sealed byline (`application/vc`), `proof` the offline log proof
    (`c2sp.org/tlog-proof`); `byline` the value of the Byline field. `automated` asks for the
    channel's own mark of a machine (mail: Auto-Submitted). `message_id` is chosen by us before the
    first attempt and the same for every attempt. `link` is where the byline can be checked, with
    the salt in its fragment; `text` carries the disclosure already. `replaces` is the remote id of
    an own message that this one is a new version of ("": it is a new message). `reaction` makes it
    a gesture without text: to `parent` (a like, a boost) or to the one address in `to` (a follow).
    """

    message_id: str
    author: Address
    sender: Address
    to: tuple[Address, ...]
    subject: str
    text: str
    date: datetime
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    byline: str = ""
    record: bytes = b""
    proof: bytes = b""
    automated: bool = False
    initials: str = ""
    link: str = ""
    parent: Parent | None = None
    replaces: str = ""
    reaction: Reaction | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a received thing says for itself: the exact text, the record, and what the seal covers.

    `author` is the address in From; `sender` the one in Sender, or the author's where there is
    none; `recipients` those in To and Cc, lower case. `subject_id` is what a record would have to
    name it by, `link` the address of its byline with the salt. All of it claims until it is checked.
    """

    text: str = ""
    record: bytes | None = None
    proof: bytes | None = None
    byline: str = ""
    author: str = ""
    sender: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    attachments: tuple[Attachment, ...] = ()
    subject_id: str = ""
    link: str = ""

    @classmethod
    def posted(
        cls,
        *,
        text: str,
        author: str,
        link: str,
        recipients: tuple[str, ...] = (),
        subject: str = "",
        message_id: str = "",
        in_reply_to: str = "",
    ) -> Sealed:
        """Of what stands in public: its author sent it, and the link to its byline names its record."""
        return cls(
            text=text,
            author=author,
            sender=author,
            recipients=recipients,
            subject=subject,
            message_id=message_id,
            in_reply_to=in_reply_to,
            subject_id=link.partition("#")[0],
            link=link,
        )

    @property
    def files(self) -> tuple[bytes, ...]:
        """The contents of the attachments, byline and proof not among them."""
        return tuple(each.content for each in self.attachments)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the channel said on accepting an Outbound.

    `remote_id` is what the account knows it by from now on, "" where the channel tells none (mail);
    `url` where people see it; `raw` the thing in the form in which such things come in, b"" where
    the channel does not give it back. `refused` maps the addresses that the server refused to its
    words; the others were accepted.
    """

    remote_id: str
    at: datetime
    answer: str = ""
    refused: dict[str, str] = field(default_factory=dict)
    url: str = ""
    raw: bytes = b""
