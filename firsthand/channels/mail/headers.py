"""Header fields of a message, read from the raw bytes (RFC 5322, 2047, 2231, 6532).

Standard library only, linear in time, and total: no input makes a function here raise. It exists
because strangers' headers are hostile: structure is read before anything is decoded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from firsthand.channels.mail.words import decode, decode_words, visible

MAX_HEADER = 1_000_000

_FIELD = re.compile(r"^([!-9;-~]++)[ \t]*+:[ \t]*+(.*+(?:\n[ \t]++.*+)*)", re.MULTILINE)
_FOLD = re.compile(r"[ \t]*\n[ \t]+")
_END = re.compile(rb"\n\r?\n")
_STARTS = re.compile(rb"[!-9;-~]++[ \t]*+:")
_PARAM = re.compile(
    r';\s*+([^\s=;"]++)\s*+=\s*+(?:"([^"\\]*+(?:\\.[^"\\]*+)*)"?|([^;]*+))', re.DOTALL
)
_DATE = re.compile(
    r"\s*(?:[A-Za-z]{3},?)?\s*(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+"
    r"(\d\d):(\d\d)(?::(\d\d))?\s*([+-])(\d\d)(\d\d)\b"
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        "jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1
    )
}
_ID = re.compile(r"<([^<>]{1,2000})>")
_NOT_ID = re.compile(r"[^!-;=?-~]")  # printable ASCII without the angle brackets


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one header, by lower-case name, in order, unfolded and still encoded."""

    values: dict[str, list[str]]
    charset: str = ""
    problems: list[str] = field(default_factory=list)

    def first(self, name: str) -> str:
        values = self.values.get(name)
        return readable(values[0], self.charset) if values else ""

    def all(self, name: str) -> list[str]:
        return [readable(value, self.charset) for value in self.values.get(name, ())]

    def text(self, name: str) -> str:
        """The first value as a person reads it: decoded, nothing hidden, no line ends."""
        value = self.first(name)
        if "=?" not in value and value.isprintable():
            return value.strip()
        return visible(decode_words(value).replace("\t", " ")).strip()


def split(raw: bytes, start: int = 0, end: int | None = None) -> tuple[Fields, int]:
    """The fields of the header at `start`, and where the body begins."""
    end = len(raw) if end is None else end
    if raw.startswith(b"\n", start) or raw.startswith(b"\r\n", start):
        return Fields({}), raw.index(b"\n", start) + 1
    if not _STARTS.match(raw, start, end):
        return Fields({}), start
    found = _END.search(raw, start, end)
    stop, body = (found.start() + 1, found.end()) if found else _without_blank_line(raw, start, end)
    problems = []
    if stop - start > MAX_HEADER:
        problems.append("The header is longer than a million bytes; the rest of it was not read.")
        stop = start + MAX_HEADER
    block = raw[start:stop].decode("latin-1").replace("\r\n", "\n").replace("\r", " ")
    return Fields(_fields(block), "", problems), body


def _without_blank_line(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """No blank line ends the header: it ends where a line is neither a field nor its fold."""
    while start < end:
        if raw[start : start + 1] not in (b" ", b"\t") and not _STARTS.match(raw, start, end):
            return start, start
        line = raw.find(b"\n", start, end)
        start = end if line < 0 else line + 1
    return end, end


def _fields(block: str) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in _FIELD.findall(block):
        if "\n" in value:
            value = _FOLD.sub(" ", value)
        values.setdefault(name.lower(), []).append(value.rstrip(" \t\r\n"))
    return values


def readable(value: str, charset: str = "") -> str:
    """A value carried as Latin-1 as the text it stands for: UTF-8 (RFC 6532), else a guess."""
    if value.isascii():
        return value
    return decode(value.encode("latin-1", "replace"), charset)[0]


def parameters(value: str) -> tuple[str, Mapping[str, str]]:
    """`text/plain; charset=x` as ("text/plain", {"charset": "x"}), with RFC 2231 names joined."""
    return _known_parameters(value) if len(value) < 100 else _parameters(value)


@lru_cache(maxsize=1024)
def _known_parameters(value: str) -> tuple[str, Mapping[str, str]]:
    return _parameters(value)


def _parameters(value: str) -> tuple[str, Mapping[str, str]]:
    head, semicolon, rest = value.partition(";")
    kind = head.strip().lower()
    if not semicolon:
        return kind, {}
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, quoted, bare in _PARAM.findall(";" + rest):
        name = name.lower()
        text = re.sub(r"\\(.)", r"\1", quoted) if quoted else bare.strip()
        base, star, number = name.partition("*")
        if not star:
            plain.setdefault(name, decode_words(text))
            continue
        encoded = number.endswith("*") or number == ""
        digits = number.rstrip("*")
        if len(digits) < 5:
            index = int(digits) if digits.isascii() and digits.isdigit() else 0
            pieces.setdefault(base, {})[index] = (text, encoded)
    plain.update({base: _joined(found) for base, found in pieces.items()})
    return kind, plain


def _joined(pieces: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231 section 3 and 4: numbered pieces, the first one naming the charset."""
    charset, data = "", b""
    for index in sorted(pieces):
        text, encoded = pieces[index]
        if encoded and index == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    return decode(data, charset)[0]


def date(value: str) -> datetime | None:
    """An aware date between 1971 and 2100, or None. No zone, or an unknown one: UTC."""
    try:
        when = _common_date(value) or _any_date(value)
    except (ValueError, OverflowError, TypeError, IndexError, AttributeError):
        return None
    return when if when and 1971 <= when.year <= 2100 else None


def _common_date(value: str) -> datetime | None:
    found = _DATE.match(value)
    month = _MONTHS.get(found[2].lower()) if found else None
    if not found or not month:
        return None
    minutes = int(found[8]) * 60 + int(found[9])
    if minutes > 24 * 60 - 1:
        return None
    zone = _zone(-minutes if found[7] == "-" else minutes)
    second = min(int(found[6] or 0), 59)  # a leap second is shown as the second before
    return datetime(
        int(found[3]), month, int(found[1]), int(found[4]), int(found[5]), second, tzinfo=zone
    )


@lru_cache(maxsize=256)
def _zone(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes)) if minutes else UTC


def _any_date(value: str) -> datetime | None:
    parts = parsedate_tz(value[:200])
    if not parts:
        return None
    seconds = parts[9] or 0
    zone = _zone(seconds // 60) if abs(seconds) < 86_400 else UTC
    return datetime(*parts[:5], min(parts[5], 59), tzinfo=zone)


def ids(value: str) -> tuple[str, ...]:
    """Message ids of a field, without brackets, in order, each once, safe to send back in a header."""
    if not value:
        return ()
    found = _ID.findall(value) if "<" in value else value.split()
    clean = (_NOT_ID.sub("", each)[:500] for each in found[-500:])
    return tuple(dict.fromkeys(each for each in clean if each and ("<" in value or "@" in each)))
