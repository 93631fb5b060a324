"""The sample's published post: written by Gwen, approved by Ada, and corrected when a reader was right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from firsthand.core.revising import Change
from firsthand.office import desk, publish
from firsthand.office.models import Actor, Draft

Deliver = Callable[..., None]

TITLE = "What a barrier is for"
FIRST = (
    "A barrier doesn't keep the water out. It keeps the water *waiting*, and wiating is worth a"
    " great deal to those who live behind it.\n\n"
    "In the flood of my second essay the crest stood at 7.2 metres. The gates were shut for eleven"
    " hours; without them the lower streets would have had four hours' warning less. That is the"
    " whole case for them, and the whole case against relying on them: nobody learns to leave who"
    " has been kept dry.\n\n"
    "I shall come back to this when the new gates are measured.\n"
)
TYPO = FIRST.replace("wiating is worth", "waiting is worth")
SECOND = TYPO.replace("at 7.2 metres.", "at 7.2 metres above datum, which is 4.9 above the street.")
NOTE = "The height was given without its datum, so that it read as height above the street."


def put_out(*, now: datetime, deliver: Deliver) -> None:
    """One post with two later revisions: a slip of the pen, and a correction."""
    ada, gwen = Actor.objects.get(is_principal=True), Actor.objects.get(key="gwen")
    at = now - timedelta(days=6)
    made = publish.compose(actor=gwen, text=FIRST, title=TITLE, slug="barriers", now=at)
    desk.ask(draft=made, actor=gwen, now=at)
    _leave(made, ada, at + timedelta(minutes=20), deliver)
    post = made.post
    if post is None:
        raise LookupError("the sample's post was not made")
    for days, text, change, note in ((5, TYPO, None, ""), (2, SECOND, Change.CORRECTION, NOTE)):
        at = now - timedelta(days=days)
        again = publish.revise(post=post, actor=ada, text=text, change=change, note=note, now=at)
        _leave(again, ada, at, deliver)


def _leave(draft: Draft, ada: Actor, at: datetime, deliver: Deliver) -> None:
    draft.refresh_from_db()
    publish.publish(draft=draft, actor=ada, revision=draft.revision, now=at)
    deliver(clock=lambda: at + timedelta(minutes=1))
