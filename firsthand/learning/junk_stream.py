"""Mail sorted by people as a stream in the order of time, and how well a filter does on it.

Each letter is scored before its label is told: at once, or in batches, as people tell it.
"""

from __future__ import annotations

import gzip
import io
import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from firsthand.channels.mail import headers, mbox
from firsthand.core.errors import Misuse
from firsthand.learning.measures import roc_auc

Tell = Callable[[str], None]
_LAYOUTS = "Name a folder of single letters, a Maildir, or an mbox file (any of them gzipped)."


@dataclass(frozen=True, slots=True)
class Sorted:
    """A letter that people called junk or good; `at` in seconds, None where no date can be read."""

    raw: bytes
    junk: bool
    name: str
    at: float | None


@dataclass(frozen=True, slots=True)
class Opinion:
    """The higher the `score`, the more like junk; `above` the filter's own line."""

    score: float
    above: bool


class Filter(Protocol):
    """Scores letters and is told what they were."""

    def score(self, raw: bytes) -> Opinion: ...

    def learn(self, raw: bytes, junk: bool) -> None: ...


def read(good: Path, junk: Path) -> list[Sorted]:
    """The letters of both, files of one letter each, mbox files or Maildirs; the oldest first."""
    letters = [*_folder(good, False), *_folder(junk, True)]
    for path, kind in ((good, False), (junk, True)):
        if not any(letter.junk is kind for letter in letters):
            raise Misuse(f"There is no letter in {path}.", hint=_LAYOUTS)
    return in_order(letters)


def in_order(letters: Sequence[Sorted]) -> list[Sorted]:
    """By the time they came; those without one are spread among the others, always in the same way."""
    times = sorted(letter.at for letter in letters if letter.at is not None)

    def key(letter: Sorted) -> tuple[float, str]:
        digest = sha256(letter.raw).hexdigest()
        if letter.at is not None:
            return letter.at, digest
        return (times[int(digest[:12], 16) % len(times)] if times else 0.0), digest

    return sorted(letters, key=key)


def came(raw: bytes) -> float | None:
    """When the receiving server took it (the topmost Received), else when it says it was written."""
    raw = raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw
    fields, _ = headers.split(raw[:100_000])
    for stamp in fields.values.get("received", ()):
        if when := headers.date(stamp.rpartition(";")[2].strip()):
            return when.timestamp()
    when = headers.date(fields.first("date"))
    return when.timestamp() if when else None


def follow(
    letters: Sequence[Sorted], judge: Filter, *, batch: int = 1, tell: Tell = lambda line: None
) -> dict[str, Any]:
    """The figures of one filter on the stream; labels are told after every `batch` letters."""
    opinions: list[Opinion] = []
    began = perf_counter()
    for start in range(0, len(letters), batch):
        these = letters[start : start + batch]
        opinions += [judge.score(letter.raw) for letter in these]
        for letter in these:
            judge.learn(letter.raw, letter.junk)
        if start % 500 < batch:
            tell(f"{start} of {len(letters)} letters")
    seconds = perf_counter() - began
    return {**figures(opinions, [each.junk for each in letters]), "seconds": round(seconds, 2),
            "letters_per_second": round(len(letters) / seconds)}  # fmt: skip


def figures(opinions: Sequence[Opinion], junk: Sequence[bool]) -> dict[str, Any]:
    """1-ROCA in percent, junk caught with 0.1 % and 1 % of the good lost, and both at its own line."""
    scores = [each.score for each in opinions]
    good = [each for each, is_junk in zip(opinions, junk, strict=True) if not is_junk]
    bad = [each for each, is_junk in zip(opinions, junk, strict=True) if is_junk]
    lost = sum(each.above for each in good)
    return {
        "one_minus_roca_percent": round(100 * (1 - roc_auc(scores, junk)), 4),
        "caught_percent_at_0.1": _caught(good, bad, 0.001),
        "caught_percent_at_1": _caught(good, bad, 0.01),
        "good_lost": lost,
        "good_lost_per_thousand": round(1000 * lost / len(good), 3),
        "caught_percent": round(100 * sum(each.above for each in bad) / len(bad), 2),
    }


def _caught(good: Sequence[Opinion], bad: Sequence[Opinion], share: float) -> float:
    """Percent of the junk above the score at which only `share` of the good letters are lost."""
    worst = sorted((each.score for each in good), reverse=True)
    line = worst[min(len(worst) - 1, math.floor(share * len(worst)))]
    return round(100 * sum(each.score > line for each in bad) / len(bad), 2)


def _folder(root: Path, junk: bool) -> Iterator[Sorted]:
    if not root.exists():
        raise Misuse(f"There is no {root}.", hint=_LAYOUTS)
    paths = [root] if root.is_file() else sorted(root.rglob("*"))
    for path in (each for each in paths if each.is_file() and not _is_index(each)):
        name = path.name if path == root else str(path.relative_to(root))
        try:
            yield from (Sorted(raw, junk, at, came(raw)) for at, raw in _letters(path, name))
        except (OSError, EOFError, zlib.error) as error:
            raise Misuse(f"{path} cannot be read: {error}.", hint=_LAYOUTS) from None


def _is_index(path: Path) -> bool:
    """Files of corpora and mail programs that are no letters; of a Maildir's, also what is half written."""
    beside = (path.parent / "cur").is_dir()
    half = path.parent.name == "tmp" and (path.parent.parent / "cur").is_dir()
    return path.name.startswith(".") or path.name == "cmds" or beside or half


def _letters(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """One letter, or all of an mbox; either may be gzipped. A lone one keeps its postmark."""
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        with gzip.open(plain) if packed else plain as file:
            raw = file.read()
    many = list(mbox.messages(io.BytesIO(raw))) if mbox.starts_mbox(raw[:4096]) else []
    if len(many) > 1:
        yield from ((f"{name}:{offset}", each) for offset, each in many)
    elif raw:
        yield name, raw
