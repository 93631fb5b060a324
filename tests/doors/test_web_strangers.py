"""What strangers meet: sign-in by default, public pages without cookies and without anything private."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse
from django.utils import timezone
from django.utils.html import strip_tags

from firsthand.channels.mail.compose import compose
from firsthand.core.byline import Level
from firsthand.core.envelope import Address
from firsthand.core.record import check, encode_salt, from_multikey
from firsthand.office import desk, outbox, staff
from firsthand.office.models import Account, Actor, Office, Submission, Thread
from firsthand.office.outbox.sealed import outbound
from firsthand.tlog.tiles import decode_bundle
from firsthand.web.middleware import PUBLIC
from firsthand.web.urls import urlpatterns

SECRET = "The jacaranda is in bloom again, and nobody knows why."
ARGUMENTS: tuple[dict[str, object], ...] = (
    {},
    {"pk": 1},
    {"key": "hal"},
    {"slug": "essay"},
    {"lane": "you"},
    {"pk": 1, "number": 0},
    {"pk": 1, "file": 1},
    {"slug": "essay", "pk": 1},
)
PRIVATE = [p for p in urlpatterns if isinstance(p, URLPattern) and p.name not in PUBLIC]


@pytest.fixture
def now() -> datetime:
    """The pages read the clock themselves, so the office was made just before."""
    return timezone.now() - timedelta(minutes=1)


def address(name: str) -> str:
    """The address of a page with whatever arguments fit."""
    for arguments in ARGUMENTS:
        try:
            return reverse(name, kwargs=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(f"No arguments fit {name}.")


LATER = timedelta(hours=1)


@pytest.fixture
def sent(thread: Thread, ada: Actor, now: datetime) -> Submission:
    """A letter of Ada's that is in the log."""
    draft = desk.draft(actor=ada, text=SECRET, now=now, thread=thread)
    row = desk.send(draft=draft, actor=ada, revision=1, seen=thread.latest, now=now)
    outbox.log_due(now=now + LATER)
    row.refresh_from_db()
    assert row.entry_id is not None
    return row


@pytest.mark.parametrize("name", sorted({str(p.name) for p in PRIVATE}))
def test_every_page_that_is_not_listed_as_public_needs_a_sign_in(
    office: Office, client: Client, name: str
) -> None:
    answer = client.get(address(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in?next=")
    act = client.post(address(name))
    assert act.status_code == 403
    assert b"You are signed out" in act.content


def test_the_first_page_is_public_for_strangers_and_today_for_the_office(
    ada: Actor, client: Client
) -> None:
    assert b"promises" in client.get("/").content
    client.force_login(ada)
    assert b"minutes today" in client.get("/").content


def test_an_offboarded_hand_is_a_stranger_at_once(ada: Actor, hal: Actor, now: datetime) -> None:
    client = Client()
    client.force_login(hal)
    assert client.get("/desk").status_code == 200
    staff.offboard(hand=hal, by=ada, now=now)
    assert client.get("/desk").status_code == 302


@pytest.mark.parametrize("page", ["/", "/public", "/hands", "/verify", "/checkpoint"])
def test_public_pages_set_no_cookie_and_carry_the_policy(
    sent: Submission, client: Client, page: str
) -> None:
    answer = client.get(page)
    assert answer.status_code == 200
    assert not answer.cookies
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_nothing_private_is_on_a_public_page(sent: Submission, client: Client) -> None:
    pages = ["/", "/hands", f"/b/{sent.number}", f"/b/{sent.number}.json", "/checkpoint"]
    told = b"\n".join(client.get(page).content for page in [*pages, "/tile/entries/000.p/1"])
    salt = encode_salt(bytes(sent.salt))
    for private in [SECRET[:20], "stella", "Stella", "Your essay", "hal@", "ada@ada", salt]:
        assert private.encode() not in told


def test_no_page_for_strangers_tells_the_hour(
    sent: Submission, ada: Actor, hal: Actor, now: datetime, client: Client
) -> None:
    """Days are public; at which hour somebody writes, promises or leaves is theirs."""
    staff.promise(by=ada, floor=Level.FIRSTHAND, channel="mail", now=now)
    staff.offboard(hand=hal, by=ada, now=now)
    told = [client.get(page).content.decode() for page in ("/", "/hands", f"/b/{sent.number}")]
    days = [f"{at.day} {at:%B %Y}" for at in (now, now, now + LATER)]
    assert [day in page for day, page in zip(days, told, strict=True)] == [True] * 3
    hours = [re.findall(r"(?<![\w:/.])\d{1,2}:\d\d\b", strip_tags(page)) for page in told]
    assert hours == [[], [], []]


def test_the_byline_page_tells_the_level_the_sentence_and_the_entry(
    sent: Submission, client: Client
) -> None:
    page = client.get(f"/b/{sent.number}").content.decode()
    assert 'class="level firsthand"' in page
    assert sent.sentence in page
    assert f"Entry {sent.entry_id}" in page
    assert sent.statement["credentialSubject"]["digestMultibase"] in page


def test_the_record_is_served_byte_for_byte_and_signed_by_the_key_in_the_did_document(
    sent: Submission, client: Client
) -> None:
    answer = client.get(f"/b/{sent.number}.json")
    assert answer["Content-Type"] == "application/vc"
    assert answer["Access-Control-Allow-Origin"] == "*"
    methods = json.loads(client.get("/.well-known/did.json").content)["verificationMethod"]
    assert check(answer.content, from_multikey(methods[0]["publicKeyMultibase"]))


def test_what_is_not_in_the_log_has_no_byline_page(
    thread: Thread, ada: Actor, now: datetime, client: Client
) -> None:
    draft = desk.draft(actor=ada, text=SECRET, now=now, thread=thread)
    pending = desk.send(draft=draft, actor=ada, revision=1, seen=thread.latest, now=now)
    assert client.get(f"/b/{pending.number}").status_code == 404
    assert client.get(f"/b/{pending.number}.json").status_code == 404
    assert client.get("/b/nonesuch").status_code == 404


def test_an_erased_record_is_gone_and_said_to_be(sent: Submission, client: Client) -> None:
    Submission.objects.filter(pk=sent.pk).update(record=b"")
    page = client.get(f"/b/{sent.number}")
    assert page.status_code == 410
    assert b"was erased" in page.content
    assert client.get(f"/b/{sent.number}.json").status_code == 410


def test_the_log_is_served_with_the_right_headers(sent: Submission, client: Client) -> None:
    newest = client.get("/checkpoint")
    origin, size, *_ = newest.content.decode().splitlines()
    assert origin == Office.objects.get().log_origin
    assert "no-cache" in newest["Cache-Control"]
    tile = client.get(f"/tile/entries/000.p/{size}")
    assert len(decode_bundle(tile.content)) == int(size)
    assert "immutable" in tile["Cache-Control"]
    assert client.get("/tile/0/../../office.sqlite3").status_code == 404
    assert client.get("/tile/entries/999").status_code == 404
    assert (settings.LOG_FOLDER / "checkpoint").read_bytes() == newest.content


def test_a_mail_is_verified_and_a_changed_one_is_not(sent: Submission, client: Client) -> None:
    raw = compose(outbound(sent))
    assert b'class="verdict verified"' in client.post("/verify", {"source": raw.decode()}).content
    changed = raw.decode().replace("nobody knows why", "everybody knows why")
    assert b'class="verdict altered"' in client.post("/verify", {"source": changed}).content
    assert (
        b'class="verdict unknown"' in client.post("/verify", {"source": "From: a@b.c\n\nx"}).content
    )
    empty = client.post("/verify", {"source": ""})
    assert empty.status_code == 400
    assert b"Paste the source" in empty.content


def test_the_decoder_names_hands_by_their_initials_and_machines_as_machines(
    hal: Actor, otto: Actor, client: Client
) -> None:
    page = client.get("/hands").content.decode()
    assert "^HB" in page
    assert "Hal Brandt" in page
    assert "an AI agent" in page
    assert f'id="{hal.key}"' in page


def test_a_one_time_link_is_not_used_up_by_looking_and_works_once(
    hal: Actor, ada: Actor, now: datetime
) -> None:
    link = "/enter/" + staff.invite(hand=hal, by=ada, now=now, lasts=timedelta(days=1))
    client = Client()
    assert client.get(link).status_code == 200
    assert client.get(link).status_code == 200
    assert client.post(link)["Location"] == "/office/password"
    again = Client().post(link)
    assert again.status_code == 403
    assert b"works once" in again.content


def test_the_password_is_checked_and_guessing_is_slowed_down(ada: Actor, client: Client) -> None:
    ada.set_password("a few words in a row")
    ada.save()
    wrong = {"email": ada.email, "password": "guess"}
    assert client.post("/sign-in", wrong).status_code == 403
    right = {"email": ada.email, "password": "a few words in a row", "next": "//evil.example/"}
    assert client.post("/sign-in", right)["Location"] == "/"
    for _ in range(9):
        refused = Client().post("/sign-in", wrong)
    assert b"Too many tries" in refused.content
    assert Client().post("/sign-in", right).status_code == 403


def test_forms_without_their_token_are_refused(ada: Actor, thread: Thread) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    answer = client.post(f"/t/{thread.pk}/close")
    assert answer.status_code == 403
    thread.refresh_from_db()
    assert thread.state == "open"
    assert b"load the page again" in answer.content


def test_an_office_that_is_not_open_yet_says_so(db: None, client: Client) -> None:
    assert b"not open yet" in client.get("/").content


def test_the_hidden_copy_reaches_no_public_place(
    account: Account, ada: Actor, now: datetime, client: Client
) -> None:
    to = [Address("friend@elsewhere.example")]
    draft = desk.draft(
        actor=ada, text="Hello", now=now, account=account, to=to, subject="Hi",
        bcc=[Address("shadow@elsewhere.example")],
    )  # fmt: skip
    row = desk.send(draft=draft, actor=ada, revision=1, seen=0, now=now)
    outbox.log_due(now=now + timedelta(hours=1))
    assert b"shadow" not in client.get(f"/b/{row.number}").content
    assert b"shadow" not in client.get(f"/b/{row.number}.json").content
