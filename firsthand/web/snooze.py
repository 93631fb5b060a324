"""The usual times to put a letter off until, in the office's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

MORNING = 9


@dataclass(frozen=True, slots=True)
class Preset:
    """A time with the words for it."""

    words: str
    at: datetime

    @property
    def value(self) -> str:
        return self.at.isoformat(timespec="minutes")


def presets(now: datetime) -> tuple[Preset, ...]:
    """Later today while the day lasts, tomorrow, the weekend, next week, next month."""
    local = timezone.localtime(now)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    later = local + timedelta(hours=3)
    found = [Preset("This evening", local.replace(hour=18, minute=0))] if local.hour < 15 else []
    if later.date() == local.date() and local.hour >= 15:
        found.append(Preset("In three hours", later))
    found.append(Preset("Tomorrow", morning + timedelta(days=1)))
    if local.weekday() < 4:
        found.append(Preset("Saturday", morning + timedelta(days=5 - local.weekday())))
    found.append(Preset("Next week", morning + timedelta(days=7 - local.weekday())))
    found.append(Preset("In a month", morning + timedelta(days=30)))
    return tuple(found)
