"""The sample drafts: each answers a letter that waits, by a hand of the office, in a known state."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from firsthand.sample.drafts import SampleDraft, drafts, promise
from firsthand.sample.letters import mailbox

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DRAFTS = drafts()


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda draft: str(draft.key))
def test_each_answers_a_letter_that_came_in_and_waits(draft: SampleDraft) -> None:
    letters = {letter.key: letter for letter in mailbox(NOW)}
    assert letters[draft.key].folder == "INBOX"
    thread, _, place = draft.key.partition(".")
    assert f"{thread}.{int(place or 1) + 1}" not in letters


@pytest.mark.parametrize("draft", DRAFTS, ids=lambda draft: str(draft.key))
def test_each_begins_with_its_hand_and_changes_something_each_time(draft: SampleDraft) -> None:
    actors = [actor for actor, _ in draft.revisions]
    texts = [text for _, text in draft.revisions]
    assert actors[0] == draft.by and draft.by in {"hal", "gwen", "otto"}
    assert set(actors) <= {"ada", "hal", "gwen", "otto"}
    assert all(text.strip() for text in texts) and len(set(texts)) == len(texts)


def test_the_states_have_what_they_need() -> None:
    assert {draft.state for draft in DRAFTS} == {"waiting", "writing", "rejected", "scheduled"}
    for draft in DRAFTS:
        assert bool(draft.reason) == (draft.state == "rejected")
        assert (draft.send_in is not None) == (draft.state == "scheduled")
        assert draft.send_in is None or draft.send_in > timedelta(0)


def test_every_hand_has_a_draft_and_no_letter_has_two() -> None:
    assert {draft.by for draft in DRAFTS} == {"hal", "gwen", "otto"}
    assert len({draft.key for draft in DRAFTS}) == len(DRAFTS)


def test_the_promise_reads_as_the_public_reads_it() -> None:
    assert promise.startswith("If you get an answer by e-mail, I have read it")
