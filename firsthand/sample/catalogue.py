"""Reads the sample letters (letters/*.toml) into frozen values.

Dates are written relative to a `now`: "35d 21:14" is that time of day (UTC) 35 days before, "5h" and
"40m" are that long ago. A text may hold `{+3d}`, the day three days from now:
“26 November”; `{+3d/}` is “26/11” and `{+3d.}` is “26.11.”.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from firsthand.core.errors import Misuse

MONTHS = (
    "January February March April May June July August September October November December"
).split()
_CLOCK = re.compile(r"(\d+)d (\d\d):(\d\d)")
_SPAN = re.compile(r"(\d+)([hm])")
_DAY = re.compile(r"\{([+-]\d+)d([./]?)\}")


@dataclass(frozen=True, slots=True)
class Mail:
    """One message of a thread, as the TOML states it. `by` is empty for the correspondent."""

    when: str
    text: str = ""
    by: str = ""
    html: str = ""
    subject: str = ""
    charset: str = "utf-8"
    style: str = ""
    to: str = ""
    cc: str = ""
    auth: str = "pass"
    quote: bool = False
    loose: bool = False
    wrap: bool = False
    seen: bool | None = None
    attach: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation: who it is with, and its messages, oldest first."""

    key: str
    kind: str
    correspondent: str
    subject: str
    mails: tuple[Mail, ...]
    tz: float = 0


KINDS = ("personal", "helper", "fyi", "bulk", "notice", "junk")


@cache
def threads() -> tuple[Thread, ...]:
    """All threads of all files, in the order of the file names."""
    return tuple(thread for name, data in _files() for thread in _read(name, data))


def moment(when: str, now: datetime) -> datetime:
    """The time that `when` names, seen from `now` (in UTC, whole minutes)."""
    start = now.astimezone(UTC).replace(second=0, microsecond=0)
    if found := _CLOCK.fullmatch(when):
        days, hour, minute = (int(part) for part in found.groups())
        return (start - timedelta(days=days)).replace(hour=hour, minute=minute)
    if found := _SPAN.fullmatch(when):
        unit = {"h": "hours", "m": "minutes"}[found[2]]
        return start - timedelta(**{unit: int(found[1])})
    raise Misuse(
        f"“{when}” is no time of a sample letter: write it like “35d 21:14”, “5h” or “40m”."
    )


def with_days(text: str, now: datetime) -> str:
    """`text` with each `{+3d}` replaced by that day, such as “26 November”."""
    start = now.astimezone(UTC)

    def day(found: re.Match[str]) -> str:
        then = start + timedelta(days=int(found[1]))
        if mark := found[2]:
            return f"{then.day}{mark}{then.month}" + "." * (mark == ".")
        return f"{then.day} {MONTHS[then.month - 1]}"

    return _DAY.sub(day, text)


def _files() -> Iterator[tuple[str, dict[str, Any]]]:
    folder = files("firsthand.sample") / "letters"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            yield entry.name, tomllib.loads(entry.read_text(encoding="utf-8"))


def _read(name: str, data: dict[str, Any]) -> Iterator[Thread]:
    default = data.get("kind", "personal")
    for row in data["thread"]:
        kind = row.get("kind", default)
        if kind not in KINDS:
            raise Misuse(f"{name}: thread {row['key']} has the unknown kind “{kind}”: use {KINDS}.")
        yield Thread(
            key=row["key"],
            kind=kind,
            correspondent=row["with"],
            subject=row["subject"],
            mails=tuple(_mail(mail) for mail in row.get("mail", [_single(row)])),
            tz=row.get("tz", 0),
        )


def _single(row: dict[str, Any]) -> dict[str, Any]:
    """A thread of one message may state it without a table of its own."""
    return {name: row[name] for name in row if name not in {"key", "kind", "with", "subject", "tz"}}


def _mail(row: dict[str, Any]) -> Mail:
    return Mail(**{**row, "attach": tuple(row.get("attach", ()))})
