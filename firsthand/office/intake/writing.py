"""Rows in bulk: numbered before they are written, then written with one prepared statement.

`bulk_create` builds a new statement for every few dozen rows, which costs more than writing them.
Call it inside a transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model

Row = tuple[Any, ...]
_INTAKE = 0x696E74616B65  # "intake": the number of the lock in this database


def numbers(model: type[Model], count: int) -> list[int]:
    """`count` primary keys that nobody else gets, rising."""
    table = model._meta.db_table
    if not count:
        return []
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [table, count],
            )
            return sorted(row[0] for row in cursor.fetchall())
        # The transaction is IMMEDIATE: nobody else can take a number until it ends.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()
    first = (last[0] if last else 0) + 1
    return list(range(first, first + count))


def alone() -> None:
    """Wait until no other process takes mail in, and let none until this transaction ends: who looks
    for a person or a thread and then makes them must not be overtaken.

    SQLite's transactions are IMMEDIATE: each is alone anyway.
    """
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_INTAKE])


def insert(model: type[Model], columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows with their numbers; the columns that are not named get what the model says.

    The values are as the database wants them: times by `moment`, lists as JSON.
    """
    _write(model, columns, rows)


def upsert(
    model: type[Model], columns: Sequence[str], rows: Iterable[Row], changing: Collection[str]
) -> None:
    """Write rows, new or known by their number; of known ones only the columns `changing`."""
    changes = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in changing)
    key = _quoted(str(model._meta.pk.column))
    _write(model, columns, rows, f" ON CONFLICT ({key}) DO UPDATE SET {changes}")


def moment(at: datetime | None) -> Any:
    """A time as Django has it in the database."""
    return at if at is None or not _writes_times_out() else _written(at)


@lru_cache(maxsize=20_000)
def _written(at: datetime) -> str:
    """Remembered, because a letter's time stands in its row and several times in its thread's."""
    return str(at if at.tzinfo is UTC else at.astimezone(UTC))[:-6]


@cache
def _writes_times_out() -> bool:
    """SQLite has no type for times."""
    return connection.vendor == "sqlite"


def _write(
    model: type[Model], columns: Sequence[str], rows: Iterable[Row], conflict: str = ""
) -> None:
    others = [field for field in model._meta.concrete_fields if field.column not in set(columns)]
    rest = tuple(field.get_db_prep_save(field.get_default(), connection) for field in others)
    names = ", ".join(_quoted(name) for name in (*columns, *(str(f.column) for f in others)))
    places = ", ".join(["%s"] * (len(columns) + len(rest)))
    table = _quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({places}){conflict}",
            [(*row, *rest) for row in rows] if rest else list(rows),
        )


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
