"""Many letters sorted at once and put back: pages, API, command line."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from firsthand.office import attention
from firsthand.office.models import Account, Actor, Event, Thread
from tests.doors.program import Enter
from tests.doors.shell import Run, refused
from tests.office.letters import letter
from tests.office.test_attention import bring

pytestmark = pytest.mark.django_db


@pytest.fixture
def now() -> datetime:
    """The doors read the clock themselves, so the letters came just before."""
    return timezone.now() - timedelta(minutes=1)


@pytest.fixture
def three(account: Account, now: datetime) -> list[int]:
    bring(account, now, *(letter(n, when=now, subject=f"Letter {n}?") for n in range(3)))
    return list(Thread.objects.order_by("pk").values_list("pk", flat=True))


def states() -> list[str]:
    return list(Thread.objects.order_by("pk").values_list("state", flat=True))


def test_the_message_after_the_act_has_a_button_that_undoes_it(
    as_ada: Client, three: list[int]
) -> None:
    page = as_ada.post("/sort", {"thread": three, "do": "close"}, follow=True).content.decode()
    assert "3 letters: closed for everyone." in page
    assert states() == ["closed"] * 3
    button = re.search(r'action="(/sort/\d+/undo)".*?data-key="z"', page, re.DOTALL)
    assert button
    attention.reopen(
        actor=Actor.objects.get(is_principal=True),
        thread=Thread.objects.get(pk=three[0]),
        now=timezone.now(),
    )
    back = as_ada.post(button[1], {"back": "/lane/screened"}, follow=True)
    assert back.redirect_chain == [("/lane/screened", 302)]
    told = back.content.decode()
    assert "2 letters: put back." in told
    assert "1 letter changed meanwhile and stays as it is." in told
    assert "Undo the sorting" not in told
    assert states() == ["open"] * 3
    again = as_ada.post(button[1])
    assert again.status_code == 409
    assert b"put back already" in again.content


def test_one_refused_letter_leaves_all_as_they_were(as_ada: Client, three: list[int]) -> None:
    as_ada.post("/sort", {"thread": three[2:], "do": "close"})
    answer = as_ada.post("/sort", {"thread": three, "do": "close"})
    assert answer.status_code == 409
    assert f"thread {three[2]}" in answer.content.decode()
    assert states() == ["open", "open", "closed"]
    unknown = as_ada.post("/sort", {"thread": three, "do": "burn"})
    assert unknown.status_code == 400


def test_what_is_snoozed_from_a_list_comes_back_tomorrow(as_ada: Client, three: list[int]) -> None:
    as_ada.post("/sort", {"thread": three, "do": "snooze"})
    for thread in Thread.objects.all():
        assert thread.snoozed_until
        ahead = thread.snoozed_until - timezone.now()
        assert timedelta(hours=23) < ahead <= timedelta(days=1)


def test_a_stranger_sorts_nothing_from_a_page(
    stan: Actor, as_ada: Client, three: list[int]
) -> None:
    as_ada.post("/sort", {"thread": three[:1], "do": "close"})
    done = Event.objects.get(act="threads.sorted")
    client = Client()
    client.force_login(stan)
    for place, form in (("/sort", {"thread": three, "do": "junk"}), (f"/sort/{done.pk}/undo", {})):
        assert client.post(place, form).status_code == 403
    assert states() == ["closed", "open", "open"]


def test_a_program_sorts_and_puts_back(
    enter: Enter, hal: Actor, otto: Actor, three: list[int], now: datetime
) -> None:
    program = enter(hal)
    done = program("POST", "/sortings", {"threads": three, "way": "junk"})
    assert (done.status, done["threads"]) == (201, three)
    assert set(Thread.objects.values_list("wanted_lane", flat=True)) == {"junk"}
    path = f"/sortings/{done['id']}"
    assert enter(otto)("DELETE", path).refused == (403, "denied")
    back = program("DELETE", path)
    assert (back.status, back["threads"], back["changed"]) == (200, three, [])
    assert set(Thread.objects.values_list("wanted_lane", flat=True)) == {""}
    assert program("DELETE", path).refused == (409, "not_allowed")
    until = (timezone.now() + timedelta(days=2)).isoformat()
    snoozed = program("POST", "/sortings", {"threads": three, "way": "snooze", "until": until})
    assert snoozed.status == 201
    for wrong in ({"way": "burn"}, {"way": "snooze"}, {"threads": [10**6]}):
        body = {"threads": three, "way": "you", **wrong}
        assert program("POST", "/sortings", body).refused == (400, "misuse")
    body = {"threads": three, "way": "close"}
    assert enter(otto)("POST", "/sortings", body).refused == (403, "denied")
    assert states() == ["snoozed"] * 3


def test_from_the_command_line(run: Run, stan: Actor, three: list[int]) -> None:
    numbers = [str(number) for number in three]
    done = run("sort", "close", *numbers, "--json").value
    assert done["threads"] == three
    assert states() == ["closed"] * 3
    refused(run("sort", "close", *numbers), "not_allowed")
    refused(run("put-back", str(done["sorting"]), "--as", stan.key, "--json"), "denied")
    said = run("put-back", str(done["sorting"]))
    assert (said.code, said.out) == (0, f"Put back: {', '.join(numbers)}.\n")
    assert states() == ["open"] * 3
    moved = run("sort", "fyi", *numbers)
    assert "To undo it: firsthand put-back" in moved.out
    run("sort", "you", numbers[0])
    left = run("put-back", moved.out.split()[-1], "--json")
    assert (left.code, left.value) == (1, {"threads": three[1:], "changed": three[:1]})
    refused(run("sort", "burn", *numbers, "--json"), "misuse")
    refused(run("sort", "snooze", *numbers), "misuse")
    ahead = f"{timezone.localtime() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    done = run("sort", "snooze", *numbers, "--until", ahead, "--json").value
    until = {thread.snoozed_until for thread in Thread.objects.all()}
    assert [f"{timezone.localtime(each):%Y-%m-%dT%H:%M}" for each in until if each] == [ahead]
    assert run("put-back", str(done["sorting"])).code == 0
    year = timezone.now().year + 2
    again = run("sort", "snooze", *numbers, "--until", f"{year}-03-03T09:00").out
    assert f"Back on 3 March {year} at 09:00, or when they write again." in again
