"""The browser of the tests draws text, runs scripts, and axe finds a fault that is there."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
GOOD = "<!doctype html><html lang=en><title>Queue</title><main><h1>Queue</h1></main></html>"


def test_a_page_is_drawn_with_different_fonts(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(
        "<span id=serif style='font-family:serif'>Wimmmi</span> "
        "<span id=mono style='font-family:monospace'>Wimmmi</span>"
    )
    widths = page.evaluate("['serif', 'mono'].map(i => document.getElementById(i).offsetWidth)")
    assert widths[0] > 0
    assert widths[0] != widths[1]
    assert page.screenshot().startswith(b"\x89PNG")
    page.close()


def test_axe_tells_a_good_page_from_a_bad_one(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(GOOD)
    assert Axe().run(page).violations_count == 0
    page.set_content(GOOD.replace("<h1>", "<img src='data:,'><h1>"))
    found = [fault["id"] for fault in Axe().run(page).response["violations"]]
    assert found == ["image-alt"]
    page.close()
