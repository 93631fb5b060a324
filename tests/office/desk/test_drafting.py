"""Drafts: who may write, what an answer starts with, and that every change is a revision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from firsthand.core.byline import Level
from firsthand.core.envelope import Address
from firsthand.core.errors import Conflict, Denied, Misuse, NotAllowed, PromiseBroken
from firsthand.core.rights import Right
from firsthand.office import desk, staff
from firsthand.office.models import Account, Actor, Draft, DraftFile, Event, Thread

Arrive = Callable[..., Thread]
Hire = Callable[..., Actor]
BETH = Address("beth@elsewhere.example", "Beth")


def test_an_answer_goes_to_who_wrote(hal: Actor, thread: Thread, now: datetime) -> None:
    draft = desk.draft(actor=hal, text="Gladly.", now=now, thread=thread)
    assert draft.to == [["stella@elsewhere.example", "Stella Kaur"]]
    assert (draft.subject, draft.state, draft.revision) == ("Re: Your essay", "writing", 1)
    assert draft.seen == thread.latest
    assert Event.objects.get(act="draft.made").actor == hal


def test_reply_to_is_honoured_and_the_office_never_answers_itself(
    arrive: Arrive, account: Account, hal: Actor, now: datetime
) -> None:
    thread = arrive(
        account,
        at=now,
        subject="RE: Your essay",
        reply_to=[["List@x.example", ""], ["hal@ada.example", "Hal"]],
        to=[["ADA@ada.example", ""], ["beth@elsewhere.example", "Beth"]],
        cc=[["list@x.example", ""], ["cleo@elsewhere.example", ""], ["BETH@elsewhere.example", ""]],
    )
    fields = desk.reply_fields(thread=thread)
    assert [each.address for each in fields.to] == ["list@x.example"]
    assert [each.address for each in fields.cc] == [
        "beth@elsewhere.example",
        "cleo@elsewhere.example",
    ]
    assert fields.subject == "RE: Your essay"
    assert desk.reply_fields(thread=thread, to_all=False).cc == ()


def test_a_quote_tells_whose_words_they_are(thread: Thread) -> None:
    quoted = desk.reply_fields(thread=thread).quoted
    assert quoted.startswith("On 20 November 2026, Stella Kaur wrote:\n> Dear Ada,\n>\n> would")


def test_after_an_own_letter_one_more_goes_to_the_same(
    arrive: Arrive, account: Account, ada: Actor, now: datetime
) -> None:
    thread = arrive(
        account,
        at=now,
        direction="out",
        from_address="ada@ada.example",
        to=[["beth@elsewhere.example", "Beth"]],
    )
    assert desk.reply_fields(thread=thread).to == (BETH,)


@pytest.mark.parametrize("who", ["stan", "rev", "gone"])
def test_strangers_and_the_revoked_neither_draft_nor_edit(
    request: pytest.FixtureRequest, who: str, hal: Actor, thread: Thread, now: datetime
) -> None:
    actor = request.getfixturevalue(who)
    draft = desk.draft(actor=hal, text="Gladly.", now=now, thread=thread)
    with pytest.raises(Denied, match=actor.name):
        desk.draft(actor=actor, text="Mine.", now=now, thread=thread)
    with pytest.raises(Denied, match=actor.name):
        desk.edit(draft=draft, actor=actor, text="Mine.", base=1, now=now)
    with pytest.raises(Denied, match=actor.name):
        desk.attach(draft=draft, actor=actor, name="a", media_type="", content=b"", base=1, now=now)
    with pytest.raises(Denied, match=actor.name):
        desk.discard(draft=draft, actor=actor, now=now)
    with pytest.raises(Denied, match=actor.name):
        desk.ask(draft=draft, actor=actor, now=now)
    assert draft.revisions.count() == 1


def test_others_drafts_need_the_right_to_edit(
    hal: Actor, gwen: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=gwen, text="Gladly.", now=now, thread=thread)
    with pytest.raises(Denied, match="no right to change what others drafted"):
        desk.edit(draft=draft, actor=hal, text="No.", base=1, now=now)
    mine = desk.draft(actor=hal, text="Gladly.", now=now, thread=thread)
    assert desk.edit(draft=mine, actor=gwen, text="No.", base=1, now=now).number == 2


def test_two_editors_at_once_are_told(
    hal: Actor, ada: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=hal, text="Gladly.", now=now, thread=thread)
    desk.edit(draft=draft, actor=ada, text="Gladly, Ada", base=1, now=now)
    with pytest.raises(Conflict, match="Ada Ferrer changed this draft meanwhile"):
        desk.edit(draft=draft, actor=hal, text="Gladly!", base=1, now=now)


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Gladly!"},
        {"to": [BETH]},
        {"cc": [BETH]},
        {"bcc": [BETH]},
        {"subject": "Something else"},
        {"ai_declared": True},
    ],
)
def test_any_change_is_a_revision_and_voids_the_approval(
    hal: Actor, ada: Actor, thread: Thread, now: datetime, change: dict[str, object]
) -> None:
    draft = desk.draft(actor=hal, text="Gladly.", now=now, thread=thread)
    desk.approve(draft=draft, actor=ada, revision=1, now=now)
    values = {"text": "Gladly.", **change}
    desk.edit(draft=draft, actor=hal, base=1, now=now, **values)  # type: ignore[arg-type]
    draft.refresh_from_db()
    assert (draft.revision, draft.state) == (2, "writing")
    making = desk.making_of(draft=draft, revision=2, sent_by=hal)
    assert making.approved_by == ()


def test_saving_without_a_change_voids_nothing(
    hal: Actor, ada: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=hal, text="Gladly.", now=now, thread=thread)
    desk.approve(draft=draft, actor=ada, revision=1, now=now)
    to = [Address("STELLA@elsewhere.example", "Stella Kaur")]
    assert desk.edit(draft=draft, actor=hal, text="Gladly.", base=1, now=now, to=to).number == 1
    draft.refresh_from_db()
    assert draft.state == "approved"


def test_files_are_changes_too(hal: Actor, ada: Actor, thread: Thread, now: datetime) -> None:
    draft = desk.draft(actor=ada, text="Here it is.", now=now, thread=thread)
    file = desk.attach(
        draft=draft,
        actor=ada,
        name="../my\nchapter.txt",
        media_type="text/plain",
        content=b"Once",
        base=1,
        now=now,
    )
    assert file.name == ".._my chapter.txt"
    desk.approve(draft=draft, actor=ada, revision=2, now=now)
    desk.detach(file=file, actor=ada, base=2, now=now)
    draft.refresh_from_db()
    assert (draft.revision, draft.state, DraftFile.objects.count()) == (3, "writing", 0)
    with pytest.raises(Conflict):
        desk.detach(file=file, actor=ada, base=3, now=now)


@pytest.mark.parametrize("bad", ["nobody", "a@b c", "a@b\nBcc: x@y", "<a@b>", "", "a@b,c@d"])
def test_what_is_no_address_is_refused(
    ada: Actor, account: Account, now: datetime, bad: str
) -> None:
    with pytest.raises(Misuse, match="is no address"):
        desk.draft(actor=ada, text="Hello", now=now, account=account, to=[Address(bad)])


def test_no_header_field_is_smuggled_in(ada: Actor, account: Account, now: datetime) -> None:
    draft = desk.draft(
        actor=ada,
        text="Hello\r\nyou",
        now=now,
        account=account,
        to=[Address("Beth@x.example", "Beth\r\nBcc: eve@x.example")],
        subject="Hello\r\nBcc: eve@x.example",
    )
    assert draft.to == [["beth@x.example", "Beth Bcc: eve@x.example"]]
    assert draft.subject == "Hello Bcc: eve@x.example"
    assert draft.current.text == "Hello\nyou"
    for text, subject in (("Hello\0you", "Hello"), ("Hello", "\0")):
        with pytest.raises(Misuse, match="NUL character"):
            desk.draft(actor=ada, text=text, now=now, account=account, to=[], subject=subject)


def test_without_an_account_there_is_nothing_to_write_from(ada: Actor, now: datetime) -> None:
    with pytest.raises(Misuse, match="from which account"):
        desk.draft(actor=ada, text="Hello", now=now)


def test_a_text_beyond_all_measure_is_refused(ada: Actor, thread: Thread, now: datetime) -> None:
    with pytest.raises(Misuse, match="1000000 are the most"):
        desk.draft(actor=ada, text="x" * 1_000_001, now=now, thread=thread)


def test_a_guarantee_refuses_a_hands_draft_at_once_and_not_the_principals(
    ada: Actor, hal: Actor, thread: Thread, now: datetime
) -> None:
    mine = desk.draft(actor=hal, text="Before.", now=now, thread=thread)
    staff.promise(by=ada, floor=Level.FIRSTHAND, channel="mail", now=now)
    with pytest.raises(PromiseBroken, match="Ada Ferrer promised") as refused:
        desk.draft(actor=hal, text="Gladly.", now=now, thread=thread)
    assert refused.value.which.startswith("If I answer e-mail, it is me")
    with pytest.raises(PromiseBroken):
        desk.edit(draft=mine, actor=hal, text="After.", base=1, now=now)
    assert desk.draft(actor=ada, text="Gladly.", now=now, thread=thread).pk
    assert Draft.objects.count() == 2


def test_a_grant_holds_in_its_scope_only(
    hire: Hire, ada: Actor, thread: Thread, now: datetime
) -> None:
    from firsthand.core.rights import Scope

    ina = hire("Ina Roth")
    staff.grant(
        hand=ina, by=ada, right=Right.DRAFT, now=now, scope=Scope(channels=frozenset({"bluesky"}))
    )
    with pytest.raises(Denied, match="holds on bluesky only"):
        desk.draft(actor=ina, text="Gladly.", now=now, thread=thread)


@pytest.mark.parametrize("state", ["leaving", "sent", "discarded"])
def test_what_leaves_cannot_be_changed(
    ada: Actor, thread: Thread, now: datetime, state: str
) -> None:
    draft = desk.draft(actor=ada, text="Gladly.", now=now, thread=thread)
    Draft.objects.filter(pk=draft.pk).update(state=state)
    with pytest.raises(NotAllowed, match=f"A draft that is {state} cannot be changed"):
        desk.edit(draft=draft, actor=ada, text="No.", base=1, now=now)
