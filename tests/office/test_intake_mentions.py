"""Comments and webmentions from files: all of them, once, in an account of their own."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from firsthand.office import intake
from firsthand.office.models import Account, Actor, Message, Thread
from tests.channels.test_mentions import COMMENT, JF2, PAGE
from tests.office.letters import at, letter

pytestmark = pytest.mark.django_db

SOCIAL = Path(__file__).parents[3] / "shared" / "data" / "social"
needs_data = pytest.mark.skipif(not SOCIAL.is_dir(), reason="../shared/data/social is not here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A letter, a post's three comments of which one answers, two mentions and one oddity."""
    (tmp_path / "letter.eml").write_bytes(letter(1, when=at(20)))
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\x00")
    (tmp_path / "package.json").write_text('{"name": "site"}')
    comments = tmp_path / "reeds"
    comments.mkdir()
    for number, answered in enumerate(["", "", "1"], start=1):
        text = COMMENT.replace("_id: 7", f"_id: {number}").replace("Stella", f"Stella{number}")
        (comments / f"{number}.yml").write_text(f"{text}replying_to: '{answered}'\n")
    like = {**JF2, "wm-property": "like-of", "url": "https://stella.example/8"}
    (tmp_path / "all.json").write_text(json.dumps({"webmentions": [JF2, like, "?"]}))
    return tmp_path


def test_mail_comments_and_mentions_of_a_folder_come_in_once(
    account: Account, now: datetime, folder: Path
) -> None:
    taken = intake.import_paths(paths=[folder], account=account, now=now)
    assert (taken.read, taken.new, taken.duplicates, taken.set_aside) == (7, 6, 0, 1)
    assert (taken.skipped, taken.unreadable) == (2, 0)
    web = Account.objects.get(channel="web")
    assert web.state == "files"
    assert Message.objects.filter(account=account).count() == 1
    assert Message.objects.filter(account=web, set_aside="").count() == 5
    again = intake.import_paths(paths=[folder], account=account, now=now)
    assert (again.read, again.new, again.duplicates, again.set_aside) == (7, 0, 7, 0)


def test_a_mention_in_another_file_or_with_another_portrait_is_the_same(
    account: Account, now: datetime, tmp_path: Path
) -> None:
    (tmp_path / "one.json").write_text(json.dumps([JF2]))
    author = {**JF2["author"], "photo": "https://stella.example/new.jpg"}
    (tmp_path / "two.json").write_text(json.dumps({"children": [{**JF2, "author": author}]}))
    taken = intake.import_paths(paths=[tmp_path], account=account, now=now)
    assert (taken.read, taken.new, taken.duplicates) == (2, 1, 1)


def test_one_page_that_mentions_two_of_ours_is_two_mentions(
    account: Account, now: datetime, tmp_path: Path
) -> None:
    both = [JF2, {**JF2, "wm-target": f"{PAGE}?page=2"}]
    (tmp_path / "one.json").write_text(json.dumps(both))
    assert intake.import_paths(paths=[tmp_path], account=account, now=now).new == 2


def test_an_answer_is_in_the_conversation_of_its_comment(
    account: Account, now: datetime, folder: Path
) -> None:
    intake.import_paths(paths=[folder], account=account, now=now)
    threads = dict(Message.objects.filter(channel="web").values_list("message_id", "thread"))
    assert threads["/reeds/#3"] == threads["/reeds/#1"] != threads["/reeds/#2"]


def test_hostile_markup_reaches_the_page_as_words_only(
    account: Account, ada: Actor, client: Client, tmp_path: Path
) -> None:
    now = timezone.now() - timedelta(minutes=1)
    evil = {
        "html": "<p onclick=alert(1)>Tall<script>alert(2)</script><img src=https://t.example/x>"
    }
    mention = {**JF2, "content": evil, "author": {"name": "<b>S</b>", "url": "javascript:alert(3)"}}
    (tmp_path / "one.json").write_text(json.dumps([mention]))
    intake.import_paths(paths=[tmp_path], account=account, now=now)
    client.force_login(ada)
    message = Message.objects.get()
    page = client.get(f"/t/{message.thread_id}").content.decode()
    assert "Tall" in page and "alert(" not in page and "<b>S</b>" not in page
    shown = client.get(f"/m/{message.pk}/html").content.decode()
    assert "Tall" in shown and "alert(" not in shown and "t.example" not in shown
    source = client.get(f"/m/{message.pk}/source").content.decode()
    assert PAGE in source


@needs_data
def test_real_comments_and_webmentions_come_in_whole(account: Account, now: datetime) -> None:
    names = "blog-comments webmentions-nhoizey.json granary mf2-tests"
    paths = [SOCIAL / name for name in names.split()]
    taken = intake.import_paths(paths=paths, account=account, now=now)
    web = Message.objects.filter(account__channel="web")
    assert taken.read == taken.new + taken.duplicates + taken.set_aside
    assert taken.read == 720 + 2717 + 47 + 5  # comments, webmentions, conversions, microformats
    assert (taken.set_aside, taken.unreadable) == (3, 0)
    assert taken.duplicates == 90 + 20  # the same through two bridges; conversions of one thing
    assert web.filter(message_id__startswith="/").count() == 708
    assert web.filter(message_id__startswith="#").count() == 12  # which do not say on what page
    answers = web.filter(in_reply_to__regex=r"^(/[^#]*)?#")
    assert answers.count() == 353  # of 354: one names a comment that is not there
    for child in answers:
        assert web.filter(thread=child.thread_id, message_id=child.in_reply_to).exists()
    again = intake.import_paths(paths=paths, account=account, now=now)
    assert (again.read, again.new, again.duplicates) == (taken.read, 0, taken.read)
    assert Thread.objects.exclude(account__channel="web").count() == 0
