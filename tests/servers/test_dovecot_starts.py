"""The mail server of the tests does what a provider's would: delivers, refuses, delays, lets in."""

from __future__ import annotations

import smtplib
import time
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tests.servers.dovecot import Dovecot
from tests.servers.go import Go

pytestmark = pytest.mark.servers
MAIL = b"From: stan@else.example\r\nTo: %s\r\nMessage-ID: <%s>\r\nSubject: Hello\r\n\r\nHello\r\n"


def submit(server: Dovecot, to: str, message_id: str = "1@else.example") -> None:
    with smtplib.SMTP(server.host, server.smtp_port) as client:
        client.sendmail("stan@else.example", [to], MAIL % (to.encode(), message_id.encode()))


def test_a_submitted_mail_is_delivered_with_its_envelope(dovecot: Dovecot) -> None:
    dovecot.add_user("ada@ada.example", "secret")
    submit(dovecot, "ada@ada.example", "first@else.example")
    submit(dovecot, "ada@ada.example", "second@else.example")
    first, second = dovecot.messages("ada@ada.example")
    assert b"Return-Path: <stan@else.example>" in first
    assert b"<first@else.example>" in first
    assert b"<second@else.example>" in second
    taken = dovecot.submissions()[-1]
    assert taken["message_id"] == "<second@else.example>"
    assert taken["recipients"] == ["ada@ada.example"]


def test_imap_lists_what_was_delivered(dovecot: Dovecot) -> None:
    dovecot.add_user("hal@ada.example", "secret")
    submit(dovecot, "hal@ada.example")
    with IMAPClient(dovecot.host, dovecot.imap_port, ssl=False) as client:
        client.login("hal@ada.example", "secret")
        assert {b"CONDSTORE", b"MOVE", b"IDLE", b"UIDPLUS"} <= set(client.capabilities())
        assert client.find_special_folder(b"\\Sent") == "Sent"
        client.select_folder("INBOX")
        assert len(client.search()) == 1


def test_a_wrong_password_is_refused_by_both_doors(dovecot: Dovecot) -> None:
    dovecot.add_user("gwen@ada.example", "secret")
    client = IMAPClient(dovecot.host, dovecot.imap_port, ssl=False)
    with pytest.raises(LoginError):
        client.login("gwen@ada.example", "wrong")
    client.shutdown()
    with smtplib.SMTP(dovecot.host, dovecot.smtp_port) as smtp:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login("gwen@ada.example", "wrong")
        assert smtp.login("gwen@ada.example", "secret")[0] == 235


def test_a_token_signs_in_and_an_unknown_one_does_not(dovecot: Dovecot) -> None:
    dovecot.add_user("otto@ada.example", "secret")
    dovecot.add_token("otto@ada.example", "token-of-otto")
    with IMAPClient(dovecot.host, dovecot.imap_port, ssl=False) as client:
        client.oauth2_login("otto@ada.example", "token-of-otto")
        assert client.folder_exists("INBOX")
    client = IMAPClient(dovecot.host, dovecot.imap_port, ssl=False)
    with pytest.raises(LoginError):
        client.oauth2_login("otto@ada.example", "token-of-stan")
    client.shutdown()


@pytest.mark.parametrize(
    ("to", "code"),
    [("bounce@else.example", 550), ("greylist@else.example", 451), ("nobody@else.example", 550)],
)
def test_refusals_name_the_recipient(dovecot: Dovecot, to: str, code: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        submit(dovecot, to)
    assert refused.value.recipients[to][0] == code


def test_a_slow_server_delivers_before_it_answers(dovecot: Dovecot) -> None:
    dovecot.add_user("rev@ada.example", "secret")
    began = time.monotonic()
    with dovecot.slow(after=0.5):
        submit(dovecot, "rev@ada.example")
    assert time.monotonic() - began >= 0.5
    assert len(dovecot.messages("rev@ada.example")) == 1


def test_go_runs_a_program_with_x_mod(go: Go, tmp_path: Path) -> None:
    program = tmp_path / "main.go"
    program.write_text(
        'package main\nimport "golang.org/x/mod/sumdb/note"\n'
        'func main() { _, err := note.NewVerifier("broken"); println(err.Error()) }\n'
    )
    done = go.run("run", program)
    assert (done.returncode, done.stderr) == (0, "malformed verifier id\n")
