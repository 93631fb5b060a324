"""Whom a post links to is told once for each public revision, whatever dies, and what came of it is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from firsthand.channels.mentions import asking
from firsthand.core.errors import Denied, Misuse, NotAllowed
from firsthand.core.rights import Right
from firsthand.office import mentions, publish
from firsthand.office.mentions import telling
from firsthand.office.models import Actor, Office, PostRevision, Telling
from tests.channels.pages_server import Pages
from tests.office.mentions.conftest import dying
from tests.office.publish.conftest import published

pytestmark = pytest.mark.django_db(transaction=True)
SOURCE = "https://ada.example/p/on-letters"
OPEN = '<link rel="webmention" href="/w">'


def work(now: datetime) -> None:
    """The worker's stages until nothing is left to do."""
    mentions.note_links(now=now)
    mentions.recover_tellings(now=now)
    while mentions.tell_due(clock=partial(lambda at: at, now)):
        pass


def post(ada: Actor, text: str, now: datetime) -> PostRevision:
    made = publish.compose(actor=ada, text=text, title="On letters", now=now)
    return published(made, ada, now)


def states() -> dict[str, str]:
    """Of the newest revision."""
    rows = Telling.objects.order_by("revision__number", "pk")
    return {each.target.rpartition("/")[2]: each.state for each in rows}


def test_every_link_that_readers_can_follow_is_told(
    ada: Actor, pages: Pages, now: datetime
) -> None:
    one, two = pages.put("/one", OPEN), pages.put("/two", "<p>closed")
    told = f"[One]({one}), <{two}>, [again]({one}), [own](https://ada.example/p/x)"
    text = f"{told}, [mail](mailto:x@y.example), `{pages.base}/code`, {pages.base}/bare"
    post(ada, text, now)
    work(now)
    assert states() == {"one": "told", "two": "unheard"}
    assert pages.told == [("/w", {"source": [SOURCE], "target": [one]})]
    row = Telling.objects.get(state="told")
    assert row.told_at == now
    assert "took it (202)" in row.answer
    work(now + timedelta(days=3))
    assert len(pages.told) == 1


def test_a_revision_tells_all_links_again_and_those_that_are_gone(
    ada: Actor, pages: Pages, now: datetime
) -> None:
    one, two, three = (pages.put(f"/{name}", OPEN) for name in ("one", "two", "three"))
    first = post(ada, f"[One]({one}) and [two]({two}).", now)
    work(now)
    later = now + timedelta(days=1)
    text = f"[One]({one}) and [three]({three})."
    published(publish.revise(post=first.post, actor=ada, text=text, now=later), ada, later)
    work(later)
    told = [each["target"][0] for _, each in pages.told]
    assert told == [one, two, one, three, two]


def test_nothing_is_told_before_it_is_public_nor_of_an_office_that_nobody_can_reach(
    ada: Actor, pages: Pages, now: datetime, settings: Any
) -> None:
    one = pages.put("/one", OPEN)
    made = publish.compose(actor=ada, text=f"[One]({one})", title="On letters", now=now)
    publish.publish(draft=made, actor=ada, revision=1, now=now)
    work(now + timedelta(days=1))
    assert not Telling.objects.exists()
    settings.MENTIONS_FROM_LOOPBACK = False
    Office.objects.update(base="http://localhost:8000")
    post(ada, f"[Other]({one})", now)
    work(now)
    assert not Telling.objects.exists()
    assert pages.told == []


def test_trouble_is_tried_again_within_bounds_and_refusals_are_not(
    ada: Actor, pages: Pages, now: datetime
) -> None:
    one, two = pages.put("/one", OPEN), pages.put("/two", OPEN)
    pages.answers = [500, 400]
    post(ada, f"[One]({one}) [two]({two})", now)
    work(now)
    assert states() == {"one": "noted", "two": "failed"}
    assert "answered 400" in Telling.objects.get(state="failed").problem
    pages.answers = [503] * 20
    at = now
    for _ in range(telling.TRIES + 3):
        at += timedelta(days=1)
        work(at)
    row = Telling.objects.order_by("pk")[0]
    assert (row.state, row.attempts) == ("failed", telling.TRIES)
    assert len(pages.told) == telling.TRIES + 1


def test_a_page_that_cannot_be_read_is_tried_again_too(
    ada: Actor, pages: Pages, now: datetime
) -> None:
    one = pages.put("/one", "", status=500)
    post(ada, f"[One]({one})", now)
    work(now)
    assert Telling.objects.get().retry_at == now + telling.FIRST_WAIT
    pages.put("/one", OPEN)
    work(now + telling.FIRST_WAIT)
    assert states() == {"one": "told"}


def test_without_the_setting_this_machine_is_not_asked(
    ada: Actor, pages: Pages, now: datetime, settings: Any
) -> None:
    settings.MENTIONS_FROM_LOOPBACK = False
    one = pages.put("/one", OPEN)
    post(ada, f"[One]({one})", now)
    work(now)
    assert states() == {"one": "failed"}
    assert (pages.asked, pages.told) == ([], [])


def test_a_lost_answer_is_uncertain_and_a_person_has_it_told_again(
    ada: Actor, pages: Pages, now: datetime, stan: Actor, rev: Actor, hal: Actor, hire: Any
) -> None:
    one = pages.put("/one", OPEN)
    pages.answers = [0]
    first = post(ada, f"[One]({one})", now)
    work(now)
    row = Telling.objects.get()
    assert row.state == "uncertain"
    work(now + timedelta(days=1))
    assert len(pages.told) == 1
    for nobody in (stan, rev, hal):
        with pytest.raises(Denied):
            mentions.tell_again(telling=row, actor=nobody, now=now)
    editor = hire("Edda Roth", Right.PUBLISH)
    mentions.tell_again(telling=row, actor=editor, now=now)
    work(now + timedelta(days=1))
    assert states() == {"one": "told"}
    with pytest.raises(NotAllowed):
        mentions.tell_again(telling=row, actor=ada, now=now)
    Telling.objects.update(state="failed")
    later = now + timedelta(days=1)
    published(publish.revise(post=first.post, actor=ada, text="None.", now=later), ada, later)
    with pytest.raises(Misuse, match="newer revision"):
        mentions.tell_again(telling=row, actor=ada, now=later)


# Where it ends; whether that was before the call, so that it is made by somebody else.
STEPS: dict[str, tuple[object, str, bool, bool]] = {
    "links noted, not written": (Telling.objects, "bulk_create", True, True),
    "before the page is asked": (asking, "endpoint_of", False, True),
    "the endpoint is known": (asking, "endpoint_of", True, True),
    "before it is written that it is told": (telling, "_begin", False, True),
    "written, not called": (telling, "_begin", True, False),
    "before the call": (asking, "tell", False, False),
    "called, not written down": (asking, "tell", True, False),
    "written down": (telling, "_settle", True, True),
}


@pytest.mark.parametrize("step", STEPS)
def test_wherever_it_ends_it_is_told_once_or_a_person_is_asked(
    ada: Actor, pages: Pages, now: datetime, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    one = pages.put("/one", OPEN)
    post(ada, f"[One]({one})", now)
    owner, name, after, known = STEPS[step]
    with dying(monkeypatch, owner, name, after=after):
        work(now)
    before = len(pages.told)
    work(now + timedelta(seconds=1))
    assert len(pages.told) <= max(before, 1), "the lease holds"
    for day in range(1, 4):
        work(now + timedelta(days=day))
    assert states() == {"one": "told" if known else "uncertain"}
    assert len(pages.told) == (1 if known else before) <= 1
