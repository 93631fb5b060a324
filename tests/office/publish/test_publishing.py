"""Publishing: our own site first, each account by itself, and every change of it on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from firsthand.channels.board import Board
from firsthand.channels.memory import Fault
from firsthand.core.byline import ActorKind, Level
from firsthand.core.entry import decode, record_hash
from firsthand.core.errors import (
    Conflict,
    Denied,
    Misuse,
    NotAllowed,
    Permanent,
    PromiseBroken,
    Temporary,
)
from firsthand.core.revising import Change
from firsthand.core.rights import Right, Scope
from firsthand.office import desk, erasing, intake, ledger, outbox, publish, staff
from firsthand.office.models import (
    Account,
    Actor,
    Draft,
    LogEntry,
    Message,
    Office,
    PostRevision,
    Submission,
)
from firsthand.office.publish import Credited, Place
from firsthand.tlog.verify import fsck
from tests.office.publish.conftest import UNDO, published, work

TEXT = "We recieve *many* letters. Each of them is read.\n\nSee [the list](https://ada.example/x)."


def entry_of(submission: Submission) -> dict[str, object]:
    submission.refresh_from_db()
    assert submission.entry is not None
    return dict(decode(bytes(submission.entry.leaf)))


def test_a_post_goes_to_our_own_site_first_then_elsewhere(
    ada: Actor, wall: Account, hung: Board, now: datetime
) -> None:
    draft = publish.compose(
        actor=ada, text=TEXT, title="On letters", now=now, places=[Place(wall, "whole")]
    )
    revision = published(draft, ada, now)
    site, other = Submission.objects.order_by("pk")
    assert (revision.number, revision.kind, revision.text) == (1, "", TEXT)
    assert (site.state, site.url, site.text) == ("sent", "https://ada.example/p/on-letters", TEXT)
    assert (site.channel, site.level, other.follows_id) == ("site", Level.FIRSTHAND, site.pk)
    [notice] = hung.notices.values()
    assert notice.text.startswith("On letters\n\nWe recieve many letters.")
    assert f"^AF https://ada.example/b/{other.number}#" in notice.text
    assert other.remote_id == notice.id
    assert entry_of(site)["kind"] == entry_of(other)["kind"] == "byline"
    assert (site.entry_id or 0) < (other.entry_id or 0), "the site is logged before what follows it"
    draft.refresh_from_db()
    assert draft.state == "sent"
    filed = Message.objects.get(remote_id=notice.id)
    assert (filed.direction, filed.actor_id) == ("out", ada.pk)
    assert fsck(ledger.store(), ledger.verifier()).ok


def test_an_edit_is_a_public_revision_and_is_carried_on(
    ada: Actor, wall: Account, hung: Board, now: datetime
) -> None:
    first = published(
        publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall, "whole")]), ada, now
    )
    later = now + timedelta(days=1)
    again = publish.revise(
        post=first.post, actor=ada, text=TEXT.replace("recieve", "receive"), now=later
    )
    assert publish.proposal(again) is Change.TYPO
    second = published(again, ada, later)
    assert (second.number, second.kind, second.proposed) == (2, "typo", "typo")
    assert [r.number for r in first.post.public()] == [2, 1]
    [notice] = hung.notices.values()
    assert "receive" in notice.text
    assert len(hung.edits) == 1
    for submission in second.draft.submissions.all():
        earlier = submission.replaces
        assert earlier is not None
        entry = entry_of(submission)
        assert (entry["kind"], entry["change"]) == ("revision", "typo")
        assert entry["replaces"] == record_hash(bytes(earlier.record))
        subject = submission.statement["credentialSubject"]
        assert subject["replaces"].endswith(earlier.number)
        assert (subject["revision"], subject["replacesRecord"]) == (2, entry["replaces"])
    assert Message.objects.filter(remote_id=notice.id).count() == 1
    assert second.submission.url.endswith(f"/p/{first.post.slug}/2")


def test_where_nothing_can_be_changed_a_correction_is_told(
    ada: Actor, wall: Account, hung: Board, now: datetime
) -> None:
    wall.settings = {"edit": "no"}
    wall.save()
    first = published(
        publish.compose(actor=ada, text="It opens in May.", now=now, places=[Place(wall)]), ada, now
    )
    typo = publish.revise(post=first.post, actor=ada, text="It opens in May", now=now + UNDO * 40)
    published(typo, ada, now + UNDO * 40)
    assert len(hung.notices) == 1, "a typo is not worth a note"
    wrong = publish.revise(
        post=first.post,
        actor=ada,
        text="It opens in June.",
        change=Change.CORRECTION,
        note="It opens in June, not in May.",
        now=now + UNDO * 80,
    )
    published(wrong, ada, now + UNDO * 80)
    start, note = hung.notices.values()
    assert note.text.startswith("Correction: It opens in June, not in May.")
    assert f"https://ada.example/p/{first.post.slug}/history" in note.text
    assert note.parent == start.id
    assert hung.edits == []
    told = Submission.objects.get(remote_id=note.id)
    assert entry_of(told)["kind"] == "byline"


def test_a_long_text_is_split_into_parts_that_hang_together(
    ada: Actor, wall: Account, hung: Board, now: datetime
) -> None:
    long = " ".join(f"This is sentence number {n} of a long text." for n in range(40))
    published(
        publish.compose(actor=ada, text=long, now=now, places=[Place(wall, "thread")]), ada, now
    )
    notices = list(hung.notices.values())
    assert len(notices) > 2
    assert all(len(notice.text) <= 500 for notice in notices)
    assert [notice.parent for notice in notices] == ["", *(each.id for each in notices[:-1])]
    assert f"\n2/{len(notices)}" in notices[1].text
    parts = Submission.objects.filter(channel="board").order_by("pk")
    for part in list(parts)[1:]:
        assert part.envelope["in_reply_to"] == notices[list(parts).index(part) - 1].id


def test_a_link_form_gives_the_beginning_and_our_own_address(
    ada: Actor, wall: Account, hung: Board, now: datetime
) -> None:
    long = " ".join(f"This is sentence number {n} of a long text." for n in range(40))
    published(
        publish.compose(actor=ada, text=long, title="Long", now=now, places=[Place(wall)]), ada, now
    )
    [notice] = hung.notices.values()
    assert notice.text.startswith("Long\n\nThis is sentence number 0")
    assert "…\n\nhttps://ada.example/p/long\n\n^AF" in notice.text


def test_a_promise_of_one_channel_refuses_the_whole_and_names_it(
    ada: Actor, editor: Actor, wall: Account, now: datetime
) -> None:
    draft = publish.compose(actor=editor, text=TEXT, now=now, places=[Place(wall)])
    staff.promise(by=ada, floor=Level.APPROVED, channel="board", now=now)
    with pytest.raises(PromiseBroken, match="on Board"):
        publish.publish(draft=draft, actor=editor, revision=1, now=now)
    desk.approve(draft=draft, actor=ada, revision=1, now=now)
    revision = publish.publish(draft=draft, actor=editor, revision=1, now=now)
    assert {s.level for s in revision.draft.submissions.all()} == {"approved"}


def test_a_change_by_a_hand_lowers_the_level_of_that_revision_only(
    ada: Actor, editor: Actor, now: datetime
) -> None:
    first = published(publish.compose(actor=ada, text=TEXT, now=now), ada, now)
    later = now + timedelta(days=1)
    draft = publish.revise(post=first.post, actor=editor, text=f"{TEXT} And more of it.", now=later)
    second = published(draft, editor, later)
    assert (first.submission.level, second.submission.level) == ("firsthand", "on_behalf")
    third = publish.revise(
        post=first.post, actor=ada, text=f"{TEXT} And more of that.", now=later + UNDO * 40
    )
    last = published(third, ada, later + UNDO * 40)
    assert last.submission.level == "approved", "her words stand beside those of a hand"


def test_an_approval_is_of_the_places_and_credits_too(
    ada: Actor, editor: Actor, wall: Account, now: datetime
) -> None:
    staff.promise(by=ada, floor=Level.APPROVED, channel="", now=now)
    draft = publish.compose(actor=editor, text=TEXT, now=now)
    desk.approve(draft=draft, actor=ada, revision=1, now=now)
    draft.refresh_from_db()
    publish.edit(draft=draft, actor=editor, base=1, places=[Place(wall)], now=now)
    draft.refresh_from_db()
    assert (draft.revision, draft.state) == (2, "writing")
    with pytest.raises(PromiseBroken):
        publish.publish(draft=draft, actor=editor, revision=2, now=now)
    desk.approve(draft=draft, actor=ada, revision=2, now=now)
    draft.refresh_from_db()
    publish.edit(
        draft=draft, actor=editor, base=2, credits=[Credited("Mia Lund", "guest")], now=now
    )
    draft.refresh_from_db()
    assert draft.state == "writing"


@pytest.mark.parametrize("who", ["hal", "gwen", "otto", "stan", "rev", "gone"])
def test_nobody_publishes_without_the_right(
    request: pytest.FixtureRequest, ada: Actor, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    draft = publish.compose(actor=ada, text=TEXT, now=now)
    with pytest.raises(Denied):
        publish.publish(draft=draft, actor=actor, revision=1, now=now)
    assert not Submission.objects.exists()


@pytest.mark.parametrize("who", ["stan", "rev", "gone"])
def test_strangers_and_the_revoked_write_no_posts(
    request: pytest.FixtureRequest, ada: Actor, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    with pytest.raises(Denied):
        publish.compose(actor=actor, text=TEXT, now=now)
    first = published(publish.compose(actor=ada, text=TEXT, now=now), ada, now)
    with pytest.raises(Denied):
        publish.revise(post=first.post, actor=actor, text="Other.", now=now)
    with pytest.raises(Denied):
        publish.set_hours(actor=actor, now=now, spread=5)
    with pytest.raises(Denied):
        publish.black_out(actor=actor, reason="No.", now=now)


def test_a_grant_for_one_channel_does_not_reach_another(
    ada: Actor, hire: Callable[..., Actor], wall: Account, now: datetime
) -> None:
    guest = hire("Gus")
    for right in (Right.DRAFT, Right.PUBLISH):
        scope = Scope(channels=frozenset({"site"}))
        staff.grant(hand=guest, by=ada, right=right, scope=scope, now=now)
    with pytest.raises(Denied):
        publish.compose(actor=guest, text=TEXT, now=now, places=[Place(wall)])
    draft = publish.compose(actor=guest, text=TEXT, now=now)
    publish.edit(draft=draft, actor=ada, base=1, places=[Place(wall)], now=now)
    with pytest.raises(Denied, match="holds on site only"):
        publish.publish(draft=draft, actor=guest, revision=2, now=now)
    publish.edit(draft=draft, actor=ada, base=2, places=[], now=now)
    publish.publish(draft=draft, actor=guest, revision=3, now=now)


def test_a_revoked_grant_stops_what_was_scheduled(
    ada: Actor, editor: Actor, wall: Account, hung: Board, now: datetime
) -> None:
    draft = publish.compose(actor=editor, text=TEXT, now=now, places=[Place(wall)])
    publish.publish(draft=draft, actor=editor, revision=1, at=now + timedelta(hours=2), now=now)
    staff.revoke(grant=editor.grants.get(right="publish"), by=ada, now=now)
    assert {s.state for s in Submission.objects.all()} == {"stopped"}
    draft.refresh_from_db()
    assert (draft.state, PostRevision.objects.count()) == ("writing", 0)
    work(now + timedelta(hours=3))
    assert not hung.notices


def test_what_is_called_back_in_time_was_never_public(
    ada: Actor, gwen: Actor, wall: Account, now: datetime
) -> None:
    draft = publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall)])
    revision = publish.publish(draft=draft, actor=ada, revision=1, now=now)
    with pytest.raises(Denied):
        publish.cancel(revision=revision, actor=gwen, now=now)
    assert publish.cancel(revision=revision, actor=ada, now=now).state == "writing"
    assert {s.state for s in Submission.objects.all()} == {"cancelled"}
    assert not LogEntry.objects.filter(kind="byline").exists()
    again = published(draft, ada, now)
    assert again.number == 1
    with pytest.raises(NotAllowed, match="public already"):
        publish.cancel(revision=again, actor=ada, now=now)


def test_an_account_that_fails_stops_no_other(
    ada: Actor, wall: Account, hung: Board, now: datetime
) -> None:
    hung.faults.append(Fault(Permanent("No.")))
    revision = published(
        publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall)]), ada, now
    )
    assert revision.submission.state == "sent"
    failed = Submission.objects.get(channel="board")
    assert failed.state == "failed"
    desk.take_back(submission=failed, actor=ada, now=now)
    revision.draft.refresh_from_db()
    assert revision.draft.state == "sent", "what is public stays so"


def test_a_cut_off_call_is_made_again_and_hangs_once(
    ada: Actor, wall: Account, hung: Board, now: datetime
) -> None:
    hung.faults.append(Fault(Temporary("Cut off."), delivered=True))
    published(publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall)]), ada, now)
    assert len(hung.notices) == 1
    assert Submission.objects.get(channel="board").state == "sent"


def test_two_people_do_not_revise_at_once(ada: Actor, editor: Actor, now: datetime) -> None:
    first = published(publish.compose(actor=ada, text=TEXT, now=now), ada, now)
    publish.revise(post=first.post, actor=editor, text="One.", now=now)
    with pytest.raises(Conflict, match="Edda Roth has begun"):
        publish.revise(post=first.post, actor=ada, text="Two.", now=now)


def test_what_changes_nothing_is_no_revision(ada: Actor, now: datetime) -> None:
    first = published(publish.compose(actor=ada, text=TEXT, now=now), ada, now)
    same = publish.revise(post=first.post, actor=ada, now=now)
    with pytest.raises(Misuse, match="Nothing changed"):
        publish.publish(draft=same, actor=ada, revision=1, now=now)


def test_a_correction_says_what_was_wrong(ada: Actor, now: datetime) -> None:
    first = published(publish.compose(actor=ada, text=TEXT, now=now), ada, now)
    silent = publish.revise(post=first.post, actor=ada, text="Other.", now=now)
    publish.edit(draft=silent, actor=ada, base=1, change=Change.CORRECTION, now=now)
    with pytest.raises(Misuse, match="Say what was wrong"):
        publish.publish(draft=silent, actor=ada, revision=2, now=now)


def test_what_is_taken_back_says_so_everywhere_and_stays_readable(
    ada: Actor, wall: Account, hung: Board, now: datetime
) -> None:
    first = published(
        publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall, "whole")]), ada, now
    )
    back = publish.revise(
        post=first.post,
        actor=ada,
        change=Change.RETRACTION,
        note="It was not true.",
        now=now + UNDO * 40,
    )
    second = published(back, ada, now + UNDO * 40)
    assert (second.kind, second.text) == ("retraction", TEXT)
    [notice] = hung.notices.values()
    assert notice.text.startswith("Taken back: It was not true.")
    with pytest.raises(NotAllowed, match="taken back"):
        publish.revise(post=first.post, actor=ada, text="Again.", now=now + UNDO * 80)


def test_a_decision_lighter_than_the_texts_show_is_kept_beside_the_proposal(
    ada: Actor, now: datetime
) -> None:
    first = published(publish.compose(actor=ada, text="It opens in May.", now=now), ada, now)
    draft = publish.revise(
        post=first.post, actor=ada, text="It opens in June.", change=Change.TYPO, now=now
    )
    second = published(draft, ada, now + UNDO * 40)
    assert (second.kind, second.proposed) == ("typo", "substance")


def test_the_queue_and_the_hours_decide_when(
    ada: Actor, editor: Actor, office: Office, now: datetime
) -> None:
    # now is a Sunday, 9:00 UTC
    publish.set_hours(actor=ada, now=now, slots=[540, 600], opens=8 * 60, closes=18 * 60)
    due = []
    for _ in range(2):
        draft = publish.compose(actor=editor, text=TEXT, now=now)
        revision = publish.publish(draft=draft, actor=editor, revision=1, queued=True, now=now)
        due.append(revision.submission.due_at)
    monday = now + timedelta(days=1)
    assert due == [monday, monday + timedelta(hours=1)]
    late = now.replace(hour=20)
    night = publish.due_at(actor=editor, now=late)
    assert night == monday.replace(hour=8)
    assert publish.due_at(actor=ada, now=late) == late, "the principal decides their own hours"


def test_accounts_are_spread(ada: Actor, wall: Account, now: datetime) -> None:
    publish.set_hours(actor=ada, now=now, spread=10)
    draft = publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall)])
    publish.publish(draft=draft, actor=ada, revision=1, now=now)
    site, other = Submission.objects.order_by("pk")
    assert other.due_at - site.due_at == timedelta(minutes=10)


def test_a_blackout_holds_back_posts_and_lets_letters_go(
    ada: Actor, editor: Actor, now: datetime
) -> None:
    blackout = publish.black_out(actor=editor, reason="A death in the family.", now=now)
    draft = publish.compose(actor=ada, text=TEXT, now=now)
    publish.publish(draft=draft, actor=ada, revision=1, now=now)
    work(now)
    assert Submission.objects.get().state == "pending"
    publish.lift(blackout=blackout, actor=ada, now=now + timedelta(hours=1))
    work(now + timedelta(hours=1))
    assert Submission.objects.get().state == "sent"


def test_an_agent_drafts_and_its_part_is_told(
    ada: Actor, otto: Actor, hire: Callable[..., Actor], now: datetime
) -> None:
    draft = publish.compose(actor=otto, text=TEXT, now=now)
    desk.approve(draft=draft, actor=ada, revision=1, now=now)
    revision = published(draft, ada, now)
    assert (revision.submission.level, revision.submission.ai) == ("approved", "generated")
    assert "Otto (an AI agent)" in revision.submission.sentence
    robot = hire("Robo", Right.DRAFT, Right.PUBLISH, kind=ActorKind.AGENT)
    alone = published(publish.compose(actor=robot, text=TEXT, now=now), robot, now)
    assert alone.submission.level == "automated"


def test_a_message_is_not_published_nor_a_post_sent(
    ada: Actor, wall: Account, account: Account, now: datetime
) -> None:
    post = publish.compose(actor=ada, text=TEXT, now=now)
    with pytest.raises(Misuse, match="published, not sent"):
        desk.send(draft=post, actor=ada, revision=1, seen=0, now=now)
    loose = desk.draft(actor=ada, text="For all.", account=wall, now=now)
    with pytest.raises(Misuse, match="published, not sent"):
        desk.send(draft=loose, actor=ada, revision=1, seen=0, now=now)
    with pytest.raises(Misuse, match="Nothing can be published"):
        publish.compose(actor=ada, text=TEXT, now=now, places=[Place(account)])


def test_what_follows_waits_until_the_site_is_out(ada: Actor, wall: Account, now: datetime) -> None:
    draft = publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall)])
    publish.publish(draft=draft, actor=ada, revision=1, now=now)
    assert outbox.log_due(now=now + UNDO) == 1
    assert Draft.objects.get(pk=draft.pk).state == "leaving"
    assert {s.state for s in Submission.objects.all()} == {"logged", "pending"}


def test_slugs_are_made_of_titles_and_never_twice(ada: Actor, now: datetime) -> None:
    titles = ["Grüße an alle!", "Grüße an alle!", "2026", ""]
    slugs = [publish.compose(actor=ada, text="x", title=t, now=now).post.slug for t in titles]  # type: ignore[union-attr]
    assert slugs[0] == "grusse-an-alle"
    assert len(set(slugs)) == 4
    assert not any(slug.isdecimal() for slug in slugs)


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("point", ["before", "after"])
def test_a_worker_that_dies_while_it_files_loses_and_doubles_nothing(
    ada: Actor,
    wall: Account,
    hung: Board,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
) -> None:
    draft = publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall)])
    publish.publish(draft=draft, actor=ada, revision=1, now=now)
    outbox.log_due(now=now + UNDO)
    submission = outbox.claim(now=now + UNDO)
    assert submission is not None
    outbox.deliver(submission, clock=lambda: now + UNDO)

    def dies(**given: object) -> object:
        if point == "after":
            intake.take(**given)  # type: ignore[arg-type]
        raise Killed

    with pytest.raises(Killed):
        outbox.file_sent(now=now + UNDO, take=dies)
    assert Submission.objects.get(pk=submission.pk).filed_at is None
    assert outbox.log_due(now=now + UNDO) == 0, "what follows waits"
    work(now)
    assert {s.state for s in Submission.objects.all()} == {"sent"}
    assert len(hung.notices) == 1
    assert Message.objects.filter(direction="out").count() == 2


def test_a_claim_that_was_lost_on_the_way_is_taken_up_again(
    ada: Actor, wall: Account, hung: Board, now: datetime
) -> None:
    draft = publish.compose(actor=ada, text=TEXT, now=now, places=[Place(wall)])
    publish.publish(draft=draft, actor=ada, revision=1, now=now)
    outbox.log_due(now=now + UNDO)
    assert outbox.claim(now=now + UNDO) is not None  # and nobody comes back with it
    work(now + timedelta(hours=1))
    assert {s.state for s in Submission.objects.all()} == {"sent"}
    assert len(hung.notices) == 1


def test_what_is_erased_is_nowhere_in_the_rows_of_its_post(ada: Actor, now: datetime) -> None:
    first = published(publish.compose(actor=ada, text="A secret.", title="S", now=now), ada, now)
    erasing.erase(submission=first.submission, actor=ada, now=now)
    row = PostRevision.objects.get()
    assert (row.title, row.text, row.note) == ("", "", "")
    assert not Submission.objects.exclude(text="").exists()
