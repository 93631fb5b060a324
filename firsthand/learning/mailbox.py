"""A mailbox on disk as letters in the order of time, each incoming one with its outcome.

Where a mailbox carries no In-Reply-To, an answer is the owner's later mail with the same subject
within 30 days to the original sender. Copies in several folders count once.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from firsthand.channels.mail.files import walk
from firsthand.channels.mail.parse import parse
from firsthand.core.envelope import Parsed
from firsthand.learning.letters import Letter, letter, subject_key
from firsthand.learning.mailboxes import named_owner, whose

WITHIN = timedelta(days=30)
_COPY_WITHIN = timedelta(days=2)
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_LONGEST = 30_000
_KEPT_WITHIN = timedelta(days=14)
_OWN_SHARE = 0.02
_READER_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`letters` in time order; `answers`: key of a letter that came in to its first answer.

    `told`: keys of the letters that could be known to be answered (they have a subject, or their
    answer names them) and came while the owner's sent mail is there.
    """

    name: str
    letters: tuple[Letter, ...]
    answers: Mapping[str, Letter]
    told: frozenset[str]
    own: frozenset[str]


def read(path: Path, *, owner: str = "") -> Mailbox:
    """Every readable message under `path`, which is one person's mail.

    Whose: `owner`, where it is told; else who wrote what lies in the sent folders, else the address
    that path is named by, else the one that almost all of it is from or to.
    """
    messages: list[tuple[Parsed, bool]] = []
    for found in walk(path):
        parsed = parse(found.raw) if found.raw else Parsed(unreadable=True)
        if parsed.date and parsed.sender.address and not parsed.unreadable:
            slim = replace(parsed, html="", attachments=(), text=parsed.text[:_LONGEST])
            messages.append((slim, found.sent is True))
    authors = _owners(path, messages, owner)
    readers = _readers(messages, authors)
    own = frozenset(authors | readers)
    unique = _unique(messages)
    letters = tuple(_letters(unique, own, _names(unique, authors)))
    parsed_of = {each.key: parsed for each, parsed in zip(letters, unique, strict=True)}
    answers = _answers(letters, parsed_of)
    return Mailbox(path.name, letters, answers, _told(letters, answers), own)


def _owners(path: Path, messages: list[tuple[Parsed, bool]], owner: str) -> set[str]:
    told = owner.lower() or named_owner(path)
    authors = _authors(messages)
    if owner or (told and not authors):
        return {told}
    found = authors or {whose([parsed for parsed, _sent in messages])} - {""}
    return found | ({told} - {""})


def _authors(messages: Iterable[tuple[Parsed, bool]]) -> set[str]:
    """Who writes what lies in the sent folders; a stray letter there makes nobody an owner."""
    counts = Counter(parsed.sender.address for parsed, sent in messages if sent)
    least = _OWN_SHARE * sum(counts.values())
    return {address for address, count in counts.items() if count >= least}


def _readers(messages: Iterable[tuple[Parsed, bool]], authors: set[str]) -> set[str]:
    """The owner's other addresses: much mail goes there, none comes from there, and the name fits."""
    names = {word for word in _words(authors) if len(word) > 2}
    to: Counter[str] = Counter()
    wrote: Counter[str] = Counter()
    for parsed, sent in messages:
        if not sent and parsed.sender.address not in authors:
            to.update({each.address for each in (*parsed.to, *parsed.cc)})
            wrote[parsed.sender.address] += 1
    total = sum(wrote.values())
    return {
        address
        for address, count in to.items()
        if count >= _READER_SHARE * total
        and wrote[address] < 0.01 * count
        and any(name in address.partition("@")[0] for name in names)
    }


def _unique(messages: Iterable[tuple[Parsed, bool]]) -> list[Parsed]:
    """In the order of time, and each message once, whatever folders it lies in."""
    kept: list[Parsed] = []
    last: dict[bytes, datetime] = {}
    for parsed, _sent in sorted(messages, key=lambda each: _at(each[0])):
        digest = _digest(parsed)
        before = last.get(digest)
        last[digest] = _at(parsed)
        if before is None or _at(parsed) - before > _COPY_WITHIN:
            kept.append(parsed)
    return kept


def _at(parsed: Parsed) -> datetime:
    return parsed.date or datetime.min.replace(tzinfo=UTC)


def _digest(parsed: Parsed) -> bytes:
    words = " ".join(parsed.text.split())[:4000]
    whole = "\0".join((parsed.sender.address, subject_key(parsed.subject), words))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).digest()


def _letters(
    messages: Iterable[Parsed], own: frozenset[str], names: tuple[str, ...]
) -> Iterable[Letter]:
    for number, parsed in enumerate(messages):
        yield letter(parsed, key=str(number), at=_at(parsed), own=own, names=names)


def _names(messages: Iterable[Parsed], authors: set[str]) -> tuple[str, ...]:
    """What the owner is called: as they sign From, else as their addresses spell it."""
    stated = {parsed.sender.name for parsed in messages if parsed.sender.address in authors}
    return tuple(sorted((stated | _words(authors)) - {""}))


def _words(addresses: Iterable[str]) -> set[str]:
    """The words that addresses are made of, before the @."""
    return {word for each in addresses for word in _LETTERS.findall(each.partition("@")[0])}


def _answers(letters: Iterable[Letter], parsed_of: Mapping[str, Parsed]) -> dict[str, Letter]:
    """The first answer to each letter that came in.

    In-Reply-To and References first; then subject and recipient, where there is a subject.
    """
    by_id: dict[str, Letter] = {}
    waiting: defaultdict[tuple[str, str], list[Letter]] = defaultdict(list)
    answers: dict[str, Letter] = {}
    for each in letters:
        parsed = parsed_of[each.key]
        if not each.mine:
            by_id.setdefault(parsed.message_id, each)
            if each.thread:
                waiting[each.thread, each.sender].append(each)
            continue
        named = [by_id.get(name) for name in (*parsed.in_reply_to, *parsed.references[-1:])]
        same = [old for other in each.others for old in waiting.pop((each.thread, other), [])]
        for asked in (*([] if each.forwards else named), *same):
            if asked and each.at - asked.at <= WITHIN:
                answers.setdefault(asked.key, each)
    return answers


def _told(letters: Iterable[Letter], answers: Mapping[str, Letter]) -> frozenset[str]:
    """Where the mailbox keeps nothing that the owner sent soon after, nobody knows the outcome."""
    sent = [each.at for each in letters if each.mine]

    def kept(at: datetime) -> bool:
        after = bisect_right(sent, at)
        return after < len(sent) and sent[after] - at <= _KEPT_WITHIN

    return frozenset(
        each.key
        for each in letters
        if not each.mine and (each.key in answers or (each.thread and kept(each.at)))
    )
