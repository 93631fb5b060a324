"""Notes are for the office: who works on letters may leave one."""

from __future__ import annotations

from datetime import datetime

import pytest

from firsthand.core.errors import Denied, Misuse
from firsthand.office import desk
from firsthand.office.models import Actor, Note, Thread


@pytest.mark.parametrize("who", ["ada", "hal", "otto"])
def test_who_works_on_the_thread_can_note(
    request: pytest.FixtureRequest, thread: Thread, now: datetime, who: str
) -> None:
    actor = request.getfixturevalue(who)
    note = desk.note(thread=thread, actor=actor, text=" She is the sculptor. ", now=now)
    assert (note.text, note.actor) == ("She is the sculptor.", actor)


@pytest.mark.parametrize("who", ["stan", "rev", "gone"])
def test_others_cannot(
    request: pytest.FixtureRequest, thread: Thread, now: datetime, who: str
) -> None:
    with pytest.raises(Denied):
        desk.note(thread=thread, actor=request.getfixturevalue(who), text="Hello", now=now)
    assert not Note.objects.exists()


def test_an_empty_note_is_none(ada: Actor, thread: Thread, now: datetime) -> None:
    with pytest.raises(Misuse, match="The note is empty"):
        desk.note(thread=thread, actor=ada, text=" \n", now=now)
