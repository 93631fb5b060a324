"""What every command that needs the office does first: Django, the office, who is acting."""

from __future__ import annotations

import fcntl
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from firsthand.core.errors import Misuse

if TYPE_CHECKING:
    from firsthand.office.models import Actor, Office


def django() -> None:
    """Load the settings and bring the database up to date. Raises Misuse where that cannot be."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db import OperationalError

    try:
        _load()
        _migrate()
    except ImproperlyConfigured as problem:
        raise Misuse(str(problem)) from None
    except (OSError, OperationalError) as problem:
        told = " ".join(str(problem).split()).rstrip(".")
        hint = "Look at $FIRSTHAND_HOME and $DATABASE_URL."
        raise Misuse(f"The office cannot be opened: {told}.", hint=hint) from None


def _load() -> None:
    import django as framework
    from django.conf import settings

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "firsthand.project.settings")
    if not settings.configured or not framework.apps.apps.ready:
        framework.setup()


def _migrate() -> None:
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    def is_behind() -> bool:
        executor = MigrationExecutor(connection)
        return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))

    if not is_behind():
        return
    settings.HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.HOME / ".migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands may come first at once, as after an update
        if is_behind():
            call_command("migrate", verbosity=0, interactive=False)


def office() -> Office:
    """The office of this home. Raises Misuse where there is none."""
    django()
    from firsthand.office.models import Office

    found = Office.objects.first()
    if not found:
        raise Misuse(
            "There is no office here yet.",
            hint="Make one with: firsthand init --name NAME --email ADDRESS",
        )
    return found


def acting(key: str | None) -> Actor:
    """The actor of `--as`, or the principal: who has this shell has the office's keys anyway."""
    from firsthand.office.models import Actor

    if not key:
        principal: Actor = Actor.objects.get(is_principal=True)
        return principal
    found: Actor | None = Actor.objects.filter(key=key).first()
    if not found:
        known = ", ".join(Actor.objects.order_by("pk").values_list("key", flat=True))
        raise Misuse(f"Nobody here is called {key!r}.", hint=f"Known: {known}.")
    return found


def now() -> datetime:
    """The clock of this door."""
    return datetime.now(UTC)


def moment(typed: datetime | None) -> datetime | None:
    """A local time as somebody typed it. Raises Misuse for one that has no other in UTC."""
    try:
        return typed.astimezone() if typed else None
    except (ValueError, OverflowError, OSError) as problem:
        why = f"No clock here knows the year {typed.year if typed else ''}."
        raise Misuse(why, hint="Give a nearer time.") from problem
