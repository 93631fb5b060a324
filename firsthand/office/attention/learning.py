"""Learning from whom the office answers and from what people do: from nobody else's mail, ever.

Messages and acts are taken in the order of time. What was learned and how far are one transaction:
after a kill it goes on where it was. It must not rank: it marks threads, and ranks follow.
"""

from __future__ import annotations

from datetime import datetime

from firsthand.office.attention.describing import ATTENTION
from firsthand.office.attention.feed import Progress, further, portion
from firsthand.office.attention.lesson import Lesson
from firsthand.office.attention.ranking import rank_waiting
from firsthand.office.models import Learned

PORTION = 1_000
AT_ONCE = 2_000
"""So many messages are learned from in a few seconds."""
_RANKS = 2_000


def learn(*, now: datetime, limit: int = PORTION) -> int:
    """Learn from at most `limit` messages and the acts between them; how much it was."""
    row = Learned.objects.filter(kind=ATTENTION).defer("kept").first()
    progress = further(Progress.from_json(row.state) if row else None)
    if progress is None:
        return 0
    found = portion(progress, limit, row.version if row else 0)
    lesson = Lesson(None if progress.is_new else row, found)
    lesson.take()
    return max(1, len(found.messages) + len(found.acts)) if lesson.keep(now) else 0


def catch_up(*, now: datetime, letters: int = AT_ONCE) -> None:
    """Learn from some `letters` and rank all that changed; what is left to learn the worker does."""
    done = 0
    while done < letters and (more := learn(now=now)):
        done += more
    while rank_waiting(now=now, limit=_RANKS):
        pass


def relearn() -> None:
    """Learn all anew when there is time for it; until then ranks go by what was learned before."""
    Learned.objects.filter(kind=ATTENTION).update(state=Progress(done=True).to_json())
