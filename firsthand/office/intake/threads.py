"""Which conversation a letter belongs to.

First by the ids it refers to, or by a letter that refers to it and came earlier (RFC 5322 3.6.4);
then by its subject, with somebody in common, within 30 days. A stranger can name any ids, so ids
never join two threads that a person has worked on. What people say under a post of ours are
conversations of their own, or all of them would be one line in the queue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from json import loads

from django.db.models import QuerySet

from firsthand.channels.base import dialect_of
from firsthand.office.intake import looking
from firsthand.office.intake.letters import Letter, span, threads_by_subject
from firsthand.office.models import Account, Draft, Message, Note, Thread

APART = timedelta(days=30)
_MOST_CANDIDATES = 10_000
_LONGEST_CHAIN = 50


@dataclass(slots=True, eq=False)
class Strand:
    """A thread while a batch is in hand. `id` None: not written yet."""

    id: int | None
    key: str
    first: datetime
    last: datetime
    circle: set[str] = field(default_factory=set)
    letters: list[Letter] = field(default_factory=list)
    absorbed: list[int] = field(default_factory=list)
    """Threads in the rows that turned out to be the same conversation."""

    def add(self, letter: Letter) -> None:
        self.letters.append(letter)
        self.first = min(self.first, letter.at)
        self.last = max(self.last, letter.at)
        self.circle |= letter.circle

    def distance(self, at: datetime) -> timedelta:
        """How far `at` lies from the span of this thread."""
        return max(self.first - at, at - self.last, timedelta())


class Weaving:
    """Puts the letters of one batch into strands, one after the other, in the order they came."""

    def __init__(self, account: Account, letters: Sequence[Letter]) -> None:
        self._account = account
        self._strands: dict[int, Strand] = {}
        self._by_id: dict[str, Strand] = {}
        self._awaited: dict[str, Strand] = {}
        self._by_speaker: dict[tuple[str, str], list[Strand]] = {}
        self._has_posts = not dialect_of(account.channel).addressed
        self._posts: set[str] = set()
        self._woven: list[Strand] = []
        if letters:
            self._look_up_ids(letters)
            self._look_up_subjects(letters)

    def weave(self, letters: Iterable[Letter]) -> list[Strand]:
        """All strands that got letters, in the order of their first one."""
        for letter in letters:
            strand = self._place(letter)
            strand.add(letter)
            self._remember(letter, strand)
        return [strand for strand in self._woven if strand.letters]

    def _place(self, letter: Letter) -> Strand:
        message_id = letter.read.message_id
        apart = self._posts if letter.direction == "in" else ()
        refers = [each for each in letter.read.refers if each not in apart]
        parent = next((self._by_id[each] for each in refers if each in self._by_id), None)
        child = self._awaited.get(message_id) if message_id and not self._is_post(letter) else None
        if parent and child and parent is not child:
            return self._join(parent, child)
        if strand := parent or child or self._by_subject(letter):
            return strand
        return Strand(None, letter.read.subject_key, letter.at, letter.at)

    def _is_post(self, letter: Letter) -> bool:
        """Whether it is ours and for everybody: it answers nobody, or goes on from such a one."""
        ours = self._has_posts and letter.direction == "out" and not letter.recipients
        above = letter.read.in_reply_to
        return ours and (not above or above in self._posts)

    def _by_subject(self, letter: Letter) -> Strand | None:
        if not threads_by_subject(letter):
            return None
        at, key = letter.at, letter.read.subject_key
        near = [
            strand
            for speaker in letter.speakers
            for strand in self._by_speaker.get((key, speaker), ())
            if strand.distance(at) <= APART
        ]
        return min(near, key=lambda strand: (strand.distance(at), strand.first), default=None)

    def _remember(self, letter: Letter, strand: Strand) -> None:
        if strand.letters[0] is letter:
            self._woven.append(strand)
        if letter.read.message_id:
            self._by_id.setdefault(letter.read.message_id, strand)
            if self._is_post(letter):
                self._posts.add(letter.read.message_id)
        if letter.read.in_reply_to:
            self._awaited.setdefault(letter.read.in_reply_to, strand)
        self._speak(strand, letter.circle)

    def _speak(self, strand: Strand, circle: Iterable[str]) -> None:
        """These are in the strand: with its subject, they find it."""
        for address in circle if strand.key else ():
            strands = self._by_speaker.setdefault((strand.key, address), [])
            if strand not in strands:
                strands.append(strand)

    def _join(self, parent: Strand, child: Strand) -> Strand:
        """One strand of two, if nobody has worked on the one that would vanish."""
        into, other = (child, parent) if parent.id is None and child.id else (parent, child)
        if other.id and _worked_on(other.id):
            into, other = other, into
        if other.id and _worked_on(other.id):
            return parent
        if other.id:
            into.absorbed.append(other.id)
        into.absorbed += other.absorbed
        for letter in other.letters:
            into.add(letter)
        if into.letters and into not in self._woven:
            self._woven.append(into)
        into.first, into.last = min(into.first, other.first), max(into.last, other.last)
        into.circle |= other.circle
        other.letters, other.absorbed = [], []
        self._forget(other, into)
        return into

    def _forget(self, other: Strand, into: Strand) -> None:
        for table in (self._by_id, self._awaited):
            table.update({key: into for key, strand in table.items() if strand is other})
        for strands in self._by_speaker.values():
            if other in strands:
                strands.remove(other)
        self._speak(into, other.circle)
        if other.id:
            self._strands[other.id] = into

    def _look_up_ids(self, letters: Sequence[Letter]) -> None:
        refers = {each for letter in letters for each in letter.read.refers}
        own = {letter.read.message_id for letter in letters} - {""}
        parents = self._threads_of("message_id", refers)
        children = self._threads_of("in_reply_to", own)
        if self._has_posts:
            self._posts |= _posts_among(self._account, refers)
        ids = {thread for _, _, thread in (*parents, *children)}
        self._load(Thread.objects.filter(pk__in=ids))
        for table, rows in ((self._by_id, parents), (self._awaited, children)):
            for _, key, thread in rows:
                table.setdefault(key, self._strands[thread])

    def _threads_of(self, column: str, values: Collection[str]) -> list[tuple[int, str, int]]:
        """(message, value, thread) of messages with one of the values, in the order they came."""
        wanted, account = ("id", column, "thread_id"), self._account.pk
        rows = looking.find(Message, wanted, column, values, empty=False, account_id=account)
        return sorted(row for row in rows if row[2])

    def _look_up_subjects(self, letters: Sequence[Letter]) -> None:
        times: dict[str, list[datetime]] = {}
        for letter in letters:
            if threads_by_subject(letter):
                times.setdefault(letter.read.subject_key, []).append(letter.at)
        oldest, newest = span(letters)
        rows = Thread.objects.filter(
            account=self._account,
            subject_key__in=list(times),
            last_at__gte=oldest - APART,
            first_at__lte=newest + APART,
        )
        found = self._load(rows.order_by("-last_at")[:_MOST_CANDIDATES])
        self._load_circles(
            [each for each in found if any(each.distance(at) <= APART for at in times[each.key])]
        )

    def _load(self, rows: QuerySet[Thread]) -> list[Strand]:
        found = rows.values_list("pk", "subject_key", "first_at", "last_at")
        return [self._strands.setdefault(row[0], Strand(*row)) for row in found]

    def _load_circles(self, strands: Sequence[Strand]) -> None:
        wanted = ("thread_id", "from_address", "to", "cc")
        ids = [strand.id for strand in strands]
        for thread, author, to, cc in looking.find(Message, wanted, "thread_id", ids):
            pairs = (*loads(to), *loads(cc))
            addresses = {author, *(address for address, _ in pairs)} - {""}
            strand = self._strands[thread]
            strand.circle |= addresses
            self._speak(strand, addresses)


def _posts_among(account: Account, ids: Collection[str], depth: int = _LONGEST_CHAIN) -> set[str]:
    """Which of these are own posts, or their further parts."""
    rows = Message.objects.filter(account=account, message_id__in=ids)
    rows = rows.filter(direction="out", person=None)
    above = dict(rows.values_list("message_id", "in_reply_to"))
    found = {each for each, parent in above.items() if not parent}
    parts = {each: parent for each, parent in above.items() if parent}
    if parts and depth:
        posts = _posts_among(account, set(parts.values()), depth - 1)
        found |= {each for each, parent in parts.items() if parent in posts}
    return found


def _worked_on(thread: int) -> bool:
    """Whether a person has decided or written anything there."""
    decided = Thread.objects.filter(pk=thread).exclude(state_by=None, assigned_to=None)
    return (
        decided.exists()
        or Draft.objects.filter(thread_id=thread).exists()
        or Note.objects.filter(thread_id=thread).exists()
    )
