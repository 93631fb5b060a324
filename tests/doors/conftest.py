"""The cast of the office's own tests comes to the doors too."""

from __future__ import annotations

import io
import mailbox
import sys
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client

from firsthand.cli import main
from firsthand.office import staff
from firsthand.office.models import Actor
from tests.doors.program import Enter, Program
from tests.doors.shell import Run, Said
from tests.office.conftest import (
    account,
    ada,
    gone,
    gwen,
    hal,
    hire,
    now,
    office,
    otto,
    rev,
    stan,
    thread,
)

__all__ = [
    "account",
    "ada",
    "gone",
    "gwen",
    "hal",
    "hire",
    "now",
    "office",
    "otto",
    "rev",
    "stan",
    "thread",
]


@pytest.fixture
def as_ada(ada: Actor, client: Client) -> Client:
    """A browser in which the principal is signed in."""
    client.force_login(ada)
    return client


@pytest.fixture
def enter(ada: Actor, now: datetime) -> Enter:
    """A hand comes with a token; the principal with a browser's cookie."""

    def program(who: Actor) -> Program:
        if who.is_principal:
            return Program(cookie_of=who)
        return Program(staff.issue_token(hand=who, by=ada, name="test", now=now))

    return program


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def command(*words: str, text: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        with pytest.raises(SystemExit) as end:
            main(list(words))
        out, err = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Said(end.value.code, out, err)

    return command


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """An mbox of two letters and a copy of one of them."""
    box = mailbox.mbox(tmp_path / "in.mbox")
    for number in (1, 2, 1):
        letter = EmailMessage()
        letter["From"] = "Stella Kaur <stella@elsewhere.example>"
        letter["To"] = "Ada Ferrer <ada@ada.example>"
        letter["Subject"] = f"Chapter {number}"
        letter["Date"] = "Fri, 20 Nov 2026 10:00:00 +0000"
        letter["Message-ID"] = f"<chapter-{number}@elsewhere.example>"
        letter.set_content(f"Dear Ada,\n\nwould you read chapter {number}, please?\n\nStella\n")
        box.add(letter)
    box.close()
    return tmp_path / "in.mbox"
