"""`firsthand bench junk`: junk learned on-line, beside bogofilter on the same stream in the same run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from firsthand.learning import junk_bogofilter
from firsthand.learning.junk import JunkLetter, JunkModel
from firsthand.learning.junk_stream import Opinion, Sorted, Tell, follow, read

BATCH = 100


class Ours:
    """The model of the product. Only the bytes are known: no authentication, no acquaintance."""

    def __init__(self) -> None:
        self.model = JunkModel.start()
        self._letter = JunkLetter(b"")

    def score(self, raw: bytes) -> Opinion:
        said = self.model.score(self._known(raw), why=False)
        return Opinion(said.probability, said.above)

    def learn(self, raw: bytes, junk: bool) -> None:
        self.model.learn(self._known(raw), junk)

    def _known(self, raw: bytes) -> JunkLetter:
        if self._letter.raw is not raw:
            self._letter = JunkLetter(raw)
        return self._letter


def run(
    good: Path,
    junk: Path,
    *,
    shuffle: int | None = None,
    limit: int | None = None,
    alone: bool = False,
    tell: Tell = lambda line: None,
) -> dict[str, Any]:
    """Both filters, told at once and in batches. `shuffle`: in an order by chance instead of time."""
    letters = read(good, junk)
    dated = sum(letter.at is not None for letter in letters)
    if shuffle is not None:
        Random(shuffle).shuffle(letters)
    letters = letters[:limit]
    ours = Ours()
    program = None if alone else junk_bogofilter.found()
    runs: dict[str, dict[str, Any]] = {
        "firsthand": {
            "at_once": follow(letters, ours, tell=tell),
            "in_batches": follow(letters, Ours(), batch=BATCH, tell=tell),
        }
    }
    if program:
        runs["bogofilter"] = {
            "at_once": _bogofilter(letters, program, 1, tell),
            "in_batches": _bogofilter(letters, program, BATCH, tell),
        }
    return {
        "letters": len(letters),
        "good": sum(not letter.junk for letter in letters),
        "junk": sum(letter.junk for letter in letters),
        "dated": dated,
        "order": "time" if shuffle is None else f"chance {shuffle}",
        "batch": BATCH,
        "model_bytes": len(ours.model.to_bytes()),
        "filters": runs,
        "note": "" if program or alone else "bogofilter is not here; run: make servers",
    }


def _bogofilter(letters: Sequence[Sorted], program: Path, batch: int, tell: Tell) -> dict[str, Any]:
    # Its database is committed for every letter; on a disk, the disk would be measured.
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        judge = junk_bogofilter.Bogofilter(program, Path(folder))
        return follow(letters, judge, batch=batch, tell=tell)
