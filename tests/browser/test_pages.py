"""Every page in a real browser: no barrier that axe finds, no script error, nothing from elsewhere."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.live import LiveOffice

pytestmark = pytest.mark.browser
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
FIND = """
from firsthand.office.models import Draft, Message, Submission, Thread
day = Message.objects.filter(body__has_html=True, thread__isnull=False).first()
long = Thread.objects.order_by("-messages_count").first()
drafts = Draft.objects.exclude(state="sent").values_list("pk", flat=True)[:12]
byline = Submission.objects.exclude(entry=None).first()
hand = "hal-brandt"
print(json.dumps([
    f"/t/{long.pk}", f"/t/{long.pk}?focus=1", f"/t/{day.thread_id}", f"/people/{long.person_id}",
    *(f"/d/{pk}" for pk in drafts), f"/b/{byline.number}",
]))
"""
FIXED = (
    "/ /lane/you /lane/screened /lane/fyi /desk /search?q=river /new /office /office/hands "
    "/office/promises /office/accounts /office/set-aside /office/settings /office/password "
    "/office/hands/hal/offboard /public /hands /report /verify /sign-in /enter/nonesuch /nowhere"
).split()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_has_a_barrier(
    chromium: Browser, live_office: LiveOffice, scheme: str, size: dict[str, int]
) -> None:
    found: dict[str, list[str]] = {}
    foreign: list[str] = []
    with live_office.page(chromium, "ada", viewport=size, color_scheme=scheme) as page:
        page.on("pageerror", lambda error: foreign.append(str(error)))
        page.on("request", lambda asked: foreign.append(asked.url))
        for path in [*FIXED, *json.loads(live_office.run(FIND))]:
            problems = look(page, path)
            if problems:
                found[path] = problems
    assert found == {}
    assert [url for url in foreign if not url.startswith(f"{live_office.base}/")] == []


def look(page: Page, path: str) -> list[str]:
    """What is wrong with a page: axe's findings with all folds open, and its width."""
    page.goto(path)
    page.evaluate("document.querySelectorAll('details:not(.pop)').forEach(d => { d.open = true })")
    faults = Axe().run(page).response["violations"]
    wrong = [f"{f['id']}: {node['target']}" for f in faults for node in f["nodes"][:3]]
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*wrong, "wider than the window"] if wide else wrong


def test_the_pages_of_a_hand_have_no_barrier(chromium: Browser, live_office: LiveOffice) -> None:
    thread = json.loads(live_office.run(FIND))[0]
    with live_office.page(chromium, "hal", viewport=PHONE) as page:
        for path in ["/", "/desk", thread, "/office/hands", "/office/promises", "/office/settings"]:
            assert look(page, path) == [], path


def test_the_pop_ups_have_no_barrier_either(chromium: Browser, live_office: LiveOffice) -> None:
    with live_office.page(chromium, "ada", viewport=DESKTOP) as page:
        for path in ["/", "/office/hands", json.loads(live_office.run(FIND))[0]]:
            page.goto(path)
            for pop in page.locator("details.pop > summary").all():
                pop.click()
                assert Axe().run(page).violations_count == 0
                page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        assert Axe().run(page).violations_count == 0


def test_the_office_works_without_scripts(chromium: Browser, live_office: LiveOffice) -> None:
    with live_office.page(chromium, "ada", java_script_enabled=False) as page:
        page.goto("/")
        page.locator(".day h3 a").first.click()
        page.get_by_label("The text", exact=True).fill("Yes. On Tuesday.")
        page.get_by_role("button", name="Save draft").click()
        assert page.get_by_label("The text", exact=True).input_value() == "Yes. On Tuesday."
        page.locator(".composer .level.firsthand").wait_for()
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("button", name="Undo").click()
        assert "It did not leave" in page.locator("[role=status]").first.inner_text()
        page.goto("/office")
        page.get_by_role("link", name="Promises").click()
        page.get_by_role("heading", name="Promises").wait_for()
