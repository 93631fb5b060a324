"""`firsthand verify http://…/b/NUMBER`: what a stranger without the letter can check over the web."""

from __future__ import annotations

import json
from pathlib import Path

import httpx

from tests.doors.living import python, served

RELEASE = """
from firsthand.cli import setting_up
setting_up.django()
from datetime import timedelta
from firsthand.office import outbox
outbox.log_due(now=setting_up.now() + timedelta(hours=1))
"""


def test_a_byline_is_checked_by_its_address(tmp_path: Path) -> None:
    with served(tmp_path) as office:
        said = office.run("reply", "1", "--json", text="Yes, gladly: come on Friday.")
        address = json.loads(said.stdout)["byline"]
        assert httpx.get(f"{address}.proof").status_code == 404
        assert python(office.home, RELEASE).returncode == 0
        proof = httpx.get(f"{address}.proof")
        assert (proof.status_code, proof.text.splitlines()[0]) == (200, "c2sp.org/tlog-proof@v1")
        told = office.run("verify", address, "--json")
        verdict = json.loads(told.stdout)
        assert (told.returncode, verdict["verdict"], verdict["problems"]) == (0, "verified", [])
        assert any("for the first time" in notice for notice in verdict["notices"])
        assert office.run("verify", f"{address}x").returncode == 1
