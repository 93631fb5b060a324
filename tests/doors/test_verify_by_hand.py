"""`firsthand verify` of a letter that somebody touched: its passkey is met, pinned and looked up."""

from __future__ import annotations

import json
from pathlib import Path

from tests.doors.living import python, served

TOUCHED = """
from firsthand.cli import setting_up
setting_up.django()
from datetime import timedelta
from firsthand.office import desk, outbox, staff
from firsthand.office.models import Account, Actor, Submission, Thread
from firsthand.verifier.consent import Assertion
from tests.office.touching import give
from firsthand.office.models import Office
from tests.verifier.authenticator import Authenticator
now = setting_up.now()
ada = Actor.objects.get(is_principal=True)
device = Authenticator(base=Office.objects.get().base)
challenge = b"c" * 32
row = staff.register(
    actor=ada, response=device.register(challenge), challenge=challenge, name="phone", now=now
)
thread = Thread.objects.first()
draft = desk.draft(actor=ada, text="Yes, gladly.", now=now, thread=thread)
made = desk.propose(draft=draft, actor=ada, revision=1, seen=thread.latest, now=now)
answer = Assertion.of_browser(device.touch(made.challenge))
sent = desk.send(
    draft=draft, actor=ada, revision=1, seen=thread.latest, now=now, number=made.number,
    salt=made.salt, evidence=answer,
)
outbox.log_due(now=now + timedelta(hours=1))
print(sent.statement["id"])
"""


def test_a_touched_letter_is_told_as_signed_by_hand(tmp_path: Path) -> None:
    with served(tmp_path) as office:
        done = python(office.home, TOUCHED)
        assert done.returncode == 0, done.stderr
        address = done.stdout.strip()
        first = json.loads(office.run("verify", address, "--json").stdout)
        assert (first["verdict"], first["strength"], first["signers"]) == (
            "verified",
            "hand-signed",
            ["Ada Ferrer"],
        )
        assert any("Met the passkey ada-passkey-1" in notice for notice in first["notices"])
        again = office.run("verify", address).stdout
        assert "by hand" in again and "Met the passkey" not in again
