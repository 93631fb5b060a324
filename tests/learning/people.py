"""A made-up owner with correspondents whom she answers more or less often."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from firsthand.learning.letters import Letter
from firsthand.learning.mailbox import Mailbox

START = datetime(2024, 1, 1, 9, tzinfo=UTC)
OWNER = "ada@ada.example"
ASKING = "Could you tell me what you think of the second chapter? I would like your advice."
TELLING = "The weekly figures are attached. Sales 1200, returns 340, stock 8800, margin 12.5."


def made(
    key: str,
    *,
    sender: str = "bo@friends.example",
    hours: float = 0,
    text: str = ASKING,
    subject: str = "Chapter two",
    mine: bool = False,
    others: tuple[str, ...] = (),
) -> Letter:
    """A letter to the owner alone, where nothing else is said."""
    return Letter(
        key=key,
        at=START + timedelta(hours=hours),
        sender=OWNER if mine else sender,
        subject=subject,
        text=text,
        thread=subject.casefold(),
        mine=mine,
        direct=not mine,
        others=others,
    )


@dataclass(frozen=True)
class Event:
    """A letter on its way in, and whether the owner will answer it."""

    letter: Letter
    answer: Letter | None


def year(seed: int, letters: int = 400) -> Iterator[Event]:
    """Friends ask and are answered mostly, reports never, strangers now and then."""
    chance = random.Random(seed)
    kinds = (("friend", 0.7, ASKING), ("office", 0.25, ASKING), ("report", 0.0, TELLING))
    for number in range(letters):
        name, often, text = chance.choice(kinds)
        sender = f"{name}{chance.randrange(6)}@{name}.example"
        subject = f"{name} matter {chance.randrange(letters)} {number}"
        others = ("team@ada.example", "all@ada.example") if name == "report" else ()
        came = made(str(number), sender=sender, hours=5.0 * number, text=text, subject=subject,
                    others=others)  # fmt: skip
        answer = made(
            f"a{number}", hours=5.0 * number + chance.uniform(0.5, 4), text="Gladly, here it is.",
            subject=subject, mine=True, others=(sender,),
        )  # fmt: skip
        yield Event(came, answer if chance.random() < often else None)


def mailbox(events: list[Event]) -> Mailbox:
    """The same as a mailbox that was read from disk."""
    letters = [each.letter for each in events] + [each.answer for each in events if each.answer]
    answers: Mapping[str, Letter] = {e.letter.key: e.answer for e in events if e.answer}
    told = frozenset(each.letter.key for each in events)
    ordered = tuple(sorted(letters, key=lambda letter: letter.at))
    return Mailbox("ada", ordered, answers, told, frozenset({OWNER}))


def write(folder: Path, events: list[Event]) -> None:
    """The same as two mbox files, `inbox` and `sent_items`."""
    folder.mkdir(parents=True, exist_ok=True)
    came = [as_mail(each.letter) for each in events]
    sent = [as_mail(each.answer) for each in events if each.answer]
    (folder / "inbox.mbox").write_bytes(b"".join(came))
    (folder / "sent_items.mbox").write_bytes(b"".join(sent))


def as_mail(letter: Letter, to: str = OWNER) -> bytes:
    """A letter as an entry of an mbox, without ids, as old archives are."""
    mail = EmailMessage()
    mail["From"] = letter.sender
    mail["To"] = ", ".join(letter.others if letter.mine else (to, *letter.others))
    mail["Subject"] = f"Re: {letter.subject}" if letter.mine else letter.subject
    mail["Date"] = letter.at
    mail.set_content(letter.text)
    return b"From - Mon Jan  1 00:00:00 2024\n" + bytes(mail) + b"\n"
