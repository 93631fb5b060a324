"""Hostile mail in a real browser: nothing of it runs, and no request leaves the page (invariant 9)."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.live import LiveOffice

pytestmark = pytest.mark.browser
PAYLOADS = """
<script>parent.postMessage('ran','*');fetch('https://evil.example/1')</script>
<img src=x onerror="fetch('https://evil.example/2')"><svg onload="fetch('https://evil.example/3')"></svg>
<iframe src="https://evil.example/4"></iframe><object data="https://evil.example/5"></object>
<link rel=stylesheet href="https://evil.example/6"><style>@import url(https://evil.example/7);
body{background:url(https://evil.example/8)}</style>
<p style="background:url('https://evil.example/9')">Hello</p>
<img src="https://evil.example/10.gif" srcset="https://evil.example/11.gif 2x">
<table background="https://evil.example/12"><tr><td>cell</td></tr></table>
<a href="javascript:fetch('https://evil.example/13')">click</a>
<form action="https://evil.example/14"><input name=q autofocus onfocus="fetch('https://evil.example/15')">
<button>go</button></form><meta http-equiv=refresh content="0;url=https://evil.example/16">
<base href="https://evil.example/"><video poster="https://evil.example/17" src="https://evil.example/18">
</video><math><mtext><mglyph><style><img src=x onerror="fetch('https://evil.example/19')"></style>
</mglyph></mtext></math><noscript><p title="</noscript><img src=x onerror=fetch('//evil.example/20')>">
"""
TEXT = (
    "Hello <script>fetch('https://evil.example/21')</script> "
    "<img src=x onerror=fetch('https://evil.example/22')> https://evil.example/\"onmouseover=x"
)
SEND = """
from email.message import EmailMessage
from firsthand.core.envelope import Inbound
from firsthand.office import attention, intake
from firsthand.office.models import Account, Message
def mail(name, text, html):
    m = EmailMessage()
    m["From"] = '"<script>fetch(1)</script>" <stan@stranger.example>'
    m["To"], m["Message-ID"] = "ada@ada.example", f"<{name}@stranger.example>"
    m["Subject"] = f"{name} <img src=x onerror=fetch('https://evil.example/23')>"
    m.set_content(text)
    if html:
        m.add_alternative(html, subtype="html")
    return Inbound("mail", name, m.as_bytes(), now)
account = Account.objects.get(channel="mail")
intake.take(account=account, inbounds=[mail("hostile", sys.argv[1], sys.argv[2])], now=now)
attention.rank_waiting(now=now, limit=100)
found = Message.objects.get(message_id="hostile@stranger.example")
print(json.dumps([found.thread_id, found.pk]))
"""
LONG = """
from firsthand.core.envelope import Inbound
from firsthand.office import attention, desk, intake
from firsthand.office.models import Account, Actor, Message
raw = (
    f"From: {'N' * 800} <{'a' * 60}@{'b' * 60}.example>\\r\\nTo: ada@ada.example\\r\\n"
    f"Message-ID: <long@stranger.example>\\r\\nSubject: {'L' * 5000}\\r\\n\\r\\n{'T' * 3000}"
)
account = Account.objects.get(channel="mail")
intake.take(account=account, inbounds=[Inbound("mail", "long", raw.encode(), now)], now=now)
attention.rank_waiting(now=now, limit=100)
found = Message.objects.get(message_id="long@stranger.example")
ada = Actor.objects.get(is_principal=True)
draft = desk.draft(actor=ada, text="T" * 3000, now=now, thread=found.thread)
print(json.dumps([f"/t/{found.thread_id}", f"/t/{found.thread_id}?focus=1", f"/d/{draft.pk}",
    f"/people/{found.person_id}", f"/m/{found.pk}/source"]))
"""
FOUND = """
from firsthand.office.models import Message
found = Message.objects.filter(body__has_html=True, thread__isnull=False).first()
print(json.dumps([found.thread_id, found.pk]))
"""


def watched(page: Page, base: str) -> list[str]:
    """What the page asks for elsewhere, runs by surprise, or opens."""
    seen: list[str] = []
    page.context.on(
        "request", lambda r: None if r.url.startswith((f"{base}/", "data:")) else seen.append(r.url)
    )
    page.context.on("page", lambda other: seen.append(f"opened {other.url}"))
    page.on("dialog", lambda dialog: seen.append(dialog.message))
    return seen


def test_nothing_runs_and_nothing_leaves(chromium: Browser, live_office: LiveOffice) -> None:
    thread, message = json.loads(live_office.run(SEND, TEXT, PAYLOADS))
    with live_office.page(chromium, "ada") as page:
        seen = watched(page, live_office.base)
        ran = "window.ran = []; addEventListener('message', e => ran.push(e.data))"
        page.add_init_script(ran)
        for path in ["/", "/lane/screened", "/search?q=hostile", f"/t/{thread}"]:
            page.goto(path)
            page.wait_for_load_state("networkidle")
        page.get_by_text("As its writer laid it out").click()
        frame = page.frame_locator("iframe")
        frame.get_by_text("Hello").wait_for()
        page.wait_for_timeout(500)
        assert page.evaluate("ran") == []
        assert seen == []
        page.goto(f"/m/{message}/html")
        page.wait_for_timeout(500)
        page.goto(f"/m/{message}/source")
        page.wait_for_timeout(200)
        assert seen == []


@pytest.mark.parametrize("width", [360, 1280])
def test_words_without_end_make_no_page_wider(
    chromium: Browser, live_office: LiveOffice, width: int
) -> None:
    where = [
        "/",
        "/lane/screened",
        "/desk",
        "/search?q=in:screened",
        *json.loads(live_office.run(LONG)),
    ]
    wide: list[str] = []
    with live_office.page(chromium, "ada", viewport={"width": width, "height": 800}) as page:
        for path in where:
            page.goto(path)
            page.evaluate(
                "document.querySelectorAll('details:not(.pop)').forEach(d => { d.open = true })"
            )
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append(path)
    assert not wide, "\n".join(wide)


def test_the_cage_holds_even_what_the_sanitizer_would_miss(
    chromium: Browser, live_office: LiveOffice
) -> None:
    """The same policy around a live script: it does not run, its origin is not ours, no picture."""
    with live_office.page(chromium, "ada") as page:
        _, message = json.loads(live_office.run(FOUND))
        page.goto("/")
        cage = page.evaluate(
            "path => fetch(path).then(r => r.headers.get('content-security-policy'))",
            f"/m/{message}/html",
        )
        page.route(
            "**/caged",
            lambda route: route.fulfill(
                headers={"Content-Security-Policy": cage, "Content-Type": "text/html"},
                body="<script>document.title='ran'</script><img src=https://evil.example/z.gif>",
            ),
        )
        failures: dict[str, str | None] = {}
        page.on("requestfailed", lambda asked: failures.update({asked.url: asked.failure}))
        page.goto("/caged")
        page.wait_for_timeout(300)
        assert page.title() != "ran"
        assert page.evaluate("self.origin") == "null"
        assert failures["https://evil.example/z.gif"] == "csp"  # stopped before it was asked for
