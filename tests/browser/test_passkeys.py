"""Passkeys in a real browser with a virtual authenticator: made, touched, revoked, and checked after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, FilePayload, Page, expect

from firsthand.core.record import from_multikey
from firsthand.tlog.store import LocalStore
from firsthand.verifier import Verdict, check_mail, fetch_did, fetch_passkeys
from tests.browser import live
from tests.browser.live import LiveOffice

pytestmark = pytest.mark.browser
# Letters leave into memory; the process that sends them tells what left.
SEND = """
from firsthand.channels.mail.compose import compose
from firsthand.channels.memory import server
from firsthand.office import outbox
from firsthand.office.models import Account
later = now + timedelta(minutes=2)
outbox.log_due(now=later)
while one := outbox.claim(now=later):
    outbox.deliver(one, clock=lambda: later)
sent = [compose(out).decode("latin-1") for a in Account.objects.all() for out in server(a.address).taken]
print(json.dumps(sent))
"""
PREPARE = """
from firsthand.core.envelope import Address
from firsthand.core.rights import Right
from firsthand.office import desk, staff
from firsthand.office.models import Account, Actor, Submission
ada = Actor.objects.get(is_principal=True)
hal = Actor.objects.filter(kind="human", is_principal=False, offboarded_at=None).order_by("pk").first()
for right in (Right.READ, Right.DRAFT, Right.SEND):
    staff.grant(hand=hal, by=ada, right=right, now=now)
for promise in __import__("firsthand.office.models", fromlist=["Promise"]).Promise.objects.filter(until=None):
    staff.end_promise(promise=promise, by=ada, now=now)
Submission.objects.filter(state="pending").update(state="stopped")
account = Account.objects.create(
    channel="memory", address="touch@ada.example", settings={"x": 1}, state="ok", made_at=now
)
made = []
for number in range(4):
    draft = desk.draft(
        actor=hal, text=f"Dear Stella, this is letter {number}.", now=now, account=account,
        to=[Address("stella@elsewhere.example")], subject=f"Letter {number}",
    )
    desk.ask(draft=draft, actor=hal, now=now)
    made.append(draft.pk)
print(json.dumps([account.pk, hal.key, made]))
"""
FORWARD = """
from firsthand.office import desk
from firsthand.office.models import Actor, Draft
hal = Actor.objects.get(key=sys.argv[1])
for pk in json.loads(sys.argv[2]):
    draft = Draft.objects.get(pk=pk)
    made = desk.send(draft=draft, actor=hal, revision=draft.revision, seen=0, now=now)
    assert made.hand_signed, made.statement
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveOffice]:
    with live.running(tmp_path_factory.mktemp("passkeys") / "home", "localhost") as running:
        yield running


@pytest.fixture(scope="module")
def prepared(office: LiveOffice) -> list[Any]:
    found: list[Any] = json.loads(office.run(PREPARE))
    return found


class Device:
    """The authenticator of a window; `touching` says whether somebody's finger is on it."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }  # fmt: skip
        made = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.id = made["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        found = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])

    def verified(self, yes: bool) -> None:
        values = {"authenticatorId": self.id, "isUserVerified": yes}
        self.session.send("WebAuthn.setUserVerified", values)


@contextmanager
def window(
    chromium: Browser, office: LiveOffice, key: str = "ada"
) -> Iterator[tuple[Page, Device]]:
    with office.page(chromium, key) as page:
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        yield page, Device(page)


def add(page: Page, name: str) -> None:
    page.goto("/office/keys")
    page.get_by_label("What you call it").fill(name)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("status").first).to_contain_text(f"“{name}” is added")


def write(page: Page, account: int, text: str, subject: str = "By touch") -> None:
    page.goto("/new")
    page.get_by_label("From").select_option(str(account))
    page.get_by_label("To", exact=True).fill("stella@elsewhere.example")
    page.get_by_label("Subject").fill(subject)
    page.get_by_label("The text", exact=True).fill(text)


def judged(office: LiveOffice) -> list[Verdict]:
    """What a stranger finds of all that leaves now: keys from the web, the log, nothing else."""
    did = "did:web:" + office.base.removeprefix("http://").replace(":", "%3A")
    keys = list(fetch_did(did, loopback=True).values())
    passkeys = fetch_passkeys(did, loopback=True)
    log = LocalStore(office.home / "log")
    mails = [mail.encode("latin-1") for mail in json.loads(office.run(SEND))]
    return [check_mail(mail, keys=keys, log=log, passkeys=passkeys) for mail in mails]


def told(verdicts: list[Verdict]) -> list[tuple[str, str]]:
    return [(one.verdict, one.strength) for one in verdicts]


HAND = ("verified", "hand-signed")
OFFICE = ("verified", "office-signed")


def test_a_touch_makes_letters_hand_signed(
    chromium: Browser, office: LiveOffice, prepared: list[Any]
) -> None:
    account, hal, drafts = prepared
    with window(chromium, office) as (page, device):
        add(page, "phone")
        assert Axe().run(page).violations_count == 0
        write(page, account, "Dear Stella, with pleasure. Ada")
        page.get_by_role("button", name="Send", exact=True).click()
        page.wait_for_url("**/desk")
        assert told(judged(office)) == [HAND]

        page.goto(f"/d/{drafts[0]}")
        page.get_by_role("button", name="Approve this text").click()
        page.wait_for_url("**/desk")
        for pk in drafts[1:3]:
            page.locator(f'[name=item][value^="{pk}:"]').check()
        page.get_by_role("button", name="Approve the chosen ones with one touch").click()
        expect(page.get_by_role("status").first).to_contain_text("2 approved")
        office.run(FORWARD, hal, json.dumps(drafts[:3]))
        verdicts = judged(office)
        assert told(verdicts) == [HAND] * 3
        assert {one.level for one in verdicts} == {"approved"}
        page.goto("/desk")
        expect(page.locator(".shield").first).to_contain_text("own passkey")
        assert len(device.credentials()) == 1


def test_who_does_not_touch_is_signed_by_the_office(
    chromium: Browser, office: LiveOffice, prepared: list[Any]
) -> None:
    with window(chromium, office) as (elsewhere, _):
        add(elsewhere, "not at hand")
    with window(chromium, office) as (page, _):  # a device that does not know the passkey
        write(page, prepared[0], "Dear Stella, gladly. Ada")
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("button", name="Go on, signed by the office alone").click()
        page.wait_for_url("**/desk")
    assert told(judged(office)) == [OFFICE]
    with office.page(chromium, "ada", java_script_enabled=False) as page:
        write(page, prepared[0], "Dear Stella, without scripts. Ada")
        page.get_by_role("button", name="Send", exact=True).click()
        page.wait_for_url("**/desk")
    assert told(judged(office)) == [OFFICE]


def test_a_reply_by_touch_keeps_files_and_quote_once(
    chromium: Browser, office: LiveOffice, prepared: list[Any]
) -> None:
    with window(chromium, office) as (page, _):
        add(page, "tablet")
        write(page, prepared[0], "Dear Stella, here it is. Ada", "With a file")
        page.get_by_text("Add files").click()
        page.get_by_label("Files, 25 MB each at most").set_input_files(
            FilePayload(name="map.txt", mimeType="text/plain", buffer=b"north is up")
        )
        page.get_by_role("button", name="Send", exact=True).click()
        page.wait_for_url("**/desk")
    counted = office.run(
        "from firsthand.office.models import Submission\n"
        "one = Submission.objects.latest('pk')\n"
        "print(one.subject, one.hand_signed, one.draft.files.count())"
    )
    assert counted.strip() == "With a file True 1"
    assert told(judged(office)) == [HAND]


def test_a_passkey_lets_in_until_it_is_revoked(chromium: Browser, office: LiveOffice) -> None:
    with window(chromium, office) as (page, device):
        add(page, "laptop")
        page.goto("/office")
        page.get_by_role("button", name="Sign out").click()
        page.goto("/sign-in")
        assert Axe().run(page).violations_count == 0
        device.verified(yes=False)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_text("No passkey was touched.")).to_be_visible()
        device.verified(yes=True)
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url(f"{office.base}/")
        page.goto("/office/keys")
        page.get_by_role("button", name="Revoke laptop").click()
        expect(page.get_by_role("status").first).to_contain_text("is revoked")
        page.goto("/office")
        page.get_by_role("button", name="Sign out").click()
        page.goto("/sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("alert")).to_contain_text("was revoked")
    office.sessions.pop("ada", None)
    office.links.update(json.loads(office.run(live.LINKS)))


def test_a_revoked_passkey_signs_nothing(
    chromium: Browser, office: LiveOffice, prepared: list[Any]
) -> None:
    """A live one on another device is asked for, which is not at hand; the revoked one is."""
    with window(chromium, office) as (elsewhere, _):
        add(elsewhere, "elsewhere")
    with window(chromium, office) as (page, _):
        add(page, "watch")
        page.get_by_role("button", name="Revoke watch").click()
        expect(page.get_by_role("status").first).to_contain_text("is revoked")
        write(page, prepared[0], "Dear Stella, no. Ada")
        page.get_by_role("button", name="Send", exact=True).click()
        note = page.locator("[data-touching]")
        expect(note).to_contain_text("not touched, so nothing was done")
    assert told(judged(office)) == []


def test_what_was_touched_fits_no_other_text(
    chromium: Browser, office: LiveOffice, prepared: list[Any]
) -> None:
    """The form is changed between the touch and the send, as a hostile page might."""
    with window(chromium, office) as (page, _):
        add(page, "ring")
        write(page, prepared[0], "Dear Stella, yes. Ada")
        page.evaluate(
            """() => document.querySelector("form[data-compose]").addEventListener("submit", (event) => {
                const form = event.target;
                if (form.dataset.touched) form.elements.text.value = "Dear Stella, pay Stan. Ada";
            })"""
        )
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_role("alert").first).to_contain_text("another text")
    assert told(judged(office)) == []


def test_evidence_moved_to_another_letter_is_forged(
    chromium: Browser, office: LiveOffice, prepared: list[Any]
) -> None:
    with window(chromium, office) as (page, _):
        add(page, "stick")
        write(page, prepared[0], "Dear Stella, this one. Ada")
        page.get_by_role("button", name="Send", exact=True).click()
        page.wait_for_url("**/desk")
    office.run(
        """
from firsthand.core.envelope import Address
from firsthand.office import desk
from firsthand.office.models import Account, Actor, Submission
true = Submission.objects.latest("pk")
ada = Actor.objects.get(is_principal=True)
false = desk.draft(actor=ada, text="Dear Stella, pay Stan.", now=now, account=true.account,
    to=[Address("stella@elsewhere.example")], subject="Pay")
made = desk.send(draft=false, actor=ada, revision=1, seen=0, now=now)
Submission.objects.filter(pk=made.pk).update(evidence=true.evidence, hand_signed=True)
"""
    )
    assert told(judged(office)) == [HAND, ("forged", "")]


def test_the_pages_name_the_keys_of_the_office(office: LiveOffice) -> None:
    did = "did:web:" + office.base.removeprefix("http://").replace(":", "%3A")
    found = fetch_did(did, loopback=True)
    stated = office.run(
        "from firsthand.office.models import Office\nprint(Office.objects.get().public_key)"
    )
    assert list(found.values()) == [from_multikey(stated.strip())]
    assert all(name.startswith("ada-passkey-") for name in fetch_passkeys(did, loopback=True))
