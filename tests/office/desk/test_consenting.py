"""A touch is of one exact statement: it makes that hand-signed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from firsthand.channels.mail.compose import compose
from firsthand.channels.memory import server
from firsthand.core.byline import Level
from firsthand.core.envelope import Address
from firsthand.core.errors import Conflict, Denied, FirsthandError, PromiseBroken
from firsthand.core.record import from_multikey
from firsthand.core.rights import Right
from firsthand.office import consent, desk, ledger, outbox, staff
from firsthand.office.consent import Proposal
from firsthand.office.models import Account, Actor, Draft, Office, Submission
from firsthand.verifier import Verdict, check_mail
from firsthand.verifier.consent import Assertion, batch_challenge, shared_out
from tests.office.outbox.acting import deliver_all
from tests.office.touching import give
from tests.verifier.authenticator import Authenticator

TEXT = "Dear Stella,\n\nwith pleasure.\n\nAda"
LATER = timedelta(minutes=1)
_numbers = count(1)


@pytest.fixture
def account(office: Office, now: datetime) -> Account:
    return Account.objects.create(
        channel="memory",
        address=f"ada-touch-{next(_numbers)}@ada.example",
        settings={},
        state="ok",
        made_at=now,
    )


@pytest.fixture
def touch(ada: Actor, now: datetime) -> Authenticator:
    return give(ada, now)[0]


Write = Callable[..., Draft]


@pytest.fixture
def write(account: Account, now: datetime) -> Write:
    def act(actor: Actor, text: str = TEXT, **fields: Any) -> Draft:
        to = [Address("stella@elsewhere.example", "Stella Kaur")]
        return desk.draft(
            actor=actor, text=text, now=now, account=account, to=to, subject="Essay", **fields
        )

    return act


def sent(draft: Draft, actor: Actor, now: datetime, **more: Any) -> Submission:
    return desk.send(draft=draft, actor=actor, revision=draft.revision, seen=0, now=now, **more)


def proposed(draft: Draft, actor: Actor, now: datetime, **more: Any) -> Proposal:
    return desk.propose(draft=draft, actor=actor, revision=draft.revision, seen=0, now=now, **more)


def touched(touch: Authenticator, proposal: Proposal) -> dict[str, Any]:
    answer = Assertion.of_browser(touch.touch(proposal.challenge))
    return {"number": proposal.number, "salt": proposal.salt, "evidence": answer}


def received(account: Account, now: datetime) -> list[bytes]:
    outbox.log_due(now=now + LATER)
    deliver_all(now + LATER)
    return [compose(outbound) for outbound in server(account.address).taken]


def judge(raw: bytes, office: Office) -> Verdict:
    key = from_multikey(office.public_key)
    return check_mail(raw, keys=[key], log=ledger.store(), passkeys=consent.keys())


def test_a_send_by_touch_is_hand_signed(
    office: Office, account: Account, ada: Actor, touch: Authenticator, write: Write, now: datetime
) -> None:
    draft = write(ada)
    proposal = proposed(draft, ada, now)
    assert not Submission.objects.exists()
    made = sent(draft, ada, now, **touched(touch, proposal))
    assert made.statement == proposal.statement
    assert made.hand_signed and made.number == proposal.number
    [raw] = received(account, now)
    found = judge(raw, office)
    assert (found.verdict, found.strength, found.notices) == ("verified", "hand-signed", ())
    assert found.signers == ("Ada Ferrer",)


def test_without_a_touch_the_office_signs(
    office: Office, account: Account, ada: Actor, touch: Authenticator, write: Write, now: datetime
) -> None:
    made = sent(write(ada), ada, now)
    assert not made.hand_signed and made.evidence == []
    [raw] = received(account, now)
    assert (judge(raw, office).verdict, judge(raw, office).strength) == (
        "verified", "office-signed",
    )  # fmt: skip


def test_a_touch_of_another_text_number_or_salt_is_refused(
    ada: Actor, touch: Authenticator, write: Write, now: datetime
) -> None:
    draft = write(ada)
    proposal = proposed(draft, ada, now)
    desk.edit(draft=draft, actor=ada, text=TEXT + "\n\nNo.", base=1, now=now)
    draft.refresh_from_db()
    fits = touched(touch, proposal)
    for wrong in (fits, {**fits, "number": "other"}, {**fits, "salt": b"x" * 32}):
        with pytest.raises(Denied, match="another text"):
            sent(draft, ada, now, **wrong)
    assert not Submission.objects.exists()


def test_a_touch_by_another_or_a_revoked_passkey_is_refused(
    ada: Actor, gwen: Actor, write: Write, now: datetime
) -> None:
    draft = write(ada)
    proposal = proposed(draft, ada, now)
    gwens, _ = give(gwen, now)
    with pytest.raises(Denied, match="not a passkey of Ada"):
        sent(draft, ada, now, **touched(gwens, proposal))
    mine, row = give(ada, now)
    staff.revoke_passkey(passkey=row, by=ada, now=now)
    with pytest.raises(Denied, match="revoked"):
        sent(draft, ada, now, **touched(mine, proposal))
    with pytest.raises(Denied, match="unknown"):
        sent(draft, ada, now, **touched(Authenticator(), proposal))
    second, _ = give(ada, now)
    assert sent(draft, ada, now, **touched(second, proposal)).hand_signed


def test_a_proposal_refuses_what_a_send_would(
    ada: Actor, hal: Actor, otto: Actor, gone: Actor, write: Write, now: datetime
) -> None:
    draft = write(hal)
    for actor in (hal, otto, gone):
        with pytest.raises(Denied):
            proposed(draft, actor, now)
    with pytest.raises(Conflict):
        desk.propose(draft=draft, actor=ada, revision=7, seen=0, now=now)
    staff.promise(by=ada, floor=Level.FIRSTHAND, channel="", now=now)
    with pytest.raises(PromiseBroken):
        proposed(draft, ada, now)


def test_only_the_principal_consents_to_what_others_send(
    ada: Actor, hal: Actor, gwen: Actor, write: Write, now: datetime
) -> None:
    with pytest.raises(Denied, match="principal"):
        proposed(write(gwen), hal, now, sender=gwen)


def approve(draft: Draft, ada: Actor, touch: Authenticator, now: datetime) -> None:
    sender = desk.sender_of(draft=draft, now=now)
    proposal = proposed(draft, ada, now, sender=sender)
    desk.approve(
        draft=draft, actor=ada, revision=draft.revision, now=now, **touched(touch, proposal)
    )


def test_an_approval_by_touch_is_in_the_letter_that_its_writer_sends(
    office: Office, account: Account, ada: Actor, gwen: Actor, touch: Authenticator, write: Write,
    now: datetime,
) -> None:  # fmt: skip
    draft = write(gwen)
    approve(draft, ada, touch, now)
    assert "signed exactly this" in desk.preview(draft=draft, actor=gwen, now=now).touched
    made = sent(draft, gwen, now)
    assert made.hand_signed and made.level == Level.APPROVED
    [raw] = received(account, now)
    found = judge(raw, office)
    assert (found.verdict, found.strength, found.signers) == (
        "verified", "hand-signed", ("Ada Ferrer",),
    )  # fmt: skip


def test_both_may_touch_the_same_statement(
    office: Office, account: Account, ada: Actor, gwen: Actor, touch: Authenticator, write: Write,
    now: datetime,
) -> None:  # fmt: skip
    draft, (gwens, _) = write(gwen), give(gwen, now)
    approve(draft, ada, touch, now)
    made = sent(draft, gwen, now, **touched(gwens, proposed(draft, gwen, now)))
    assert len(made.evidence) == 2
    [raw] = received(account, now)
    assert judge(raw, office).signers == ("Ada Ferrer", "Gwen Osei")


def test_an_approval_by_touch_does_not_cover_another_sender_or_a_changed_office(
    office: Office, ada: Actor, gwen: Actor, hire: Any, touch: Authenticator, write: Write,
    now: datetime,
) -> None:  # fmt: skip
    mia = hire("Mia Sol", Right.READ, Right.SEND)
    draft, other = write(gwen), write(gwen)
    for each in (draft, other):
        approve(each, ada, touch, now)
    assert "only the office signs" in desk.preview(draft=draft, actor=mia, now=now).touched
    made = sent(draft, mia, now)
    assert (made.level, made.hand_signed, made.evidence) == (Level.APPROVED, False, [])
    Office.objects.update(signature="Ada Ferrer, writer")
    assert "only the office signs" in desk.preview(draft=other, actor=gwen, now=now).touched
    assert not sent(other, gwen, now).hand_signed


def test_a_later_revision_voids_it_and_a_second_send_needs_a_second_touch(
    ada: Actor, gwen: Actor, touch: Authenticator, write: Write, now: datetime
) -> None:
    draft = write(gwen)
    approve(draft, ada, touch, now)
    first = sent(draft, gwen, now)
    desk.undo(submission=first, actor=gwen, now=now)
    draft.refresh_from_db()
    assert desk.preview(draft=draft, actor=gwen, now=now).touched == ""
    approve(draft, ada, touch, now)
    second = sent(draft, gwen, now)
    assert second.hand_signed and second.number != first.number
    desk.undo(submission=second, actor=gwen, now=now)
    desk.edit(draft=draft, actor=gwen, text="Other.", base=1, now=now)
    draft.refresh_from_db()
    assert sent(draft, gwen, now).level == Level.ON_BEHALF


def test_a_draft_of_a_machine_is_approved_for_a_person_who_may_send(
    ada: Actor, otto: Actor, gwen: Actor, touch: Authenticator, write: Write, now: datetime
) -> None:
    draft = write(otto)
    assert desk.sender_of(draft=draft, now=now) == gwen
    approve(draft, ada, touch, now)
    assert sent(draft, gwen, now).hand_signed


def test_where_nobody_else_may_send_the_principal_is_told(
    ada: Actor, otto: Actor, write: Write, now: datetime
) -> None:
    with pytest.raises(Denied, match="Nobody but Ada"):
        desk.sender_of(draft=write(otto), now=now)


def test_one_touch_for_a_batch(
    office: Office, account: Account, ada: Actor, gwen: Actor, touch: Authenticator, write: Write,
    now: datetime,
) -> None:  # fmt: skip
    drafts = [write(gwen, f"Letter {number}.") for number in range(3)]
    proposals = [proposed(draft, ada, now, sender=gwen) for draft in drafts]
    challenges = [one.challenge for one in proposals]
    answer = Assertion.of_browser(touch.touch(batch_challenge(challenges)))
    shares = shared_out(answer, challenges)
    for draft, one, share in zip(drafts, proposals, shares, strict=True):
        kept: dict[str, Any] = {"number": one.number, "salt": one.salt, "evidence": share}
        desk.approve(draft=draft, actor=ada, revision=1, now=now, **kept)
        assert sent(draft, gwen, now).hand_signed
    verdicts = [judge(raw, office) for raw in received(account, now)]
    assert [(v.verdict, v.strength) for v in verdicts] == [("verified", "hand-signed")] * 3
    strange = write(gwen, "Another letter.")
    with pytest.raises(Denied, match="another text"):
        desk.approve(
            draft=strange, actor=ada, revision=1, now=now, **{**kept, "evidence": shares[0]}
        )


def test_a_passkey_revoked_while_a_letter_waits_signs_nothing(
    office: Office, account: Account, ada: Actor, write: Write, now: datetime
) -> None:
    touch, row = give(ada, now)
    draft = write(ada)
    made = sent(draft, ada, now, **touched(touch, proposed(draft, ada, now)))
    staff.revoke_passkey(passkey=row, by=ada, now=now)
    [raw] = received(account, now)
    assert (judge(raw, office).verdict, judge(raw, office).strength) == (
        "verified", "office-signed",
    )  # fmt: skip
    made.refresh_from_db()
    assert not made.hand_signed


def test_what_was_logged_before_the_revocation_stays_signed(
    office: Office, account: Account, ada: Actor, write: Write, now: datetime
) -> None:
    touch, row = give(ada, now)
    draft = write(ada)
    sent(draft, ada, now, **touched(touch, proposed(draft, ada, now)))
    [raw] = received(account, now)
    staff.revoke_passkey(passkey=row, by=ada, now=now)
    ledger.publish()
    assert judge(raw, office).strength == "hand-signed"


def test_the_same_touch_does_not_send_twice(
    ada: Actor, touch: Authenticator, write: Write, now: datetime
) -> None:
    draft = write(ada)
    kept = touched(touch, proposed(draft, ada, now))
    sent(draft, ada, now, **kept)
    draft.refresh_from_db()
    with pytest.raises(FirsthandError):
        sent(draft, ada, now, **kept)


def test_the_shield_is_for_the_principals_touch_under_what_the_principal_stands_for(
    ada: Actor, hal: Actor, touch: Authenticator, write: Write, now: datetime
) -> None:
    """Not for a hand's under a text that the principal approved without one, nor under a lower claim."""
    staff.grant(hand=hal, by=ada, right=Right.SEND, now=now)
    approved = write(hal)
    desk.approve(draft=approved, actor=ada, revision=1, now=now)
    halves = give(hal, now)[0]
    by_hal = sent(approved, hal, now, **touched(halves, proposed(approved, hal, now)))
    assert (by_hal.level, len(by_hal.evidence), by_hal.hand_signed) == ("approved", 1, False)
    lowered = write(ada)
    lowered.lowered_to = Level.ON_BEHALF
    lowered.save()
    by_ada = sent(lowered, ada, now, **touched(touch, proposed(lowered, ada, now)))
    assert (by_ada.level, len(by_ada.evidence), by_ada.hand_signed) == ("on_behalf", 1, False)
