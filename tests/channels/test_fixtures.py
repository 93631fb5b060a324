"""Real and broken mail of others, read where the folder of test data lies beside the repository."""

from __future__ import annotations

import email
import email.message
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from firsthand.channels.mail import files, parts
from firsthand.channels.mail.parse import parse

DATA = Path(__file__).parents[3] / "shared" / "data"
MIME = sorted(path for path in (DATA / "mime").rglob("*") if path.is_file())
MAILBOXES = sorted(path for path in (DATA / "enron").glob("*") if path.is_dir())
OUTCOME_UNKNOWN = "could not be read ("

needs_data = pytest.mark.skipif(not MIME, reason="the folder ../shared/data is not here")


@needs_data
def test_the_fixtures_are_all_here() -> None:
    assert len(MIME) == 566
    assert len(MAILBOXES) == 16


@pytest.mark.parametrize("path", MIME, ids=lambda path: str(path.relative_to(DATA)))
def test_every_fixture_is_understood_or_set_aside(path: Path) -> None:
    seen = parse(path.read_bytes())
    assert not any(OUTCOME_UNKNOWN in problem for problem in seen.problems)
    assert seen.problems or not seen.unreadable
    (seen.text + seen.html + seen.subject).encode()
    assert "\0" not in seen.text + seen.subject


@needs_data
def test_whole_messages_have_the_parts_that_the_standard_library_sees() -> None:
    compared = 0
    for path in MIME:
        if path.suffix != ".eml" or "malformed" in str(path) or "error" in str(path):
            continue
        raw = path.read_bytes()
        message = email.message_from_bytes(raw)
        if message.defects or any(part.defects for part in message.walk()):
            continue
        expected = [part.get_content_type() for part in leaves(message)]
        own = [part.kind for part in parts.read(raw) if not part.kind.startswith("multipart/")]
        if expected != own:
            assert path.name in ("012.eml", "example13.eml", "raw_email_incorrect_header.eml"), path
        compared += 1
    assert compared > 100


def leaves(message: email.message.Message) -> Iterator[email.message.Message]:
    if message.get_content_maintype() != "multipart":
        yield message
        return
    for part in message.get_payload():
        if isinstance(part, email.message.Message):
            yield from leaves(part)


@needs_data
def test_mailsploit_never_gets_a_false_author_through() -> None:
    tricks = (DATA / "mime" / "mailsploit-from.txt").read_text().splitlines()
    assert len(tricks) == 10
    for trick in tricks:
        seen = parse(f"From: {trick}\nDate: 22 Nov 2026 09:30:00 +0000\n\nhi".encode())
        assert seen.sender.address.endswith("@mailsploit.com"), trick
        assert "whitehouse" not in seen.sender.address
        assert seen.problems, trick
        assert seen.sender.name.isprintable()


@pytest.mark.parametrize("mailbox", MAILBOXES, ids=lambda path: path.name)
def test_a_real_mailbox_can_be_read(mailbox: Path) -> None:
    told = read = 0
    for found in islice(files.walk(mailbox), 0, None, 50):
        assert not found.problem
        seen = parse(found.raw)
        assert seen.message_id.endswith("@thyme")
        assert "@" in seen.sender.address or seen.sender.name
        assert not seen.unreadable
        told += bool(seen.problems)
        read += 1
    assert read
    assert told * 10 <= read  # odd mail is the exception: absurd dates, hidden characters


@needs_data
def test_every_message_of_a_mailbox_is_found() -> None:
    for mailbox in MAILBOXES[:3]:
        postmarks = sum(
            line.startswith(b"From MAILER-DAEMON ")
            for file in mailbox.iterdir()
            for line in file.read_bytes().splitlines()
        )
        assert sum(1 for _ in files.walk(mailbox)) == postmarks
