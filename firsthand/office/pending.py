"""What waits, as the frame around every page tells it: one question, in SQL, because each page asks it."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection

from firsthand.office.models import Actor


class Pending(NamedTuple):
    """`needing`: threads for the principal; `waiting`: drafts that wait for approval and submissions
    that wait for a decision; `leaving`: whether something of the actor's own can be called back.

    For whoever is not the principal only their own drafts and submissions count.
    """

    needing: int
    waiting: int
    leaving: bool


_SQL = (
    "SELECT (SELECT threads FROM office_lanecount WHERE lane = 'you'),"
    " (SELECT COUNT(*) FROM office_submission WHERE state IN ('uncertain', 'failed'){of_actor}),"
    " (SELECT COUNT(*) FROM office_draft WHERE state = 'waiting'{made_by}),"
    " EXISTS (SELECT 1 FROM office_submission WHERE state = 'pending' AND actor_id = %s)"
)
_ALL = _SQL.format(of_actor="", made_by="")
_OWN = _SQL.format(of_actor=" AND actor_id = %s", made_by=" AND made_by_id = %s")


def pending(actor: Actor) -> Pending:
    """Everything for the principal, their own for others."""
    principal = actor.is_principal
    with connection.cursor() as cursor:
        cursor.execute(_ALL if principal else _OWN, [actor.pk] * (1 if principal else 3))
        needing, submissions, drafts, leaving = cursor.fetchone()
    return Pending(needing or 0, submissions + drafts, bool(leaving))
