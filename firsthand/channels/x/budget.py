"""What is left before X refuses, and before the owner's own limits do: shown before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from firsthand.channels import spending
from firsthand.channels.notebook import Notes
from firsthand.channels.spending import Limits
from firsthand.core.errors import Temporary

PAGE = 100
NAMES = {
    "mentions": "reading mentions",
    "posts": "reading your own posts",
    "dms": "reading direct messages",
    "send": "posting",
    "dm": "sending direct messages",
}
"""The operations with a window of their own, in words."""


def note_window(notes: Notes, operation: str, headers: Mapping[str, str]) -> None:
    """Keep what the answer says of its window: `x-rate-limit-limit`, `-remaining`, `-reset`."""
    told = [headers.get(f"x-rate-limit-{name}", "") for name in ("limit", "remaining", "reset")]
    if all(each.isdecimal() for each in told):
        windows = notes.get("windows")
        kept = dict(windows) if isinstance(windows, dict) else {}
        notes["windows"] = {**kept, operation: [int(each) for each in told]}


def must_have_room(notes: Mapping[str, Any], operation: str, now: datetime) -> None:
    """Raises Temporary where X said that this window is used up: asking would be refused."""
    window = _window(notes, operation, now)
    if window and window[1] == 0:
        until = datetime.fromtimestamp(window[2], UTC)
        raise Temporary(
            f"X allows no more requests for {NAMES.get(operation, operation)} before "
            f"{until:%H:%M} UTC.",
            retry_at=until,
        )


def told(notes: Mapping[str, Any], limits: Limits, now: datetime) -> tuple[str, ...]:
    """What is left, and what the next look and the next answer use; in sentences."""
    lines = [*spending.told(notes, limits, now), *_next(notes, limits, now)]
    for operation, words in NAMES.items():
        if window := _window(notes, operation, now):
            until = datetime.fromtimestamp(window[2], UTC)
            lines.append(
                f"X allows {window[1]} of {window[0]} more requests for {words} "
                f"before {until:%H:%M} UTC."
            )
    if isinstance(cap := notes.get("cap"), dict):
        lines.append(
            f"X counts {cap.get('used')} of the {cap.get('cap')} posts that your plan may read in a "
            f"month; it begins anew on day {cap.get('day')}."
        )
    return tuple(lines)


def _next(notes: Mapping[str, Any], limits: Limits, now: datetime) -> list[str]:
    most = spending.affordable(notes, limits, now, 3 * PAGE)
    look = f"The next look uses 3 requests or more, and reads {most} posts and messages at most"
    answer = "The next answer uses 1 request"
    if limits.read:
        look += f" in its first 3, for {limits.cost(reads=most):f} at most"
    if limits.send:
        answer += f" and costs {limits.send:f}"
    return [f"{look}.", f"{answer}."]


def _window(notes: Mapping[str, Any], operation: str, now: datetime) -> list[int] | None:
    """Its limit, what is left and when it ends; None where nothing is known of it now."""
    windows = notes.get("windows")
    window = windows.get(operation) if isinstance(windows, dict) else None
    if not (isinstance(window, list) and len(window) == 3):
        return None
    return window if window[2] > now.timestamp() else None
