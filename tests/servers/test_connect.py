"""`firsthand connect mail` and `sync` against a real mail server, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import PASSWORD, Mailbox, new_mailbox

pytestmark = pytest.mark.servers
COMMAND = [sys.executable, "-c", "from firsthand.cli import main; main()"]


def run(home: Path, *words: str, password: str = PASSWORD) -> tuple[int, Any]:
    env = {**os.environ, "FIRSTHAND_HOME": str(home), "MAIL_PASSWORD": password}
    done = subprocess.run([*COMMAND, *words, "--json"], env=env, capture_output=True, check=False)
    return done.returncode, json.loads(done.stdout)


def servers(mailbox: Mailbox) -> list[str]:
    server = mailbox.server
    return [
        *("--imap", f"{server.host}:{server.imap_port}"),
        *("--smtp", f"{server.host}:{server.smtp_port}"),
        *("--security", "plain"),
    ]


def test_a_mailbox_is_connected_and_read(dovecot: Dovecot, tmp_path: Path) -> None:
    mailbox = new_mailbox(dovecot)
    address = mailbox.author.address
    run(tmp_path, "init", "--name", "Ada Ferrer", "--email", address)
    mailbox.arrive(3)
    code, refused = run(
        tmp_path, "connect", "mail", address, *servers(mailbox), password="not that"
    )
    assert (code, refused["error"]["code"]) == (1, "permanent")
    code, told = run(tmp_path, "connect", "mail", address, *servers(mailbox))
    assert (code, told["account"]["address"]) == (0, address)
    code, read = run(tmp_path, "sync")
    assert (code, read["accounts"][0]["new"], read["accounts"][0]["problem"]) == (0, 3, "")
