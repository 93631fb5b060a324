"""A post's page in the office with who links to it and whom it links to, and a mention as a conversation."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.live import LiveOffice
from tests.browser.test_pages import DESKTOP, PHONE, look

pytestmark = pytest.mark.browser
FURNISH = """
from firsthand.channels.mentions import thing
from firsthand.core.envelope import Inbound
from firsthand.office import intake
from firsthand.office.models import Account, Mention, Message, Office, Post, Telling
post = Post.objects.get(slug="barriers")
target, source = f"{Office.objects.get().base}/p/barriers", "https://tides.example/2026/11/on-barriers"
if not Mention.objects.exists():
    told = [("told", ""), ("unheard", "It takes none."), ("uncertain", "tides.example broke off: timed out."),
            ("failed", "gone.example answered 400: source not found."), ("noted", "b.example answered 503.")]
    for number, (state, problem) in enumerate(told):
        Telling.objects.create(
            revision=post.newest, target=f"https://reservoir.example/reports/{number}/{'long-' * 20}",
            key=str(number), state=state, problem=problem,
            told_at=now if state == "told" else None, retry_at=now if state == "noted" else None,
        )
    said = {"type": ["h-entry"], "properties": {
        "author": [{"type": ["h-card"], "properties": {"name": ["Tilda Marsh"], "url": ["https://tides.example/"]}}],
        "content": [{"html": "<p>A barrier also keeps people <b>in</b>. Who counted them?</p>", "value": ""}],
        "in-reply-to": [target]}}
    raw = thing.pack("mf2", said, source=source)
    inbound = Inbound("web", "webmention:x/1/y", raw, received_at=now, mine=False, folder="mention")
    intake.take(account=Account.of_mentions(now), inbounds=[inbound], now=now)
    for number, state in enumerate(["found", "gone"]):
        Mention.objects.create(
            source=source + "?" * number, target=target, key=str(number), host="tides.example",
            way="webmention", state=state, heard_at=now, due_at=now, versions=1,
            remote_id="webmention:x/1/y" if state == "found" else "none",
        )
print(Message.objects.get(remote_id="webmention:x/1/y").thread_id)
"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_links_both_ways_have_no_barrier(
    chromium: Browser, live_office: LiveOffice, size: object, scheme: str
) -> None:
    thread = live_office.run(FURNISH).strip()
    with live_office.page(chromium, "ada", viewport=size, color_scheme=scheme) as page:
        for path in ("/publish/post/barriers", f"/t/{thread}"):
            assert look(page, path) == [], path
            if folder := os.environ.get("SCREENSHOTS"):
                name = f"{path.strip('/').replace('/', '-')}-{scheme}-{page.evaluate('innerWidth')}"
                page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_what_is_uncertain_is_told_again_by_a_button(
    chromium: Browser, live_office: LiveOffice
) -> None:
    live_office.run(FURNISH)
    with live_office.page(chromium, "ada", viewport=DESKTOP) as page:
        page.goto("/publish/post/barriers")
        section = page.get_by_role("region", name="Whom it links to")
        before = section.get_by_role("button", name="Tell them again").count()
        section.get_by_role("button", name="Tell them again").first.click()
        expect(page.get_by_text("It is told again.")).to_be_visible()
        expect(section.get_by_role("button", name="Tell them again")).to_have_count(before - 1)
        page.get_by_role("link", name="tides.example/2026/11/on-barriers").first.click()
        expect(page.get_by_text("Who counted them?").first).to_be_visible()
