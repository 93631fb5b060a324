"""Where a thread stands, in hand: its row without the cost of a model, because one batch begins
thousands of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter

from firsthand.core import lifecycle
from firsthand.office.intake import writing
from firsthand.office.models import Thread


@dataclass(slots=True)
class Standing:
    """The columns of a thread that intake reads or writes; a new one has what the model says."""

    id: int
    account_id: int
    channel: str
    first_at: datetime
    last_at: datetime
    person_id: int | None = None
    subject: str = ""
    subject_key: str = ""
    state: str = "open"
    state_at: datetime | None = None
    state_by_id: int | None = None
    snoozed_until: datetime | None = None
    waiting_since: datetime | None = None
    messages_count: int = 0
    latest: int = 0
    needs_rank: bool = True
    begun: bool = False
    """Whether it has no row yet."""

    def step(self, event: str) -> None:
        """Move along core.lifecycle. Raises NotAllowed."""
        self.state = lifecycle.step("thread", self.state, event)


COLUMNS = tuple(field.name for field in fields(Standing) if field.name != "begun")
_VALUES = attrgetter(*COLUMNS)
TIMES = ("first_at", "last_at", "state_at", "snoozed_until", "waiting_since")
_TIMES = [COLUMNS.index(name) for name in TIMES]


def load(numbers: Collection[int]) -> dict[int, Standing]:
    """The rows of these threads, locked until the transaction ends."""
    rows = Thread.objects.select_for_update().filter(pk__in=numbers).order_by("pk")
    return {row[0]: Standing(*row) for row in rows.values_list(*COLUMNS)}


def write(standings: Iterable[Standing], changing: Collection[str]) -> None:
    """Write them; of those that have rows, only the columns `changing`.

    New rows are inserted apart: where SQLite must be ready to update, it first copies every page
    that a row touches into a temporary file, 30 kB for each thread.
    """
    begun: list[writing.Row] = []
    known: list[writing.Row] = []
    for each in standings:
        (begun if each.begun else known).append(row(each))
    writing.insert(Thread, COLUMNS, begun)
    writing.upsert(Thread, COLUMNS, known, changing)


def row(standing: Standing) -> writing.Row:
    """As the database wants it, with the columns of `COLUMNS`."""
    values = list(_VALUES(standing))
    for place in _TIMES:
        values[place] = writing.moment(values[place])
    return tuple(values)
