"""The keyboard: the habits of other mail programs hold, and typing is left alone."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.live import LiveOffice

pytestmark = pytest.mark.browser
STATES = """
from firsthand.office.models import Thread
print(json.dumps({str(t.pk): [t.state, t.wanted_lane] for t in Thread.objects.all()}))
"""


def number(url: str) -> str:
    return url.rpartition("/t/")[2].partition("?")[0].partition("#")[0]


def test_moving_opening_answering_and_going_back(
    chromium: Browser, live_office: LiveOffice
) -> None:
    with live_office.page(chromium, "ada") as page:
        page.goto("/")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("k")
        first = page.locator("[data-line]").first
        expect(first.locator("a")).to_be_focused()
        page.keyboard.press("o")
        page.wait_for_url("**/t/*")
        here = number(page.url)
        page.keyboard.press("j")
        page.wait_for_url(lambda url: "/t/" in url and number(url) != here)
        page.keyboard.press("k")
        page.wait_for_url(f"**/t/{here}")
        page.keyboard.press("r")
        text = page.locator("textarea[name=text]")
        expect(text).to_be_focused()
        page.keyboard.type("e u j #")
        assert text.input_value() == "e u j #"
        assert number(page.url) == here
        page.keyboard.press("Escape")
        page.keyboard.press("u")
        page.wait_for_url(live_office.base + "/")


def test_selecting_closing_and_junking_in_the_list(
    chromium: Browser, live_office: LiveOffice
) -> None:
    with live_office.page(chromium, "ada") as page:
        page.goto("/")
        boxes = page.locator(".day input[type=checkbox]")
        one, two, three = (boxes.nth(n).get_attribute("value") or "" for n in range(3))
        for key in ["j", "x", "j", "x", "e"]:
            page.keyboard.press(key)
        expect(page.get_by_text("2 letters: closed for everyone.")).to_be_visible()
        page.keyboard.press("j")
        page.keyboard.press("#")
        expect(page.get_by_text("1 letter: moved.")).to_be_visible()
        states = json.loads(live_office.run(STATES))
        assert [states[one][0], states[two][0]] == ["closed", "closed"]
        assert states[three] == ["open", "junk"]
        page.keyboard.press("z")
        expect(page.get_by_text("1 letter: put back.")).to_be_visible()
        assert json.loads(live_office.run(STATES))[three] == ["open", ""]


def test_going_to_places_searching_and_the_sheet_of_keys(
    chromium: Browser, live_office: LiveOffice
) -> None:
    with live_office.page(chromium, "ada") as page:
        page.goto("/")
        page.keyboard.press("g")
        page.keyboard.press("d")
        page.wait_for_url("**/desk")
        page.keyboard.press("c")
        page.wait_for_url("**/new")
        page.goto("/desk")
        page.keyboard.press("/")
        expect(page.locator("#quick")).to_be_focused()
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.get_by_role("heading", name="Keys")).to_be_visible()
        page.keyboard.press("g")
        page.keyboard.press("i")
        assert page.url.endswith("/desk")
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.keyboard.press("i")
        page.wait_for_url(live_office.base + "/")


def test_the_palette_knows_every_act_and_place(chromium: Browser, live_office: LiveOffice) -> None:
    with live_office.page(chromium, "ada") as page:
        page.goto("/")
        page.keyboard.press("Control+k")
        page.keyboard.type("prom")
        page.keyboard.press("Enter")
        page.wait_for_url("**/office/promises")
        page.goto("/")
        page.locator(".day h3 a").first.click()
        page.wait_for_url("**/t/*")
        here = number(page.url)
        page.keyboard.press("Control+k")
        acts = page.locator("#palette li").all_inner_texts()
        for act in ["Reply", "Forward", "Close for everyone", "Snooze", "Junk", "Send"]:
            assert any(words.startswith(act) for words in acts), act
        page.keyboard.type("close for")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: number(url) != here)
        assert json.loads(live_office.run(STATES))[here][0] == "closed"


def test_snoozing_by_key(chromium: Browser, live_office: LiveOffice) -> None:
    with live_office.page(chromium, "ada") as page:
        page.goto("/")
        page.locator(".day h3 a").first.click()
        page.wait_for_url("**/t/*")
        here = number(page.url)
        page.keyboard.press("b")
        page.get_by_role("button", name="Next week").click()
        page.wait_for_url(lambda url: number(url) != here)
        assert json.loads(live_office.run(STATES))[here][0] == "snoozed"
