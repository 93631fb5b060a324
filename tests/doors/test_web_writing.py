"""Writing on the pages: what is typed is kept, what may not leave stays, and the reason is told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from firsthand.core.byline import Level
from firsthand.core.errors import Misuse
from firsthand.office import desk, outbox, staff
from firsthand.office.models import (
    Account,
    Actor,
    Approval,
    Draft,
    DraftFile,
    Submission,
    Thread,
)
from firsthand.web.asking import moment
from tests.office.conftest import receive

TYPED = "Dear Stella, of course I will. It may take me until the spring. Ada"


@pytest.fixture
def now() -> datetime:
    """The pages read the clock themselves, so the office was made just before."""
    return timezone.now() - timedelta(minutes=1)


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor)
    return client


def form(thread: Thread, **more: object) -> dict[str, object]:
    return {
        "text": TYPED,
        "to": "Stella Kaur <stella@elsewhere.example>",
        "subject": "Re: Your essay",
        "seen": thread.latest,
        "base": 0,
        "do": "send",
        **more,
    }


def test_the_principal_answers_and_can_take_it_back(ada: Actor, thread: Thread) -> None:
    client = signed_in(ada)
    assert client.post(f"/t/{thread.pk}/reply", form(thread)).status_code == 302
    sent = Submission.objects.get()
    assert sent.level == Level.FIRSTHAND
    assert TYPED in sent.text
    page = client.get("/").content.decode()
    assert f'action="/s/{sent.pk}/undo"' in page
    client.post(f"/s/{sent.pk}/undo")
    assert Submission.objects.get().state == "cancelled"
    assert TYPED in client.get(f"/t/{thread.pk}").content.decode()


def test_the_byline_is_shown_before_it_is_sent(ada: Actor, hal: Actor, thread: Thread) -> None:
    told = signed_in(ada).post(f"/t/{thread.pk}/outlook", {"text": TYPED}).content.decode()
    assert "Written and sent by Ada Ferrer in person." in told
    assert 'data-may-send="yes"' in told
    told = signed_in(hal).post(f"/t/{thread.pk}/outlook", {"text": TYPED}).content.decode()
    assert 'class="level on_behalf"' in told
    assert 'data-may-send="no"' in told
    assert "Hal Brandt has no right to send" in told
    assert not Draft.objects.exists()


def test_a_hand_without_the_right_cannot_send_and_keeps_the_text(
    hal: Actor, thread: Thread
) -> None:
    answer = signed_in(hal).post(f"/t/{thread.pk}/reply", form(thread))
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "Hal Brandt has no right to send" in page
    assert TYPED in page
    assert Draft.objects.get().current.text == TYPED
    assert not Submission.objects.exists()


def test_a_promise_stops_the_draft_and_the_text_is_still_there(
    ada: Actor, hal: Actor, thread: Thread, now: datetime
) -> None:
    staff.promise(by=ada, floor=Level.FIRSTHAND, channel="mail", now=now)
    answer = signed_in(hal).post(f"/t/{thread.pk}/reply", form(thread, do="save"))
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Ada Ferrer promised" in page
    assert TYPED in page
    assert not Draft.objects.exists()


def test_a_letter_that_came_meanwhile_stops_the_send(
    ada: Actor, thread: Thread, account: Account, now: datetime
) -> None:
    before = form(thread)
    receive(account, at=now, thread=thread, text="Forget it, I found a reader.")
    answer = signed_in(ada).post(f"/t/{thread.pk}/reply", before)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Forget it, I found a reader." in page
    assert TYPED in page
    thread.refresh_from_db()
    assert f'name="seen" value="{thread.latest}"' in page
    assert not Submission.objects.exists()


@pytest.mark.parametrize("place", ["/t/{thread}/reply", "/d/{draft}"])
def test_of_two_tabs_the_stale_one_shows_both_texts_and_replaces_only_when_told(
    ada: Actor, thread: Thread, now: datetime, place: str
) -> None:
    draft = desk.draft(actor=ada, text="The first text.", now=now, thread=thread)
    client, address = signed_in(ada), place.format(thread=thread.pk, draft=draft.pk)
    common = {"draft": draft.pk, "do": "save"}
    client.post(address, form(thread, **common, base=1, text="The text of one tab."))
    stale = form(thread, **common, base=1, text="The text of another tab.")
    for act in ("save", "send"):
        answer = client.post(address, {**stale, "do": act})
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "The text of one tab." in page
        assert "The text of another tab.</textarea>" in page
        assert "<del> one</del><ins> another</ins>" in page
        assert 'name="base" value="1"' in page
        assert 'name="over" value="2"' in page
    assert desk_text(draft) == "The text of one tab."
    client.post(address, form(thread, **common, base=2, text="And once more."))
    assert client.post(address, {**stale, "over": 2}).status_code == 409
    assert desk_text(draft) == "And once more."
    assert client.post(address, {**stale, "over": 3}).status_code == 302
    assert desk_text(draft) == "The text of another tab."
    assert 'name="over"' not in client.get(f"/d/{draft.pk}").content.decode()


def desk_text(draft: Draft) -> str:
    draft.refresh_from_db()
    return draft.current.text


def test_wrong_addresses_are_named_and_the_text_is_kept(ada: Actor, thread: Thread) -> None:
    answer = signed_in(ada).post(f"/t/{thread.pk}/reply", form(thread, to="stella at home"))
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "is no address" in page
    assert TYPED in page
    assert "stella at home" in page


def test_a_hand_asks_the_principal_reads_and_approves_exactly_that(
    ada: Actor, hal: Actor, thread: Thread
) -> None:
    signed_in(hal).post(f"/t/{thread.pk}/reply", form(thread, do="ask"))
    draft = Draft.objects.get()
    assert draft.state == "waiting"
    client = signed_in(ada)
    assert b"Waiting for approval" in client.get("/desk").content
    page = client.get(f"/d/{draft.pk}").content.decode()
    assert '<span class="by-1">Hal Brandt</span>' in page
    assert "Hal Brandt</strong> wrote an answer that waits" in client.get(
        f"/t/{thread.pk}"
    ).content.decode().replace("\n", "")
    stale = client.post(f"/d/{draft.pk}/approval", {"revision": 7, "seen": thread.latest})
    assert stale.status_code == 409
    client.post(f"/d/{draft.pk}/approval", {"revision": 1, "seen": thread.latest})
    assert Approval.objects.get().actor == ada


def test_a_draft_goes_back_with_a_reason(ada: Actor, hal: Actor, thread: Thread) -> None:
    signed_in(hal).post(f"/t/{thread.pk}/reply", form(thread, do="ask"))
    draft, client = Draft.objects.get(), signed_in(ada)
    assert client.post(f"/d/{draft.pk}/rejection", {"reason": " "}).status_code == 400
    client.post(f"/d/{draft.pk}/rejection", {"reason": "Warmer, please."})
    page = signed_in(hal).get(f"/t/{thread.pk}").content.decode()
    assert "Warmer, please." in page
    assert TYPED in page


def test_the_page_of_a_draft_tells_whose_words_are_whose(
    ada: Actor, otto: Actor, thread: Thread, now: datetime
) -> None:
    machine = "Thank you for the chapter, which I have read with care and much pleasure."
    draft = desk.draft(actor=otto, text=machine, now=now, thread=thread)
    mine = f"{machine} Come and see me in the spring."
    client = signed_in(ada)
    client.post(f"/d/{draft.pk}", form(thread, text=mine, base=1, do="save"))
    page = client.get(f"/d/{draft.pk}").content.decode()
    assert f'<span class="by-1" title="Otto">{machine}' in page
    assert "<ins> Come and see me in the spring.</ins>" in page
    assert client.get(f"/d/{draft.pk}?part=text").content.decode().count("<html") == 0


def test_two_who_edit_the_same_revision_do_not_overwrite_each_other(
    ada: Actor, otto: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=otto, text="One", now=now, thread=thread)
    client = signed_in(ada)
    client.post(f"/d/{draft.pk}", form(thread, text="Two", base=1, do="save"))
    answer = client.post(f"/d/{draft.pk}", form(thread, text="Three", base=1, do="save"))
    assert answer.status_code == 409
    assert b"Three" in answer.content
    assert Draft.objects.get().current.text == "Two"


def test_saving_in_the_background_answers_with_the_revision(ada: Actor, thread: Thread) -> None:
    client, headers = signed_in(ada), {"X-Fragment": "1"}
    first = client.post(f"/t/{thread.pk}/reply", form(thread, do="save"), headers=headers).json()
    more = form(thread, do="save", text=TYPED + " PS", draft=first["draft"], base=first["base"])
    again = client.post(f"/t/{thread.pk}/reply", more, headers=headers).json()
    assert again == {"draft": first["draft"], "base": first["base"] + 1}


def test_a_send_can_wait_for_its_hour_and_be_called_back(ada: Actor, thread: Thread) -> None:
    client = signed_in(ada)
    past = client.post(f"/t/{thread.pk}/reply", form(thread, do="schedule", at="2001-01-01T09:00"))
    assert past.status_code == 400
    draft = Draft.objects.get()
    later = form(
        thread,
        do="schedule",
        at=f"{timezone.now().year + 4}-01-01T09:00",
        draft=draft.pk,
        base=draft.revision,
    )
    said = client.post(f"/t/{thread.pk}/reply", later, follow=True).content.decode()
    assert f"It leaves on 1 January {timezone.now().year + 4} at 09:00." in said
    row = Submission.objects.get()
    assert row.due_at.year == timezone.now().year + 4
    assert b"Call it back" in client.get("/desk").content


def test_files_go_along_and_come_out_again(ada: Actor, thread: Thread) -> None:
    client = signed_in(ada)
    file = SimpleUploadedFile("map.txt", b"north is up", "text/plain")
    client.post(f"/t/{thread.pk}/reply", form(thread, do="save", files=file))
    row = DraftFile.objects.get()
    assert bytes(row.content) == b"north is up"
    out = f"/d/{row.draft_id}/files/{row.pk}/out"
    client.post(out)
    assert not DraftFile.objects.exists()
    client.post(f"/t/{thread.pk}/reply", form(thread, do="send", base=3))
    sent = Draft.objects.get()
    kept = DraftFile.objects.create(
        draft=sent, name="late.txt", media_type="text/plain", content=b"x", added_by=ada
    )
    late = client.post(f"/d/{sent.pk}/files/{kept.pk}/out")
    assert late.status_code == 409
    assert TYPED in late.content.decode()


def test_the_quote_goes_below_the_answer_once(ada: Actor, thread: Thread) -> None:
    client = signed_in(ada)
    quoted = "On 1 May 2026, Stella wrote:\n> would you read it?"
    client.post(f"/t/{thread.pk}/reply", form(thread, do="save", quote="1", quoted=quoted))
    assert Draft.objects.get().current.text == f"{TYPED}\n\n{quoted}"
    assert b'name="quote"' not in client.get(f"/t/{thread.pk}").content


def test_a_new_letter_and_one_passed_on(ada: Actor, thread: Thread) -> None:
    client = signed_in(ada)
    page = client.get(f"/new?forward={thread.latest}").content.decode()
    assert "Fwd: Your essay" in page
    assert "would you read my chapter?" in page
    fields = {
        "account": thread.account_id, "to": "kim@elsewhere.example", "subject": "For you",
        "text": "See below.", "do": "send",
    }  # fmt: skip
    nobody = client.post("/new", {**fields, "to": ""})
    assert nobody.status_code == 400
    assert b"See below." in nobody.content
    assert client.post("/new", fields)["Location"] == "/desk"
    assert Submission.objects.get().envelope["to"] == [["kim@elsewhere.example", ""]]


def test_a_refused_new_letter_is_kept_as_a_draft(hal: Actor, account: Account) -> None:
    fields = {
        "account": account.pk, "to": "kim@elsewhere.example", "subject": "For you",
        "text": "On my own.", "do": "send",
    }  # fmt: skip
    answer = signed_in(hal).post("/new", fields)
    assert answer.status_code == 403
    assert b"On my own." in answer.content
    assert f'action="/d/{Draft.objects.get().pk}"' in answer.content.decode()


def test_what_is_uncertain_is_settled_by_a_person(
    ada: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=ada, text=TYPED, now=now, thread=thread)
    row = desk.send(draft=draft, actor=ada, revision=1, seen=thread.latest, now=now)
    outbox.log_due(now=now + timedelta(hours=1))
    Submission.objects.update(state="uncertain")
    client = signed_in(ada)
    assert b"It arrived" in client.get("/desk").content
    client.post(f"/s/{row.pk}/settle", {"arrived": "yes"})
    assert Submission.objects.get().state == "sent"
    again = client.post(f"/s/{row.pk}/settle", {"arrived": "yes"})
    assert again.status_code == 409


def test_whoever_was_signed_out_while_writing_gets_the_text_back(
    ada: Actor, thread: Thread
) -> None:
    client = Client()
    here = f"http://testserver/t/{thread.pk}"
    answer = client.post(f"/t/{thread.pk}/reply", form(thread), headers={"referer": here})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert TYPED in page
    assert f"/sign-in?next=/t/{thread.pk}" in page
    assert not Draft.objects.exists()
    elsewhere = {"referer": "https://elsewhere.example/t/1"}
    foreign = client.post(f"/t/{thread.pk}/reply", form(thread), headers=elsewhere)
    assert "/sign-in?next=/" in foreign.content.decode()
    assert "elsewhere.example/t" not in foreign.content.decode()


def test_a_form_that_is_too_old_gives_the_text_back(ada: Actor, thread: Thread) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    answer = client.post(f"/t/{thread.pk}/reply", form(thread, text="<b>typed</b>"))
    assert answer.status_code == 403
    assert "&lt;b&gt;typed&lt;/b&gt;" in answer.content.decode()
    assert not Draft.objects.exists()


def test_an_hour_that_there_is_not_is_told_as_the_hour_it_becomes(
    ada: Actor, thread: Thread
) -> None:
    with timezone.override("Europe/Berlin"):
        year = next(y for y in range(2027, 2040) if datetime(y, 3, 28).weekday() == 6)  # noqa: DTZ001
        spring = moment(f"{year}-03-28T02:30")
        assert f"{spring:%H:%M %z}" == "03:30 +0200"
        assert f"{moment(f'{year}-07-01T02:30'):%H:%M %z}" == "02:30 +0200"
    with pytest.raises(Misuse):
        moment("0001-01-01T00:00+12:00")
