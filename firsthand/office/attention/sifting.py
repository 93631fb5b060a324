"""What people kept and what they threw out, for the junk model; and what it says of who is unknown.

It deletes nothing and moves nothing: its word is one of the facts that a rank is made of, and of
somebody known it is not even asked.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Q, QuerySet

from firsthand.channels.mail.authres import received_results
from firsthand.learning.junk import JunkLetter, JunkModel
from firsthand.office.attention.vouching import head, trusted
from firsthand.office.models import Described, Learned, Message

KIND = "junk"
_LOOKED_AGAIN = 300
_SIGNS = 300


class Sieve:
    """One pass: judgements go in, then what waits is looked at. `anew`: as if nothing was learned."""

    def __init__(self, *, anew: bool) -> None:
        self._anew = anew
        self._judged: dict[int, bool] = {}
        self._model: JunkModel | None = None
        self._found: list[Described] = []

    def judge(self, message: int, *, junk: bool) -> None:
        """A person has shown what a message is; the last word holds."""
        self._judged[message] = junk

    def learn(self) -> None:
        """Learn what was judged."""
        if self._judged:
            model = self._loaded()
            for pk, letter in _letters(self._judged):
                model.learn(letter, self._judged[pk])

    def look(self, fresh: Collection[int]) -> None:
        """Look at what came in from people unknown; at all that waits, when something was learned."""
        rows = Message.objects.filter(
            direction="in", thread__state="open", person__answered=0, person__written=0
        )
        wanted = Q(pk__in=fresh)
        rows = rows.filter(wanted | Q(described__isnull=False) if self._judged else wanted)
        if self._has_both() and (newest := list(_newest(rows))):
            self._score(newest)

    @property
    def looked_at(self) -> list[int]:
        """The messages that were looked at."""
        return [row.pk for row in self._found]

    def keep(self, now: datetime) -> None:
        """Write it down, in the transaction of all that was learned."""
        if self._model and self._judged:
            Learned.objects.update_or_create(
                kind=KIND,
                defaults={
                    "kept": self._model.to_bytes(),
                    "state": {"learned": self._model.learned},
                    "changed_at": now,
                },
            )
        elif self._anew:
            Learned.objects.filter(kind=KIND).delete()
        Described.objects.bulk_update(self._found, ["junk", "junk_above", "junk_signs"])

    def _loaded(self) -> JunkModel:
        if self._model is None:
            row = None if self._anew else Learned.objects.filter(kind=KIND).first()
            self._model = JunkModel.from_bytes(bytes(row.kept)) if row else JunkModel.start()
        return self._model

    def _has_both(self) -> bool:
        """Whether it was taught both kinds: before that, the plain signs alone are asked."""
        if self._model:
            return min(self._model.learned) > 0
        state = Learned.objects.filter(kind=KIND).values_list("state", flat=True).first()
        return state is not None and not self._anew and min(state["learned"]) > 0

    def _score(self, messages: Collection[int]) -> None:
        model = self._loaded()
        for pk, letter in _letters(messages):
            found = model.score(letter)
            signs = ", ".join(found.signs)[:_SIGNS]
            self._found.append(
                Described(pk=pk, junk=found.probability, junk_above=found.above, junk_signs=signs)
            )


def _newest(rows: QuerySet[Message]) -> QuerySet[Message, int]:
    return rows.order_by("-at").values_list("pk", flat=True)[:_LOOKED_AGAIN]


def _letters(messages: Collection[int]) -> Iterator[tuple[int, JunkLetter]]:
    """The source of messages, oldest first, with what the receiving server says of their senders."""
    servers = trusted() if messages else {}
    rows = Message.objects.filter(pk__in=messages).order_by("at", "pk")
    fields = rows.values_list("pk", "body__raw", "account", "person__written", "person__screening")
    for pk, kept, account, written, screening in fields.iterator():
        raw = zlib.decompress(kept)
        known = bool(written) or screening == "yes"
        said = received_results(head(raw), servers=servers.get(account, ()))
        yield pk, JunkLetter(raw, known=known, authentication=said)
