"""Posts from the command line: what is begun by two, and what is refused before anything is made."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from firsthand.office import publish
from firsthand.office.models import Actor, Blackout, Draft, Post
from tests.doors.shell import Run, refused
from tests.office.publish.conftest import published


@pytest.fixture
def now() -> datetime:
    """The commands read the clock themselves."""
    return timezone.now() - timedelta(minutes=5)


@pytest.fixture
def post(ada: Actor, now: datetime) -> Post:
    made = publish.compose(actor=ada, text="In May.", title="When", now=now)
    return published(made, ada, now).post


@pytest.fixture
def june(tmp_path: Path) -> str:
    (tmp_path / "june.txt").write_text("In June.")
    return str(tmp_path / "june.txt")


def test_the_principal_goes_over_what_a_hand_has_begun(
    run: Run, post: Post, gwen: Actor, june: str, now: datetime
) -> None:
    begun = publish.revise(post=post, actor=gwen, text="In July.", now=now)
    said = refused(run("revise", "when", june, "--json"), "conflict")
    assert "Gwen Osei has begun" in said and "(--over)" in said
    made = run("revise", "when", june, "--over", "--json").value
    assert (made["revision"], made["level"]) == (2, "firsthand")
    begun.refresh_from_db()
    assert begun.state == "discarded"
    assert run("drafts", "--state", "discarded", "--json").value["drafts"][0]["draft"] == begun.pk


def test_what_is_taken_back_without_a_word_is_refused_before_a_draft_is_made(
    run: Run, post: Post
) -> None:
    said = refused(run("revise", "when", "--change", "retraction", "--json"), "misuse")
    assert "Say what was wrong: readers see it." in said and "--note" in said
    assert Draft.objects.count() == 1, "that of the first text"
    words = ("--change", "retraction", "--note", "It was not so.", "--json")
    assert run("revise", "when", *words).value["change"] == "retraction"


def test_what_waits_because_nothing_is_published_is_told_so(
    run: Run, office: object, ada: Actor, now: datetime
) -> None:
    publish.black_out(actor=ada, reason="A flood.", now=now)
    ends = timezone.now() + timedelta(days=2)
    publish.black_out(actor=ada, reason="A fair.", ends=ends, now=now)
    said = run("post", text="In May.")
    assert "Nothing is published, it waits: A flood. (Ada Ferrer)." in said.out, "the longest"
    for each in Blackout.objects.filter(ends=None):
        publish.lift(blackout=each, actor=ada, now=now)
    held = run("post", "--json", text="In June.").value["held"]
    assert held.startswith("Nothing is published until ") and "A fair. (Ada Ferrer)." in held
    Blackout.objects.all().delete()
    assert run("post", "--json", text="In July.").value["held"] == ""


def test_who_may_not_edit_leaves_no_draft_behind(
    run: Run, post: Post, hal: Actor, june: str
) -> None:
    said = refused(run("revise", "when", june, "--as", hal.key, "--json"), "denied")
    assert "has no right to change what others drafted" in said
    assert Draft.objects.count() == 1
