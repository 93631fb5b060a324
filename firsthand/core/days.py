"""Days as they are told to a person: never without the year where that is another one than today's."""

from __future__ import annotations

from datetime import date


def spoken(day: date, *, today: date) -> str:
    """`3 March`, and `3 March 2028` where `today` is not in that year. Both in the listener's zone."""
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {day:%B}{year}"
