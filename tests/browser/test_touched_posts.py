"""A post is published and revised by touch on the pages, and a stranger's page finds the touch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from firsthand.core.passkey import published
from firsthand.tlog.store import LocalStore
from firsthand.verifier import Verdict, check_post, fetch_did, fetch_passkeys, host_in
from firsthand.web.savable import page as savable
from tests.browser import live
from tests.browser.live import LiveOffice
from tests.browser.test_passkeys import add, window

pytestmark = pytest.mark.browser
PREPARE = """
from firsthand.office import staff
from firsthand.office.models import Account, Actor, Promise, Submission
ada = Actor.objects.get(is_principal=True)
for promise in Promise.objects.filter(until=None):
    staff.end_promise(promise=promise, by=ada, now=now)
Submission.objects.filter(state="pending").update(state="stopped")
board = Account.objects.create(
    channel="board", address="ada.board", settings={"x": ""}, state="ok", made_at=now
)
print(board.pk)
"""
# What is handed out leaves; what of the post `sys.argv[1]` has left is told.
WORK = """
from firsthand.office import intake, outbox
from firsthand.office.models import Submission
later = now + timedelta(minutes=2)
while outbox.log_due(now=later):
    while one := outbox.claim(now=later):
        outbox.deliver(one, clock=lambda: later)
    outbox.file_sent(now=later, take=intake.take)
rows = Submission.objects.filter(draft__post__slug=sys.argv[1], state="sent").order_by("pk")
print(json.dumps([[one.channel, one.hand_signed, one.number] for one in rows]))
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    with live.running(tmp_path_factory.mktemp("touched") / "home", "localhost") as running:
        yield running


@pytest.fixture(scope="module")
def board(office: LiveOffice) -> str:
    return office.run(PREPARE).strip()


def compose(page: Page, title: str, text: str, board: str) -> None:
    page.goto("/publish/new")
    page.get_by_label("Title").fill(title)
    page.get_by_label("The text", exact=True).fill(text)
    page.locator(f"#place-{board}").select_option("whole")
    page.get_by_role("button", name="Save and see how it looks").click()
    expect(page.get_by_role("button", name="Publish", exact=True)).to_be_visible()


def publish(page: Page) -> None:
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("can be called back until then")


def left(office: LiveOffice, slug: str) -> list[list[Any]]:
    found: list[list[Any]] = json.loads(office.run(WORK, slug))
    return found


def judged(page: Page, office: LiveOffice, slug: str) -> tuple[Verdict, bytes, list[str]]:
    """What a stranger finds, the file that they save, and the keys that they would type."""
    raw = page.request.get(f"/p/{slug}.json").body()
    did = "did:web:" + office.base.removeprefix("http://").replace(":", "%3A")
    keys, passkeys = fetch_did(did, loopback=True), fetch_passkeys(did, loopback=True)
    verdict = check_post(
        raw,
        host=host_in(raw),
        keys=list(keys.values()),
        log=LocalStore(office.home / "log"),
        passkeys=passkeys,
    )
    multikeys = page.request.get("/.well-known/did.json").json()["verificationMethod"]
    lines = [multikeys[0]["publicKeyMultibase"]]
    lines += [f"{name}={published(key)['publicKeyMultibase']}" for name, key in passkeys.items()]
    return verdict, raw, lines


def test_one_touch_publishes_everywhere_and_another_one_revises(
    chromium: Browser, office: LiveOffice, board: str
) -> None:
    with window(chromium, office) as (page, device):
        add(page, "phone")
        compose(page, "By touch", "We recieve many letters.", board)
        assert Axe().run(page).violations_count == 0
        publish(page)
        assert [row[:2] for row in left(office, "by-touch")] == [["site", True], ["board", True]]
        page.goto("/p/by-touch")
        expect(page.locator(".shield")).to_contain_text("own passkey")
        assert Axe().run(page).violations_count == 0

        page.goto("/publish/post/by-touch")
        page.get_by_role("button", name="Change it").click()
        page.get_by_label("The text", exact=True).fill("We receive many letters. Ada")
        publish(page)  # what was typed, not what was saved before
        rows = left(office, "by-touch")
        assert len(rows) == 4 and all(signed for _, signed, _ in rows)
        verdict, raw, lines = judged(page, office, "by-touch")
        assert (verdict.verdict, verdict.strength) == ("verified", "hand-signed"), verdict
        assert json.loads(raw)["revisions"][0]["text"] == "We receive many letters. Ada"
        for _, _, number in rows:
            page.goto(f"/b/{number}")
            expect(page.locator(".shield")).to_contain_text("own passkey")
        assert len(device.credentials()) == 1

        judge = chromium.new_page()
        place = office.home / "firsthand-verify.html"
        place.write_bytes(savable().content)
        judge.goto(place.as_uri())
        judge.locator("#key").fill("\n".join(lines))
        file: Any = {"name": "by-touch.json", "mimeType": "application/json", "buffer": raw}
        judge.locator("#file").set_input_files(file)
        expect(judge.locator("#verdict h2")).to_have_text("Verified")
        expect(judge.locator("#found")).to_contain_text("with the own passkey of Ada Ferrer")
        judge.close()


def test_who_does_not_touch_publishes_signed_by_the_office_and_shows_no_shield(
    chromium: Browser, office: LiveOffice, board: str
) -> None:
    with window(chromium, office) as (elsewhere, _):
        add(elsewhere, "elsewhere")
    with window(chromium, office) as (page, _):  # a device that does not know the passkey
        compose(page, "Untouched", "We receive many letters.", board)
        page.get_by_role("button", name="Publish", exact=True).click()
        expect(page.locator("[data-touching]")).to_contain_text("so nothing was done")
        page.get_by_role("button", name="Go on, signed by the office alone").click()
        expect(page.get_by_role("status").first).to_contain_text("can be called back")
        assert [row[1] for row in left(office, "untouched")] == [False, False]
        verdict, _, _ = judged(page, office, "untouched")
        assert (verdict.verdict, verdict.strength) == ("verified", "office-signed")
        page.goto("/p/untouched")
        expect(page.locator("article")).to_be_visible()
        expect(page.locator(".shield")).to_have_count(0)
    with office.page(chromium, "ada", java_script_enabled=False) as page:
        compose(page, "Without scripts", "We receive many letters.", board)
        page.get_by_role("button", name="Publish", exact=True).click()
        expect(page.get_by_role("status").first).to_contain_text("can be called back")
    assert [row[1] for row in left(office, "without-scripts")] == [False, False]


def test_what_was_touched_fits_no_other_text(
    chromium: Browser, office: LiveOffice, board: str
) -> None:
    """The form is changed between the touch and the act, as a hostile page might."""
    with window(chromium, office) as (page, _):
        add(page, "ring")
        compose(page, "Not this", "We receive many letters.", board)
        page.evaluate(
            """() => document.querySelector("form[data-saves]").addEventListener("submit", (event) => {
                const form = event.target;
                if (form.dataset.touched) form.elements.text.value = "We burn all letters.";
            })"""
        )
        page.get_by_role("button", name="Publish", exact=True).click()
        expect(page.get_by_role("alert").first).to_contain_text("another text")
    assert left(office, "not-this") == []
