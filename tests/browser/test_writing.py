"""Writing in a real browser: the byline live, a reload loses nothing, Ctrl+Enter sends, undo."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.live import LiveOffice

pytestmark = pytest.mark.browser
COUNT = """
from firsthand.office.models import Draft, Submission
print(json.dumps([Draft.objects.count(), Submission.objects.filter(state="pending").count()]))
"""
WAITING = """
from firsthand.office.models import Draft
print(Draft.objects.filter(state="waiting", made_by__key="otto").first().pk)
"""
BYLINE = """
from firsthand.core.record import encode_salt
from firsthand.office.models import Submission
row = Submission.objects.exclude(entry=None).first()
print(json.dumps([row.number, encode_salt(bytes(row.salt)), row.text]))
"""


def first_letter(page: Page) -> str:
    page.goto("/")
    page.locator(".day h3 a").first.click()
    page.wait_for_url("**/t/*")
    return page.url


def test_the_byline_follows_what_is_typed_and_a_reload_loses_nothing(
    chromium: Browser, live_office: LiveOffice
) -> None:
    with live_office.page(chromium, "ada") as page:
        first_letter(page)
        outlook = page.locator("[data-outlook-here]")
        expect(outlook).to_contain_text("firsthand")
        page.get_by_label("An AI outside this office helped me").check()
        expect(outlook).to_contain_text("approved")
        expect(outlook).to_contain_text("AI")
        text = page.locator("textarea[name=text]")
        text.fill("Half a thought, and then")
        page.reload()
        expect(text).to_have_value("Half a thought, and then")
        expect(page.get_by_text("What you had typed is back.")).to_be_visible()


def test_control_enter_sends_and_undo_brings_the_text_back(
    chromium: Browser, live_office: LiveOffice
) -> None:
    with live_office.page(chromium, "ada") as page:
        here = first_letter(page)
        drafts, pending = json.loads(live_office.run(COUNT))
        page.locator("textarea[name=text]").fill("Yes, on Tuesday.")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("button", name="Undo")).to_be_visible()
        assert page.url != here
        assert json.loads(live_office.run(COUNT)) == [drafts + 1, pending + 1]
        page.keyboard.press("z")
        expect(page.get_by_text("It did not leave")).to_be_visible()
        expect(page.locator("textarea[name=text]")).to_have_value("Yes, on Tuesday.")
        assert json.loads(live_office.run(COUNT)) == [drafts + 1, pending]


def test_a_hand_sees_why_send_is_closed_and_asks(
    chromium: Browser, live_office: LiveOffice
) -> None:
    with live_office.page(chromium, "gwen") as page:
        expect(page.locator(".acting")).to_contain_text("You are Gwen Osei, working for Ada Ferrer")
        first_letter(page)
        page.locator("textarea[name=text]").fill("Dear friend, in her words.")
        expect(page.locator("#why-not")).to_be_visible()
        send = page.get_by_role("button", name="Send", exact=True)
        expect(send).to_be_disabled()
        page.get_by_role("button", name="Ask for approval").click()
        expect(page.get_by_text("It waits for approval.")).to_be_visible()


def test_a_draft_is_read_and_decided_on_the_desk(
    chromium: Browser, live_office: LiveOffice
) -> None:
    number = live_office.run(WAITING).strip()
    with live_office.page(chromium, "ada") as page:
        page.goto("/desk")
        page.locator(f'[data-here="/d/{number}?part=text"]').click()
        here = page.locator(".here")
        expect(here.locator(".by-1").first).to_have_text("Otto")
        here.get_by_role("button", name="Approve this text").click()
        expect(page.get_by_text("Approved, exactly as in revision")).to_be_visible()


def test_the_reader_checks_a_byline_in_the_browser_alone(
    chromium: Browser, live_office: LiveOffice
) -> None:
    number, salt, text = json.loads(live_office.run(BYLINE))
    with live_office.page(chromium) as page:
        page.goto(f"/b/{number}#{salt}")
        page.wait_for_load_state("networkidle")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        box = page.get_by_label("The text you received")
        outcome = page.locator("#outcome")
        for given in [
            text,
            text + "\n\n",
            text.replace("\n", "  \r\n"),
            f"\n{text}\nbye",
            quoted(text),
        ]:
            box.fill(given)
            expect(outcome).to_contain_text("Verified")
        box.fill(text.replace("e", "é", 1))
        expect(outcome).to_contain_text("Altered")
        assert asked == []
        page.goto("about:blank")
        page.goto(f"/b/{number}")
        box.fill("some words")
        expect(outcome).to_contain_text("One part is missing")
        page.get_by_label("The part behind the #").fill(salt)
        box.fill(text.rpartition("#")[0])
        expect(outcome).to_contain_text("Altered")
        box.fill(text)
        expect(outcome).to_contain_text("Verified")
        assert page.context.cookies() == []


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))
