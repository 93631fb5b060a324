"""A byline before Chromium's own cryptography, in a page that was saved to disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page

from firsthand.core.record import multikey
from firsthand.tlog.verify import read_entries
from tests.verifier.letter import OFFICE, SIGNER, THIEF, seal

pytestmark = pytest.mark.browser

SCRIPT = Path(__file__).with_name("verify.js").read_text()
LETTER = seal()
[ENTRY] = read_entries(LETTER.store, 2, 3, 4)
BYLINE = {
    "record": LETTER.record.decode(),
    "entry": ENTRY.decode(),
    "proof": LETTER.proof.decode(),
    "office": multikey(OFFICE.public_key()),
    "log": str(SIGNER.verifier),
}


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    saved = tmp_path_factory.mktemp("saved") / "verify.html"
    saved.write_text(f"<!doctype html><title>Verify</title><script>{SCRIPT}</script>")
    page = chromium.new_page()
    page.goto(saved.as_uri())
    yield page
    page.close()


def check(page: Page, **changed: str) -> str:
    return str(page.evaluate("given => checkByline(given)", {**BYLINE, **changed}))


def test_true_byline_is_accepted_without_any_network(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    assert check(page) == "approved, signed by did:web:ada.example, one of 4 entries"
    assert asked == []


def _other_entry() -> str:
    """An honest entry for a record that was changed to claim more."""
    return ENTRY.decode().replace("approved", "firsthand")


CHANGES = {
    "level": ({"record": BYLINE["record"].replace("approved", "firsthand")}, "has not signed"),
    "name": ({"record": BYLINE["record"].replace("Hal Brandt", "Hal Brand")}, "has not signed"),
    "spaces": ({"record": json.dumps(json.loads(LETTER.record))}, "canonical form"),
    "office key": ({"office": multikey(THIEF.public_key())}, "has not signed"),
    "thief": ({"record": seal(THIEF).record.decode()}, "has not signed"),
    "entry level": ({"entry": _other_entry()}, "another level"),
    "entry day": ({"entry": BYLINE["entry"].replace("-22", "-21")}, "not in the log"),
    "index": ({"proof": BYLINE["proof"].replace("index 2", "index 3")}, "not in the log"),
    "size": ({"proof": BYLINE["proof"].replace("\n4\n", "\n5\n")}, "signature of the log"),
    "unlogged": ({"proof": seal(logged=False).proof.decode()}, "not in the log"),
    "log key": ({"log": BYLINE["log"].replace("ada.", "stan.")}, "has not signed"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_changed_byline_is_refused(page: Page, what: str) -> None:
    changed, why = CHANGES[what]
    assert changed.items() - BYLINE.items(), "the change must change something"
    with pytest.raises(Error, match=why):
        check(page, **changed)
