"""How a kind of channel reads and writes: everything about it that needs no network.

Pure and quick to import, because whoever takes mail in and the stranger's verifier use it too.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from firsthand.core.envelope import Address, Outbound, Parsed, Sealed
from firsthand.core.errors import Misuse

Get = Callable[[str, str], bytes]
"""Fetch an address, asking for a media type (""; whatever is there); b"": nothing is there.

Bounded and guarded by whoever hands it in. Raises Temporary or Permanent.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that connecting an account asks for. `secret`: sealed, and never shown again."""

    name: str
    help: str
    secret: bool = False
    default: str | None = None
    """None: it must be given."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is disclosed with a text. `sentence`: the byline in plain words; `initials`: `^HB`;
    `link`: where it can be checked, with the salt in its fragment; `to`: the addresses written to;
    `answers`: the author of the message that is answered, "" where none is.
    """

    sentence: str
    initials: str
    link: str
    signature: str = ""
    to: tuple[str, ...] = ()
    answers: str = ""


class Dialect(ABC):
    """One for each kind, in the table `channels.base.KINDS`."""

    name: ClassVar[str]
    sends: ClassVar[bool] = True
    """Whether anything can be sent there; elsewhere one only reads."""
    addressed: ClassVar[bool] = False
    """Whether a message needs recipients. Elsewhere one without is a post, or an answer."""
    private: ClassVar[bool] = True
    """Whether somebody can be written to without an answer to them being public."""
    quotes: ClassVar[bool] = False
    """Whether an answer may carry the words that it answers."""
    titled: ClassVar[bool] = False
    """Whether a message has a subject of its own that its writer sees and changes."""
    suffix: ClassVar[str] = "json"
    """Of a file that holds one thing as it came."""
    settings: ClassVar[tuple[Setting, ...]] = ()
    connecting: ClassVar[str] = ""
    """What an account of this kind is and does, in a sentence for whoever connects one."""

    @abstractmethod
    def parse(self, raw: bytes) -> Parsed:
        """What can be understood of one thing that came in. Never raises."""

    @abstractmethod
    def final(self, text: str, mark: Mark) -> str:
        """The exact text that leaves, with what is disclosed."""

    @abstractmethod
    def received(self, raw: bytes) -> Sealed:
        """What a thing says for itself, for whoever checks it. Never raises; all of it claims."""

    @abstractmethod
    def stone(self, *, message_id: str, author: str, in_reply_to: str, text: str) -> bytes:
        """What stands in the place of an own message that was erased, for `parse`."""

    def compose(self, outbound: Outbound) -> bytes:
        """Our own message in the form in which such things come in, where no receipt brings it."""
        raise NotImplementedError(f"the receipts of {self.name} carry what was sent")

    def usage(
        self, settings: Mapping[str, Any], notes: Mapping[str, Any], now: datetime
    ) -> tuple[str, ...]:
        """Where requests are limited or cost: what is left, and what the next ones will use."""
        return ()

    def lookup(self, address: str, get: Get) -> Sealed | None:
        """What stands at an address that a reader gave; None where it is none of this kind."""
        return None

    def address(self, text: str) -> str:
        """A recipient in the form in which rows keep it. Raises Misuse where it is none."""
        found = text.strip().lower()
        if not found or len(found.split()) != 1 or not found.isprintable():
            raise Misuse(f"“{text.strip()[:60]}” is no address.", hint="Correct or remove it.")
        return found

    def account(self, text: str) -> str:
        """The address of an account of one's own, as rows keep it. Raises Misuse."""
        return self.address(text)

    def wire(self, address: str) -> str:
        """An address as it stands in what leaves: what digests commit to."""
        return address

    def named(self, text: str, to: tuple[str, ...]) -> tuple[str, ...]:
        """Those whom the place of a final text commits to: whom it is to, or whom it names besides."""
        return to

    def recipients(self, typed: str) -> tuple[Address, ...]:
        """The recipients that a person typed into one field. Raises Misuse."""
        words = typed.replace(",", " ").replace(";", " ").split()
        return tuple(Address(self.address(word)) for word in words)

    def reply_subject(self, subject: str) -> str:
        """The subject of an answer to a message with this one."""
        return ""

    def answered(self, message_id: str) -> str:
        """What a digest commits to as the message that is answered: its id, or "" where a message
        does not show which one it answers."""
        return message_id

    def subject_id(self, message_id: str, link: str) -> str:
        """The id by which a record names its message."""
        return link.partition("#")[0]

    def refuses_file(self, media_type: str, size: int, *, beside: int) -> str:
        """Why no such file of `size` bytes can go along, `beside` so many others; "": it can."""
        return ""

    def length(self, text: str) -> int:
        """How long a final text is, as the channel counts."""
        return len(text)

    def longest(self, settings: Mapping[str, Any]) -> int | None:
        """The most that `length` may be for an account with these settings; None: no bound."""
        return None
