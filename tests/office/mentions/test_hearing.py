"""Who says that they link to us: checked, queued, looked at, filed once, changed and taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from firsthand.channels.mentions import asking
from firsthand.core.errors import FirsthandError, Misuse, Temporary
from firsthand.office import attention, intake, mentions, staff
from firsthand.office.mentions import hearing, looking
from firsthand.office.models import Account, Actor, Event, Mention, Message, Post, Thread
from tests.channels.pages_server import Pages
from tests.office.mentions.conftest import TARGET, Hear, dying, look

pytestmark = pytest.mark.django_db(transaction=True)
LINK = f'<p>I read <a href="{TARGET}">Ada</a> today. Is it so?</p>'
REPLY = f"""<div class="h-entry"><a class="p-author h-card" href="/">Stella</a>
<a class="u-in-reply-to" href="{TARGET}">On letters</a><div class="e-content">{{}}</div></div>"""


def came() -> list[Message]:
    return list(Message.objects.filter(channel="web").order_by("pk"))


def test_a_reply_is_a_conversation_in_the_queue(hear: Hear, pages: Pages, now: datetime) -> None:
    pages.put("/7", REPLY.format("How do you answer all of them?"))
    row = hear("/7", now)
    assert (row.state, row.versions, row.problem) == ("found", 1, "")
    (message,) = came()
    assert message.direction == "in"
    assert (message.from_address, message.from_name) == (pages.base, "Stella")
    assert message.body.text.startswith("How do you answer all of them?")
    assert message.references == [TARGET]
    assert message.at == now
    attention.catch_up(now=now)
    thread = Thread.objects.get(messages=message)
    assert thread.state == "open"
    assert thread.rank.score > 0
    assert Event.objects.filter(act="mention.found").count() == 1


def test_the_same_again_is_no_second_message(hear: Hear, pages: Pages, now: datetime) -> None:
    pages.put("/7", LINK)
    for hour in range(3):
        hear("/7", now + timedelta(hours=hour))
        hear("/7#part", now + timedelta(hours=hour, minutes=30))
    assert len(came()) == Mention.objects.count() == 1


def test_one_page_about_two_of_ours_is_two_conversations(
    hear: Hear, pages: Pages, now: datetime
) -> None:
    home = "https://ada.example/"
    pages.put("/7", f'{LINK}<a href="{home}">home</a>')
    hear("/7", now)
    hear("/7", now, target=home)
    assert len({each.thread_id for each in came()}) == 2


def test_a_change_joins_the_conversation_and_an_end_says_so(
    hear: Hear, pages: Pages, now: datetime
) -> None:
    pages.put("/7", REPLY.format("First words"))
    hear("/7", now)
    pages.put("/7", REPLY.format("Second words"))
    hear("/7", now + timedelta(hours=1))
    first, second = came()
    assert second.thread_id == first.thread_id
    assert second.body.text.startswith("Second words")
    assert second.problems == ["It was changed after it had come in."]
    pages.put("/7", "gone", status=410)
    row = hear("/7", now + timedelta(hours=2))
    assert (row.state, row.versions) == ("gone", 3)
    last = came()[-1]
    assert (last.thread_id, last.automation) == (first.thread_id, "notice")
    assert last.body.text.startswith("Taken back")
    hear("/7", now + timedelta(hours=3))
    assert len(came()) == 3, "it is told once that it is gone"
    pages.put("/7", REPLY.format("Second words"))
    assert hear("/7", now + timedelta(hours=4)).state == "found"
    assert [each.thread_id for each in came()] == [first.thread_id] * 4


def test_a_link_that_was_taken_out_is_taken_back(hear: Hear, pages: Pages, now: datetime) -> None:
    pages.put("/7", LINK)
    hear("/7", now)
    pages.put("/7", "<p>Nothing.")
    row = hear("/7", now + timedelta(hours=1))
    assert (row.state, len(came())) == ("gone", 2)
    assert "does not link" in row.problem


@pytest.mark.parametrize(("status", "why"), [(200, "does not link"), (404, "gone"), (403, "403")])
def test_who_does_not_link_gets_nothing_in(
    hear: Hear, pages: Pages, now: datetime, status: int, why: str
) -> None:
    pages.put("/7", "<p>Buy!", status=status)
    row = hear("/7", now)
    assert row.state == "refused"
    assert why in row.problem
    assert came() == []
    assert mentions.forget(now=now + timedelta(days=20)) == 0
    assert mentions.forget(now=now + timedelta(days=40)) == 1


def test_a_page_that_cannot_be_read_is_tried_again_within_bounds(
    hear: Hear, pages: Pages, now: datetime
) -> None:
    pages.put("/7", "", status=500)
    row, at = hear("/7", now), now
    for wait in looking.WAITS:
        assert (row.state, row.due_at) == ("heard", at + wait)
        at = row.due_at
        look(at)
        row.refresh_from_db()
    assert row.state == "refused"
    assert len(pages.asked) == len(looking.WAITS) + 1
    pages.put("/7", LINK)
    assert hear("/7", at + timedelta(days=1)).state == "found"


def test_trouble_at_a_page_that_was_found_loses_nothing(
    hear: Hear, pages: Pages, now: datetime
) -> None:
    pages.put("/7", LINK)
    hear("/7", now)
    pages.put("/7", "", status=403)
    row = hear("/7", now + timedelta(hours=1))
    assert (row.state, row.versions, len(came())) == ("found", 1, 1)


def test_without_the_setting_this_machine_is_not_asked(
    hear: Hear, pages: Pages, now: datetime, settings: Any
) -> None:
    settings.MENTIONS_FROM_LOOPBACK = False
    pages.put("/7", LINK)
    row = hear("/7", now)
    assert row.state == "refused"
    assert "private network" in row.problem
    assert pages.asked == []


@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        ("", TARGET, Misuse),
        ("ftp://x.example/", TARGET, Misuse),
        ("javascript:alert(1)", TARGET, Misuse),
        ("https://u:p@x.example/", TARGET, Misuse),
        ("https://x.example/ y", TARGET, Misuse),
        ("https://x.example/" + "y" * 2000, TARGET, Misuse),
        (TARGET, TARGET, Misuse),
        ("https://ADA.example/p/other", TARGET, Misuse),
        ("https://x.example/", "https://other.example/p/on-letters", mentions.NoPage),
        ("https://x.example/", "https://ada.example/p/nothing", mentions.NoPage),
        ("https://x.example/", "https://ada.example/desk", mentions.NoPage),
        ("https://x.example/", "https://ada.example/p/on-letters?x=1", mentions.NoPage),
        ("https://x.example/", "", Misuse),
    ],
)
def test_what_cannot_be_is_refused_at_once(
    post: Post, now: datetime, source: str, target: str, error: type[FirsthandError]
) -> None:
    with pytest.raises(error):
        mentions.hear(source=source, target=target, way="webmention", now=now)
    assert not Mention.objects.exists()


@pytest.mark.parametrize("path", ["", "/", "/public", "/posts", "/p/on-letters", "/p/on-letters/1"])
def test_every_page_that_says_so_can_be_mentioned(post: Post, now: datetime, path: str) -> None:
    target = f"https://ada.example{path}"
    mentions.hear(source="https://x.example/", target=target, way="webmention", now=now)


def test_an_erased_post_and_a_paused_account_take_none(
    post: Any, ada: Actor, now: datetime
) -> None:
    account = Account.of_mentions(now)
    staff.pause(account=account, by=ada, now=now)
    with pytest.raises(mentions.Closed):
        mentions.hear(source="https://x.example/", target=TARGET, way="webmention", now=now)
    staff.resume(account=account, by=ada, now=now)
    type(post.submission).objects.update(erased_on=now.date())
    with pytest.raises(mentions.Closed, match="erased"):
        mentions.hear(source="https://x.example/", target=TARGET, way="webmention", now=now)


def test_one_site_and_all_together_are_bounded(
    post: Post, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def say(host: str, number: int) -> None:
        source = f"https://{host}/{number}"
        mentions.hear(source=source, target=TARGET, way="webmention", now=now)

    for number in range(hearing.OF_A_SITE):
        say("x.example", number)
    with pytest.raises(Temporary, match=r"from x\.example"):
        say("x.example", 99)
    say("y.example", 1)
    say("x.example", 1)  # the same one again is none more
    monkeypatch.setattr(hearing, "WAITING", Mention.objects.count())
    with pytest.raises(Temporary, match="Too many mentions:"):
        say("z.example", 1)


STEPS: dict[str, tuple[object, str]] = {
    "before the look": (asking, "look"),
    "before it is filed": (looking, "_file"),
    "filed, not written down": (looking, "_settle"),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_wherever_it_ends_it_is_filed_once(
    post: Post, pages: Pages, now: datetime, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    pages.put("/7", LINK)
    mentions.hear(source=f"{pages.base}/7", target=TARGET, way="webmention", now=now)
    owner, name = STEPS[step]
    with dying(monkeypatch, owner, name, after=after):
        look(now)
    look(now)
    settled = after and name == "_settle"
    assert Mention.objects.get().state == ("found" if settled else "heard"), "the lease holds"
    look(now + looking.LEASE)
    assert Mention.objects.get().state == "found"
    assert len(came()) == 1


def test_a_rebuild_makes_the_same_of_it(hear: Hear, pages: Pages, now: datetime) -> None:
    pages.put("/7", REPLY.format("First"))
    hear("/7", now)
    pages.put("/7", REPLY.format("Second"))
    hear("/7", now + timedelta(hours=1))

    def rows() -> list[Any]:
        columns = ("pk", "thread", "person", "from_address", "in_reply_to", "body__text")
        return list(Message.objects.order_by("pk").values_list(*columns))

    before = rows()
    intake.rebuild(now=now + timedelta(days=1))
    assert rows() == before
