"""An office may sign anything: of whatever it signed, page and command say the same, and neither falls."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_savable_page import LINES, PASSKEYS, in_browser, in_python, said
from tests.verifier.letter import OFFICE
from tests.verifier.odd import letters

pytestmark = pytest.mark.browser


def _outcome(told: dict[str, Any]) -> dict[str, Any]:
    """Of what is forged twice over, either may name the other fault first."""
    return {**told, "problems": []} if told["verdict"] == "forged" else told


def test_fields_of_every_other_kind_are_told_alike(page: Page) -> None:
    cases = list(letters())
    answers = in_browser(page, [raw for _, raw in cases], LINES)
    apart = []
    for (name, raw), answer in zip(cases, answers, strict=True):
        expected = in_python(raw, [OFFICE.public_key()], passkeys=PASSKEYS)
        if _outcome(said(answer)) != _outcome(expected):
            apart.append((name, said(answer), expected))
    assert apart == []
    assert {answer["verdict"] for answer in answers} >= {"verified", "forged", "altered"}
