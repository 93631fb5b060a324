"""The worker is killed at every step of a mention; the server of strangers and the rows are the judges.

Who links to us comes in once. Whom we link to is told once, or a person is asked; never twice.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.channels.pages_server import serving
from tests.servers.test_outbox_crashes import run_program

pytestmark = pytest.mark.servers
STEPS = 40
# What may become of a call whose worker died there, and how often it was made.
UNKNOWN = {
    "told: written, not called": 0,
    "told: called, not known": 1,
    "told: not written down": 1,
}


def test_every_kill_leads_to_one_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENTIONS_FROM_LOOPBACK", "on")
    with serving() as pages:
        for number in range(STEPS):
            pages.put(f"/told/{number}", '<link rel="webmention" href="/w">')
            pages.put(f"/heard/{number}", '<p>See <a href="https://ada.example/">Ada</a>.')
        found = run_program("crashing_mentions", "table", tmp_path, {"base": pages.base})
        told = Counter(form["target"][0] for _, form in pages.told)
    assert len(found) >= 16
    for name, after in found.items():
        assert after["died"], f"{name}: the worker never came to this step"
        calls = told[f"{pages.base}/told/{after['number']}"]
        if name.startswith("heard"):
            assert after["state"] == ["found", 1], name
        elif name in UNKNOWN:
            assert (after["state"][0], calls) == ("uncertain", UNKNOWN[name]), name
        else:
            assert (after["state"][0], calls) == ("told", 1), name
