"""What a month's requests may cost: counted before each request, so that no budget is exceeded.

Counts stand in an account's notes. Reading is reserved at its worst and settled when the answer is
there; what a crash leaves unsettled is counted as used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from firsthand.channels.notebook import Notes
from firsthand.core.days import spoken
from firsthand.core.errors import Misuse, Temporary

_MOST = 10**9


@dataclass(frozen=True, slots=True)
class Limits:
    """What the owner allows in a calendar month (UTC), and what things cost.

    `requests`, `money`: the most of each, None without bound; `read`: the price of one thing that is
    read, `send`: of one that is sent. Money is in whatever currency the owner thinks.
    """

    requests: int | None = None
    money: Decimal | None = None
    read: Decimal = Decimal(0)
    send: Decimal = Decimal(0)

    def cost(self, *, reads: int = 0, sends: int = 0) -> Decimal:
        return self.read * reads + self.send * sends


@dataclass(frozen=True, slots=True)
class Used:
    """What one month has seen."""

    month: str
    requests: int = 0
    reads: int = 0
    sends: int = 0


def limits_of(settings: Mapping[str, Any]) -> Limits:
    """The limits in an account's settings. Raises Misuse for what is no number."""
    requests = _number(settings, "most_requests")
    return Limits(
        requests=None if requests is None else int(requests),
        money=_number(settings, "budget"),
        read=_number(settings, "price_read") or Decimal(0),
        send=_number(settings, "price_send") or Decimal(0),
    )


def _number(settings: Mapping[str, Any], name: str) -> Decimal | None:
    text = str(settings.get(name) or "").strip().replace(",", ".")
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not (value.is_finite() and 0 <= value <= _MOST):
        raise Misuse(f"The setting {name} must be a number, not {text[:40]!r}.")
    return value


def used(notes: Mapping[str, Any], now: datetime) -> Used:
    """This month's use."""
    month = f"{now.astimezone(UTC):%Y-%m}"
    kept = notes.get("used")
    if not isinstance(kept, dict) or kept.get("month") != month:
        return Used(month)
    return Used(month, *(int(kept.get(name, 0)) for name in ("requests", "reads", "sends")))


def affordable(notes: Mapping[str, Any], limits: Limits, now: datetime, most: int) -> int:
    """How many things of `most` may be read with what is left of the month."""
    if limits.money is None or not limits.read:
        return most
    left = limits.money - _spent(used(notes, now), limits)
    return max(0, min(most, int(left / limits.read)))


def reserve(notes: Notes, limits: Limits, now: datetime, *, reads: int = 0, sends: int = 0) -> None:
    """Count one more request, and what it reads at most or sends. Raises Temporary where that is
    more than the owner allows; nothing is counted then."""
    had = used(notes, now)
    if limits.requests is not None and had.requests >= limits.requests:
        raise _over(f"{limits.requests} requests", now)
    after = Used(had.month, had.requests + 1, had.reads + reads, had.sends + sends)
    dear = limits.cost(reads=reads, sends=sends)
    if dear and limits.money is not None and _spent(after, limits) > limits.money:
        raise _over(f"{limits.money} of money", now)
    _keep(notes, after)


def settle(notes: Notes, now: datetime, *, reserved: int, read: int) -> None:
    """Give back what was reserved and not read."""
    had = used(notes, now)
    back = min(max(0, reserved - read), had.reads)
    _keep(notes, Used(had.month, had.requests, had.reads - back, had.sends))


def told(notes: Mapping[str, Any], limits: Limits, now: datetime) -> tuple[str, ...]:
    """This month's use in sentences."""
    had = used(notes, now)
    most = f" of the {limits.requests} that you allow" if limits.requests is not None else ""
    said = [f"This month: {had.requests} requests{most}, {had.reads} read, {had.sends} sent."]
    if limits.money is not None or limits.read or limits.send:
        allowed = f" of the {limits.money} that you allow" if limits.money is not None else ""
        said.append(f"That costs {_spent(had, limits):f}{allowed}, at the prices you gave.")
    return tuple(said)


def next_month(now: datetime) -> datetime:
    """When the next calendar month begins, UTC."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def _spent(had: Used, limits: Limits) -> Decimal:
    return limits.cost(reads=had.reads, sends=had.sends)


def _over(what: str, now: datetime) -> Temporary:
    until = next_month(now)
    return Temporary(
        f"This would be more than the {what} that you allow this account in a month; "
        f"nothing was asked. It goes on on {spoken(until, today=now.astimezone(UTC))}.",
        retry_at=until,
        hint="To go on now, connect the account again with a higher limit.",
    )


def _keep(notes: Notes, had: Used) -> None:
    notes["used"] = {
        "month": had.month,
        "requests": had.requests,
        "reads": had.reads,
        "sends": had.sends,
    }
