"""The tests on a real PostgreSQL instead of SQLite: `pytest -p tests.on_postgres`.

Loaded as a plugin, because a conftest comes too late for Django's settings. The first process starts
the server; the workers of pytest-xdist find its address, and each has a database of its own there.
"""

from __future__ import annotations

import atexit
import os
from contextlib import ExitStack
from typing import Any

import pytest

from tests.servers import postgres

if "DATABASE_URL" not in os.environ:
    _server = ExitStack()
    atexit.register(_server.close)
    os.environ["DATABASE_URL"] = _server.enter_context(postgres.running())


def pytest_configure(config: pytest.Config) -> None:
    """Emptying the tables after a test with transactions of its own takes the full text along.

    That table is no model's, so Django does not name it, and it refers to messages.
    """
    import django.test.testcases  # noqa: F401  (the backend alone cannot be imported first)
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.sql_flush

    def all_of_it(*args: Any, **options: Any) -> list[str]:
        return list(flush(*args, **options | {"allow_cascade": True}))

    DatabaseOperations.sql_flush = all_of_it  # type: ignore[method-assign]
