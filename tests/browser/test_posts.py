"""Posts in a real browser: pages without barriers, a history that shows what changed, nothing foreign."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.live import LiveOffice
from tests.browser.test_pages import DESKTOP, PHONE, look

pytestmark = pytest.mark.browser
# A post by a hand, approved, corrected, on a board too; a second one in the making; a blackout to come.
PUBLISH = """
from firsthand.core.revising import Change
from firsthand.core.rights import Right
from firsthand.office import desk, intake, outbox, publish, staff
from firsthand.office.models import Account, Actor, Post
from firsthand.office.publish import Credited, Place
ada = Actor.objects.get(is_principal=True)
hal = Actor.objects.get(key="hal")
day = timedelta(days=1)
def work(at):
    for step in range(6):
        at += timedelta(minutes=1)
        outbox.log_due(now=at)
        while one := outbox.claim(now=at):
            outbox.deliver(one, clock=lambda: at)
        outbox.file_sent(now=at, take=intake.take)
if not Post.objects.filter(slug__startswith="what-an-office").exists():
    wall = Account.objects.create(
        channel="board", address="ada.board", settings={"x": ""}, state="ok", made_at=now
    )
    text = sys.argv[1]
    draft = publish.compose(
        actor=hal, text=text, title="What an office without a curtain looks like", language="en",
        places=[Place(wall)], credits=[Credited("Mia Lund", "guest", "https://mia.example/")],
        sponsor="The Paper Mill", now=now - 9 * day,
    )
    desk.approve(draft=draft, actor=ada, revision=1, now=now - 9 * day)
    first = publish.publish(draft=draft, actor=ada, revision=1, now=now - 9 * day)
    work(now - 9 * day)
    for back, old, new, change, note in (
        (6, "recieve", "receive", None, ""),
        (4, "forty letters", "four hundred letters", Change.TYPO, ""),
        (2, "since May", "since June", Change.CORRECTION, "It began in June, not in May."),
    ):
        text = text.replace(old, new)
        again = publish.revise(
            post=first.post, actor=ada, text=text, change=change, note=note, now=now - back * day
        )
        publish.publish(draft=again, actor=ada, revision=1, now=now - back * day)
        work(now - back * day)
    publish.revise(post=first.post, actor=hal, text=text + " And that is all.", now=now - day)
    other = publish.compose(
        actor=hal, text="A short note.", places=[Place(wall, "whole")], now=now - day
    )
    desk.ask(draft=other, actor=hal, now=now - day)
    later = publish.compose(actor=ada, text="Good morning.", title="For Monday", now=now)
    publish.publish(draft=later, actor=ada, revision=1, at=now + 3 * day, now=now)
from firsthand.office.models import Draft, Submission
made = Draft.objects.filter(post__isnull=False).exclude(state__in=["sent", "leaving"])
print(json.dumps([f"/publish/draft/{pk}" for pk in made.values_list("pk", flat=True)]))
"""
TEXT = (
    "We recieve *forty letters* a day, and have since May. Each is read; few are answered by the person "
    "to whom they were written.\n\n## What we do about it\n\n"
    "- Every answer says who wrote it.\n- Anybody can check it, in [the log](https://ada.example/log).\n\n"
    "> Nothing is hidden that a reader would want to know.\n\nThat is the whole idea."
)
SLUG = "what-an-office-without-a-curtain-looks-like"
PUBLIC = ["/posts", f"/p/{SLUG}", f"/p/{SLUG}/2", f"/p/{SLUG}/history"]
INSIDE = ["/publish", "/publish/new", f"/publish/post/{SLUG}"]


@pytest.fixture
def posted(live_office: LiveOffice) -> list[str]:
    """The drafts of posts that are open; their addresses."""
    drafts: list[str] = json.loads(live_office.run(PUBLISH, TEXT))
    return drafts


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_of_publishing_has_a_barrier(
    chromium: Browser,
    live_office: LiveOffice,
    posted: list[str],
    scheme: str,
    size: dict[str, int],
) -> None:
    found: dict[str, list[str]] = {}
    foreign: list[str] = []
    with live_office.page(chromium, "ada", viewport=size, color_scheme=scheme) as page:
        page.on("pageerror", lambda error: foreign.append(str(error)))
        page.on("console", lambda said: foreign.append(said.text) if said.type == "error" else None)
        page.on("request", lambda asked: foreign.append(asked.url))
        for path in [*PUBLIC, *INSIDE, *posted]:
            problems = look(page, path)
            if problems:
                found[path] = problems
    assert found == {}
    assert [url for url in foreign if not url.startswith(f"{live_office.base}/")] == []


def test_a_stranger_reads_a_post_and_its_history_without_scripts(
    chromium: Browser, live_office: LiveOffice, posted: list[str]
) -> None:
    with live_office.page(chromium, java_script_enabled=False) as page:
        page.goto("/posts")
        page.get_by_role("link", name="What an office without a curtain").click()
        page.wait_for_url(f"**/p/{SLUG}")
        expect(page.get_by_role("heading", name="What we do about it")).to_be_visible()
        expect(page.get_by_text("Corrected on")).to_be_visible()
        page.get_by_role("link", name="Every change since it was published").click()
        page.wait_for_url(f"**/p/{SLUG}/history")
        expect(page.locator("ins", has_text="receive")).to_be_visible()
        expect(page.get_by_text("Its editor called this typo. The texts show more")).to_be_visible()


def test_the_principal_writes_a_post_and_sees_how_it_will_look(
    chromium: Browser, live_office: LiveOffice, posted: list[str]
) -> None:
    with live_office.page(chromium, "ada") as page:
        page.goto("/publish/new")
        page.get_by_label("Title", exact=True).fill("A browser's post")
        page.get_by_label("The text", exact=True).fill("Some *words* for everybody.")
        page.get_by_label("ada.board").select_option("whole")
        page.get_by_role("button", name="Save and see how it looks").click()
        page.wait_for_url("**/publish/draft/*")
        expect(page.locator("em", has_text="words")).to_be_visible()
        page.get_by_text("ada.board").first.click()
        expect(page.locator(".card")).to_contain_text("Some words for everybody.")
        page.get_by_text("Later", exact=True).click()
        page.get_by_label("Or at a time").fill(f"{datetime.now(UTC).year + 1}-01-01T09:00")
        page.get_by_role("button", name="Schedule").click()
        page.wait_for_url("**/publish")
        page.get_by_role("button", name=re.compile("Call it back.*A browser's post")).click()
        page.wait_for_url("**/publish/draft/*")
        page.get_by_role("button", name="Throw this draft away").click()
        page.wait_for_url("**/publish")
