"""The public report, counted from the entries of the log and nothing else (docs/log-format.md).

Anybody who has the entries gets the same numbers to the last digit. Bylines that a correction names
are taken off again; promises bind what was logged between their two entries.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from firsthand.core.byline import Ai, Level
from firsthand.core.entry import EntryKind, decode
from firsthand.core.reaction import Reaction
from firsthand.core.revising import Change

Fields = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Line:
    """So many messages of one kind left."""

    channel: str
    level: Level
    ai: Ai
    count: int


@dataclass(frozen=True, slots=True)
class Revised:
    """So many public texts were changed in this way."""

    channel: str
    change: Change
    count: int


@dataclass(frozen=True, slots=True)
class Reacted:
    """So many likes, boosts or follows at one level."""

    channel: str
    act: Reaction
    level: Level
    count: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise, and how many of the texts that it bound kept it: messages, and revisions of posts."""

    number: int
    floor: Level
    channel: str
    strength: str
    made: str
    ended: str
    all: int
    kept: int

    def value(self) -> dict[str, Any]:
        """As it stands in the report's JSON."""
        return {
            "promise": self.number,
            "floor": self.floor.value,
            "channel": self.channel,
            "strength": self.strength,
            "all": self.all,
            "kept": self.kept,
        }


@dataclass(frozen=True, slots=True)
class Month:
    """One month, `2026-11`: what came in and what left."""

    month: str
    received: int
    left: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A report entry of the office's own, and whether counting agrees with it."""

    index: int
    first: str
    last: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What happened from `first` to `last` (days, both included; empty where nothing happened)."""

    first: str
    last: str
    lines: tuple[Line, ...]
    received: tuple[tuple[str, int], ...]
    months: tuple[Month, ...]
    promises: tuple[Kept, ...]
    corrected: int
    granted: int
    revoked: int
    revised: tuple[Revised, ...] = ()
    reacted: tuple[Reacted, ...] = ()

    @property
    def left(self) -> int:
        return sum(line.count for line in self.lines)

    @property
    def came_in(self) -> int:
        return sum(count for _, count in self.received)

    def levels(self, channel: str | None = None) -> dict[Level, int]:
        """Messages by level, nearest to the principal first."""
        of = [line for line in self.lines if channel in (None, line.channel)]
        return {
            level: sum(line.count for line in of if line.level is level)
            for level in reversed(Level)
        }

    def ais(self) -> dict[Ai, int]:
        return {ai: sum(line.count for line in self.lines if line.ai is ai) for ai in Ai}

    def channels(self) -> tuple[str, ...]:
        return tuple(sorted({line.channel for line in self.lines} | {c for c, _ in self.received}))

    def share(self, count: int) -> str:
        """Of all that left, in percent: whole, but never 0 or 100 for what is not."""
        if not self.left or not count:
            return "0 %"
        percent = round(100 * count / self.left)
        if count < self.left:
            percent = min(max(percent, 1), 99)
        return f"{percent} %"

    def value(self) -> dict[str, Any]:
        """The report as JSON: strings and whole numbers only. Its digest is logged monthly."""
        value = {
            "v": 1,
            "first": self.first,
            "last": self.last,
            "left": [
                {"channel": x.channel, "level": x.level.value, "ai": x.ai.value, "count": x.count}
                for x in self.lines
            ],
            "received": [{"channel": channel, "count": count} for channel, count in self.received],
            "promises": [kept.value() for kept in self.promises],
            "corrected": self.corrected,
            "granted": self.granted,
            "revoked": self.revoked,
        }
        if self.revised:  # absent where nothing was, so that older reports keep their digest
            value["revised"] = [
                {"channel": x.channel, "change": x.change.value, "count": x.count}
                for x in self.revised
            ]
        if self.reacted:
            value["reacted"] = [
                {
                    "channel": x.channel,
                    "act": x.act.value,
                    "level": x.level.value,
                    "count": x.count,
                }
                for x in self.reacted
            ]
        return value

    def digest(self) -> str:
        """SHA-256 of the canonical JSON (RFC 8785), in hex."""
        text = json.dumps(self.value(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def tally(entries: Iterable[bytes], *, first: str = "", last: str = "") -> Report:
    """The report of a whole log; `first` and `last` limit it to days (2026-11-22)."""
    counting = Tally()
    counting.extend(entries)
    return counting.report(first=first, last=last)


@dataclass(slots=True)
class _Promise:
    number: int
    floor: Level
    channel: str
    strength: str
    made: str
    ended: str = ""


_Byline = tuple[str, str, Level, Ai, str]
"""Day, channel, level, AI, and how a revision changed its text (`""`: it is none)."""
_Counted = tuple[_Byline, tuple[int, ...]]


class Tally:
    """The running count; entries are added in the order of the log.

    `size`: how many were read. `unknown`: how many of them are of no kind that is known here.
    `claims`: the office's own reports, compared.
    """

    def __init__(self) -> None:
        self.size = 0
        self.unknown = 0
        self.claims: list[Claim] = []
        self._left: Counter[_Byline] = Counter()
        self._bound: Counter[tuple[int, str, bool]] = Counter()
        self._reacted: Counter[tuple[str, str, Reaction, Level]] = Counter()
        self._gestures: dict[int, tuple[str, str, Reaction, Level]] = {}
        self._received: dict[tuple[str, str], int] = {}
        self._days: Counter[tuple[str, str]] = Counter()
        self._promises: dict[int, _Promise] = {}
        # What each entry added, shared where equal, so that a correction can take it off.
        self._counted: list[_Counted | None] = []
        self._same: dict[_Counted, _Counted] = {}

    def extend(self, entries: Iterable[bytes]) -> None:
        for leaf in entries:
            self.add(leaf)

    def add(self, leaf: bytes) -> None:
        """Count the next entry. What is unknown or damaged is passed over, and counted as such."""
        counted = None
        try:
            fields = decode(leaf)
            counted = self._count(EntryKind(str(fields["kind"])), fields)
        except (ValueError, KeyError):
            self.unknown += 1
        self._counted.append(counted)
        self.size += 1

    def _count(self, kind: EntryKind, fields: Fields) -> _Counted | None:
        day = str(fields["day"])
        match kind:
            case EntryKind.BYLINE:
                return self._byline(fields, day, "")
            case EntryKind.REVISION:
                return self._byline(fields, day, Change(str(fields["change"])).value)
            case EntryKind.REACTION:
                self._reaction(fields, day)
            case EntryKind.CORRECTION:
                self._correct(int(fields["of"]), day)
            case EntryKind.PROMISE:
                self._promise(fields, day)
            case EntryKind.RECEIVED:
                self._received[day, str(fields["channel"])] = max(0, int(fields["count"]))
            case EntryKind.GRANT | EntryKind.REVOKE:
                self._days[kind.value, day] += 1
            case EntryKind.REPORT:
                self._claim(fields)
        return None

    def _byline(self, fields: Fields, day: str, change: str) -> _Counted:
        channel = str(fields["channel"])
        byline = (day, channel, Level(str(fields["level"])), Ai(str(fields["ai"])), change)
        binding = tuple(
            each.number
            for each in self._promises.values()
            if not each.ended and each.channel in ("", channel)
        )
        counted = self._same.setdefault((byline, binding), (byline, binding))
        self._add(counted, 1)
        return counted

    def _reaction(self, fields: Fields, day: str) -> None:
        """No promise binds it: promises speak of answers."""
        act, level = Reaction(str(fields["act"])), Level(str(fields["level"]))
        gesture = (day, str(fields["channel"]), act, level)
        self._reacted[gesture] += 1
        self._gestures[self.size] = gesture

    def _add(self, counted: _Counted, much: int) -> None:
        (day, _, level, _, _), binding = counted
        self._left[counted[0]] += much
        for number in binding:
            kept = level.height >= self._promises[number].floor.height
            self._bound[number, day, kept] += much

    def _correct(self, of: int, day: str) -> None:
        counted = self._counted[of] if 0 <= of < self.size else None
        if counted is not None:
            self._add(counted, -1)
            self._counted[of] = None  # a second correction takes nothing more off
            self._days["correction", day] += 1
        elif gesture := self._gestures.pop(of, None):
            self._reacted[gesture] -= 1
            self._days["correction", day] += 1

    def _promise(self, fields: Fields, day: str) -> None:
        number = int(fields["promise"])
        if fields["act"] == "made":
            made = _Promise(
                number,
                Level(str(fields["floor"])),
                str(fields["channel"]),
                str(fields["strength"]),
                day,
            )
            self._promises.setdefault(number, made)
        elif number in self._promises:
            self._promises[number].ended = self._promises[number].ended or day

    def _claim(self, fields: Fields) -> None:
        first, last = str(fields["first"]), str(fields["last"])
        counted = self.report(first=first, last=last).digest()
        self.claims.append(Claim(self.size, first, last, counted == fields["report"]))

    def report(self, *, first: str = "", last: str = "") -> Report:
        """What all entries so far amount to, within these days. Empty: from the first, to the last."""
        days = [key[0] for key in (*self._left, *self._received, *self._reacted)]
        first, last = first or min(days, default=""), last or max(days, default="")

        def within(day: str) -> bool:
            return first <= day <= last

        lines: Counter[tuple[str, Level, Ai]] = Counter()
        revised: Counter[tuple[str, Change]] = Counter()
        for (day, channel, level, ai, change), count in self._left.items():
            if not within(day) or not count:
                continue
            if change:
                revised[channel, Change(change)] += count
            else:
                lines[channel, level, ai] += count
        reacted: Counter[tuple[str, Reaction, Level]] = Counter()
        for (day, channel, act, level), count in self._reacted.items():
            if within(day) and count:
                reacted[channel, act, level] += count
        received: Counter[str] = Counter()
        for (day, channel), count in self._received.items():
            if within(day):
                received[channel] += count
        return Report(
            first,
            last,
            tuple(Line(*key, count) for key, count in sorted(lines.items())),
            tuple(sorted(received.items())),
            self._months(first, last),
            self._kept(first, last),
            self._told("correction", first, last),
            self._told("grant", first, last),
            self._told("revoke", first, last),
            tuple(Revised(*key, count) for key, count in sorted(revised.items())),
            tuple(Reacted(*key, count) for key, count in sorted(reacted.items())),
        )

    def _told(self, kind: str, first: str, last: str) -> int:
        """How many entries of this kind."""
        days = self._days.items()
        return sum(n for (what, day), n in days if what == kind and first <= day <= last)

    def _months(self, first: str, last: str) -> tuple[Month, ...]:
        """What came in and what left, month by month; revisions are no more messages."""
        months: dict[str, list[int]] = {}
        for (day, _channel, _level, _ai, change), count in self._left.items():
            if first <= day <= last and count and not change:
                months.setdefault(day[:7], [0, 0])[1] += count
        for (day, _channel), count in self._received.items():
            if first <= day <= last:
                months.setdefault(day[:7], [0, 0])[0] += count
        return tuple(Month(month, *counts) for month, counts in sorted(months.items()))

    def _kept(self, first: str, last: str) -> tuple[Kept, ...]:
        """The promises that held on any of these days."""
        counts: Counter[tuple[int, bool]] = Counter()
        for (number, day, kept), count in self._bound.items():
            if first <= day <= last:
                counts[number, kept] += count
        return tuple(
            Kept(
                each.number,
                each.floor,
                each.channel,
                each.strength,
                each.made,
                each.ended,
                counts[each.number, True] + counts[each.number, False],
                counts[each.number, True],
            )
            for each in sorted(self._promises.values(), key=lambda promise: promise.number)
            if (not last or each.made <= last) and (not each.ended or each.ended >= first)
        )
