"""What somebody types to search, as understood, and words as the index has them.

It must never raise on what somebody typed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from firsthand.channels.base import KINDS, kinds
from firsthand.core.attention import Kind, Lane

_DENSE = re.compile(r"([\u3040-\u30ff\u3400-\u9fff])")
_TERM = re.compile(
    r"""(?P<minus>-?)(?:(?P<field>[a-z]+):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))""",
    re.IGNORECASE,
)
_DAY = "a day is written like 2026-05-17, a month 2026-05, a year 2026"
_FORMS = {
    "after": _DAY,
    "before": _DAY,
    "has": "what can be asked for is has:attachment",
    "in": f"there are {', '.join((*Lane, *Kind))}",
    "channel": f"there are {', '.join((*kinds(), 'web'))}",
}
_WORD = re.compile(r"[^\W_]+")
_SHORTEST = 3
"""Letters before a `*`: with fewer, the index of a million letters is read for more than a second."""
_COLUMNS = {"from": "sender", "to": "recipients", "subject": "subject", "": ""}


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or several in a row. `column`: where it must stand ("": anywhere)."""

    words: tuple[str, ...]
    column: str = ""
    prefix: bool = False
    minus: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody typed, as understood."""

    terms: tuple[Term, ...] = ()
    after: datetime | None = None
    before: datetime | None = None
    attachment: bool = False
    lane: str = ""
    kind: str = ""
    """Within the lane `fyi`."""
    channel: str = ""
    hints: tuple[str, ...] = ()
    """Which words look like a limit and were not understood, each in a sentence."""


def read(query: str) -> Query:
    """Any text as a query. What is no known field is taken as words."""
    terms: list[Term] = []
    limits: dict[str, Any] = {}
    hints: list[str] = []
    for match in _TERM.finditer(query.replace("\0", " ")[:500]):
        field = (match["field"] or "").lower()
        value = match["phrase"] if match["phrase"] is not None else match["word"] or ""
        if match["minus"] and field in _FORMS and value:
            hints.append(f"“{match[0]}” was not understood: only words can be left out.")
            continue
        short = _is_short(value)
        if short:
            hints.append(f"“{match[0]}” was taken as a word: write {_SHORTEST} letters before a *.")
        prefix = value.endswith("*") and not short
        if field in _COLUMNS:
            terms += _term(value, _COLUMNS[field], match, prefix=prefix)
        elif not _limit(field, value, limits):
            terms += _term(f"{field} {value}", "", match, prefix=prefix)
            if field in _FORMS and value:
                hints.append(f"“{match[0]}” was not understood: {_FORMS[field]}.")
    return Query(tuple(terms), hints=tuple(dict.fromkeys(hints)), **limits)


def _term(value: str, column: str, match: re.Match[str], *, prefix: bool) -> list[Term]:
    words = tuple(words_of(value))[:40]
    return [Term(words, column, prefix, bool(match["minus"]))] if words else []


def _is_short(value: str) -> bool:
    """Whether it asks for whatever begins with a letter or two. A character of a dense script says more."""
    words = words_of(value) if value.endswith("*") and not _DENSE.search(value) else []
    return bool(words) and len(words[-1]) < _SHORTEST


def _limit(field: str, value: str, limits: dict[str, Any]) -> bool:
    """Take `field:value` as a limit; False where it is none."""
    if field in {"after", "before"}:
        at = _date(value)
        if at:
            limits[field] = at
        return at is not None
    if field == "has" and value.lower().startswith("attach"):
        limits["attachment"] = True
    elif field == "in" and value.lower() in {*Lane, *Kind}:
        kind = value.lower() in set(Kind)
        limits["lane"] = Lane.FYI.value if kind else value.lower()
        limits["kind"] = value.lower() if kind else ""
    elif field == "channel" and value.lower() in KINDS:
        limits["channel"] = value.lower()
    else:
        return False
    return True


def _date(value: str) -> datetime | None:
    """2026, 2026-05 or 2026-05-17, as the beginning of that time."""
    parts = re.fullmatch(r"(\d{4})(?:[-/.](\d{1,2}))?(?:[-/.](\d{1,2}))?", value)
    try:
        year, month, day = (int(part or 1) for part in parts.groups()) if parts else (0, 0, 0)
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def spaced(text: str) -> str:
    """Scripts without spaces are indexed by the character, and searched as phrases of them."""
    return text if text.isascii() else _DENSE.sub(r" \1 ", text)


def words_of(text: str) -> list[str]:
    """Words as the index has them: folded, without accents, dense scripts by the character."""
    return [word[:200] for word in _WORD.findall(spaced(bare(text)))]


def folded(text: str) -> str:
    """A text for SQLite's index, whose own folding knows accents and little else; of ASCII it is the
    same."""
    return text if text.isascii() else " ".join(words_of(text))


def bare(text: str) -> str:
    """Each character in small and without what stands on it: `ß` is `ss`, `й` is `и`."""
    return text.lower() if text.isascii() else "".join(map(_bare, text))


@lru_cache(maxsize=4096)
def _bare(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))
