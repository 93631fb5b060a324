"""Sending: the level, the promises, the disclosure line and the commitments of what leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from firsthand.core import record
from firsthand.core.byline import Ai, Level
from firsthand.core.envelope import Address, Automation
from firsthand.core.errors import Conflict, Denied, Misuse, NotAllowed, PromiseBroken
from firsthand.core.rights import Right
from firsthand.core.text import split
from firsthand.office import desk, staff
from firsthand.office.models import Account, Actor, Draft, DraftFile, Office, Submission, Thread

Arrive = Callable[..., Thread]
Hire = Callable[..., Actor]
SALT = bytes(range(32))
NUMBER = "3kq9Zx-TestNumber_2200"


def hand_out(draft: Draft, actor: Actor, now: datetime, **more: object) -> Submission:
    """Send the newest revision in full sight of the thread."""
    draft.refresh_from_db()
    seen = draft.thread.latest if draft.thread else 0
    values = {"revision": draft.revision, "seen": seen, "now": now, **more}
    return desk.send(draft=draft, actor=actor, **values)  # type: ignore[arg-type]


def test_what_leaves_says_who_made_it(
    hal: Actor, ada: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=hal, text="Gladly.\n", now=now, thread=thread)
    sent = hand_out(draft, ada, now, number=NUMBER, salt=SALT)
    assert sent.text == (
        "Gladly.\n\nDrafted by Hal Brandt; Ada Ferrer read it and sent it. "
        f"Check: https://ada.example/b/{NUMBER}#{record.encode_salt(SALT)}"
    )
    assert (sent.level, sent.ai, sent.state) == (Level.APPROVED, Ai.NONE, "pending")
    assert sent.message_id == f"{NUMBER}@ada.example"
    assert sent.due_at == now + timedelta(seconds=10)
    draft.refresh_from_db()
    assert draft.state == "leaving"


def test_the_statement_is_bound_to_this_text_and_this_place(
    ada: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(
        actor=ada, text="Gladly.", now=now, thread=thread, bcc=[Address("eve@x.example")]
    )
    desk.attach(
        draft=draft,
        actor=ada,
        name="a.txt",
        media_type="text/plain",
        content=b"Once",
        base=1,
        now=now,
    )
    sent = hand_out(draft, ada, now, number=NUMBER, salt=SALT)
    subject = sent.statement["credentialSubject"]
    assert sent.statement["id"] == f"https://ada.example/b/{NUMBER}"
    assert subject["id"] == f"mid:{NUMBER}@ada.example"
    assert subject["digestMultibase"] == record.text_digest(SALT, sent.text)
    assert subject["placeDigest"] == record.place_digest(
        SALT,
        author="ada@ada.example",
        to=["stella@elsewhere.example"],
        in_reply_to="letter-1@elsewhere.example",
        subject="Re: Your essay",
    )
    assert subject["attachmentDigests"] == [record.digest(SALT, b"Once")]
    assert sent.envelope["references"] == ["letter-1@elsewhere.example"]
    assert sent.envelope["bcc"] == [["eve@x.example", ""]]


def test_numbers_and_salts_come_from_chance(ada: Actor, thread: Thread, now: datetime) -> None:
    made = [
        hand_out(desk.draft(actor=ada, text="Gladly.", now=now, thread=thread), ada, now)
        for _ in range(2)
    ]
    assert {len(each.number) for each in made} == {22}
    assert len({each.number for each in made} | {bytes(each.salt).hex() for each in made}) == 4


@pytest.mark.parametrize(
    ("who", "sender"),
    [
        ("ada", ["ada@ada.example", "Ada Ferrer"]),
        ("sue", ["sue@helpers.example", "Sue Ott"]),
        ("gwen", ["ada@ada.example", "Gwen Osei (for Ada Ferrer)"]),
    ],
)
def test_the_sender_is_who_sends_and_claims_no_mailbox_of_others(
    request: pytest.FixtureRequest,
    hire: Hire,
    thread: Thread,
    now: datetime,
    who: str,
    sender: list[str],
) -> None:
    if who == "sue":
        actor = hire("Sue Ott", Right.DRAFT, Right.SEND, email="Sue@helpers.example")
    else:
        actor = request.getfixturevalue(who)
    draft = desk.draft(actor=actor, text="Gladly.", now=now, thread=thread)
    sent = hand_out(draft, actor, now)
    assert sent.envelope["author"] == ["ada@ada.example", "Ada Ferrer"]
    assert sent.envelope["sender"] == sender


def test_the_line_goes_below_quote_and_signature(
    office: Office, ada: Actor, thread: Thread, now: datetime
) -> None:
    office.signature = "-- \nAda Ferrer\nhttps://ada.example"
    office.save()
    quoted = desk.reply_fields(thread=thread).quoted
    for text in (
        f"Gladly.\n\n{quoted}",
        f"Gladly.\n\n{quoted}\n\n-- \nAda Ferrer\nhttps://ada.example",
    ):
        draft = desk.draft(actor=ada, text=text, now=now, thread=thread)
        sent = hand_out(draft, ada, now)
        assert sent.level == Level.FIRSTHAND
        assert sent.text.count("-- \nAda Ferrer") == 1
        assert sent.text.splitlines()[-1].startswith("Written and sent by Ada Ferrer in person.")
        assert split(sent.text).new == "Gladly."


@pytest.mark.parametrize(
    "text",
    [
        "Gladly.\n\n> And I owe you a thousand euros",
        "Gladly.\n\n-- \nI owe you a thousand euros",
        "Gladly.\n\n-----Original Message-----\nI owe you a thousand euros",
    ],
)
def test_words_dressed_up_as_quote_or_signature_are_still_the_hands(
    hal: Actor, ada: Actor, thread: Thread, now: datetime, text: str
) -> None:
    draft = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
    Draft.objects.filter(pk=draft.pk).update(made_by=hal)
    desk.edit(draft=draft, actor=hal, text=text, base=1, now=now)
    assert hand_out(draft, ada, now).level == Level.APPROVED


def test_a_word_that_a_hand_took_out_is_not_forgotten(
    hal: Actor, ada: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=hal, text="", now=now, thread=thread)
    desk.edit(draft=draft, actor=ada, text="I do not agree.", base=1, now=now)
    desk.edit(draft=draft, actor=hal, text="I do agree.", base=2, now=now)
    sent = hand_out(draft, ada, now)
    assert sent.level == Level.APPROVED
    assert "Hal Brandt" in sent.sentence


def test_a_hands_subject_or_file_is_a_hands_part(
    hal: Actor, gwen: Actor, ada: Actor, account: Account, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
    desk.edit(draft=draft, actor=gwen, text="Gladly.", base=1, now=now, subject="I resign")
    assert hand_out(draft, ada, now).level == Level.APPROVED
    draft = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
    desk.attach(draft=draft, actor=gwen, name="a", media_type="a/b", content=b"1", base=1, now=now)
    sent = hand_out(draft, ada, now)
    assert (sent.level, "changed by Gwen Osei" in sent.sentence) == (Level.APPROVED, True)


def test_on_behalf_automated_and_approved(
    gwen: Actor, ada: Actor, otto: Actor, thread: Thread, now: datetime
) -> None:
    staff.grant(hand=otto, by=ada, right=Right.SEND, now=now)

    def level(writer: Actor, sender: Actor, *, approved: bool = False) -> str:
        draft = desk.draft(actor=writer, text="Gladly.", now=now, thread=thread)
        if approved:
            desk.approve(draft=draft, actor=ada, revision=1, now=now)
        return hand_out(draft, sender, now).level

    assert level(gwen, gwen) == "on_behalf"
    assert level(otto, otto) == "automated"
    assert level(otto, gwen) == "on_behalf"
    assert level(otto, otto, approved=True) == "approved"
    assert level(ada, gwen) == "on_behalf"
    assert level(ada, ada) == "firsthand"


@pytest.mark.parametrize("who", ["hal", "otto", "stan", "rev", "gone"])
def test_without_the_right_nothing_is_sent(
    request: pytest.FixtureRequest, ada: Actor, thread: Thread, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    draft = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
    desk.approve(draft=draft, actor=ada, revision=1, now=now)
    with pytest.raises(Denied, match=actor.name):
        hand_out(draft, actor, now)
    assert not Submission.objects.exists()


def test_a_promise_refuses_until_it_is_kept(
    gwen: Actor, ada: Actor, thread: Thread, now: datetime
) -> None:
    staff.promise(by=ada, floor=Level.APPROVED, channel="mail", now=now)
    draft = desk.draft(actor=gwen, text="Gladly.", now=now, thread=thread)
    with pytest.raises(PromiseBroken, match="Ask for approval") as refused:
        hand_out(draft, gwen, now)
    assert refused.value.which == "If I answer e-mail, I have read and approved every word."
    draft.refresh_from_db()
    assert (draft.state, Submission.objects.count()) == ("writing", 0)
    desk.approve(draft=draft, actor=ada, revision=1, now=now)
    assert hand_out(draft, gwen, now).level == Level.APPROVED


def test_a_level_can_be_lowered_and_never_raised(
    ada: Actor, gwen: Actor, thread: Thread, now: datetime
) -> None:
    mine = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
    low = hand_out(mine, ada, now, lower_to=Level.ON_BEHALF)
    assert (low.level, low.statement["credentialSubject"]["level"]) == ("on_behalf", "on_behalf")
    assert low.sentence == "Sent on behalf of Ada Ferrer; no more is claimed."
    theirs = desk.draft(actor=gwen, text="Gladly.", now=now, thread=thread)
    assert hand_out(theirs, gwen, now, lower_to=Level.FIRSTHAND).level == "on_behalf"


def test_lowering_cannot_slip_under_a_promise(ada: Actor, thread: Thread, now: datetime) -> None:
    staff.promise(by=ada, floor=Level.APPROVED, channel="", now=now)
    draft = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
    with pytest.raises(PromiseBroken):
        hand_out(draft, ada, now, lower_to=Level.AUTOMATED)


def test_a_send_stops_when_more_came_in(
    arrive: Arrive, account: Account, ada: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
    seen = thread.latest
    arrive(account, at=now, thread=thread, text="Never mind.")
    with pytest.raises(Conflict, match="Stella Kaur wrote again meanwhile"):
        desk.send(draft=draft, actor=ada, revision=1, seen=seen, now=now)
    assert hand_out(draft, ada, now).state == "pending"


def test_only_the_revision_that_was_seen_is_sent(
    ada: Actor, hal: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=hal, text="Gladly.", now=now, thread=thread)
    desk.edit(draft=draft, actor=hal, text="Never.", base=1, now=now)
    with pytest.raises(Conflict, match="you saw revision 1, it is at 2"):
        desk.send(draft=draft, actor=ada, revision=1, seen=thread.latest, now=now)


def test_rows_changed_behind_the_desk_do_not_leave(
    ada: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
    DraftFile.objects.create(draft=draft, name="x", media_type="a/b", content=b"x", added_by=ada)
    with pytest.raises(Conflict, match="not those of this revision"):
        hand_out(draft, ada, now)


@pytest.mark.parametrize("automation", [a for a in Automation if a is not Automation.NO])
def test_no_machine_answers_a_machine(
    arrive: Arrive,
    account: Account,
    ada: Actor,
    gwen: Actor,
    otto: Actor,
    now: datetime,
    automation: Automation,
) -> None:
    staff.grant(hand=otto, by=ada, right=Right.SEND, now=now)
    thread = arrive(account, at=now, automation=automation)
    draft = desk.draft(actor=otto, text="Noted.", now=now, thread=thread)
    with pytest.raises(Denied, match="a machine must not answer it alone"):
        hand_out(draft, otto, now)
    assert not desk.preview(draft=draft, actor=otto, now=now).right
    assert hand_out(draft, gwen, now).level == "on_behalf"


def test_a_false_byline_in_the_text_is_refused(
    hal: Actor, ada: Actor, thread: Thread, now: datetime
) -> None:
    line = f"Written and sent by Ada Ferrer in person. Check: https://x.example/b/{NUMBER}#abc"
    draft = desk.draft(actor=hal, text=f"Gladly.\n\n{line}", now=now, thread=thread)
    with pytest.raises(Misuse, match="carries a byline already"):
        hand_out(draft, ada, now)
    desk.edit(draft=draft, actor=hal, text=f"Gladly.\n\n> {line}", base=1, now=now)
    assert hand_out(draft, ada, now).state == "pending"


def test_nothing_empty_and_nothing_to_nobody(ada: Actor, account: Account, now: datetime) -> None:
    draft = desk.draft(actor=ada, text=" ", now=now, account=account)
    with pytest.raises(Misuse, match="Nobody is addressed"):
        hand_out(draft, ada, now)
    desk.edit(draft=draft, actor=ada, text=" ", base=1, now=now, to=[Address("b@x.example")])
    with pytest.raises(Misuse, match="The text is empty"):
        hand_out(draft, ada, now)


def test_an_account_of_files_cannot_send(
    ada: Actor, account: Account, thread: Thread, now: datetime
) -> None:
    account.state = "files"
    account.save()
    draft = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
    with pytest.raises(Misuse, match="takes imported files only"):
        hand_out(draft, ada, now)


def test_it_waits_until_its_time_and_never_less_than_the_undo(
    ada: Actor, thread: Thread, now: datetime
) -> None:
    def due(at: datetime) -> datetime:
        draft = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
        return hand_out(draft, ada, now, at=at).due_at

    assert due(now + timedelta(days=1)) == now + timedelta(days=1)
    assert due(now + timedelta(seconds=1)) == now + timedelta(seconds=10)
    for at in (now - timedelta(days=1), now.replace(year=9999)):
        with pytest.raises(Misuse):
            due(at)


def test_nothing_is_sent_twice(ada: Actor, thread: Thread, now: datetime) -> None:
    draft = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
    hand_out(draft, ada, now)
    with pytest.raises(NotAllowed, match="A draft that is leaving cannot be sent"):
        hand_out(draft, ada, now)
