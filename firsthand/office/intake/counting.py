"""Threads and persons brought up to date with their messages, whatever order those came in.

Both are worked out from the messages with their dates, before and after a batch; nothing is
counted up along the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection

from firsthand.office import lanes
from firsthand.office.intake import people, standing, writing
from firsthand.office.intake.letters import Letter
from firsthand.office.intake.standing import Standing
from firsthand.office.intake.tally import Line, Share, in_order, newest, shares, waiting
from firsthand.office.intake.threads import Strand
from firsthand.office.models import Message

HISTORY = timedelta(days=90)
"""What is older at import is read as history: its threads come in closed, so that Today is not
buried. The person may reopen them."""

_CHANGING = (
    "person_id", "subject", "subject_key", "state", "state_at", "snoozed_until", "first_at",
    "last_at", "waiting_since", "messages_count", "latest", "needs_rank",
)  # fmt: skip
_ADD = """
UPDATE office_person SET received = received + %s, answered = answered + %s,
    written = written + %s,
    answer_words = CASE WHEN answered + %s > 0
        THEN (answer_words * answered + %s) / (answered + %s) ELSE 0 END,
    last_at = CASE WHEN last_at > %s THEN last_at ELSE %s END
WHERE id = %s
"""

Lines = dict[int, list[Line]]


def lines_of(threads: Collection[int], channel: str) -> Lines:
    """{thread: its messages as they are in the rows}, in no order."""
    rows = list(
        Message.objects.filter(thread_id__in=list(threads)).values_list(
            "thread_id", "id", "at", "direction", "person_id", "words", "automation"
        )
    )
    goes_to = _recipients([row[1] for row in rows if row[3] == "out"], channel)
    found: Lines = defaultdict(list)
    for thread, pk, at, way, person, words, automation in rows:
        line = Line(pk, at, way == "in", person, goes_to.get(pk, ()), words, automation)
        found[thread or 0].append(line)
    return found


def _recipients(sent: Sequence[int], channel: str) -> dict[int, tuple[int, ...]]:
    """{message: the persons it went to}."""
    rows = Message.objects.filter(pk__in=sent).values_list("pk", "to", "cc")
    addressed = {pk: [each[0] for each in (*to, *cc)] for pk, to, cc in rows}
    known = people.find(channel, {each for to in addressed.values() for each in to})
    return {
        pk: tuple(dict.fromkeys(known[each] for each in to if each in known))
        for pk, to in addressed.items()
    }


def lines_before(strands: Sequence[Strand], channel: str) -> Lines:
    """The messages that the threads of `strands` have in the rows; begun ones have none."""
    olds = {old for strand in strands for old in (strand.id or 0, *strand.absorbed)}
    return lines_of(olds, channel)


def line_of(letter: Letter) -> Line:
    incoming, read = letter.direction == "in", letter.read
    return Line(
        letter.number, letter.at, incoming, letter.person, letter.recipients, read.words,
        read.automation,
    )  # fmt: skip


def count(
    strands: Sequence[Strand],
    before: Lines,
    rows: dict[int, Standing],
    now: datetime,
    settled: Collection[int] = (),
) -> None:
    """Bring the threads of `strands` and all persons in them up to date.

    `before`: the messages that were in the rows, by thread; `rows`: the threads, locked;
    `settled`: threads whose state stays as it is.
    """
    changes: dict[int, Share] = defaultdict(Share)
    for strand in strands:
        olds = [before.get(old, []) for old in (strand.id or 0, *strand.absorbed)]
        lines = in_order([*(line for old in olds for line in old), *map(line_of, strand.letters)])
        for old in olds:
            _change(changes, shares(in_order(old)), -1)
        _change(changes, shares(lines), 1)
        _describe(rows[strand.id or 0], lines, strand)
        if strand.id not in settled:
            _turn(rows[strand.id or 0], lines, strand, now)
        _wait(rows[strand.id or 0], lines)
    touched = [rows[strand.id or 0] for strand in strands]
    standing.write(touched, _CHANGING)
    lanes.drop([thread.id for thread in touched if thread.state != "open"])
    change_persons(changes)


def change_persons(changes: dict[int, Share]) -> None:
    """Add to the counts of persons."""
    rows = []
    for person, share in sorted(changes.items()):
        counts = (share.received, share.answered, share.written)
        words = (share.answered, share.answer_words, share.answered)
        last = writing.moment(share.last_at)
        rows.append((*counts, *words, last, last, person))
    with connection.cursor() as cursor:
        cursor.executemany(_ADD, rows)


def _change(changes: dict[int, Share], found: dict[int, Share], sign: int) -> None:
    for person, share in found.items():
        changes[person].add(share, sign)


def _describe(thread: Standing, lines: list[Line], strand: Strand) -> None:
    """The facts of a thread that only its messages decide."""
    first = min(strand.letters, key=lambda letter: (letter.at, letter.number))
    if lines[0].id == first.number:
        thread.subject = first.read.subject
        thread.subject_key = first.read.subject_key
    came = [line for line in lines if line.incoming and line.person]
    sent = [line for line in lines if line.person]
    thread.person_id = next((line.person for line in reversed(came or sent)), None)
    thread.first_at, thread.last_at = lines[0].at, lines[-1].at
    thread.messages_count, thread.latest = len(lines), lines[-1].id


def _turn(thread: Standing, lines: list[Line], strand: Strand, now: datetime) -> None:
    """Where the newest message is one the office had not seen, it opens the thread or closes it."""
    turn = newest(lines)
    if turn is None or turn.id not in {letter.number for letter in strand.letters}:
        return
    if turn.incoming and now - turn.at > HISTORY:
        if not thread.state_by_id:
            thread.state, thread.state_at = "closed", turn.at
        return
    if thread.state == "closed" and thread.state_by_id:
        thread.waiting_since = turn.at
    thread.step("arrive" if turn.incoming else "answer")
    thread.state_at = turn.at
    thread.snoozed_until = None


def _wait(thread: Standing, lines: list[Line]) -> None:
    """Since when it waits: its oldest unanswered message, but none that a person has settled."""
    thread.needs_rank = thread.state == "open"
    left = [line.at for line in waiting(lines)]
    if thread.state == "closed":
        thread.waiting_since = None
    elif not left:
        # Open although we wrote last: reopened, or our answer had not seen this message.
        came = [line.at for line in lines if line.incoming]
        thread.waiting_since = thread.waiting_since if thread.waiting_since in came else None
    elif not (thread.state_by_id and thread.waiting_since in left):
        thread.waiting_since = left[0]
