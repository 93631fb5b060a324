"""What strangers' JSON holds, taken only as what it must be: anything else is as if it were absent.

No network and no clock; it never raises.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any


def object_in(raw: bytes) -> dict[str, Any]:
    """The object that `raw` is; {} for anything else."""
    try:
        return object_of(json.loads(raw))
    except (ValueError, RecursionError):
        return {}


def object_of(value: object) -> dict[str, Any]:
    """`value`, if it is an object."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[Any]:
    """`value`, if it is a list."""
    return value if isinstance(value, list) else []


def text_of(value: Mapping[str, Any], name: str) -> str:
    """The member `name`, if it is a text."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def moment_of(value: object) -> datetime | None:
    """A time in ISO 8601 that names its zone."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None
