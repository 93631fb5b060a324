"""Letters: what is read, as rows about to be written, while a batch is in hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from firsthand.core.envelope import Automation
from firsthand.office.intake import people
from firsthand.office.intake.owners import Owners
from firsthand.office.intake.writing import Row, moment
from firsthand.office.models import Account
from firsthand.office.reading import Pair, Read

MOST_RECIPIENTS = 200

MESSAGE = (
    "id", "thread_id", "person_id", "actor_id", "direction", "at", "account_id", "channel",
    "remote_id", "fingerprint", "message_id", "from_address", "from_name", "to", "cc", "reply_to",
    "in_reply_to", "subject", "preview", "date", "folder", "automation", "list_id", "words",
    "questions", "attachments", "problems", "set_aside", "references",
)  # fmt: skip
"""The columns of `message_row`."""

BODY = ("message_id", "raw", "size", "text", "has_html")
"""The columns of `body_row`."""


@dataclass(slots=True, eq=False)
class Letter:
    """A message being taken in: what was read, and what it turns out to be. `number` is its row's."""

    read: Read
    at: datetime
    direction: str = "in"
    number: int = 0
    thread: int | None = None
    person: int | None = None
    actor: int | None = None
    recipients: tuple[int, ...] = ()
    """The persons it goes to."""
    circle: frozenset[str] = field(default_factory=frozenset)
    """The addresses in it that are not the office's own."""

    @property
    def speakers(self) -> frozenset[str]:
        """Who must already be in a thread for a subject to join this letter to it.

        A stranger who copies somebody in must not get into that one's conversations; on a list
        the list itself is what they share.
        """
        if self.direction == "out" or self.read.automation == Automation.LIST.value:
            return self.circle
        return self.circle & {self.read.sender[0]}


def message_row(letter: Letter, account: Account) -> Row:
    """The row of a letter, with the columns of `MESSAGE`."""
    read = letter.read
    return (
        letter.number, letter.thread, letter.person, letter.actor, letter.direction,
        moment(letter.at), account.pk, account.channel, read.remote_id, read.fingerprint,
        read.message_id, *read.sender, read.to_kept, read.cc_kept, read.reply_to,
        read.in_reply_to, read.subject, read.preview, moment(read.date), read.folder,
        read.automation, read.list_id, read.words, read.questions, read.attachments,
        read.problems, read.why, read.references,
    )  # fmt: skip


def body_row(letter: Letter) -> Row:
    """The row of a letter's body, with the columns of `BODY`."""
    read = letter.read
    return letter.number, read.raw, read.size, read.text, read.has_html


def compose(reads: Sequence[Read], *, account: Account, owners: Owners) -> list[Letter]:
    """Letters with their persons matched, not yet in threads. Writes persons and handles."""
    letters = [_letter(read, owners) for read in reads]
    matched = people.match(account.channel, _correspondents(letters, owners))
    for letter in letters:
        if letter.read.why:
            continue
        if letter.direction == "in":
            letter.person = matched.get(letter.read.sender[0])
        else:
            to = [address for address, _ in _to(letter.read, owners)]
            letter.recipients = tuple(dict.fromkeys(matched[each] for each in to))
            letter.person = letter.recipients[0] if letter.recipients else None
    return letters


def _to(read: Read, owners: Owners) -> list[Pair]:
    return list(owners.others(read))[:MOST_RECIPIENTS]


def _correspondents(letters: Sequence[Letter], owners: Owners) -> Iterator[Pair]:
    for letter in letters:
        if letter.read.why:
            continue
        if letter.direction == "in":
            yield letter.read.sender
        else:
            yield from _to(letter.read, owners)


def _letter(read: Read, owners: Owners) -> Letter:
    letter = Letter(read, read.at)
    if read.why:
        return letter
    if owners.sent(read):
        letter.direction = "out"
        letter.actor = owners.who(read)
    everybody = (read.sender, *read.to, *read.cc)
    letter.circle = frozenset(a for a, _ in everybody if a and a not in owners.actors)
    return letter


def threads_by_subject(letter: Letter) -> bool:
    """Whether a subject may join it to a thread. A machine's letters all bear the same one."""
    by_person = letter.read.automation in {Automation.NO.value, Automation.LIST.value}
    return bool(letter.read.subject_key) and (by_person or letter.read.is_answer)


def span(letters: Sequence[Letter]) -> tuple[datetime, datetime]:
    """The times of the oldest and the newest."""
    times = [letter.at for letter in letters]
    return min(times), max(times)
