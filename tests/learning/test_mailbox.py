"""What a mailbox on disk says about who was answered."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from firsthand.learning.mailbox import Mailbox, read
from tests.learning.people import OWNER, START

BO = "bo@friends.example"


def mail(folder: Path, file: str, sender: str, to: str, subject: str, *, days: float,
         text: str = "A letter.", **fields: str) -> None:  # fmt: skip
    """Add a mail to an mbox of the folder."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = START + timedelta(days=days)
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    with (folder / file).open("ab") as out:
        out.write(b"From - Mon Jan  1 00:00:00 2024\n" + bytes(made) + b"\n")


def answered(box: Mailbox) -> list[str]:
    return [letter.subject for letter in box.letters if letter.key in box.answers]


def test_an_answer_has_the_subject_the_recipient_and_the_time(tmp_path: Path) -> None:
    mail(tmp_path, "inbox.mbox", BO, OWNER, "Lunch", days=1)
    mail(tmp_path, "inbox.mbox", BO, OWNER, "Late", days=1)
    mail(tmp_path, "inbox.mbox", "cy@list.example", OWNER, "Passed on", days=1)
    mail(tmp_path, "inbox.mbox", BO, OWNER, "Silence", days=1)
    mail(tmp_path, "sent_items.mbox", OWNER, BO, "RE: Lunch", days=2)
    mail(tmp_path, "sent_items.mbox", OWNER, BO, "FW: Passed on", days=3)
    mail(tmp_path, "sent_items.mbox", OWNER, BO, "RE: Late", days=32)
    assert answered(read(tmp_path)) == ["Lunch"]


def test_a_letter_that_the_answer_names_needs_no_subject(tmp_path: Path) -> None:
    mail(tmp_path, "inbox.mbox", BO, OWNER, "", days=1, Message_ID="<1@friends.example>")
    mail(tmp_path, "inbox.mbox", BO, OWNER, "", days=1.1, text="Another.")
    mail(tmp_path, "sent_items.mbox", OWNER, BO, "Yes", days=2, In_Reply_To="<1@friends.example>")
    box = read(tmp_path)
    came = [letter for letter in box.letters if not letter.mine]
    assert [letter.key in box.answers for letter in came] == [True, False]
    assert [letter.key in box.told for letter in came] == [True, False]


def test_copies_in_other_folders_count_once_but_letters_sent_again_do_not(tmp_path: Path) -> None:
    for file in ("inbox.mbox", "all_documents.mbox", "discussion_threads.mbox"):
        mail(tmp_path, file, BO, OWNER, "Lunch", days=1)
    mail(tmp_path, "inbox.mbox", BO, OWNER, "Lunch", days=8)
    for file in ("sent_items.mbox", "all_documents.mbox"):
        mail(tmp_path, file, OWNER, BO, "Re: Lunch", days=9, text="Yes.")
    box = read(tmp_path)
    assert [letter.mine for letter in box.letters] == [False, False, True]
    assert len(box.answers) == 2


def test_owners_are_known_by_what_they_sent_and_where_their_mail_goes(tmp_path: Path) -> None:
    for day in range(60):
        mail(tmp_path, "inbox.mbox", BO, "aferrer@old.example", f"Day {day}", days=day)
        mail(tmp_path, "inbox.mbox", BO, "team@ada.example", f"Team {day}", days=day)
        mail(
            tmp_path,
            "sent_items.mbox",
            "ada.ferrer@ada.example",
            BO,
            f"Re: Day {day}",
            days=day + 0.5,
        )
    mail(tmp_path, "sent_items.mbox", BO, OWNER, "Stray", days=3)
    box = read(tmp_path)
    assert box.own == {"ada.ferrer@ada.example", "aferrer@old.example"}
    assert len(box.answers) == 60


def test_where_no_sent_mail_is_kept_nobody_knows_what_was_answered(tmp_path: Path) -> None:
    mail(tmp_path, "inbox.mbox", BO, OWNER, "Before", days=1)
    mail(tmp_path, "sent_items.mbox", OWNER, BO, "Re: Before", days=2)
    mail(tmp_path, "inbox.mbox", BO, OWNER, "After", days=3)
    box = read(tmp_path)
    assert [letter.subject for letter in box.letters if letter.key in box.told] == ["Before"]
