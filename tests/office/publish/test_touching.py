"""One touch for all places of a post: each of its records says so, and nothing else does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from firsthand.core.byline import Level
from firsthand.core.errors import Conflict, Denied, FirsthandError, Misuse
from firsthand.core.record import from_multikey, read
from firsthand.core.revising import Change
from firsthand.core.rights import Right
from firsthand.office import consent, desk, ledger, outbox, publish, staff
from firsthand.office.consent import Proposal, Touch
from firsthand.office.models import Account, Actor, Draft, Event, Office, PostRevision, Submission
from firsthand.office.publish import Place
from firsthand.verifier import check_record
from firsthand.verifier.consent import Assertion, batch_challenge, shared_out
from tests.office.conftest import Hire
from tests.office.publish.conftest import UNDO, published, work
from tests.office.touching import give
from tests.verifier.authenticator import Authenticator

TEXT = "We receive many letters. Each of them is read."


@pytest.fixture
def phone(ada: Actor, now: datetime) -> Authenticator:
    return give(ada, now)[0]


def touched(phone: Authenticator, proposals: list[Proposal]) -> list[Touch]:
    """What one touch gives to each of them."""
    challenges = [each.challenge for each in proposals]
    answer = Assertion.of_browser(phone.touch(batch_challenge(challenges)))
    shares = shared_out(answer, challenges)
    return [Touch(p.number, p.salt, share) for p, share in zip(proposals, shares, strict=True)]


def proposed(draft: Draft, actor: Actor, now: datetime) -> list[Proposal]:
    draft.refresh_from_db()
    return publish.propose(draft=draft, actor=actor, revision=draft.revision, now=now)


def handed(draft: Draft, actor: Actor, now: datetime, touches: list[Touch]) -> PostRevision:
    return publish.publish(
        draft=draft, actor=actor, revision=draft.revision, now=now, touches=touches
    )


def strength(row: Submission) -> str:
    """As a stranger finds it, by the log and the keys that the office shows."""
    row.refresh_from_db()
    verdict = check_record(
        bytes(row.record),
        keys=[from_multikey(Office.objects.get().public_key)],
        index=row.entry_id,
        log=ledger.store(),
        passkeys=consent.keys(),
    )
    assert verdict.ok, verdict
    return verdict.strength


def test_one_touch_signs_a_post_and_its_revision_in_every_place(
    ada: Actor, wall: Account, phone: Authenticator, now: datetime
) -> None:
    draft = publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall, "whole")])
    handed(draft, ada, now, touched(phone, proposed(draft, ada, now)))
    later = work(now) + timedelta(days=1)
    again = publish.revise(post=Draft.objects.get(pk=draft.pk).post, actor=ada, now=later)  # type: ignore[arg-type]
    publish.edit(draft=again, actor=ada, base=1, text=f"{TEXT} By Ada.", now=later)
    revision = handed(again, ada, later, touched(phone, proposed(again, ada, later)))
    work(later)
    rows = Submission.objects.order_by("pk")
    assert [(row.channel, row.level) for row in rows] == [
        ("site", Level.FIRSTHAND), ("board", Level.FIRSTHAND)
    ] * 2  # fmt: skip
    assert {strength(row) for row in rows} == {"hand-signed"}
    assert all(row.hand_signed and len(row.evidence) == 1 for row in rows)
    assert revision.kind == Change.ADDITION
    assert read(bytes(rows[3].record))["credentialSubject"]["revision"] == 2
    told = Event.objects.filter(act="submission.made")
    assert all(event.data["hand_signed"] for event in told)


def test_without_a_touch_the_office_alone_signs(ada: Actor, wall: Account, now: datetime) -> None:
    published(publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall)]), ada, now)
    for row in Submission.objects.all():
        assert (row.hand_signed, row.evidence, strength(row)) == (False, [], "office-signed")


def test_proposing_saves_nothing_and_refuses_what_publishing_refuses(
    ada: Actor, hire: Hire, stan: Actor, rev: Actor, gone: Actor, wall: Account, now: datetime
) -> None:
    draft = publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall)])
    for actor in (hire("Dora Lind", Right.DRAFT, Right.EDIT), stan, rev, gone):
        with pytest.raises(Denied):
            proposed(draft, actor, now)
    with pytest.raises(Conflict):
        publish.propose(draft=draft, actor=ada, revision=2, now=now)
    events = Event.objects.count()
    assert len(proposed(draft, ada, now)) == 2
    assert not Submission.objects.exists() and Event.objects.count() == events
    draft.refresh_from_db()
    assert draft.state == "writing"


def test_a_touch_is_for_this_text_these_places_and_this_person(
    ada: Actor, editor: Actor, wall: Account, phone: Authenticator, now: datetime
) -> None:
    draft = publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall)])
    touches = touched(phone, proposed(draft, ada, now))
    site, board = touches
    swapped = [Touch(site.number, site.salt, board.evidence), board]
    renumbered = [Touch("n" * 22, site.salt, site.evidence), board]
    resalted = [Touch(site.number, b"s" * 32, site.evidence), board]
    for wrong in (swapped, renumbered, resalted):
        with pytest.raises(Denied, match="another text"):
            handed(draft, ada, now, wrong)
    for wrong in ([site], [*touches, site]):
        with pytest.raises(Conflict, match="no longer what the passkey was touched for"):
            handed(draft, ada, now, wrong)
    theirs = touched(phone, proposed(draft, editor, now))
    with pytest.raises(Denied, match="not a passkey of Edda Roth"):
        handed(draft, editor, now, theirs)
    publish.edit(draft=draft, actor=ada, base=1, text="Something else.", now=now)
    draft.refresh_from_db()
    with pytest.raises(Denied, match="another text"):
        handed(draft, ada, now, touches)
    publish.edit(draft=draft, actor=ada, base=2, text=TEXT, places=[], now=now)
    draft.refresh_from_db()
    with pytest.raises(FirsthandError):
        handed(draft, ada, now, touches)
    assert not Submission.objects.exists()


def test_a_passkey_that_ended_before_it_left_signs_nothing(
    ada: Actor, wall: Account, now: datetime
) -> None:
    phone, row = give(ada, now)
    draft = publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall)])
    handed(draft, ada, now, touched(phone, proposed(draft, ada, now)))
    staff.revoke_passkey(passkey=row, by=ada, now=now)
    work(now)
    assert {strength(one) for one in Submission.objects.all()} == {"office-signed"}
    assert not Submission.objects.filter(hand_signed=True).exists()


def test_of_a_thread_the_first_part_is_signed_by_hand_and_the_others_by_the_office(
    ada: Actor, wall: Account, phone: Authenticator, now: datetime
) -> None:
    """Where the others will stand is not known when the passkey is touched."""
    wall.settings = {**wall.settings, "longest": 400}
    wall.save()
    text = " ".join(f"This is sentence number {n} of a long text." for n in range(30))
    draft = publish.compose(actor=ada, text=text, now=now, places=[Place(wall, "thread")])
    proposals = proposed(draft, ada, now)
    handed(draft, ada, now, touched(phone, proposals))
    work(now)
    site, first, *others = Submission.objects.order_by("pk")
    assert len(proposals) == 2 and len(others) > 2
    assert strength(site) == strength(first) == "hand-signed"
    assert {strength(one) for one in others} == {"office-signed"}


def test_what_a_hand_publishes_under_a_touch_of_their_own_shows_no_shield(
    ada: Actor, editor: Actor, now: datetime
) -> None:
    phone, _ = give(editor, now)
    draft = publish.compose(actor=editor, text=TEXT, now=now)
    handed(draft, editor, now, touched(phone, proposed(draft, editor, now)))
    work(now)
    [row] = Submission.objects.all()
    assert (row.level, row.hand_signed, strength(row)) == (Level.ON_BEHALF, False, "hand-signed")


def test_a_message_is_not_proposed_as_a_post(ada: Actor, wall: Account, now: datetime) -> None:
    loose = desk.draft(actor=ada, text="For all.", account=wall, now=now)
    with pytest.raises(Misuse, match="sent, not published"):
        publish.propose(draft=loose, actor=ada, revision=1, now=now)
    assert outbox.log_due(now=now + UNDO) == 0
