"""Rows looked up by very many values at once: a query of our own, because Django's `__in` takes
longer over each value than the database does."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Model

_MOST = 10_000


def find(
    model: type[Model],
    wanted: Sequence[str],
    column: str,
    values: Collection[Any],
    *,
    empty: bool = True,
    **same: Any,
) -> Iterator[tuple[Any, ...]]:
    """The `wanted` columns of the rows whose `column` is among `values`, and that have the `same`.

    All are names of columns, and come as the database has them. `empty`: whether "" may be among the
    values; an index that leaves empty ones out is used only where the question does so too.
    """
    names = ", ".join(f'"{name}"' for name in wanted)
    limits = "".join(f' AND "{name}" = %s' for name in same)
    limits += "" if empty else f""" AND NOT ("{column}" = '')"""
    start = f'SELECT {names} FROM "{model._meta.db_table}" WHERE "{column}" IN '
    source = iter(values)
    while part := list(islice(source, _MOST)):
        with connection.cursor() as cursor:
            places = ", ".join(["%s"] * len(part))
            cursor.execute(f"{start}({places}){limits}", [*part, *same.values()])
            yield from cursor.fetchall()
