"""Names of ATProto: handles, DIDs, addresses of records, and record keys made of time."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

HANDLE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
DID = re.compile(r"did:(?:plc:[a-z2-7]{24}|web:[a-z0-9.-]{1,253}(?:%3A\d{1,5})?)")
POST = "app.bsky.feed.post"
NOBODY = "handle.invalid"
"""What an AppView calls somebody whose handle leads nowhere."""
_LONGEST_HANDLE = 253
_AT = re.compile(r"at://([^/?#\s]{1,300})/([a-zA-Z0-9.]{1,317})/([A-Za-z0-9._:~-]{1,512})")
_WEB = re.compile(r"https://bsky\.app/profile/([^/?#\s]{1,300})/post/([A-Za-z0-9._:~-]{1,512})/?")
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(rf"[2-7a-j][{_DIGITS}]{{12}}")
_CLOCK_BITS = 10
_SECOND = 1_000_000
# Keys of gestures look like those of moments in 2022 to 2026, which is of no consequence.
_GESTURES, _GESTURE_BITS = 1_640_995_200 * _SECOND << _CLOCK_BITS, 57


class Place(NamedTuple):
    """Where a record is: whose (a DID, or a handle still), of what kind, under which key."""

    repo: str
    collection: str
    rkey: str

    def __str__(self) -> str:
        return f"at://{self.repo}/{self.collection}/{self.rkey}"

    @property
    def page(self) -> str:
        """Where people see it, if it is a post."""
        return f"https://bsky.app/profile/{self.repo}/post/{self.rkey}"


def handle(text: str) -> str | None:
    """A handle in its normal form, without the `@`; None where it is none."""
    found = text.strip().lower().removeprefix("@")
    return found if len(found) <= _LONGEST_HANDLE and HANDLE.fullmatch(found) else None


def place(address: str) -> Place | None:
    """The place that an `at://` address, or one of a post on bsky.app, names."""
    if found := _AT.fullmatch(address.strip()):
        return Place(*found.groups())
    if seen := _WEB.fullmatch(address.strip()):
        return Place(seen[1], POST, seen[2])
    return None


def record_key(message_id: str, at: datetime) -> str:
    """The key under which a message is recorded: the same for every attempt, so that a second one
    finds the first. A TID whose second is that of `at`; the rest, 30 bits, is drawn from the id.
    """
    drawn = int.from_bytes(hashlib.sha256(message_id.encode()).digest()[:8])
    micros = int(at.timestamp()) * _SECOND + drawn % _SECOND
    number = micros << _CLOCK_BITS | (drawn // _SECOND) % (1 << _CLOCK_BITS)
    return _encoded(number)


def gesture_key(what: str) -> str:
    """The key of a gesture, one for each thing that it can be to: a repeated one changes nothing."""
    drawn = int.from_bytes(hashlib.sha256(what.encode()).digest()[:8])
    return _encoded(_GESTURES + drawn % (1 << _GESTURE_BITS))


def time_key(at: datetime) -> str:
    """The least key of its moment: what was recorded later has a greater one."""
    return _encoded(int(at.timestamp() * _SECOND) << _CLOCK_BITS)


def key_time(rkey: str) -> datetime | None:
    """The moment that a TID says it was made; None where it is no TID, or from beyond all calendars."""
    if not _TID.fullmatch(rkey):
        return None
    number = 0
    for digit in rkey:
        number = number << 5 | _DIGITS.index(digit)
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=number >> _CLOCK_BITS)
    except OverflowError:
        return None


def _encoded(number: int) -> str:
    digits = ""
    for _ in range(13):
        number, digit = divmod(number, 32)
        digits = _DIGITS[digit] + digits
    return digits
