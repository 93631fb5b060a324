"""Ada Ferrer's mailbox: about 300 letters of the last 120 days, each written for this project.

The same for the same `now`, byte for byte. Every domain ends in .example (RFC 2606).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from firsthand.core.errors import Misuse
from firsthand.sample import oddities
from firsthand.sample.catalogue import Mail, Thread, moment, threads
from firsthand.sample.compose import compose, is_sent

SEEN_AFTER = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of the mailbox.

    `key` names it: that of its thread, and from the second message on with its number
    ("editor-jacket.2"). `kind` is what its writer meant it to be (see `catalogue.KINDS`): the truth
    against which a ranking may be judged, never an input of it.
    """

    raw: bytes
    folder: str
    seen: bool
    key: str
    kind: str
    at: datetime


def mailbox(now: datetime) -> list[Letter]:
    """The whole mailbox as it looks at `now` (aware), oldest first."""
    if now.tzinfo is None:
        raise Misuse("The sample mailbox needs a time with a zone: pass an aware datetime.")
    letters = [_letter(thread, i, now) for thread in threads() for i in range(len(thread.mails))]
    letters += [
        Letter(odd.raw, "INBOX", odd.seen, odd.key, odd.kind, odd.at)
        for odd in oddities.all_of(now)
    ]
    return sorted(letters, key=lambda letter: (letter.at, letter.key))


def _letter(thread: Thread, place: int, now: datetime) -> Letter:
    mail = thread.mails[place]
    return Letter(
        raw=compose(thread, place, now),
        folder="Sent" if is_sent(mail) else "INBOX",
        seen=_seen(thread, place, mail, now),
        key=thread.key if not place else f"{thread.key}.{place + 1}",
        kind=thread.kind,
        at=moment(mail.when, now),
    )


def _seen(thread: Thread, place: int, mail: Mail, now: datetime) -> bool:
    """Ada has read what she sent, what was answered, and personal letters older than some days."""
    if mail.seen is not None:
        return mail.seen
    if is_sent(mail) or place + 1 < len(thread.mails):
        return True
    return thread.kind in {"personal", "helper"} and now - moment(mail.when, now) > SEEN_AFTER
