"""Letters on the pages: Today, the folds, threads, foreign mail in its cage, rights and counts."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from firsthand.core.attention import Lane
from firsthand.core.rights import Right, Scope
from firsthand.office import attention, desk, search, staff
from firsthand.office.models import Account, Actor, Body, Draft, Message, Note, Person, Thread
from tests.office.conftest import Hire, receive

EVIL = (
    b"From: Stella Kaur <stella@elsewhere.example>\r\nTo: ada@ada.example\r\nSubject: hi\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>"
    b"<p onclick=alert(1)>Hello<img src=https://tracker.example/x.gif></p>\r\n"
    b"--b\r\nContent-Type: image/svg+xml; name=a.svg\r\nContent-Disposition: attachment; "
    b"filename=a.svg\r\n\r\n<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>\r\n--b--\r\n"
)


@pytest.fixture
def now() -> datetime:
    """The pages read the clock themselves, so the office was made just before."""
    return timezone.now() - timedelta(minutes=1)


def letters(account: Account, count: int, now: datetime, *, known: bool = True) -> list[Thread]:
    """That many ranked letters, each of a person of its own."""
    made = []
    for number in range(count):
        person = Person.objects.create(
            name=f"Writer {number}", received=4, answered=3 if known else 0, written=3 * known
        )
        at = now - timedelta(days=1, minutes=number)
        made.append(receive(account, person=person, at=at, subject=f"Letter {number}"))
    attention.rank_waiting(now=now, limit=1000)
    return made


def evil(account: Account, now: datetime) -> Message:
    thread = receive(account, person=Person.objects.create(name="Stella Kaur"), at=now)
    message = Message.objects.get(pk=thread.latest)
    Body.objects.filter(pk=message.pk).update(raw=zlib.compress(EVIL), has_html=True)
    message.attachments = [{"name": "a.svg", "media_type": "image/svg+xml", "size": 60}]
    message.save()
    return message


def test_today_counts_the_letters_that_fit_and_tells_why(
    as_ada: Client, account: Account, now: datetime
) -> None:
    letters(account, 3, now)
    page = as_ada.get("/").content.decode()
    assert "25 minutes today:\n    3 letters need you" in page
    assert "<span>asks for something</span>" in page
    few = as_ada.get("/?minutes=1").content.decode()
    assert "1 minute today" in few
    assert "For another day" in few
    for nonsense in ("never", "0", "601", "9" * 5000):
        assert as_ada.get("/", {"minutes": nonsense}).status_code == 400


def test_one_at_a_time_keeps_to_the_minutes_on_the_page(
    as_ada: Client, account: Account, now: datetime
) -> None:
    letters(account, 30, now)
    usual = as_ada.get("/focus", follow=True).content.decode()
    many = as_ada.get("/focus?minutes=600", follow=True).content.decode()
    assert "Letter 1 of 30" in many
    assert "Letter 1 of 30" not in usual
    assert "&amp;minutes=600" in many
    first = as_ada.get("/focus?minutes=600").headers["Location"].split("?")[0]
    form = {"focus": "1", "minutes": "600", "before": ""}
    onward = as_ada.post(f"{first}/close", form).headers["Location"]
    assert onward.endswith("&minutes=600")
    assert "Letter 1 of 29" in as_ada.get(onward, follow=True).content.decode()


def test_today_tells_of_first_time_senders_among_the_letters(
    as_ada: Client, account: Account, now: datetime
) -> None:
    letters(account, 2, now)
    assert "first-time senders" not in as_ada.get("/").content.decode().split("</h1>")[1][:900]
    letters(account, 1, now, known=False)
    assert "; 1 letter from first-time senders" in as_ada.get("/").content.decode()


@pytest.mark.parametrize("page", ["/new?forward={}", "/new?from={}", "/lane/you?after={}"])
def test_a_number_of_any_length_breaks_no_page(as_ada: Client, page: str) -> None:
    for digits in (20, 5000):
        assert as_ada.get(page.format("9" * digits)).status_code in (200, 400, 404)


@pytest.mark.parametrize(
    "older",
    ["9999-12-31T23:59:59-12:00/1", "0001-01-01T00:00:00+14:00/1", "x", "2026-01-01/", "/9"],
)
def test_a_next_page_that_there_is_none_of_is_the_first(as_ada: Client, older: str) -> None:
    assert as_ada.get("/search", {"q": "in:fyi", "older": older}).status_code == 200


def test_the_next_page_of_a_search_goes_on(as_ada: Client, account: Account, now: datetime) -> None:
    for thread in letters(account, 35, now):
        message = Message.objects.get(pk=thread.latest)
        Message.objects.filter(pk=message.pk).update(at=now)
        search.index([(Message.objects.get(pk=message.pk), "zebra")])
    first = as_ada.get("/search?q=zebra").content.decode()
    onward = first.split("older=")[1].split('"')[0]
    second = as_ada.get(f"/search?q=zebra&older={onward}").content.decode()
    assert (first.count("data-line"), second.count("data-line")) == (30, 5)


@pytest.mark.parametrize(
    "page", ["/", "/lane/you", "/people/{person}", "/t/{thread}", "/search?q=begins"]
)
def test_what_strangers_write_is_only_text_in_a_list(
    as_ada: Client, account: Account, now: datetime, page: str
) -> None:
    evil = "<script>alert('1')</script>\""
    person = Person.objects.create(name=evil, received=4, answered=3, written=3)
    said: dict[str, Any] = {"subject": evil, "preview": evil, "from_name": evil, "to": [["", evil]]}
    thread = receive(account, person=person, at=now, **said)
    search.index([(Message.objects.get(pk=thread.latest), f"{evil} begins {evil}")])
    attention.rank_waiting(now=now, limit=10)
    shown = as_ada.get(page.format(person=person.pk, thread=thread.pk)).content.decode()
    assert "<script>alert" not in shown
    assert shown.count("&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;&quot;") >= 3


def test_first_time_senders_are_decided_in_place(
    as_ada: Client, account: Account, now: datetime
) -> None:
    thread = letters(account, 1, now, known=False)[0]
    Person.objects.update(received=0)
    Thread.objects.update(needs_rank=True)
    attention.rank_waiting(now=now, limit=10)
    assert b"First-time senders" in as_ada.get("/").content
    assert as_ada.post(f"/screen/{thread.pk}", {"answer": "no"}).status_code == 302
    assert thread.person is not None
    assert Person.objects.get(pk=thread.person.pk).screening == "no"
    unclear = as_ada.post(f"/screen/{thread.pk}", {"answer": "perhaps"})
    assert unclear.status_code == 400
    assert b"Answer yes, no, or to a helper." in unclear.content


def test_a_limit_of_a_search_that_was_not_understood_is_told(ada: Actor) -> None:
    client = Client()
    client.force_login(ada)
    told = client.get("/search", {"q": "after:9999-99-99 <b>"}).content.decode()
    assert "“after:9999-99-99” was not understood: a day is written like 2026-05-17" in told
    assert "understood" not in client.get("/search", {"q": "after:2026 x"}).content.decode()


def queries(client: Client, page: str) -> int:
    """How many questions a page asks of the database."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    ("page", "most"),
    [("/", 17), ("/lane/you", 9), ("/lane/fyi", 7), ("/desk", 14), ("/search?q=letter", 6)],
)
def test_a_page_asks_as_often_for_fifty_letters_as_for_five(
    as_ada: Client, account: Account, now: datetime, page: str, most: int
) -> None:
    made = letters(account, 5, now)
    few = queries(as_ada, page)
    made += letters(account, 45, now)
    for thread in made[:20]:
        desk.draft(actor=Actor.objects.get(is_principal=True), text="Hi", now=now, thread=thread)
    assert queries(as_ada, page) <= few + 1
    assert few <= most


def test_the_desk_asks_as_often_for_many_that_leave_as_for_one(
    as_ada: Client, account: Account, now: datetime
) -> None:
    ada = Actor.objects.get(is_principal=True)
    few = 0
    for thread in letters(account, 6, now):
        thread.refresh_from_db()
        draft = desk.draft(actor=ada, text="Hi", now=now, thread=thread)
        desk.send(draft=draft, actor=ada, revision=1, seen=thread.latest, now=now)
        few = few or queries(as_ada, "/desk")
    assert queries(as_ada, "/desk") == few <= 16


def test_a_draft_is_looked_at_once(as_ada: Client, account: Account, now: datetime) -> None:
    """As the page of the draft shows it and as its box does: not once for each."""
    [thread] = letters(account, 1, now)
    ada = Actor.objects.get(is_principal=True)
    draft = desk.draft(actor=ada, text="Hi", now=now, thread=thread)
    assert queries(as_ada, f"/d/{draft.pk}") <= 19
    assert queries(as_ada, f"/t/{thread.pk}") <= 31


def test_a_long_thread_asks_as_often_as_a_short_one(
    as_ada: Client, account: Account, thread: Thread, now: datetime
) -> None:
    page = f"/t/{thread.pk}"
    few = queries(as_ada, page)
    for _ in range(60):
        receive(account, at=now, thread=thread)
    assert queries(as_ada, page) <= few + 1  # one more: it counts the messages that it leaves out
    assert few <= 27
    assert b"21 earlier messages" in as_ada.get(f"/t/{thread.pk}").content
    assert b"earlier message" not in as_ada.get(f"/t/{thread.pk}?all").content


def test_opening_a_thread_changes_nothing(as_ada: Client, thread: Thread) -> None:
    before = Thread.objects.filter(pk=thread.pk).values().get()
    as_ada.get(f"/t/{thread.pk}")
    assert Thread.objects.filter(pk=thread.pk).values().get() == before
    assert not Draft.objects.exists()


def test_the_laid_out_form_is_caged(as_ada: Client, account: Account, now: datetime) -> None:
    answer = as_ada.get(f"/m/{evil(account, now).pk}/html")
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    for gone in [b"<script", b"onclick", b"tracker.example"]:
        assert gone not in answer.content
    assert b"Hello" in answer.content
    assert b"left out" in answer.content


def test_files_are_saved_never_shown(as_ada: Client, account: Account, now: datetime) -> None:
    message = evil(account, now)
    answer = as_ada.get(f"/m/{message.pk}/file/0")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''a.svg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert as_ada.get(f"/m/{message.pk}/file/1").status_code == 404


def test_the_source_is_the_bytes_as_they_came(
    as_ada: Client, account: Account, now: datetime
) -> None:
    answer = as_ada.get(f"/m/{evil(account, now).pk}/source")
    assert answer.content == EVIL
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_words_in_a_letter_are_never_markup(
    as_ada: Client, account: Account, now: datetime
) -> None:
    text = "<script>alert(1)</script> see https://a.example/<b>x</b>?q=1&r=\"2\" and '<img src=x>'"
    thread = receive(
        account, at=now, text=text, subject="<img src=x onerror=alert(1)>",
        from_name="<b>Bold</b>", person=Person.objects.create(name="<i>It</i>"),
    )  # fmt: skip
    attention.rank_waiting(now=now, limit=10)
    for page in ["/", f"/t/{thread.pk}", f"/people/{thread.person_id}"]:
        content = as_ada.get(page).content.decode()
        assert "<script>alert" not in content
        assert "<img src=x" not in content
        assert "<b>Bold" not in content
        assert "<i>It" not in content


def test_close_snooze_reopen_assign_and_note(as_ada: Client, thread: Thread, hal: Actor) -> None:
    at = f"/t/{thread.pk}"
    as_ada.post(f"{at}/close")
    assert Thread.objects.get().state == "closed"
    as_ada.post(f"{at}/reopen")
    year = timezone.now().year + 2
    said = as_ada.post(f"{at}/snooze", {"until": f"{year}-01-02T09:00"}, follow=True)
    assert f"Back on 2 January {year} at 09:00, or when they write again." in said.content.decode()
    thread = Thread.objects.get()
    assert thread.state == "snoozed"
    assert thread.snoozed_until is not None
    assert thread.snoozed_until.year == year
    as_ada.post(f"{at}/assign", {"to": hal.key})
    assert Thread.objects.get().assigned_to == hal
    as_ada.post(f"{at}/note", {"note": "Ask her agent first."})
    assert Note.objects.get().text == "Ask her agent first."
    assert b"stays in the office" in as_ada.get(at).content


def test_who_began_two_answers_is_answering_once(
    as_ada: Client, thread: Thread, hal: Actor
) -> None:
    drafts = [
        desk.draft(actor=hal, text=text, now=timezone.now(), thread=thread) for text in ("A", "B")
    ]
    page = as_ada.get(f"/t/{thread.pk}").content.decode()
    assert page.count("is answering") == 1
    assert all(f'href="/d/{draft.pk}"' in page for draft in drafts)


def test_a_refusal_is_told_in_place_and_nothing_typed_is_lost(
    as_ada: Client, thread: Thread
) -> None:
    past = as_ada.post(f"/t/{thread.pk}/snooze", {"until": "2001-01-01T09:00"})
    assert past.status_code == 400
    assert b"still to come" in past.content
    assert b"Your essay" in past.content
    as_ada.post(f"/t/{thread.pk}/close")
    twice = as_ada.post(f"/t/{thread.pk}/close")
    assert twice.status_code == 409
    assert b"closed" in twice.content


def test_several_letters_are_sorted_at_once(
    as_ada: Client, account: Account, now: datetime
) -> None:
    made = letters(account, 3, now)
    as_ada.post("/sort", {"thread": [made[0].pk, made[1].pk], "do": "close"})
    assert Thread.objects.filter(state="closed").count() == 2
    as_ada.post("/sort", {"thread": [made[2].pk], "do": "junk", "back": "/lane/you"})
    assert Thread.objects.get(pk=made[2].pk).wanted_lane == Lane.JUNK
    nothing = as_ada.post("/sort", {"do": "close"})
    assert nothing.status_code == 400
    assert b"Select letters first." in nothing.content
    assert b"minutes today" in nothing.content
    again = {"thread": [made[0].pk], "do": "close", "back": "/lane/you"}
    refused = as_ada.post("/sort", again)
    assert refused.status_code == 409
    assert b"minutes today" not in refused.content
    assert b"/lane/you" in refused.content


@pytest.mark.parametrize("page", ["/", "/desk", "/search", "/lane/you", "/office", "/t/{thread}"])
def test_who_may_read_nothing_sees_nothing(
    thread: Thread, stan: Actor, client: Client, page: str
) -> None:
    client.force_login(stan)
    answer = client.get(page.format(thread=thread.pk))
    assert answer.status_code == 403
    assert b"has no right" in answer.content
    assert b"Your essay" not in answer.content


def test_a_hand_sees_only_what_the_scope_of_its_grant_covers(
    account: Account, ada: Actor, hire: Hire, now: datetime, client: Client
) -> None:
    mine, other = letters(account, 2, now)
    attention.move(actor=ada, thread=other, lane=Lane.HELPER, now=now)
    attention.rank_waiting(now=now, limit=10)
    hand = hire("Hal Brandt")
    scope = Scope(lanes=frozenset({"helper"}))
    staff.grant(hand=hand, by=ada, right=Right.READ, now=now, scope=scope)
    client.force_login(hand)
    assert client.get(f"/t/{other.pk}").status_code == 200
    assert client.get(f"/t/{mine.pk}").status_code == 403
    assert client.get(f"/m/{mine.latest}/source").status_code == 403
    for page in ["/", "/search?q=letter", "/lane/helper", "/lane/you"]:
        assert b"Letter 0" not in client.get(page).content
    assert b"Letter 1" in client.get("/lane/helper").content
    assert client.post(f"/t/{mine.pk}/close").status_code == 403


def test_focus_goes_from_letter_to_letter(as_ada: Client, account: Account, now: datetime) -> None:
    letters(account, 2, now)
    first = as_ada.get("/focus")["Location"]
    page = as_ada.get(first).content.decode()
    assert "Letter 1 of 2" in page
    number = first.split("/")[2].split("?")[0]
    second = as_ada.get(f"/focus?after={number}")["Location"]
    assert second != first
    end = as_ada.get("/focus?after=" + second.split("/")[2].split("?")[0])
    assert b"That was the day" in end.content


def test_what_was_set_aside_is_shown_with_its_reason(
    as_ada: Client, account: Account, thread: Thread
) -> None:
    Message.objects.filter(pk=thread.latest).update(set_aside="It is empty.", thread=None)
    page = as_ada.get("/office/set-aside").content.decode()
    assert "It is empty." in page
    assert f"/m/{thread.latest}/source" in page


def test_numbers_that_no_letter_can_have_are_no_selection(ada: Actor, thread: Thread) -> None:
    client = Client()
    client.force_login(ada)
    answer = client.post("/sort", {"thread": "9" * 30, "do": "close"})
    assert answer.status_code == 400
    assert "Select letters first." in answer.content.decode()
