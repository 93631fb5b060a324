"""Only the principal approves, and only an exact revision."""

from __future__ import annotations

from datetime import datetime

import pytest

from firsthand.core.errors import Conflict, Denied, Misuse, NotAllowed
from firsthand.office import desk
from firsthand.office.models import Actor, Approval, Draft, Event, Thread


@pytest.fixture
def draft(hal: Actor, thread: Thread, now: datetime) -> Draft:
    return desk.draft(actor=hal, text="Gladly.", now=now, thread=thread)


def test_a_draft_is_handed_in_and_approved(
    draft: Draft, hal: Actor, ada: Actor, now: datetime
) -> None:
    desk.ask(draft=draft, actor=hal, now=now)
    draft.refresh_from_db()
    assert draft.state == "waiting"
    approval = desk.approve(draft=draft, actor=ada, revision=1, now=now)
    draft.refresh_from_db()
    assert (draft.state, approval.revision, approval.actor) == ("approved", 1, ada)
    assert Event.objects.filter(act="draft.approved", actor=ada).count() == 1


@pytest.mark.parametrize("who", ["hal", "gwen", "otto", "stan", "rev", "gone"])
def test_nobody_but_the_principal_approves(
    request: pytest.FixtureRequest, draft: Draft, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    with pytest.raises(Denied, match="Only the principal can approve"):
        desk.approve(draft=draft, actor=actor, revision=1, now=now)
    forged = Actor(pk=actor.pk, is_principal=True)
    with pytest.raises(Denied):
        desk.approve(draft=draft, actor=forged, revision=1, now=now)
    assert not Approval.objects.exists()


def test_a_revision_unseen_is_not_approved(
    draft: Draft, hal: Actor, ada: Actor, now: datetime
) -> None:
    desk.edit(draft=draft, actor=hal, text="Never.", base=1, now=now)
    with pytest.raises(Conflict, match="Hal Brandt changed this draft meanwhile"):
        desk.approve(draft=draft, actor=ada, revision=1, now=now)
    with pytest.raises(Conflict):
        desk.approve(draft=draft, actor=ada, revision=3, now=now)
    assert not Approval.objects.exists()


def test_a_rejection_has_a_reason_and_voids_the_approval(
    draft: Draft, hal: Actor, ada: Actor, now: datetime
) -> None:
    desk.approve(draft=draft, actor=ada, revision=1, now=now)
    with pytest.raises(Misuse, match="Say why"):
        desk.reject(draft=draft, actor=ada, reason="  ", now=now)
    rejection = desk.reject(draft=draft, actor=ada, reason=" Too short. ", now=now)
    draft.refresh_from_db()
    assert (draft.state, rejection.reason) == ("rejected", "Too short.")
    assert desk.making_of(draft=draft, revision=1, sent_by=hal).approved_by == ()
    with pytest.raises(NotAllowed):
        desk.approve(draft=draft, actor=ada, revision=1, now=now)
    assert desk.edit(draft=draft, actor=hal, text="Gladly, truly.", base=1, now=now).number == 2


@pytest.mark.parametrize("who", ["hal", "otto", "stan", "rev", "gone"])
def test_who_may_not_edit_rejects_nothing(
    request: pytest.FixtureRequest, draft: Draft, now: datetime, who: str
) -> None:
    with pytest.raises(Denied):
        desk.reject(draft=draft, actor=request.getfixturevalue(who), reason="No.", now=now)


def test_a_discarded_draft_keeps_its_revisions(draft: Draft, hal: Actor, now: datetime) -> None:
    desk.discard(draft=draft, actor=hal, now=now)
    draft.refresh_from_db()
    assert (draft.state, draft.revisions.count()) == ("discarded", 1)
    with pytest.raises(NotAllowed, match="A draft that is discarded cannot be discarded"):
        desk.discard(draft=draft, actor=hal, now=now)
