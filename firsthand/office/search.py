"""Full text: FTS5 on SQLite, tsvector on PostgreSQL. Newest first, because a sort by relevance
costs in proportion to the matches of a common word.

On SQLite the row number is the time and the message number in one, so that the index itself is in
order of time. It must never raise on what somebody typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import starmap
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Substr

from firsthand.office.asked import Query, Term, folded, read, words_of
from firsthand.office.models import Body, Message, RankRow
from firsthand.office.snippets import snippet

_ID_BITS = 28
_MOST_SECONDS = 2**34
_CHUNK = 300
_MOST_CHUNKS = 30
_MOST_OF_A_LANE = 1000
_SMALL_LANE = 2000  # messages in it, to begin with
_MOST_TERMS = 500  # that begin with the same letters
_SHOWN = (
    "pk", "thread_id", "at", "subject", "thread__subject", "thread__person__name", "from_name",
    "from_address", "preview",
)  # fmt: skip
_INDEXED = 400_000  # characters; tsvector holds a megabyte, and nobody searches for more
_WEIGHTS = {"sender": "A", "recipients": "B", "subject": "C", "": ""}


@dataclass(frozen=True, slots=True)
class Hit:
    """A thread that was found, by its newest message that matches."""

    thread: int
    message: int
    subject: str
    name: str
    at: datetime
    snippet: str


class _Row(NamedTuple):
    """What is shown of a message, out of the rows."""

    message: int
    thread: int
    at: datetime
    subject: str
    thread_subject: str
    person: str | None
    from_name: str
    from_address: str
    preview: str


class Entry(NamedTuple):
    """What is found of a message. `sender` and `recipients`: address and name."""

    message: int
    at: datetime
    sender: Sequence[str]
    recipients: Sequence[Sequence[str]]
    subject: str
    text: str


class Place(NamedTuple):
    """A message in the order of time: several can be of one moment."""

    at: datetime
    message: int


def find(*, query: str, limit: int = 30, before: Place | None = None) -> list[Hit]:
    """Threads with a message that fits, newest first; `before`: only what comes after that place, for
    the next page.

    Words, "phrases", prefix*, -word, from: to: subject: after: before: has:attachment in:LANE
    in:KIND channel:NAME. Nothing asked finds nothing, and so does what is only unwanted.
    """
    asked = read(query)
    only_unwanted = bool(asked.terms) and all(term.minus for term in asked.terms)
    if asked == Query(hints=asked.hints) or only_unwanted:
        return []
    found: dict[int, _Row] = {}
    for row in _matching(asked, before):
        found.setdefault(row.thread, row)
        if len(found) >= limit:
            break
    return _hits(list(found.values()), asked)


def hints(query: str) -> tuple[str, ...]:
    """Which of its words look like a limit, were not understood, and are searched as words instead."""
    return read(query).hints


def index(messages: Iterable[tuple[Message, str]]) -> None:
    """Add messages with their texts. Those set aside have nothing to find."""
    add(_entry(m, text) for m, text in messages if not m.set_aside)


def add(entries: Iterable[Entry]) -> None:
    """Add messages that may not be rows yet."""
    rows = sorted(_columns(entry) for entry in entries)
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(
                "INSERT INTO office_search (rowid, sender, recipients, subject, body)"
                " VALUES (%s, %s, %s, %s, %s)",
                rows,
            )
        else:
            cursor.executemany(_PG_INSERT, [_pg_row(row) for row in rows])


def forget(messages: Iterable[tuple[Message, str]]) -> None:
    """Take messages out again, before they are erased: the same rows and texts as were added."""
    rows = [_columns(_entry(m, text)) for m, text in messages if not m.set_aside]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(
                "INSERT INTO office_search (office_search, rowid, sender, recipients, subject,"
                " body) VALUES ('delete', %s, %s, %s, %s, %s)",
                rows,
            )
        else:
            ids = [[row[0] % (1 << _ID_BITS)] for row in rows]
            cursor.executemany("DELETE FROM office_search WHERE message_id = %s", ids)


def clear() -> None:
    """Empty the index, before all is added anew."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO office_search (office_search) VALUES ('delete-all')")
        else:
            cursor.execute("DELETE FROM office_search")


# What is indexed


def _entry(message: Message, text: str) -> Entry:
    author = (message.from_address, message.from_name)
    recipients = [*message.to, *message.cc]
    return Entry(message.pk, message.at, author, recipients, message.subject, text)


def _columns(entry: Entry) -> tuple[int, str, str, str, str]:
    row = _row_number(Place(entry.at, entry.message))
    address, name = entry.sender
    to = " ".join(f"{name} {address}" for address, name in entry.recipients)
    texts = (f"{name} {address}", to, entry.subject, entry.text[:_INDEXED])
    sender, recipients, subject, body = map(folded, texts)
    return row, sender, recipients, subject, body


def _row_number(place: Place) -> int:
    return (_seconds(place.at) << _ID_BITS) | place.message


def _seconds(at: datetime) -> int:
    return min(max(int(at.timestamp()), 0), _MOST_SECONDS)


_PG_INSERT = (
    "INSERT INTO office_search (message_id, at, words) VALUES (%s, %s,"
    " setweight(to_tsvector('simple', %s), 'A') || setweight(to_tsvector('simple', %s), 'B') ||"
    " setweight(to_tsvector('simple', %s), 'C') || setweight(to_tsvector('simple', %s), 'D'))"
    " ON CONFLICT (message_id) DO UPDATE SET at = excluded.at, words = excluded.words"
)


def _pg_row(row: tuple[int, str, str, str, str]) -> list[Any]:
    number, *values = row
    at = datetime.fromtimestamp(number >> _ID_BITS, UTC)
    return [number % (1 << _ID_BITS), at, *(" ".join(words_of(value)) for value in values)]


# What is found


def _matching(asked: Query, before: Place | None) -> Iterator[_Row]:
    """Messages that fit, newest first; gives up after so many that a page stays fast."""
    rows = Message.objects.filter(thread__isnull=False, set_aside="").order_by("-at", "-pk")
    if asked.channel:
        rows = rows.filter(channel=asked.channel)
    if asked.attachment:
        rows = rows.exclude(attachments=[])
    if not asked.terms:
        yield from _by_date(rows, asked, before)
        return
    for ids in _chunks(asked, before):
        shown = {row[0]: row for row in rows.filter(pk__in=ids).values_list(*_SHOWN)}
        yield from (_Row(*shown[each]) for each in ids if each in shown)


def _by_date(rows: QuerySet[Message], asked: Query, before: Place | None) -> Iterator[_Row]:
    if asked.lane:
        # Of a long lane only what came last, or the database would sort all of it.
        kind = {"kind": asked.kind} if asked.kind else {}
        there = RankRow.objects.filter(lane=asked.lane, **kind).order_by("-waiting_since")
        rows = rows.filter(thread__in=list(there.values_list("pk", flat=True)[:_MOST_OF_A_LANE]))
    within = Q()
    if asked.after:
        within &= Q(at__gte=asked.after)
    if asked.before:
        within &= Q(at__lt=asked.before)
    if before:
        within &= Q(at__lte=before.at) & (Q(at__lt=before.at) | Q(pk__lt=before.message))
    shown = rows.filter(within).values_list(*_SHOWN)[: _CHUNK * _MOST_CHUNKS]
    yield from starmap(_Row, shown.iterator(_CHUNK // 5))


def _chunks(asked: Query, before: Place | None) -> Iterator[list[int]]:
    if connection.vendor == "sqlite":
        yield from _sqlite_chunks(asked, before)
    else:
        yield from _pg_chunks(asked, before)


_FOUND = (
    "SELECT rowid FROM office_search WHERE office_search MATCH %s"
    " AND rowid >= %s AND rowid < %s ORDER BY rowid DESC LIMIT %s"
)
# LEFT JOIN: so the database begins with what was found, and not with the lane, which may be long.
_AND_LANE = (
    f"SELECT found.rowid, lane, kind FROM ({_FOUND}) AS found"
    f" LEFT JOIN office_message AS message ON message.id = found.rowid %% {1 << _ID_BITS}"
    " LEFT JOIN office_rankrow AS ranked ON ranked.thread_id = message.thread_id"
    " ORDER BY found.rowid DESC"
)
_IN_LANE = (
    "SELECT message.id FROM office_rankrow AS ranked JOIN office_message AS message"
    " ON message.thread_id = ranked.thread_id WHERE ranked.lane = %s{} LIMIT %s"
)


def _sqlite_chunks(asked: Query, before: Place | None) -> Iterator[list[int]]:
    low = _seconds(asked.after) << _ID_BITS if asked.after else 0
    high = _seconds(asked.before) << _ID_BITS if asked.before else 1 << 62
    high = min(high, _row_number(before)) if before else high
    match = _fts(asked.terms)
    small = _small_lane(asked) if asked.lane else None
    if small is not None:
        found = _found(_FOUND, match, low, high, _CHUNK * _MOST_CHUNKS)
        ids = [each for (row,) in found if (each := row % (1 << _ID_BITS)) in small]
        yield from (ids[at : at + _CHUNK // 5] for at in range(0, len(ids), _CHUNK // 5))
        return
    for chunk in _sizes(sparse=bool(asked.lane)):
        rows = _found(_AND_LANE if asked.lane else _FOUND, match, low, high, chunk)
        wanted = [row[0] for row in rows if _is_there(asked, *row[1:])]
        if wanted:
            yield [row % (1 << _ID_BITS) for row in wanted]
        if len(rows) < chunk:
            return
        high = rows[-1][0]


def _found(sql: str, *values: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _small_lane(asked: Query) -> frozenset[int] | None:
    """The messages in the lane, and of the kind, where they are few: to look for each of them among
    what was found costs less than to look up where each that was found lies."""
    where = " AND ranked.kind = %s" if asked.kind else ""
    kind = [asked.kind] if asked.kind else []
    ids = _found(_IN_LANE.format(where), asked.lane, *kind, _SMALL_LANE + 1)
    return frozenset(row[0] for row in ids) if len(ids) <= _SMALL_LANE else None


def _is_there(asked: Query, lane: str | None = None, kind: str | None = None) -> bool:
    """Whether what was found lies in the lane, and is of the kind, that was asked for, if any was."""
    return asked.lane in ("", lane) and asked.kind in ("", kind)


def _sizes(*, sparse: bool) -> Iterator[int]:
    """A page is mostly full after a small chunk; what is rare, or `sparse` among what is found,
    needs many."""
    yield from (_CHUNK // 5, _CHUNK // 2)
    each = _CHUNK * (6 if sparse else 1)
    yield from [each] * (_CHUNK * _MOST_CHUNKS // each)


def _fts(terms: Sequence[Term]) -> str:
    """The terms in FTS5's language; every word is quoted, so that none can be an operator."""

    def one(term: Term) -> str:
        words = " ".join(term.words)
        among = _beginning_with(words) if term.prefix and len(term.words) == 1 else []
        if among:
            phrase = "(" + " OR ".join(f'"{each}"' for each in among) + ")"
        else:
            phrase = f'"{words}"' + ("*" if term.prefix else "")
        return f"{term.column} : {phrase}" if term.column else phrase

    wanted = " AND ".join(one(term) for term in terms if not term.minus)
    unwanted = [one(term) for term in terms if term.minus]
    return f"({wanted}) NOT ({' OR '.join(unwanted)})" if unwanted else wanted


def _beginning_with(letters: str) -> list[str]:
    """The terms of the index that begin so; none if they are many.

    FTS5 gathers all that fits a `prefix*` before it gives the newest, but finds the newest of
    several terms at once.
    """
    found = _found(
        "SELECT term FROM office_search_terms WHERE term >= %s AND term < %s LIMIT %s",
        letters,
        letters + chr(0x10FFFF),
        _MOST_TERMS + 1,
    )
    return [term for (term,) in found] if len(found) <= _MOST_TERMS else []


def _pg_chunks(asked: Query, before: Place | None) -> Iterator[list[int]]:
    end = asked.before or datetime(9999, 1, 1, tzinfo=UTC)
    at, message = before or (end, 0)
    after = asked.after or datetime(1, 1, 2, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT message_id FROM office_search WHERE words @@ to_tsquery('simple', %s)"
            " AND at >= %s AND at < %s AND (at, message_id) < (%s, %s)"
            " ORDER BY at DESC, message_id DESC LIMIT %s",
            [_tsquery(asked.terms), after, end, at, message, _CHUNK * _MOST_CHUNKS],
        )
        ids = [row[0] for row in cursor.fetchall()]
    if asked.lane:
        there = Message.objects.filter(pk__in=ids, thread__rank__lane=asked.lane)
        there = there.filter(thread__rank__kind=asked.kind) if asked.kind else there
        kept = set(there.values_list("pk", flat=True))
        ids = [each for each in ids if each in kept]
    start = 0
    for chunk in _sizes(sparse=False):
        if start < len(ids):
            yield ids[start : start + chunk]
        start += chunk


def _tsquery(terms: Sequence[Term]) -> str:
    def one(term: Term) -> str:
        weight = _WEIGHTS[term.column]
        last = len(term.words) - 1
        marks = [("*" if term.prefix and at == last else "") + weight for at in range(last + 1)]
        words = [f"{w}:{m}" if m else w for w, m in zip(term.words, marks, strict=True)]
        return ("!" if term.minus else "") + "(" + " <-> ".join(words) + ")"

    return " & ".join(one(term) for term in terms)


# What is shown


def _hits(rows: Sequence[_Row], asked: Query) -> list[Hit]:
    ids = [row.message for row in rows]
    texts = dict(
        Body.objects.filter(pk__in=ids)
        .annotate(start=Substr("text", 1, 50_000))
        .values_list("pk", "start")
    )
    return [_hit(row, texts.get(row.message, ""), asked) for row in rows]


def _hit(row: _Row, text: str, asked: Query) -> Hit:
    return Hit(
        thread=row.thread,
        message=row.message,
        subject=row.subject or row.thread_subject or "(no subject)",
        name=row.person or row.from_name or row.from_address,
        at=row.at,
        snippet=snippet(text, asked) or row.preview,
    )
