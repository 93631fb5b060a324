"""What is shown before sending is what sending does."""

from __future__ import annotations

from datetime import datetime

import pytest

from firsthand.core.byline import Ai, Level
from firsthand.core.errors import Denied
from firsthand.office import desk, staff
from firsthand.office.models import Actor, Thread


def test_the_preview_is_what_will_be_sent(
    hal: Actor, gwen: Actor, ada: Actor, otto: Actor, thread: Thread, now: datetime
) -> None:
    for sender in (ada, gwen):
        draft = desk.draft(actor=otto, text="Gladly, on Monday.", now=now, thread=thread)
        desk.edit(draft=draft, actor=ada, text="Gladly, on Monday. Ada", base=1, now=now)
        draft.refresh_from_db()
        shown = desk.preview(draft=draft, actor=sender, now=now)
        sent = desk.send(draft=draft, actor=sender, revision=2, seen=thread.latest, now=now)
        assert shown.can_leave
        assert (shown.level, shown.ai, shown.sentence) == (sent.level, sent.ai, sent.sentence)
        assert shown.shares == {"otto": 3, "ada": 1}
        assert [blamed.actor for blamed in shown.words] == ["otto", "otto", "otto", "ada"]


def test_a_preview_tells_what_would_refuse(
    hal: Actor, ada: Actor, thread: Thread, now: datetime
) -> None:
    draft = desk.draft(actor=hal, text="Gladly.", now=now, thread=thread)
    staff.promise(by=ada, floor=Level.APPROVED, channel="mail", now=now)
    shown = desk.preview(draft=draft, actor=hal, now=now)
    assert shown.right.because.startswith("Hal Brandt has no right to send")
    assert "This would leave as on behalf" in shown.promise.because
    assert not shown.can_leave


def test_the_outlook_of_a_text_not_saved(
    hal: Actor, ada: Actor, otto: Actor, thread: Thread, now: datetime
) -> None:
    own = desk.outlook(actor=ada, channel="mail", text="Gladly.", thread=thread, now=now)
    assert own.level is Level.FIRSTHAND
    quoted = "Gladly.\n\n" + desk.reply_fields(thread=thread).quoted
    assert desk.outlook(actor=hal, channel="mail", text=quoted, thread=thread, now=now).shares == {
        "hal": 1
    }
    draft = desk.draft(actor=otto, text="Gladly, on Monday.", now=now, thread=thread)
    over = desk.outlook(
        actor=ada, channel="mail", text="Gladly, on Friday.", thread=thread, now=now, draft=draft
    )
    assert (over.level, over.ai, over.shares) == (
        Level.APPROVED,
        Ai.GENERATED,
        {"otto": 2, "ada": 1},
    )


@pytest.mark.parametrize("who", ["stan", "rev", "gone"])
def test_who_may_not_read_sees_no_preview(
    request: pytest.FixtureRequest, hal: Actor, thread: Thread, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    draft = desk.draft(actor=hal, text="Gladly.", now=now, thread=thread)
    with pytest.raises(Denied):
        desk.preview(draft=draft, actor=actor, now=now)
    with pytest.raises(Denied):
        desk.outlook(actor=actor, channel="mail", text="x", thread=thread, now=now)
